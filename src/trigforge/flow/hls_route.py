"""The HLS route: project, C simulation, and the figures of the vendor's tool where it is here."""

from collections.abc import Mapping
from pathlib import Path

from trigforge.errors import ReportFormatError, ToolFailedError, ToolMissingError
from trigforge.flow.observer import Observer
from trigforge.flow.preparing import lower_for_hls
from trigforge.flow.route_result import BuildOptions, RouteResult, generated, write_out
from trigforge.flow.verification import Agreement, compare
from trigforge.graph import DesignPoint, FixedPointGraph, Mantissas, SimulationResult
from trigforge.hls import to_project
from trigforge.project import HlsProject, WrittenProject
from trigforge.reports import BuildRoute, Implementation, Latency, Resources, Verification
from trigforge.toolchain import gxx, vitis_hls
from trigforge.toolchain.cosim import cosim

COSIM_EVENTS = 100
"""RTL of a vendor is simulated at some events a second."""


def build_hls(
    graph: FixedPointGraph,
    design: DesignPoint,
    inputs: Mapping[str, Mantissas],
    expected: SimulationResult,
    folder: Path,
    observer: Observer,
    options: BuildOptions,
) -> RouteResult:
    """Write ``folder``, compare its C simulation with ``expected`` and, if asked, run the vendor's tool."""
    lowered = lower_for_hls(graph)
    with observer.step("Write the HLS project"):
        written = write_out(generated(lambda: to_project(lowered, design)), folder)
    events = len(next(iter(expected.outputs.values())))
    try:
        with observer.step("Compile the C simulation"):
            csim = gxx.compile_csim(written)
        with observer.step("Run the C simulation", events) as step:
            agreements = [compare(graph, expected, csim, lowered, inputs, step.advance)]
    except ToolMissingError as error:
        reason = "without the C simulation nothing is synthesized"
        return RouteResult((), _implementation(Latency.missing(reason), Resources.missing(reason)), {}, (str(error),))
    tools = {"g++": gxx.version()}
    if not options.synthesize:
        reason = "verification alone was asked for"
        return RouteResult(
            tuple(agreements), _implementation(Latency.missing(reason), Resources.missing(reason)), tools
        )
    latency, resources, ran = _synthesize(written, design, csim, inputs, agreements, observer)
    return RouteResult(tuple(agreements), _implementation(latency, resources), {**tools, **ran})


def _implementation(latency: Latency, resources: Resources) -> Implementation:
    placed = Resources.missing("Vivado has not placed the Verilog that csynth makes; trigforge implement runs it")
    return Implementation(BuildRoute.HLS, latency, resources, placed)


def _synthesize(
    written: WrittenProject[HlsProject],
    design: DesignPoint,
    csim: gxx.CSimulation,
    inputs: Mapping[str, Mantissas],
    agreements: list[Agreement],
    observer: Observer,
) -> tuple[Latency, Resources, dict[str, str]]:
    """csynth and co-simulation where the vendor's tool is here and succeeds, else the reason why figures are missing.

    A failed synthesis is no error: it takes nothing away from what was verified.
    """
    try:
        tool = vitis_hls.find(design.backend)
        with observer.step(f"Run csynth ({tool.name})") as step:
            done = vitis_hls.csynth(tool, written, progress=step.say)
    except (ToolMissingError, ToolFailedError, ReportFormatError) as error:
        return Latency.missing(str(error)), Resources.missing(str(error)), {}
    few = {name: values[:COSIM_EVENTS] for name, values in inputs.items()}
    try:
        with observer.step(f"Run co-simulation ({tool.name})") as step:
            simulated = cosim(tool, written, few, csim.run(few).outputs, progress=step.say)
    except (ToolFailedError, ReportFormatError):
        return done.latency, done.resources, done.tools
    name = f"{tool.name} co-simulation"
    agreements.append(Agreement(Verification(name, simulated.events, simulated.outputs, 0), None))
    return simulated.latency, done.resources, done.tools
