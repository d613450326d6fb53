"""Synthesis, place and route by a fake Vivado that checks its arguments: each way to succeed and to fail."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from trigforge.design import DesignPoint, Fpga
from trigforge.errors import ProjectError, ReportFormatError, ToolFailedError, ToolMissingError
from trigforge.project import HlsProject, RtlProject, SimulationInterface, WrittenProject, write
from trigforge.reports import Figure, Missing, Provenance
from trigforge.resources.parts import FpgaResource
from trigforge.toolchain import vendor_process
from trigforge.toolchain.vivado import VivadoTool, find, implement, vsynth

MOCKS = Path(__file__).parent.parent / "mock_commands"
FAKE = VivadoTool(MOCKS / "bin" / "vivado")
DESIGN = DesignPoint(target=Fpga(clock_period_ns=5.0))
VERILOG = "module {top} (input wire {clock}, output reg [3:0] out);\nendmodule\n"


@pytest.fixture
def rtl(tmp_path: Path) -> WrittenProject[RtlProject]:
    """A project whose core stands in one file; a shell beside it is none of Vivado's business."""
    files = {
        "core/jet_tagger_v1.v": VERILOG.format(top="jet_tagger_v1", clock="clk"),
        "shell/jet_tagger_v1_valid.v": "",
    }
    project = RtlProject(
        "jet_tagger",
        files,
        frozenset(),
        "jet_tagger_v1",
        "jet_tagger_v1",
        (),
        (),
        6,
        ("core/jet_tagger_v1.v",),
        (),
        (),
        0.0,
    )
    return write(project, tmp_path / "rtl")


@pytest.fixture
def hls(tmp_path: Path) -> WrittenProject[HlsProject]:
    """A project with the Verilog that csynth left."""
    simulation = SimulationInterface((), (), "simulate", (), (), ())
    project = HlsProject("jet_tagger", {}, frozenset(), "trigforge_jet_tagger_v1", "jet_tagger_v1", simulation)
    written = write(project, tmp_path / "hls")
    folder = written.directory / "jet_tagger_v1_prj" / "solution1" / "syn" / "verilog"
    folder.mkdir(parents=True)
    (folder / "jet_tagger_v1.v").write_text(VERILOG.format(top="jet_tagger_v1", clock="ap_clk"))
    return written


