"""The RTL route: Verilog, its simulation cycle by cycle, its mapping to look-up tables, and estimates of the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from trigforge.design import DesignPoint, Redundancy
from trigforge.errors import BitMismatch, ToolMissingError
from trigforge.export import write_patterns
from trigforge.flow.figures import implementation
from trigforge.flow.implementing import place
from trigforge.flow.kept_projects import MadeRtl, rtl_project
from trigforge.flow.kept_results import Simulated, kept_or_simulated, place_of
from trigforge.flow.mapping import TimedStage, map_and_time
from trigforge.flow.observer import Observer
from trigforge.flow.route_result import BuildOptions, RouteResult, write_out
from trigforge.flow.verification import Agreement, agreement, hexadecimal
from trigforge.flow.weight_sets import Stimuli, few
from trigforge.graph import (
    FixedPointGraph,
    Mantissas,
    Route,
    verify,
)
from trigforge.project import RtlProject, Shell, WrittenProject
from trigforge.rtl import expected_probes, to_project
from trigforge.toolchain import gxx, verilator, yosys
from trigforge.toolchain.side_by_side import side_by_side
from trigforge.toolchain.verilator_bench import ProtocolFault
from trigforge.toolchain.verilator_run import MeasuredTiming

T = TypeVar("T")

PATTERNS_FOLDER = "patterns"


@dataclass(frozen=True)
class _Design:
    """The design to simulate: the graph, its design point, and the project that was written of them."""

    graph: FixedPointGraph
    point: DesignPoint
    written: WrittenProject[RtlProject]


def build_rtl(
    graph: FixedPointGraph,
    design: DesignPoint,
    stimuli: Stimuli,
    further: Sequence[Stimuli],
    folder: Path,
    observer: Observer,
    options: BuildOptions,
) -> RouteResult:
    """Write ``folder``, compare its simulation with the outputs of all stimuli, and do what else is asked."""
    verify(graph, Route.RTL)
    first = few(graph, stimuli.inputs)
    with observer.step("Write the RTL project"):
        made = rtl_project(graph, design, to_project)
        written = write_out(made.project, folder)
        ports, interval = (written.project.inputs, written.project.outputs), written.project.initiation_interval
        write_patterns(folder.parent / PATTERNS_FOLDER, graph, ports, first.inputs, first.outputs, interval)
    built = _Design(graph, design, written)
    simulated, mapped = side_by_side(
        lambda: _simulated(built, (stimuli, *further), first, observer),
        lambda: _mapped(built, observer, options),
    )
    parts: list[_Part[Any]] = [simulated, mapped]
    if options.netlist and not isinstance(mapped.found, str) and not isinstance(simulated.found, str):
        parts.append(_simulate_netlist(built, mapped.found, first, observer))
    agreements = tuple(entry for part in parts for entry in part.agreements)
    missing = tuple(reason for part in parts for reason in part.missing)
    tools = simulated.tools | mapped.tools
    known = implementation(graph, design, written.project, simulated.found, mapped.found)
    kept = (notice for part in parts for notice in part.notices)
    notices = (*_not_followed(design), *_unprotected(design), *_optimized(made), *kept)
    if not options.place or any(entry.mismatch for entry in agreements):
        return RouteResult(agreements, known, tools, missing, notices=notices)
    placed = place(graph, design, written, known, observer)
    return RouteResult(agreements, placed.implementation, tools | placed.tools, missing, placed.record, notices)


def _not_followed(design: DesignPoint) -> tuple[str, ...]:
    """A sentence where layers are excepted: Verilog has neither strategies nor reuse factors."""
    names = ", ".join(repr(name) for name, layer in design.layers.items() if layer.hls)
    return (f"the Verilog ignores the exceptions of {names}, which concern HLS C++ alone",) if names else ()


def _unprotected(design: DesignPoint) -> tuple[str, ...]:
    """A sentence where registers are triplicated: what a single-event upset gets through all the same."""
    if design.rtl.redundancy is Redundancy.NONE:
        return ()
    return (
        "registers of the core, of its shells and of register files are triplicated; a glitch in a voter, in logic or "
        "in the clock is seen all the same (docs/redundancy.md)",
    )


def _optimized(made: MadeRtl) -> tuple[str, ...]:
    """A sentence where adder graphs come from longer searches than the build's own."""
    if not made.optimized:
        return ()
    return (
        f"{made.optimized} of {made.asked} adder graphs were kept by trigforge optimize; "
        "with an empty cache the Verilog has more adders, and the same outputs",
    )


@dataclass(frozen=True)
class _Part(Generic[T]):
    """The find of one part of the route, or the reason why it did not run; its comparisons; versions of its tools."""

    found: T | str
    agreements: tuple[Agreement, ...] = ()
    tools: dict[str, str] = field(default_factory=dict[str, str])
    missing: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


