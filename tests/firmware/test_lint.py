"""Every file of firmware/ by itself under verilator --lint-only -Wall, in the parameterizations at the edges."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.firmware.conftest import Verilator

LATENCIES = tuple({"LATENCY": n} for n in (0, 1, 2, 7))
INTERVALS = tuple({"INTERVAL": n} for n in (2, 3, 16))
EDGES: dict[str, tuple[dict[str, int], ...]] = {
    "tf_valid_pipeline": LATENCIES,
    "tf_delay": tuple({"CYCLES": n} for n in (0, 1, 2, 7)),
    "tf_memory": ({"W": 1}, {"ADDRESS_BITS": 5}),
    "tf_axis_flow": (*LATENCIES, {"LATENCY": 0, "W": 1}, *({"LATENCY": 7, **n} for n in INTERVALS)),
    "tf_tmux_deserializer": tuple({"WORDS": words, **n} for words in (1, 2, 3, 4, 9) for n in ({}, *INTERVALS)),
    "tf_beats": ({"W": 1}, {"BEATS": 3}, {"W": 1, "BEATS": 16}),
    "tf_tmux_beats": tuple({"BEATS": n, "INTERVAL": n + more, "W": 1} for n in (2, 3, 4, 16) for more in (0, 1, 5)),
    "tf_tmux_serializer": tuple({"WORDS": n} for n in (1, 2, 3, 4, 9)),
    "tf_sequencer": (
        *LATENCIES,
        *({"OBJECTS": objects, "W_IN": 1, "W_OUT": 1, **n} for objects in (1, 2, 3, 16) for n in ({}, *INTERVALS)),
    ),
    "tf_quiet": LATENCIES,
    "tf_register_file": tuple({"WORDS": words, "MODEL": 7} for words in (1, 2, 33)),
    "tf_testbench": (*LATENCIES, {"IN_BITS": 1, "OUT_BITS": 1}, *INTERVALS),
}
FOLDERS = ("cells", "shell", "testbench")


def _files(root: Path) -> list[Path]:
    return [path for folder in FOLDERS for path in sorted((root / folder).glob("*.v"))]


FIRMWARE = _files(Path(__file__).resolve().parents[2] / "firmware")


@pytest.mark.parametrize("path", FIRMWARE, ids=lambda path: path.stem)
def test_a_file_is_clean_in_every_parameterization(path: Path, verilator: Verilator, tmp_path: Path) -> None:
    folders = [part for folder in FOLDERS for part in ("-y", path.parents[1] / folder)]
    edges = [{}, *EDGES.get(path.stem, ())]
    if "parameter TRIPLICATED" in path.read_text():
        edges += [{**parameters, "TRIPLICATED": 1} for parameters in edges]
    for parameters in edges:
        values = [f"-G{name}={value}" for name, value in parameters.items()]
        verilator("--lint-only", "-Wall", "--timing", *folders, *values, path, folder=tmp_path)


def test_shells_hold_their_state_in_cells() -> None:
    """So that a parameter triplicates every register of them."""
    for path in (path for path in FIRMWARE if path.parent.name == "shell" and path.stem != "tf_valid_pipeline"):
        text = path.read_text()
        assert "posedge" not in text and "parameter TRIPLICATED = 0" in text, path
        for cell in re.findall(r"^\s*(?:tf_register|tf_hold|tf_weight_register|tf_memory) #.*(?:\n.*){4}", text, re.M):
            assert ".TRIPLICATED(TRIPLICATED)" in cell, (path, cell)


@pytest.mark.parametrize("path", FIRMWARE, ids=lambda path: path.stem)
def test_a_file_is_one_module_with_a_contract_a_licence_and_no_implicit_nets(path: Path) -> None:
    text = path.read_text()
    lines = text.splitlines()
    assert lines[0].startswith(f"// {path.stem}: ")
    assert "// SPDX-License-Identifier: Apache-2.0" in lines
    assert [line.split()[1] for line in lines if line.startswith("module ")] == [path.stem]
    assert lines.index("`default_nettype none") < lines.index("endmodule") < lines.index("`default_nettype wire")
    assert "lint_off" not in text
    assert all(len(line) <= 120 for line in lines)
