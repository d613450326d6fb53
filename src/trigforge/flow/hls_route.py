"""The HLS route: project, C simulation, and the figures of the vendor's tool where it is here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from trigforge.design import Backend, DesignPoint, Multipliers, Redundancy
from trigforge.errors import ReportFormatError, ToolFailedError, ToolMissingError
from trigforge.flow.kept_projects import hls_project
from trigforge.flow.kept_results import Simulated, kept_or_simulated, place_of
from trigforge.flow.observer import Observer
from trigforge.flow.preparing import lower_for_hls
from trigforge.flow.route_result import BuildOptions, RouteResult, write_out
from trigforge.flow.verification import Agreement, compare
from trigforge.flow.weight_sets import Stimuli
from trigforge.graph import FixedPointGraph, Mantissas
from trigforge.hls import to_project
from trigforge.project import HlsProject, Multiplications, WrittenProject
from trigforge.reports import BuildRoute, Implementation, Latency, Resources, Verification
from trigforge.toolchain import gxx, vitis_hls
from trigforge.toolchain.cosim import cosim

COSIM_EVENTS = 100
"""RTL of a vendor is simulated at some events a second."""


@dataclass(frozen=True)
class BuiltHls:
    """The project that was written of a graph and a design point, and the graph as HLS C++ spells it."""

    graph: FixedPointGraph
    point: DesignPoint
    lowered: FixedPointGraph
    written: WrittenProject[HlsProject]


def write_hls(graph: FixedPointGraph, design: DesignPoint, folder: Path, observer: Observer) -> BuiltHls:
    """Write the project to ``folder``. For one thread at a time, as hls4ml is."""
    lowered = lower_for_hls(graph)
    with observer.step("Write the HLS project"):
        return BuiltHls(graph, design, lowered, write_out(hls_project(lowered, design, to_project), folder))


def build_hls(
    built: BuiltHls,
    stimuli: Stimuli,
    further: Sequence[Stimuli],
    observer: Observer,
    options: BuildOptions,
) -> RouteResult:
    """Compare the C simulation of a project with the outputs of all stimuli and, if asked, run the vendor's tool."""
    design, written = built.point, built.written
    notices = (*_built_otherwise(written.project.multiplications), *_not_followed(written.project, design))
    compared = (stimuli, *further)

    def simulate() -> Simulated:
        with observer.step("Compile the C simulation"):
            csim = gxx.compile_csim(written)
        with observer.step("Run the C simulation", sum(map(len, compared))) as step:
            each = (compare(built.graph, events, csim, built.lowered, step.advance) for events in compared)
            return Simulated(tuple(each))

    try:
        piece = place_of("C simulation", gxx.csim_piece(written), built.graph, design, compared)
        simulated = kept_or_simulated(piece, "C simulation", observer, simulate)
    except ToolMissingError as error:
        reason = "without the C simulation nothing is synthesized"
        return RouteResult((), _unknown(written.project, design, reason), {}, (str(error),), notices=notices)
    tools, agreements = {"g++": gxx.version()}, list(simulated.agreements)
    notices = (*notices, *simulated.notices)
    if not options.synthesize:
        unknown = _unknown(written.project, design, "verification alone was asked for")
        return RouteResult(tuple(agreements), unknown, tools, notices=notices)
    latency, resources, ran = _synthesize(written, design, stimuli.inputs, agreements, observer)
    found = _implementation(written.project, design, latency, resources)
    return RouteResult(tuple(agreements), found, {**tools, **ran}, notices=notices)


def _implementation(project: HlsProject, design: DesignPoint, latency: Latency, resources: Resources) -> Implementation:
    reason = "Vivado has not placed the Verilog that csynth makes; trigforge implement runs it"
    placed = Resources.missing(design.target.resources, reason)
    return Implementation(BuildRoute.HLS, latency, resources, placed, multiplications=project.multiplications)


def _unknown(project: HlsProject, design: DesignPoint, reason: str) -> Implementation:
    return _implementation(project, design, Latency.missing(reason), Resources.missing(design.target.resources, reason))


def _built_otherwise(products: Iterable[Multiplications]) -> tuple[str, ...]:
    """A sentence for each way in which multiplications are built otherwise than asked for."""
    layers: dict[tuple[str, str], list[str]] = {}
    for entry in products:
        if not entry.as_asked:
            asked = f"{entry.strategy_asked} with reuse_factor {entry.reuse_factor_asked}"
            built = f"{entry.strategy} with reuse_factor {entry.reuse_factor}"
            layers.setdefault((asked, built), []).extend(entry.layers or (entry.node,))
    return tuple(
        f"HLS C++ builds {', '.join(map(repr, dict.fromkeys(names)))} as {built}, the nearest that there is; "
        f"asked was {asked}"
        for (asked, built), names in layers.items()
    )


def _not_followed(project: HlsProject, design: DesignPoint) -> tuple[str, ...]:
    """A sentence for each choice that the vendor's tool cannot be told of."""
    notices: list[str] = []
    if design.hls.backend is Backend.VIVADO and design.hls.multipliers is Multipliers.LUT and project.multiplications:
        notices.append(
            "Vivado HLS has no setting for multipliers = 'LUT' and may take DSP slices; backend = 'VITIS' has one"
        )
    if design.rtl.redundancy is not Redundancy.NONE:
        notices.append("registers of the HLS C++ are not triplicated; [rtl] redundancy concerns the Verilog alone")
    return tuple(notices)


def _synthesize(
    written: WrittenProject[HlsProject],
    design: DesignPoint,
    inputs: Mapping[str, Mantissas],
    agreements: list[Agreement],
    observer: Observer,
) -> tuple[Latency, Resources, dict[str, str]]:
    """csynth and co-simulation where the vendor's tool is here and succeeds, else the reason why figures are missing.

    A failed synthesis is no error: it takes nothing away from what was verified.
    """
    try:
        tool = vitis_hls.find(design.hls.backend)
        with observer.step(f"Run csynth ({tool.name})") as step:
            done = vitis_hls.csynth(tool, written, progress=step.say)
    except (ToolMissingError, ToolFailedError, ReportFormatError) as error:
        return Latency.missing(str(error)), Resources.missing(design.target.resources, str(error)), {}
    few = {name: values[:COSIM_EVENTS] for name, values in inputs.items()}
    try:
        with observer.step(f"Run co-simulation ({tool.name})") as step:
            simulated = cosim(tool, written, few, gxx.compile_csim(written).run(few).outputs, progress=step.say)
    except (ToolFailedError, ReportFormatError):
        return done.latency, done.resources, done.tools
    name = f"{tool.name} co-simulation"
    agreements.append(Agreement(Verification(name, simulated.events, simulated.outputs, 0), None))
    return simulated.latency, done.resources, done.tools
