"""Vitis HLS and Vivado HLS: find them, run C synthesis on a written project, read the report.

``csynth.tcl`` beside this file is what they run. Nothing of this is needed to write or to verify a project.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import assert_never

from trigforge.errors import ReportFormatError, ToolFailedError, ToolMissingError
from trigforge.graph.design import Backend
from trigforge.project import HlsProject, WrittenProject
from trigforge.reports import CsynthReport, Latency, Resources, parse_csynth

INSTALLATION_VARIABLE = "XILINX_HLS"
"""Points to an installation, the folder that holds ``bin``; Xilinx's own ``settings64.sh`` sets it too."""
TIMEOUT_VARIABLE = "TRIGFORGE_CSYNTH_TIMEOUT_S"
DEFAULT_TIMEOUT_S = 4 * 3600.0
LOG = "csynth.log"
SHOWN_LOG_LINES = 6
READ_LOG_BYTES = 16_384
SECONDS_BETWEEN_PROGRESS_LINES = 1.0
SECONDS_TO_END = 5.0
"""What a stopped tool is given to end by itself before it is killed."""


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
    """What C synthesis of one project gave. ``tools`` is the version that ran, for ``reports.environment``."""

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
                return HlsTool(name, Path(found))
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
    folder, top = written.directory, written.project.top
    path = folder / f"{top}_prj" / "solution1" / "syn" / "report" / f"{top}_csynth.xml"
    path.unlink(missing_ok=True)
    with as_file(files("trigforge.toolchain") / "csynth.tcl") as script:
        _run(tool, tool.command(script.resolve()), folder, timeout_s or _timeout(), progress)
    if not path.is_file():
        raise ToolFailedError(f"{tool.name} ended well but left no report {path.relative_to(folder)}; {_tail(folder)}")
    report = parse_csynth(path.read_text(encoding="utf-8", errors="replace"), path.name)
    if report.top != top:
        raise ReportFormatError(f"{path.name} is about {report.top!r}; the project's top function is {top!r}")
    source = f"{tool.name} {report.version}, {path.name}"
    return Csynth(report, report.latency(source), report.resources(source), {tool.name: report.version})


def _timeout() -> float:
    text = os.environ.get(TIMEOUT_VARIABLE, "")
    try:
        seconds = float(text) if text else DEFAULT_TIMEOUT_S
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise ToolFailedError(f"{TIMEOUT_VARIABLE}={text} is no number of seconds; unset it for four hours")
    return seconds


def _run(
    tool: HlsTool, command: list[str], folder: Path, timeout_s: float, progress: Callable[[str], None] | None
) -> None:
    """Run to the end with the output in ``csynth.log``; whatever ends this call ends the tool and its children."""
    start = time.monotonic()
    try:
        with (folder / LOG).open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    except OSError as error:
        raise ToolFailedError(f"cannot start {tool.path}: {error.strerror}; check the installation") from None
    try:
        while True:
            elapsed = time.monotonic() - start
            if elapsed >= timeout_s:
                raise ToolFailedError(
                    f"{tool.name} did not end within {_duration(timeout_s)} and was stopped; "
                    f"allow more with {TIMEOUT_VARIABLE} (seconds), or lower the model's parallelism; {_tail(folder)}"
                )
            try:
                status = process.wait(min(SECONDS_BETWEEN_PROGRESS_LINES, timeout_s - elapsed))
                break
            except subprocess.TimeoutExpired:
                if progress is not None:
                    said = _last_lines(folder, 1)
                    progress(f"csynth {_duration(time.monotonic() - start)}{': ' if said else ''}{said}")
    except BaseException:
        _stop(process)
        raise
    if status != 0:
        raise ToolFailedError(f"{tool.name} ended with status {status}; {_tail(folder)}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the tool's whole process group: asked first, then killed."""
    for request in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, request)
            process.wait(SECONDS_TO_END)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def _tail(folder: Path) -> str:
    """Where the log is, relative to the build's folder, and its last lines."""
    lines = _last_lines(folder, SHOWN_LOG_LINES)
    return f"its log {folder.name}/{LOG} " + (f"ends with\n{lines}" if lines else "is empty")


def _last_lines(folder: Path, count: int) -> str:
    with (folder / LOG).open("rb") as log:
        log.seek(max(0, log.seek(0, os.SEEK_END) - READ_LOG_BYTES))
        lines = log.read().decode(errors="replace").splitlines()
    return "\n".join([line.rstrip() for line in lines if line.strip()][-count:])


def _duration(seconds: float) -> str:
    minutes, rest = divmod(max(1, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
