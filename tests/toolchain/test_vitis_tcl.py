"""``csynth.tcl`` and ``cosim.tcl`` in a Tcl interpreter in which the vendor's commands only record their calls."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

tkinter = pytest.importorskip("tkinter", reason="needs a Tcl interpreter (Debian: python3-tk)")

COMMANDS = (
    "open_project set_top add_files open_solution config_array_partition config_compile config_schedule set_part "
    "create_clock set_clock_uncertainty csynth_design cosim_design config_op"
).split()
PROJECT = """variable project_name
set project_name "jet_tagger"
variable backend
set backend "{backend}"
variable part
set part "xcvu13p-flga2577-2-e"
variable clock_period
set clock_period 5.0
variable clock_uncertainty
set clock_uncertainty 27%
variable version
set version "1.0.0"
variable maximum_size
set maximum_size 4096
variable multipliers
set multipliers {multipliers}
"""
CALLS = """open_project -reset jet_tagger_prj
set_top jet_tagger
add_files firmware/jet_tagger.cpp -cflags {standard}
open_solution -reset solution1
config_array_partition -maximum_size 4096
config_compile -name_max_length 80
config_schedule -enable_dsp_full_reg=false
set_part xcvu13p-flga2577-2-e
create_clock -period 5.0 -name default
set_clock_uncertainty 27% default
csynth_design
exit 0"""

Play = Callable[..., tuple[list[str], str]]


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Play:
    """Run the script on a backend's project, with some commands failing; gives the calls and what was printed."""
    monkeypatch.chdir(tmp_path)

    def run(
        backend: str, script: str = "csynth.tcl", multipliers: str = "DSP", **failing: str
    ) -> tuple[list[str], str]:
        (tmp_path / "project.tcl").write_text(PROJECT.format(backend=backend, multipliers=multipliers))
        interpreter = tkinter.Tcl()
        interpreter.eval('set calls {}; set printed ""; proc puts text {append ::printed $text}')
        for name in COMMANDS:
            body = f"error {{{failing[name]}}}" if name in failing else f"lappend ::calls [list {name} {{*}}$args]"
            interpreter.eval(f"proc {name} args {{{body}}}")
        # The tool would be gone after exit; here only what follows it must not run.
        interpreter.eval("proc exit status {lappend ::calls [list exit $status]; return -level 99 -code error gone}")
        with pytest.raises(tkinter.TclError):
            interpreter.eval(files("trigforge.toolchain").joinpath(script).read_text())
        calls = interpreter.eval('join $calls "\n"').split("\n")
        return calls, interpreter.eval("set printed")

    return run


@pytest.mark.parametrize(("backend", "standard"), [("vitis", "-std=c++14"), ("vivado", "-std=c++0x")])
def test_the_steps_of_both_backends(backend: str, standard: str, play: Play) -> None:
    calls, printed = play(backend)
    assert calls == CALLS.format(standard=standard).splitlines()
    assert printed == ""


def test_multiplications_become_luts_where_vitis_can_be_told_so(play: Play) -> None:
    both = [play(backend, multipliers="LUT")[0] for backend in ("vitis", "vivado")]
    assert [[call for call in calls if call.startswith("config_op")] for calls in both] == [
        ["config_op mul -impl fabric"],
        [],
    ]
    assert both[0].index("open_solution -reset solution1") < both[0].index("config_op mul -impl fabric")


def test_vitis_has_no_array_limit(play: Play) -> None:
    calls, printed = play("vitis", config_array_partition="invalid option -maximum_size")
    assert calls[-2:] == ["csynth_design", "exit 0"]
    assert printed == ""


def test_an_error_ends_with_status_1(play: Play) -> None:
    calls, printed = play("vitis", csynth_design="2 errors in source code analysis.")
    assert calls[-1] == "exit 1"
    assert printed == "ERROR: csynth.tcl: 2 errors in source code analysis."


@pytest.mark.parametrize(("backend", "standard"), [("vitis", "-std=c++14"), ("vivado", "-std=c++0x")])
def test_the_steps_of_co_simulation(backend: str, standard: str, play: Play, tmp_path: Path) -> None:
    calls, printed = play(backend, "cosim.tcl")
    flags = f"{{{standard} -I{tmp_path} -I{tmp_path}/firmware}}"
    assert calls == [
        "open_project jet_tagger_prj",
        f"add_files -tb cosim/testbench.cpp -cflags {flags}",
        f"add_files -tb csim/bridge.cpp -cflags {flags}",
        "open_solution solution1",
        "cosim_design -rtl verilog -trace_level none",
        "exit 0",
    ]
    assert printed == ""


def test_an_error_of_co_simulation_ends_with_status_1(play: Play) -> None:
    calls, printed = play("vitis", "cosim.tcl", cosim_design="C/RTL co-simulation finished: FAIL")
    assert calls[-1] == "exit 1"
    assert printed == "ERROR: cosim.tcl: C/RTL co-simulation finished: FAIL"
