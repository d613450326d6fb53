"""Vitis HLS and Vivado HLS: find them, run C synthesis on a written project, read the report.

``csynth.tcl`` beside this file is what they run. Nothing of this is needed to write or to verify a project.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import assert_never

from trigforge.design import Backend
from trigforge.errors import ReportFormatError, ToolFailedError, ToolMissingError
from trigforge.project import HlsProject, WrittenProject
from trigforge.reports import CsynthReport, Latency, Resources, parse_csynth
from trigforge.toolchain.vendor_process import Limit, VendorStep

INSTALLATION_VARIABLE = "XILINX_HLS"
"""Points to an installation, the folder that holds ``bin``; Xilinx's own ``settings64.sh`` sets it too."""
LIMIT = Limit("TRIGFORGE_CSYNTH_TIMEOUT_S", 4 * 3600.0, "four hours", "lower the model's parallelism")
LOG = "csynth.log"


@dataclass(frozen=True)
class HlsTool:
    """One installed command: ``vitis_hls``, ``vitis-run`` (from 2024.2) or ``vivado_hls`` (to 2020.1)."""

    name: str
    path: Path

    def command(self, script: Path) -> list[str]:
        """The command line that runs a Tcl script and ends."""
        run = ["--mode", "hls", "--tcl"] if self.name == "vitis-run" else ["-f"]
        return [str(self.path), *run, str(script)]


@dataclass(frozen=True)
class Csynth:
    """The result of C synthesis of one project. ``tools`` is the version that ran, for ``reports.environment``."""

    report: CsynthReport
    latency: Latency
    resources: Resources
    tools: dict[str, str]


def find(backend: Backend) -> HlsTool:
    """The vendor's tool for a backend, in ``XILINX_HLS`` first and then on ``PATH``; else ``ToolMissingError``."""
    match backend:
        case Backend.VITIS:
            product, names = "Vitis HLS", ("vitis_hls", "vitis-run")
        case Backend.VIVADO:
            product, names = "Vivado HLS", ("vivado_hls",)
        case _:
            assert_never(backend)
    installation = os.environ.get(INSTALLATION_VARIABLE)
    for folder in ([str(Path(installation) / "bin")] if installation else []) + [os.environ.get("PATH", os.defpath)]:
        for name in names:
            if found := shutil.which(name, path=folder):
                return HlsTool(name, Path(found).absolute())
    where = (
        f"not below {INSTALLATION_VARIABLE}={installation}" if installation else f"{INSTALLATION_VARIABLE} is not set"
    )
    raise ToolMissingError(
        f"{product} is missing: {' or '.join(names)} is not on PATH and {where}; point {INSTALLATION_VARIABLE} to its "
        f"installation to learn latency, initiation interval and resources; all else, verification too, works without"
    )


def csynth(
    tool: HlsTool,
    written: WrittenProject[HlsProject],
    *,
    timeout_s: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> Csynth:
    """Run C synthesis of a project's top function, in its directory, with the part and clock of its ``project.tcl``.

    The tool's output is kept in ``csynth.log`` there. ``progress`` gets one line every second: the elapsed time and
    what the tool said last. ``timeout_s`` defaults to ``TRIGFORGE_CSYNTH_TIMEOUT_S``, else to four hours.

    Raises ``ToolFailedError`` if the tool cannot be started, fails, leaves no report or takes too long (it is then
    stopped with all processes it started), and ``ReportFormatError`` for a report that cannot be read.
    """
    path = report_path(written)
    path.unlink(missing_ok=True)
    with as_file(files("trigforge.toolchain") / "csynth.tcl") as script:
        step = VendorStep(tool.name, "csynth", tool.command(script.resolve()), written.directory, LOG, LIMIT)
        step.run(timeout_s=timeout_s, progress=progress)
    if not path.is_file():
        where = path.relative_to(written.directory)
        raise ToolFailedError(f"{tool.name} ended well but left no report {where}; {step.tail()}")
    report = read_report(written)
    source = f"{tool.name} {report.version}, {path.name}"
    return Csynth(report, report.latency(source), report.resources(source), {tool.name: report.version})


def solution_folder(directory: Path, top: str) -> Path:
    """The folder of the tool's output for a project: ``syn/report``, ``syn/verilog``, ``sim/report``."""
    return directory / f"{top}_prj" / "solution1"


def report_path(written: WrittenProject[HlsProject]) -> Path:
    """The path of csynth's report."""
    top = written.project.top
    return solution_folder(written.directory, top) / "syn" / "report" / f"{top}_csynth.xml"


def read_report(written: WrittenProject[HlsProject]) -> CsynthReport:
    """The report that csynth left; ``ReportFormatError`` if it cannot be read or is about another function."""
    path, top = report_path(written), written.project.top
    report = parse_csynth(path.read_text(encoding="utf-8", errors="replace"), path.name)
    if report.top != top:
        raise ReportFormatError(f"{path.name} is about {report.top!r}; the project's top function is {top!r}")
    return report
