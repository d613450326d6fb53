"""C/RTL co-simulation by Vitis HLS and Vivado HLS: what csynth made of a project, run on events, compared on integers.

``cosim.tcl`` and ``cosim_testbench.cpp`` beside this file are what they run.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from math import prod

import numpy as np

from trigforge.errors import BitMismatch, EventsError, ProjectError, ToolFailedError
from trigforge.graph.simulation import Mantissas
from trigforge.project import HlsProject, Port, SimulationInterface, WrittenProject
from trigforge.reports import Latency
from trigforge.reports.cosim import CosimReport, CosimStatus, parse_cosim
from trigforge.toolchain.simulating import whole_inputs
from trigforge.toolchain.vendor_process import Limit, VendorStep
from trigforge.toolchain.vitis_hls import HlsTool, read_report, report_path, solution_folder

LIMIT = Limit("TRIGFORGE_COSIM_TIMEOUT_S", 4 * 3600.0, "four hours", "give fewer events")
LOG = "cosim.log"
FOLDER = "cosim"
"""The folder of the test bench and its vectors, in the directory of the project."""
_DIFFERENCE = re.compile(r"^trigforge cosim: event (\d+) output (\d+) element (\d+) found (-?\d+) expected (-?\d+)$")
_SUM = re.compile(r"^trigforge cosim: (\d+) of (\d+) outputs differ$")


@dataclass(frozen=True)
class Cosim:
    """The result of the co-simulation of one project: ``events`` events of ``outputs`` output elements each, all equal.

    ``tools`` is the version that ran, for ``reports.environment``.
    """

    report: CosimReport
    latency: Latency
    events: int
    outputs: int
    tools: dict[str, str]


def cosim(
    tool: HlsTool,
    written: WrittenProject[HlsProject],
    inputs: Mapping[str, Mantissas],
    expected: Mapping[str, Mantissas],
    *,
    timeout_s: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> Cosim:
    """Simulate the Verilog of csynth, which ran before, on ``inputs`` and compare with ``expected``.

    ``inputs`` are as for ``gxx.CSimulation.run``, ``expected`` is what that gives back: int64 mantissas
    ``(events, *shape)`` of every output. The tool's output is kept in ``cosim.log``. ``timeout_s`` defaults to
    ``TRIGFORGE_COSIM_TIMEOUT_S``, else to four hours; the latency is cycles at the period of csynth.

    Raises ``BitMismatch`` for an output that differs, ``EventsError`` for arrays of another shape, ``ProjectError``
    without csynth, ``ToolFailedError`` if the tool fails, leaves no report or takes too long, and ``ReportFormatError``
    for a report that cannot be read.
    """
    project, folder = written.project, written.directory
    if not report_path(written).is_file():
        raise ProjectError(f"project {project.name!r}: csynth left no report; run csynth before cosim")
    csynth = read_report(written)
    events, outputs = prepare(written, inputs, expected)
    path = solution_folder(folder, project.top) / "sim" / "report" / f"{project.top}_cosim.rpt"
    path.unlink(missing_ok=True)
    with as_file(files("trigforge.toolchain") / "cosim.tcl") as script:
        step = VendorStep(tool.name, "cosim", tool.command(script.resolve()), folder, LOG, LIMIT)
        try:
            step.run(timeout_s=timeout_s, progress=progress)
        except ToolFailedError:
            _raise_difference(step.text(), project.simulation.outputs)
            raise
    if not path.is_file():
        raise ToolFailedError(f"{tool.name} ended well but left no report {path.relative_to(folder)}; {step.tail()}")
    report = parse_cosim(path.read_text(encoding="utf-8", errors="replace"), path.name)
    if report.status is not CosimStatus.PASS:
        raise ToolFailedError(f"{path.name}: co-simulation failed; {step.tail()}")
    source = f"{tool.name} {csynth.version}, {path.name}"
    latency = report.latency(csynth.clock_period_ns, source)
    return Cosim(report, latency, events, outputs, {tool.name: csynth.version})


def _raise_difference(log: str, ports: tuple[Port, ...]) -> None:
    """``BitMismatch`` for the first difference that the test bench told, if it told any."""
    lines = log.splitlines()
    differences = [match for line in lines if (match := _DIFFERENCE.match(line.strip()))]
    sums = [match for line in lines if (match := _SUM.match(line.strip())) and match[1] != "0"]
    if differences and sums:
        event, output, element, found, wanted = (int(text) for text in differences[0].groups())
        name = next(port.name for port in ports if port.array == output)
        raise BitMismatch(
            f"co-simulation: event {event}, output {name!r}, element {element}: the hardware gives {found}, "
            f"{wanted} is expected; {sums[0][1]} of {sums[0][2]} outputs differ"
        )


def prepare(
    written: WrittenProject[HlsProject], inputs: Mapping[str, Mantissas], expected: Mapping[str, Mantissas]
) -> tuple[int, int]:
    """Write test bench and vectors below the project; the number of events and of output elements of one event."""
    interface = written.project.simulation
    folder = (written.directory / FOLDER).resolve()
    if '"' in str(folder) or "\\" in str(folder):
        raise ProjectError(f"a C string cannot hold {str(folder)!r}; choose a folder without quotes and backslashes")
    vectors = folder / "vectors.txt"
    events, text = _vectors(interface, inputs, expected)
    template = (files("trigforge.toolchain") / "cosim_testbench.cpp").read_text(encoding="utf-8")
    bench = template.replace("@ENTRY@", interface.entry).replace("@VECTORS@", str(vectors))
    try:
        folder.mkdir(exist_ok=True)
        vectors.write_text(text, encoding="utf-8")
        (folder / "testbench.cpp").write_text(bench, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise ProjectError(f"project directory {folder}: {reason}; make it writable or free space") from None
    return events, sum(prod(port.shape) for port in interface.outputs)


def _vectors(
    interface: SimulationInterface, inputs: Mapping[str, Mantissas], expected: Mapping[str, Mantissas]
) -> tuple[int, str]:
    """One line an event, below the sizes of the arrays; see ``cosim_testbench.cpp``."""
    arrays, events = whole_inputs([(port.name, port.shape) for port in _ordered(interface.inputs)], inputs)
    outputs: list[Mantissas] = []
    for port in _ordered(interface.outputs):
        values = expected.get(port.name)
        if values is None or values.shape != (events, *port.shape):
            found = "nothing" if values is None else f"shape {list(values.shape)}"
            raise EventsError(
                f"output {port.name!r}: expected mantissas of shape {[events, *port.shape]}, found {found}; "
                "give those of a simulator"
            )
        outputs.append(values)
    rows = [array.reshape(events, -1) for array in (*arrays, *outputs)]
    sizes = [row.shape[1] for row in rows]
    head = [
        f"events {events}",
        " ".join(["inputs", *map(str, sizes[: len(arrays)])]),
        " ".join(["outputs", *map(str, sizes[len(arrays) :])]),
    ]
    lines = (" ".join(map(str, row)) for row in np.concatenate(rows, axis=1).tolist())
    return events, "\n".join([*head, *lines, ""])


def _ordered(ports: tuple[Port, ...]) -> list[Port]:
    return sorted(ports, key=lambda port: port.array)