def _simulated(built: _Design, stimuli: Sequence[Stimuli], first: Stimuli, observer: Observer) -> _Part[MeasuredTiming]:
    """Every event at full speed, then the first with everything that a trigger does to a pipeline."""
    shells = (Shell.VALID, Shell.AXIS)

    def simulate() -> Simulated:
        with observer.step("Compile the RTL simulation"):
            simulation, stream = verilator.compile_rtl_shells(built.written, shells)
        agreements: list[Agreement] = []
        with observer.step("Run the RTL simulation", sum(map(len, stimuli))) as step:
            for events in stimuli:
                found = simulation.run(events.inputs, progress=step.advance)
                agreements.append(_judged(built, events.simulator("RTL"), events, found.outputs, found.faults))
        with observer.step("Gaps, resets, back-pressure"):
            for shell, entry in (("RTL", simulation), ("RTL in AXI4-Stream", stream)):
                for scenario in entry.exercise(first.inputs):
                    name, due = f"{shell}, {scenario.name}", first.take(scenario.events)
                    agreements.append(_judged(built, name, due, scenario.outputs, scenario.faults))
            return Simulated(tuple(agreements), simulation.measure())

    try:
        compiled = verilator.shells_piece(built.written, shells)
        piece = place_of("RTL simulation", compiled, built.graph, built.point, (*stimuli, first))
        found = kept_or_simulated(piece, "RTL simulation", observer, simulate)
    except ToolMissingError as error:
        return _Part(str(error), missing=(str(error),))
    tools = {"g++": gxx.version(), "verilator": verilator.version()}
    return _Part(found.timing or "it was not measured", found.agreements, tools, notices=found.notices)


def _mapped(built: _Design, observer: Observer, options: BuildOptions) -> _Part[tuple[TimedStage, ...]]:
    if not (options.synthesize or options.netlist):
        return _Part("verification alone was asked for")
    try:
        return _Part(map_and_time(built.written, built.point, observer), tools={"yosys": yosys.version()})
    except ToolMissingError as error:
        return _Part(str(error), missing=(str(error),))


def _simulate_netlist(
    built: _Design, mapped: tuple[TimedStage, ...], first: Stimuli, observer: Observer
) -> _Part[None]:
    folder = built.written.directory.parent / "netlist"
    netlist = write_out(yosys.mapped_netlist(built.written.project, [entry.mapped for entry in mapped]), folder)

    def simulate() -> Simulated:
        with observer.step("Simulate the mapped netlist"):
            found = verilator.compile_rtl(netlist, Shell.VALID).run(first.inputs)
        judged = _judged(replace(built, written=netlist), "mapped netlist", first, found.outputs, found.faults)
        return Simulated((judged,))

    compiled = verilator.shells_piece(netlist, (Shell.VALID,))
    piece = place_of("mapped netlist", compiled, built.graph, built.point, (first,))
    found = kept_or_simulated(piece, "simulation of the mapped netlist", observer, simulate)
    return _Part(None, found.agreements, notices=found.notices)


def _judged(
    built: _Design,
    name: str,
    expected: Stimuli,
    found: Mapping[str, Mantissas],
    faults: Sequence[ProtocolFault],
) -> Agreement:
    """Equal integers, and no fault of ``valid``."""
    judged = agreement(name, expected.outputs, found, expected.inputs, lambda alone: _first_stage(built, alone))
    if faults and judged.mismatch is None:
        told = (f"{fault.what}, {fault.count} times, first in cycle {fault.first_cycle}" for fault in faults)
        return Agreement(judged.verification, BitMismatch(f"{name} breaks the protocol: {'; '.join(told)}"))
    return judged


def _first_stage(built: _Design, inputs: Mapping[str, Mantissas]) -> str:
    """The first pipeline stage whose registers do not hold what the graph says, by the core with probes."""
    probes = built.written.project.probes
    simulation = verilator.compile_rtl(built.written, probes=True)
    found = [values for _, values in simulation.probe_values(inputs)]
    wanted = expected_probes(built.graph, built.point, probes, inputs)
    for n in sorted(range(len(probes)), key=lambda n: probes[n].cycle):
        if bool(np.not_equal(found[n], wanted[n]).any()):
            probe = probes[n]
            where = "/".join(f"{item}[{copy}]" for item, copy in probe.path)
            return (
                f"first wrong stage: stage {probe.stage} of region {where}, register {probe.value} of tensor "
                f"{probe.tensor!r}: {hexadecimal(found[n][0])}, expected {hexadecimal(wanted[n][0])}"
            )
    return "every register of every stage is right: the shell around the core is at fault"
