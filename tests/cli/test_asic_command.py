"""``trigforge asic``: what it prints and leaves, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asic.small import SMALL, library_file
from tests.cli.test_cli import invoke
from tests.rtl.graphs import STORED
from tests.toolchain.pyosys_process import needs_pyosys
from trigforge.asic import from_json
from trigforge.graph import save_graph
from trigforge.toolchain.standard_cells import VARIABLE


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph, and a library that is no other's: it has no NOR, no half adder, and four cells in all."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, str(library_file(tmp_path)))
    save_graph(STORED, tmp_path / "graph.json")
    (tmp_path / "design.toml").write_text("[target]\nclock_period_ns = 25\n")


def asic(*arguments: str) -> tuple[int, str, str]:
    return invoke("asic", "graph.json", *arguments)


@needs_pyosys
def test_a_view_is_told_and_left(tmp_path: Path) -> None:
    code, out, _ = asic("--design", "design.toml")
    told = " ".join(out.split())
    assert code == 0
    assert "stored, redundancy none, in small (2 V, 25 C):" in told and "extrapolated" not in told
    assert "mapped netlist equal to the emulator on 1,000 events, one every 1 clock cycles of 25 ns" in told
    assert "no wires, no glitches, no clock tree" in told and "fits the clock of 25 ns" in told
    folder = tmp_path / "build" / "stored" / "asic"
    assert {path.name for path in folder.iterdir()} >= {"asic.json", "asic.svg", "rtl"}
    first = from_json((folder / "asic.json").read_text())
    assert first.library.nand2 == "NAND2" and first.extrapolated is None and first.clock_period_ns == 25
    code, out, _ = asic("--design", "design.toml", "--node-nm", "130", "--out", "again")
    rows = [line for line in out.splitlines() if "65 nm" in line]
    assert code == 0 and len(rows) == 3 and all("extrapolated" in row for row in rows)
    again = from_json((tmp_path / "again" / "asic.json").read_text())
    assert again.extrapolated is not None and again.extrapolated.from_nm == 130
    assert again.stages == first.stages and again.path == first.path


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--library", "none.lib"), "the library none.lib is missing; give a Liberty file (.lib) with --library"),
        (("--library", "graph.json"), "graph.json, line 1: begins with"),
        (("--library", "half.lib"), "the file ends in the middle of a group, it is truncated"),
        (("--library", "gates.lib"), "the library has no flip-flop of a rising clock"),
        (("--wire-load-fF", "-1"), "a wire load of -1 fF; give one from 0 on"),
        (("--wire-load-fF", "nan"), "a wire load of nan fF; give one from 0 on"),
        (("--node-nm", "28"), "node 28 nm; figures are extrapolated to 65 nm, from a larger node in nm"),
        (("--design", "unknown.toml"), "unknown.toml"),
        (("--events", "none.npz"), "none.npz"),
    ],
)
def test_one_line_says_what_is_wrong(arguments: tuple[str, ...], told: str, tmp_path: Path) -> None:
    (tmp_path / "half.lib").write_text(SMALL[:900])
    (tmp_path / "gates.lib").write_text(SMALL.replace("ff(IQ, IQN)", "latch(IQ, IQN)"))
    code, out, error = asic(*arguments)
    assert code in (1, 4) and told in error.splitlines()[-1]
    assert not out and not (tmp_path / "build" / "stored" / "asic" / "asic.json").exists()


def test_a_library_that_is_missing_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "nowhere.lib")
    code, _, error = asic()
    assert code == 4 and "TRIGFORGE_LIBERTY is set to 'nowhere.lib', which is no file" in error
