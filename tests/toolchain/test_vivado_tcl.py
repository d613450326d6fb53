"""The Tcl of Vivado in an interpreter in which the vendor's commands only record that they were called."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest

from trigforge.resources import parts

TCLSH = shutil.which("tclsh")
pytestmark = pytest.mark.skipif(TCLSH is None, reason="needs a Tcl interpreter (Debian: tcl)")

SCRIPTS = sorted((Path(__file__).parents[2] / "vivado_projects").glob("*/build.tcl"))
BOARDS = {
    script.parent.name: named[1]
    for script in SCRIPTS
    if (named := re.search(r"^set part (\S+)$", script.read_text(encoding="utf-8"), re.M))
}
"""folder and part of every board"""
COMMANDS = (
    "read_verilog read_xdc synth_design report_utilization report_timing_summary write_checkpoint create_pblock "
    "add_cells_to_pblock resize_pblock opt_design place_design phys_opt_design route_design create_clock "
    "set_input_delay set_output_delay set_false_path set_property"
).split()
STUBS = (Path(__file__).parent / "vivado_stubs.tcl").read_text()
SYNTHESIS = """read_verilog {sources}
read_xdc -mode out_of_context -unmanaged {constraints}
synth_design -mode out_of_context -top {top} -part {part}
report_utilization -file {reports}/vsynth_utilization.rpt
report_timing_summary -file {reports}/vsynth_timing.rpt
write_checkpoint -force {reports}/vsynth.dcp
"""
IMPLEMENTATION = """opt_design
place_design
phys_opt_design
route_design
phys_opt_design
report_utilization -file {reports}/implement_utilization.rpt
report_timing_summary -file {reports}/implement_timing.rpt
write_checkpoint -force {reports}/implement.dcp
"""
PBLOCK = """create_pblock core
add_cells_to_pblock core -top
resize_pblock core -add {region}
set_property IS_SOFT FALSE {{<get_pblocks core>}}
"""


@dataclass(frozen=True)
class Played:
    """How a script ended, which commands it called, what it printed."""

    status: int
    calls: str
    printed: str


def play(script: Path, folder: Path, *arguments: str, **failing: str) -> Played:
    """Run a script as ``vivado -source`` would; ``failing`` maps commands to the message they end with."""
    start = folder / "start.tcl"
    known = " ".join(part.replace("-2l-", "-2L-") for part in parts.known())
    stubs = STUBS.replace("@COMMANDS@", " ".join(COMMANDS)).replace("@PARTS@", known)
    errors = "\n".join(f"proc {name} args {{error {{{message}}}}}" for name, message in failing.items())
    start.write_text(
        f"{stubs}\n{errors}\nset argv [lrange $argv 1 end]\nset argc [llength $argv]\nsource {{{script}}}\n"
    )
    calls = folder / "calls.txt"
    calls.unlink(missing_ok=True)
    assert TCLSH is not None
    done = subprocess.run(
        [TCLSH, start, calls, *arguments], capture_output=True, text=True, check=False, cwd=folder, timeout=60
    )
    assert done.stderr == ""
    return Played(done.returncode, calls.read_text() if calls.exists() else "", done.stdout)


def packaged(name: str) -> Path:
    return Path(str(files("trigforge.toolchain") / name))


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    listed = tmp_path / "sources.txt"
    listed.write_text("a.v\nb.v\n")
    return listed


def arguments(step: str, sources: Path, *more: str) -> list[str]:
    return [step, "top", "xcvu13p-flga2577-2-e", "2.778", "clk", str(sources), "timing.xdc", str(sources.parent), *more]


def test_synthesis_alone(sources: Path) -> None:
    played = play(packaged("out_of_context.tcl"), sources.parent, *arguments("vsynth", sources))
    expected = SYNTHESIS.format(
        sources="{a.v b.v}", constraints="timing.xdc", top="top", part="xcvu13p-flga2577-2-e", reports=sources.parent
    )
    assert (played.status, played.calls) == (0, expected)
    assert played.printed == "trigforge: vsynth\n"


def test_place_and_route_follow_within_a_region(sources: Path) -> None:
    region = "CLOCKREGION_X0Y0:CLOCKREGION_X7Y3"
    played = play(packaged("out_of_context.tcl"), sources.parent, *arguments("implement", sources, region))
    expected = PBLOCK.format(region=region) + IMPLEMENTATION.format(reports=sources.parent)
    assert played.status == 0
    assert played.calls.endswith(expected)
    assert played.printed == "trigforge: vsynth\ntrigforge: implement\n"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ((0, "simulate"), "step simulate is unknown; known are vsynth and implement"),
        (
            (2, "xc7vx690t"),
            "this Vivado has no part xc7vx690t; install its device family, or take a version and licence that cover it",
        ),
    ],
)
def test_wrong_arguments_end_with_status_1(change: tuple[int, str], message: str, sources: Path) -> None:
    given = arguments("vsynth", sources)
    given[change[0]] = change[1]
    played = play(packaged("out_of_context.tcl"), sources.parent, *given)
    assert (played.status, played.calls) == (1, "")
    assert played.printed == f"ERROR: out_of_context.tcl: {message}\n"


def test_too_few_arguments(sources: Path) -> None:
    played = play(packaged("out_of_context.tcl"), sources.parent, "vsynth")
    assert played.status == 1
    assert played.printed == (
        "ERROR: out_of_context.tcl: expected 8 or 9 arguments, found 1; the head of this file names them\n"
    )


def test_an_error_of_a_step_ends_with_status_1(sources: Path) -> None:
    played = play(
        packaged("out_of_context.tcl"), sources.parent, *arguments("implement", sources), place_design="no room"
    )
    assert played.status == 1
    assert played.calls.endswith("opt_design\n")
    assert played.printed.endswith("ERROR: out_of_context.tcl: no room\n")


def test_the_clock_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIGFORGE_CLOCK_PERIOD_NS", "2.778")
    monkeypatch.setenv("TRIGFORGE_CLOCK_PORT", "ap_clk")
    played = play(packaged("timing.xdc"), tmp_path)
    inputs = "<get_ports -filter {DIRECTION == IN && NAME != ap_clk}>"
    assert played.calls == (
        "create_clock -name clk -period 2.778 {<get_ports ap_clk>}\n"
        f"set_input_delay -clock clk 0.0 {{{inputs}}}\n"
        "set_output_delay -clock clk 0.0 <all_outputs>\n"
        f"set_false_path -hold -from {{{inputs}}}\n"
        "set_false_path -hold -to <all_outputs>\n"
    )


@pytest.fixture
def rtl(tmp_path: Path) -> Path:
    """A written RTL project, with what is not for synthesis beside it."""
    for path in ("top.v", "cells/add.v", "testbench/tb_top.v", "vivado/old.v", "notes.txt"):
        (tmp_path / "rtl" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "rtl" / path).write_text("")
    return tmp_path / "rtl"


@pytest.mark.parametrize("board", BOARDS)
def test_boards(board: str, rtl: Path, repository: Path) -> None:
    script = repository / "vivado_projects" / board / "build.tcl"
    played = play(script, rtl.parent, str(rtl), "top", "-clock_period_ns", "4.0")
    part = BOARDS[board].replace("-2l-", "-2L-")
    constraints = repository / "src" / "trigforge" / "toolchain" / "timing.xdc"
    listed = f"{{{rtl}/cells/add.v {rtl}/top.v}}"
    where = {"sources": listed, "constraints": constraints, "top": "top", "part": part, "reports": rtl / "vivado"}
    assert played.status == 0, played.printed
    assert played.calls == SYNTHESIS.format(**where) + IMPLEMENTATION.format(**where)


@pytest.mark.parametrize("board", BOARDS)
def test_every_super_logic_region_of_a_board(board: str, rtl: Path, repository: Path) -> None:
    """Ranges cover the die without a gap, as many as the part has super logic regions; one die has none to choose."""
    script = repository / "vivado_projects" / board / "build.tcl"
    count = parts.find(BOARDS[board]).super_logic_regions
    rows: list[int] = []
    for slr in range(count if count > 1 else 0):
        played = play(script, rtl.parent, str(rtl), "top", "-slr", str(slr))
        assert played.status == 0, played.printed
        region = next(line for line in played.calls.splitlines() if line.startswith("resize_pblock"))
        low, high = (int(corner.partition("Y")[2]) for corner in region.split()[-1].split(":"))
        rows += range(low, high + 1)
    assert rows == list(range(len(rows)))
    beyond = play(script, rtl.parent, str(rtl), "top", "-slr", str(count))
    assert beyond.status == 1
    regions = count if count > 1 else 0
    assert beyond.printed == f"ERROR: {BOARDS[board]} has no super logic region {count} to choose; it has {regions}\n"


def test_a_board_without_verilog(tmp_path: Path, repository: Path) -> None:
    played = play(repository / "vivado_projects" / "vu13p" / "build.tcl", tmp_path, "empty", "top")
    assert played.status == 1
    assert played.printed == "ERROR: there is no Verilog below empty; give the folder that trigforge synth writes\n"


def test_a_board_without_arguments(tmp_path: Path, repository: Path) -> None:
    played = play(repository / "vivado_projects" / "vu13p" / "build.tcl", tmp_path)
    assert played.status == 1
    assert played.printed == (
        "ERROR: expected RTL and TOP, found 0 arguments; the head of common/build.tcl names them\n"
    )


def test_every_script_is_here_and_whole(repository: Path, tmp_path: Path) -> None:
    """Each folder of ``vivado_projects`` is a board above, and braces and quotes of every script close."""
    folders = {path.name for path in (repository / "vivado_projects").iterdir() if path.is_dir()}
    assert folders == {*BOARDS, "common"}
    scripts = [*(repository / "vivado_projects").rglob("*.tcl"), *packaged("").glob("*.tcl"), packaged("timing.xdc")]
    check = tmp_path / "check.tcl"
    check.write_text(
        "foreach path $argv {set stream [open $path]; if {![info complete [read $stream]]} {puts $path}; close $stream}"
    )
    assert TCLSH is not None
    done = subprocess.run([TCLSH, check, *scripts], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
