"""``trigforge doctor``: exit codes, the screen and the JSON, for good models, refused ones and files that are none."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tests.small_graph import SMALL
from trigforge.building.refusals import RefusedLayer, raise_refusals
from trigforge.cli.doctor import doctor
from trigforge.fixed import FixedTypes
from trigforge.flow import doctoring
from trigforge.graph import GraphInput, save_graph


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    save_graph(SMALL, tmp_path / "graph.json")
    return tmp_path


def invoke(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(doctor, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_the_environment_alone(folder: Path) -> None:
    code, out, _ = invoke()
    assert code == 0
    assert out.startswith("READY: all that trigforge synth needs is here\n")
    for words in ("verilator", "trigforge[torch]", "trigforge implement", "cache"):
        assert words in out
    assert not (folder / "build").exists()


def test_a_model(folder: Path) -> None:
    code, out, _ = invoke("graph.json")
    assert code == 0
    assert "CAN BE BUILT to the bit\n" in out
    assert "Requantize" in out
    assert "LUT, mapped" in out
    assert not (folder / "build").exists()


def test_json_is_all_that_is_printed(folder: Path) -> None:
    code, out, err = invoke("graph.json", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["model"]["model"] == "small"
    assert [layer["state"] for layer in found["model"]["layers"]] == ["lowered"] * 2
    assert found["model"]["prediction"]["lut"]["provenance"] == "estimated"
    assert {tool["name"] for tool in found["environment"]["tools"]} >= {"g++", "verilator", "yosys", "Vivado"}
    assert json.loads(invoke("--json")[1])["model"] is None


def test_a_refused_model_names_each_layer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise_refusals("m", [RefusedLayer("layer 'a' (Lambda)", "x; y"), RefusedLayer("layer 'b' (GRU)", "z; w")])

    monkeypatch.setattr(doctoring, "read_source", refuse)
    code, out, _ = invoke("graph.json")
    assert code == 1
    assert "REFUSED: it cannot be exact, for 2 reasons" in out
    assert "layer 'a' (Lambda): x; y" in out
    assert "layer 'b' (GRU): z; w" in out
    code, out, _ = invoke("graph.json", "--json")
    assert code == 1
    assert [layer["reason"] for layer in json.loads(out)["model"]["layers"]] == ["x; y", "z; w"]


def test_a_missing_tool_is_an_exit_code(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIGFORGE_GXX", "no_such_compiler")
    code, out, _ = invoke("graph.json")
    assert code == 4
    assert "NOT READY: trigforge synth needs g++" in out
    assert "TRIGFORGE_GXX is set to 'no_such_compiler'" in " ".join(out.split())


def test_events_that_overflow(folder: Path) -> None:
    np.save(folder / "events.npy", np.full((50, 2), 1000.0))
    code, out, _ = invoke("graph.json", "--events", "events.npy")
    assert code == 0
    assert "with 1 warning" in out
    assert "saturates always" in out


def test_a_reuse_factor_that_hls4ml_has_not(folder: Path) -> None:
    (folder / "design.toml").write_text("[hls]\nstrategy = 'RESOURCE'\nreuse_factor = 3\n")
    code, out, _ = invoke("graph.json", "--design", "design.toml")
    assert code == 0
    assert "with 1 warning" in out
    assert "dense: HLS C++ builds RESOURCE with reuse_factor 2; asked was RESOURCE with 3" in " ".join(out.split())


def test_latency_counts_from_the_first_row_of_a_serial_input(folder: Path) -> None:
    alike = replace(SMALL, inputs=(GraphInput("x", (2,), FixedTypes.from_kif(1, 3, 1)),))
    save_graph(alike, folder / "graph.json")
    (folder / "design.toml").write_text("[inputs.x]\narrival = 'serial'\n")
    code, out, _ = invoke("graph.json", "--design", "design.toml")
    assert code == 0
    assert "2 cycles (counted), 1 of them after the last rows of its inputs" in " ".join(out.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("no.keras",), "model file no.keras does not exist"),
        (("nothing",), "'nothing' is neither a model file"),
        (("graph.json", "--design", "no.toml"), "no.toml"),
        (("graph.json", "--events", "no.npy"), "events file no.npy does not exist"),
    ],
)
def test_what_cannot_be_opened_is_one_line(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    code, _, err = invoke(*arguments)
    assert code == 1
    assert said in err.splitlines()[-1]