@pytest.fixture(autouse=True)
def no_vendor_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what the fake itself calls is on PATH, whatever is installed here."""
    tools = tmp_path / "system"
    tools.mkdir()
    for name in "sh dirname readlink grep sed head mv sleep".split():
        found = shutil.which(name)
        assert found is not None
        (tools / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(tools))
    for variable in ("XILINX_VIVADO", "TRIGFORGE_VIVADO_TIMEOUT_S", "MOCK_VIVADO", "MOCK_VIVADO_VERSION"):
        monkeypatch.delenv(variable, raising=False)


def test_found_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{MOCKS / 'bin'}{os.pathsep}{os.environ['PATH']}")
    assert find() == FAKE


def test_a_relative_installation_is_found_from_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(MOCKS.parent)
    monkeypatch.setenv("XILINX_VIVADO", "mock_commands")
    assert find() == FAKE


def test_the_installation_comes_before_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vivado").symlink_to(MOCKS / "bin" / "vivado")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XILINX_VIVADO", str(MOCKS))
    assert find() == FAKE


@pytest.mark.parametrize(
    ("installation", "where"),
    [(None, "XILINX_VIVADO is not set"), ("elsewhere", "not below XILINX_VIVADO=elsewhere")],
)
def test_missing(installation: str | None, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if installation is not None:
        monkeypatch.setenv("XILINX_VIVADO", installation)
    with pytest.raises(ToolMissingError) as error:
        find()
    assert str(error.value) == (
        f"Vivado is missing: vivado is not on PATH and {where}; point XILINX_VIVADO to its installation to place and "
        "route; all else, mapping and the estimates of what it would find too, works without"
    )


@pytest.mark.parametrize(
    ("version", "lut", "carry_bits", "period"), [("2020.1", 36_120, 23_920, 3.796), ("2023.2", 35_977, 24_008, 3.812)]
)
def test_vsynth(
    version: str,
    lut: int,
    carry_bits: int,
    period: float,
    rtl: WrittenProject[RtlProject],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MOCK_VIVADO_VERSION", version)
    done = vsynth(FAKE, rtl, DESIGN)
    source = f"vivado {version}, vsynth_utilization.rpt and vsynth_timing.rpt"
    slack = round(5.0 - period, 3)
    assert done.tools == {"vivado": version}
    assert done.synthesized.resources[FpgaResource.LUT] == Figure(lut, "LUT", Provenance.VENDOR, source)
    assert done.synthesized.resources[FpgaResource.CARRY_BITS] == Figure(carry_bits, "bits", Provenance.VENDOR, source)
    assert done.synthesized.clock_period == Figure(
        period, "ns", Provenance.VENDOR, f"{source}: target 5 ns less the worst slack of {slack:g} ns"
    )
    assert "Starting synth_design" in (rtl.directory / "vivado" / "vsynth.log").read_text()


def test_implement_has_the_figures_of_both_steps(rtl: WrittenProject[RtlProject]) -> None:
    done = implement(FAKE, rtl, DESIGN)
    assert done.synthesized.utilization.lut == 35_977
    assert done.routed.utilization.lut == 34_702
    assert done.routed.timing.clock_period_ns == 5.126 and not done.routed.timing.met
    cycles = Figure(6, "cycles", Provenance.MEASURED, "Verilator")
    interval = Figure(1, "cycles", Provenance.MEASURED, "Verilator")
    latency = done.routed.latency(cycles, interval)
    source = "vivado 2023.2, implement_utilization.rpt and implement_timing.rpt"
    how = f"{source}: target 5 ns less the worst slack of -0.126 ns"
    assert latency.cycles == cycles and latency.initiation_interval == interval
    assert latency.ns == Figure(30.756, "ns", Provenance.VENDOR, f"6 cycles; {how}")
    unknown = Missing("no simulator is here")
    assert done.routed.latency(unknown, unknown).ns == unknown


def test_only_the_core_is_built(rtl: WrittenProject[RtlProject]) -> None:
    vsynth(FAKE, rtl, DESIGN)
    listed = (rtl.directory / "vivado" / "sources.txt").read_text()
    assert listed == f"{(rtl.directory / 'core' / 'jet_tagger_v1.v').resolve()}\n"


def test_verilog_of_csynth(hls: WrittenProject[HlsProject]) -> None:
    assert implement(FAKE, hls, DESIGN).routed.utilization.lut == 34_702


def test_no_verilog_of_csynth(hls: WrittenProject[HlsProject]) -> None:
    (hls.directory / "jet_tagger_v1_prj" / "solution1" / "syn" / "verilog" / "jet_tagger_v1.v").unlink()
    with pytest.raises(ProjectError) as error:
        vsynth(FAKE, hls, DESIGN)
    assert str(error.value) == (
        "project 'jet_tagger': there is no Verilog in jet_tagger_v1_prj/solution1/syn/verilog; run csynth first"
    )


def test_a_vendors_core_in_the_verilog_of_csynth(hls: WrittenProject[HlsProject]) -> None:
    (hls.directory / "jet_tagger_v1_prj" / "solution1" / "syn" / "verilog" / "divider_ip.tcl").write_text("")
    with pytest.raises(ProjectError) as error:
        vsynth(FAKE, hls, DESIGN)
    assert str(error.value) == (
        "project 'jet_tagger': jet_tagger_v1_prj/solution1/syn/verilog/divider_ip.tcl makes a vendor's core, which is "
        "not built here; export the project from Vitis HLS"
    )


def test_failure_shows_the_end_of_the_log(rtl: WrittenProject[RtlProject], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCK_VIVADO", "failure")
    with pytest.raises(ToolFailedError) as error:
        implement(FAKE, rtl, DESIGN)
    first, *lines = str(error.value).splitlines()
    assert first == "vivado ended with status 1; its log vivado/implement.log ends with"
    assert lines[-2:] == [
        "ERROR: [Synth 8-439] module 'stage_7' not found",
        "ERROR: out_of_context.tcl: Synthesis failed",
    ]


def test_success_without_report_does_not_take_the_one_before(
    rtl: WrittenProject[RtlProject], monkeypatch: pytest.MonkeyPatch
) -> None:
    implement(FAKE, rtl, DESIGN)
    monkeypatch.setenv("MOCK_VIVADO", "no_report")
    with pytest.raises(ToolFailedError) as error:
        implement(FAKE, rtl, DESIGN)
    assert str(error.value).splitlines()[0] == (
        "vivado ended well but left no report vsynth_utilization.rpt; its log vivado/implement.log ends with"
    )


@pytest.mark.parametrize(
    ("mock", "message"),
    [
        ("other_top", "implement_utilization.rpt is about 'another'; the core is 'jet_tagger_v1'"),
        ("other_clock", "implement_timing.rpt has a clock of 10 ns; asked was 5 ns"),
        (
            "broken_report",
            "implement_utilization.rpt is cut off: its table of contents names section '2. CLB Logic Distribution', "
            "which is missing",
        ),
    ],
)
def test_reports_that_cannot_be_taken(
    mock: str, message: str, rtl: WrittenProject[RtlProject], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOCK_VIVADO", mock)
    with pytest.raises(ReportFormatError) as error:
        implement(FAKE, rtl, DESIGN)
    assert str(error.value).replace("vsynth_", "implement_") == message


def test_report_of_another_part(rtl: WrittenProject[RtlProject]) -> None:
    with pytest.raises(ReportFormatError) as error:
        vsynth(FAKE, rtl, DesignPoint(target=Fpga(part="xczu9eg-ffvb1156-2-e", clock_period_ns=5.0)))
    assert str(error.value) == (
        "vsynth_utilization.rpt is about the device xcvu13p-flga2577-2-e; the design is for xczu9eg-ffvb1156-2-e"
    )


def test_a_folder_that_tcl_would_split(rtl: WrittenProject[RtlProject], tmp_path: Path) -> None:
    moved = write(rtl.project, tmp_path / "my build")
    with pytest.raises(ProjectError) as error:
        vsynth(FAKE, moved, DESIGN)
    core = (tmp_path / "my build" / "core" / "jet_tagger_v1.v").resolve()
    assert str(error.value) == f"Vivado cannot take {str(core)!r}; choose folders without spaces and brackets"


def ended(process: int) -> bool:
    """Whether a process is gone within five seconds; one that waits for its parent to look is."""
    for _ in range(50):
        try:
            if Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.1)
    return False


def test_a_hung_tool_is_stopped_with_its_children(
    rtl: WrittenProject[RtlProject], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOCK_VIVADO", "hang")
    monkeypatch.setattr(vendor_process, "SECONDS_BETWEEN_PROGRESS_LINES", 0.2)
    said: list[str] = []
    with pytest.raises(ToolFailedError) as error:
        vsynth(FAKE, rtl, DESIGN, timeout_s=1.0, progress=said.append)
    assert str(error.value).splitlines()[0] == (
        "vivado did not end within 1 s and was stopped; allow more with TRIGFORGE_VIVADO_TIMEOUT_S (seconds), "
        "or build a smaller model; its log vivado/vsynth.log ends with"
    )
    assert said[-1] == "vsynth 1 s: Starting synth_design"
    assert ended(int((rtl.directory / "vivado" / "child.pid").read_text()))


def test_an_interrupt_stops_the_tool(rtl: WrittenProject[RtlProject], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCK_VIVADO", "hang")
    monkeypatch.setattr(vendor_process, "SECONDS_BETWEEN_PROGRESS_LINES", 0.1)
    child = rtl.directory / "vivado" / "child.pid"

    def interrupt(_: str) -> None:
        if child.exists() and child.read_text():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        vsynth(FAKE, rtl, DESIGN, progress=interrupt)
    assert ended(int(child.read_text()))


def test_the_timeout_variable(rtl: WrittenProject[RtlProject], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIGFORGE_VIVADO_TIMEOUT_S", "-1")
    with pytest.raises(ToolFailedError) as error:
        vsynth(FAKE, rtl, DESIGN)
    assert str(error.value) == "TRIGFORGE_VIVADO_TIMEOUT_S=-1 is no number of seconds; unset it for twelve hours"


def test_wrong_arguments_are_refused_by_the_fake(rtl: WrittenProject[RtlProject]) -> None:
    """The fake does check: a core without its clock is refused as the tool would."""
    (rtl.directory / "core" / "jet_tagger_v1.v").write_text("module jet_tagger_v1 (input wire clock);\nendmodule\n")
    with pytest.raises(ToolFailedError) as error:
        vsynth(FAKE, rtl, DESIGN)
    assert str(error.value) == (
        "vivado ended with status 64; its log vivado/vsynth.log ends with\nvivado: jet_tagger_v1 has no port clk"
    )
