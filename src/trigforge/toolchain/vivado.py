"""Vivado: synthesize, and place and route, the core of a written project by itself; read its reports.

``out_of_context.tcl`` and ``timing.xdc`` beside this file are what it runs. Of an RTL project it takes the core's
sources, of an HLS project the Verilog that csynth left. What stands around the core on a board is not part of this.
"""

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import assert_never

from trigforge.design import DesignPoint
from trigforge.errors import ProjectError, ReportFormatError, ToolFailedError, ToolMissingError
from trigforge.project import HlsProject, RtlProject, WrittenProject
from trigforge.reports.figures import Figure, Latency, Leaf, Resources
from trigforge.reports.tables import check_device
from trigforge.reports.vivado import TimingReport, UtilizationReport, parse_timing_summary, parse_utilization
from trigforge.toolchain.vendor_process import Limit, VendorStep
from trigforge.toolchain.vitis_hls import solution_folder

INSTALLATION_VARIABLE = "XILINX_VIVADO"
"""Points to an installation, the folder that holds ``bin``; Xilinx's own ``settings64.sh`` sets it too."""
LIMIT = Limit("TRIGFORGE_VIVADO_TIMEOUT_S", 12 * 3600.0, "twelve hours", "build a smaller model")
FOLDER = "vivado"
"""The folder of reports, checkpoints and logs, in the directory of the project."""
_RTL_CLOCK, _HLS_CLOCK = "clk", "ap_clk"
_ARGUMENT = re.compile(r"^[^\s{}\[\]$\";\\]+$")
_PERIOD_TOLERANCE_NS = 0.0011
"""Vivado counts in picoseconds."""


@dataclass(frozen=True)
class VivadoTool:
    """The installed command."""

    path: Path

    def command(self, script: Path, arguments: list[str]) -> list[str]:
        """The command line that runs a Tcl script and ends."""
        run = ["-mode", "batch", "-nolog", "-nojournal", "-notrace", "-source", str(script)]
        return [str(self.path), *run, "-tclargs", *arguments]


@dataclass(frozen=True)
class Reported:
    """Both reports of one step; ``source`` names the tool, its version and the step."""

    utilization: UtilizationReport
    timing: TimingReport
    source: str

    @property
    def resources(self) -> Resources:
        """The resources of the core."""
        return self.utilization.resources(self.source)

    @property
    def clock_period(self) -> Figure:
        """The period at which the core can be clocked: the target less the worst negative slack."""
        return self.timing.clock_period(self.source)

    def latency(self, cycles: Leaf, initiation_interval: Leaf) -> Latency:
        """``cycles`` and ``initiation_interval`` as they were simulated, at the achieved period."""
        return self.timing.latency(cycles, initiation_interval, self.source)


@dataclass(frozen=True)
class Vsynth:
    """The result of synthesis. ``tools`` is the version that ran, for ``reports.environment``."""

    synthesized: Reported
    tools: dict[str, str]


@dataclass(frozen=True)
class Implemented:
    """The results of synthesis and of place and route."""

    synthesized: Reported
    routed: Reported
    tools: dict[str, str]


def find() -> VivadoTool:
    """Vivado, in ``XILINX_VIVADO`` first and then on ``PATH``; else ``ToolMissingError``."""
    installation = os.environ.get(INSTALLATION_VARIABLE)
    for folder in ([str(Path(installation) / "bin")] if installation else []) + [os.environ.get("PATH", os.defpath)]:
        if found := shutil.which("vivado", path=folder):
            return VivadoTool(Path(found).absolute())
    where = (
        f"not below {INSTALLATION_VARIABLE}={installation}" if installation else f"{INSTALLATION_VARIABLE} is not set"
    )
    raise ToolMissingError(
        f"Vivado is missing: vivado is not on PATH and {where}; point {INSTALLATION_VARIABLE} to its installation to "
        "place and route; all else, mapping and the estimates of what it would find too, works without"
    )


def vsynth(
    tool: VivadoTool,
    written: WrittenProject[RtlProject] | WrittenProject[HlsProject],
    design: DesignPoint,
    *,
    timeout_s: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> Vsynth:
    """Synthesize the core out of context, for the part and the clock period of ``design``.

    Reports and checkpoint are left in ``vivado/`` in the project's directory, the output of the tool in ``vsynth.log``
    there. ``progress`` gets one line every second: the elapsed time and what the tool said last. ``timeout_s`` defaults
    to ``TRIGFORGE_VIVADO_TIMEOUT_S``, else to twelve hours.

    Raises ``ProjectError`` for an HLS project without Verilog, ``ToolFailedError`` if the tool cannot be started,
    fails, leaves no report or takes too long (it is then stopped with all processes it started), and
    ``ReportFormatError`` for a report that cannot be read or is about another design.
    """
    folder, core = _run(tool, written, design, "vsynth", timeout_s, progress)
    synthesized = _read(folder, "vsynth", core, design)
    return Vsynth(synthesized, {"vivado": synthesized.utilization.header.version})


def implement(
    tool: VivadoTool,
    written: WrittenProject[RtlProject] | WrittenProject[HlsProject],
    design: DesignPoint,
    *,
    timeout_s: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> Implemented:
    """As ``vsynth``, and place and route after it; the output of the tool is in ``implement.log``.

    A clock period that is not met is no error: ``routed.timing.met`` says so, and ``routed.clock_period`` what was
    reached.
    """
    folder, core = _run(tool, written, design, "implement", timeout_s, progress)
    synthesized, routed = _read(folder, "vsynth", core, design), _read(folder, "implement", core, design)
    return Implemented(synthesized, routed, {"vivado": routed.utilization.header.version})


@dataclass(frozen=True)
class _Core:
    """The module that is built, its clock and its files."""

    top: str
    clock: str
    sources: tuple[Path, ...]


def _core(written: WrittenProject[RtlProject] | WrittenProject[HlsProject]) -> _Core:
    match written.project:
        case RtlProject() as project:
            paths = [(written.directory / path).resolve() for path in project.sources]
            return _Core(project.core, _RTL_CLOCK, tuple(paths))
        case HlsProject() as project:
            folder = (solution_folder(written.directory, project.top) / "syn" / "verilog").resolve()
            sources = sorted(folder.glob("*.v"))
            shown = folder.relative_to(written.directory.resolve())
            if not sources:
                raise ProjectError(f"project {project.name!r}: there is no Verilog in {shown}; run csynth first")
            if scripts := sorted(folder.glob("*.tcl")):
                raise ProjectError(
                    f"project {project.name!r}: {shown}/{scripts[0].name} makes a vendor's core, which is not built "
                    "here; export the project from Vitis HLS"
                )
            return _Core(project.top, _HLS_CLOCK, tuple(sources))
        case _:
            assert_never(written.project)


def _run(
    tool: VivadoTool,
    written: WrittenProject[RtlProject] | WrittenProject[HlsProject],
    design: DesignPoint,
    step: str,
    timeout_s: float | None,
    progress: Callable[[str], None] | None,
) -> tuple[Path, _Core]:
    core = _core(written)
    folder = (written.directory / FOLDER).resolve()
    sources = folder / "sources.txt"
    try:
        folder.mkdir(exist_ok=True)
        for stale in folder.glob("*.rpt"):
            stale.unlink()
        sources.write_text("".join(f"{path}\n" for path in core.sources), encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise ProjectError(f"project directory {folder}: {reason}; make it writable or free space") from None
    package = files("trigforge.toolchain")
    with as_file(package / "out_of_context.tcl") as script, as_file(package / "timing.xdc") as constraints:
        period = f"{design.target.clock_period_ns:.3f}"
        places = [str(path) for path in (sources, constraints.resolve(), folder)]
        arguments = [step, core.top, design.target.part, period, core.clock, *places]
        _check_arguments([str(path) for path in core.sources] + arguments)
        run = VendorStep("vivado", step, tool.command(script.resolve(), arguments), folder, f"{step}.log", LIMIT)
        run.run(timeout_s=timeout_s, progress=progress)
    for name in ("vsynth", step):
        for kind in ("utilization", "timing"):
            if not (folder / f"{name}_{kind}.rpt").is_file():
                raise ToolFailedError(f"vivado ended well but left no report {name}_{kind}.rpt; {run.tail()}")
    return folder, core


def _check_arguments(arguments: list[str]) -> None:
    """Vivado's Tcl splits lists of files at spaces and reads brackets as commands."""
    for argument in arguments:
        if not _ARGUMENT.match(argument):
            raise ProjectError(f"Vivado cannot take {argument!r}; choose folders without spaces and brackets")


def _read(folder: Path, step: str, core: _Core, design: DesignPoint) -> Reported:
    """Both reports of a step, which must be about this core, part and clock."""
    names = (f"{step}_utilization.rpt", f"{step}_timing.rpt")
    texts = [(folder / name).read_text(encoding="utf-8", errors="replace") for name in names]
    utilization, timing = parse_utilization(texts[0], names[0]), parse_timing_summary(texts[1], names[1])
    for name, header in zip(names, (utilization.header, timing.header), strict=True):
        if header.design != core.top:
            raise ReportFormatError(f"{name} is about {header.design!r}; the core is {core.top!r}")
        check_device(header, design.target.part, name)
    asked = design.target.clock_period_ns
    if abs(timing.target_clock_period_ns - asked) > _PERIOD_TOLERANCE_NS:
        raise ReportFormatError(
            f"{names[1]} has a clock of {timing.target_clock_period_ns:g} ns; asked was {asked:g} ns"
        )
    return Reported(utilization, timing, f"vivado {utilization.header.version}, {names[0]} and {names[1]}")
