"""The RTL route: Verilog, its simulation cycle by cycle, its mapping to look-up tables, and estimates of the rest."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from trigforge.emulator import run
from trigforge.emulator.patterns import write_patterns
from trigforge.errors import BitMismatch, ToolMissingError
from trigforge.flow.delivery import Asked, Delivery, delivered, generated
from trigforge.flow.figures import implementation
from trigforge.flow.implementing import place
from trigforge.flow.observer import Observer
from trigforge.flow.verification import Agreement, agreement, hexadecimal
from trigforge.graph import (
    DesignPoint,
    FixedPointGraph,
    InputKind,
    Mantissas,
    Multipliers,
    Route,
    SimulationResult,
    verify,
)
from trigforge.project import RtlProject, Shell, WrittenProject
from trigforge.rtl import expected_probes, to_project
from trigforge.toolchain import gxx, verilator, yosys
from trigforge.toolchain.verilator_bench import ProtocolFault
from trigforge.toolchain.verilator_run import MeasuredTiming, RtlSimulation, ScenarioResult

FEW_EVENTS = 1000
"""Events for gaps, resets and back-pressure, for the mapped netlist and for pattern files."""
MAPPED_FOLDER = "mapped"
PATTERNS_FOLDER = "patterns"


def build_rtl(
    graph: FixedPointGraph,
    design: DesignPoint,
    inputs: Mapping[str, Mantissas],
    expected: SimulationResult,
    folder: Path,
    observer: Observer,
    asked: Asked,
) -> Delivery:
    """Write ``folder``, compare its simulation with ``expected``, and do what else is asked."""
    verify(graph, Route.RTL)
    with observer.step("Write the RTL project"):
        written = delivered(generated(lambda: to_project(graph, design)), folder)
        _write_patterns(graph, written.project, inputs, folder.parent / PATTERNS_FOLDER)
    agreements: list[Agreement] = []
    missing: list[str] = []
    tools: dict[str, str] = {}
    timing: MeasuredTiming | str
    try:
        timing = _simulate(graph, design, written, inputs, expected, agreements, observer)
        tools |= {"g++": gxx.version(), "verilator": verilator.version()}
    except ToolMissingError as error:
        timing = str(error)
        missing.append(str(error))
    mapped: tuple[yosys.MappedStage, ...] | str = "verification alone was asked for"
    if asked.synthesize or asked.netlist:
        try:
            mapped = _mapped(written, design, folder.parent / MAPPED_FOLDER, observer)
            tools["yosys"] = yosys.version()
            if asked.netlist and not isinstance(timing, str):
                agreements.append(_simulate_netlist(graph, design, written, mapped, inputs, observer))
        except ToolMissingError as error:
            mapped = str(error)
            missing.append(str(error))
    built = implementation(design, written.project, timing, mapped)
    if not asked.place or any(entry.mismatch for entry in agreements):
        return Delivery(tuple(agreements), built, tools, tuple(missing))
    placed = place(graph, design, written, built, observer)
    return Delivery(tuple(agreements), placed.implementation, tools | placed.tools, tuple(missing), placed.record)


def _write_patterns(
    graph: FixedPointGraph,
    project: RtlProject,
    inputs: Mapping[str, Mantissas],
    folder: Path,
) -> None:
    """What the testbench and a test on a board play: the first events, and what the emulator makes of them."""
    few = _first(graph, inputs)
    write_patterns(folder, graph, (project.inputs, project.outputs), few, run(graph, few).outputs)


def _simulate(
    graph: FixedPointGraph,
    design: DesignPoint,
    written: WrittenProject[RtlProject],
    inputs: Mapping[str, Mantissas],
    expected: SimulationResult,
    agreements: list[Agreement],
    observer: Observer,
) -> MeasuredTiming:
    """Every event at full speed, then fewer with everything that a trigger does to a pipeline."""
    events = len(next(iter(expected.outputs.values())))
    with observer.step("Compile the RTL simulation"):
        simulation, stream = verilator.compile_rtl_shells(written, (Shell.VALID, Shell.AXIS))
    with observer.step("Run the RTL simulation", events) as step:
        found = simulation.run(inputs, progress=step.advance)
    faults = [_told(fault) for fault in found.faults]
    agreements.append(_judged(graph, design, written, "RTL", expected.outputs, found.outputs, inputs, faults))
    few = _first(graph, inputs)
    due = run(graph, few)
    with observer.step("Gaps, resets, back-pressure"):
        for shell, entry in (("RTL", simulation), ("RTL in AXI4-Stream", stream)):
            for scenario in entry.exercise(few):
                agreements.append(_scenario(graph, design, written, shell, scenario, due, few))
        return simulation.measure()


def _first(graph: FixedPointGraph, inputs: Mapping[str, Mantissas]) -> dict[str, Mantissas]:
    """The first events, with the registers of the very first held steady, as a stream wants them."""
    return {
        tensor.name: inputs[tensor.name][: 1 if tensor.kind is InputKind.REGISTER else FEW_EVENTS]
        for tensor in graph.inputs
    }


def _scenario(
    graph: FixedPointGraph,
    design: DesignPoint,
    written: WrittenProject[RtlProject],
    shell: str,
    scenario: ScenarioResult,
    expected: SimulationResult,
    inputs: Mapping[str, Mantissas],
) -> Agreement:
    due = {name: mantissas[scenario.events] for name, mantissas in expected.outputs.items()}
    asked = {name: values if len(values) == 1 else values[scenario.events] for name, values in inputs.items()}
    faults = [_told(fault) for fault in scenario.faults]
    return _judged(graph, design, written, f"{shell}, {scenario.name}", due, scenario.outputs, asked, faults)


def _judged(
    graph: FixedPointGraph,
    design: DesignPoint,
    written: WrittenProject[RtlProject],
    name: str,
    expected: Mapping[str, Mantissas],
    found: Mapping[str, Mantissas],
    inputs: Mapping[str, Mantissas],
    faults: list[str],
) -> Agreement:
    """Equal integers, and no fault of ``valid``."""
    judged = agreement(name, expected, found, inputs, lambda alone: _first_stage(graph, design, written, alone))
    if faults and judged.mismatch is None:
        return Agreement(judged.verification, BitMismatch(f"{name} breaks the protocol: {'; '.join(faults)}"))
    return judged


def _told(fault: ProtocolFault) -> str:
    return f"{fault.what}, {fault.count} times, first in cycle {fault.first_cycle}"


def _first_stage(
    graph: FixedPointGraph, design: DesignPoint, written: WrittenProject[RtlProject], inputs: Mapping[str, Mantissas]
) -> str:
    """The first pipeline stage whose registers do not hold what the graph says, by the core with probes."""
    probes = written.project.probes
    simulation = verilator.compile_rtl(written, probes=True)
    found = [values for _, values in simulation.probe_values(inputs)]
    wanted = expected_probes(graph, design, probes, inputs)
    for n in sorted(range(len(probes)), key=lambda n: probes[n].cycle):
        if bool(np.not_equal(found[n], wanted[n]).any()):
            probe = probes[n]
            where = "/".join(f"{item}[{copy}]" for item, copy in probe.path)
            return (
                f"first wrong stage: stage {probe.stage} of region {where}, register {probe.value} of tensor "
                f"{probe.tensor!r}: {hexadecimal(found[n][0])}, expected {hexadecimal(wanted[n][0])}"
            )
    return "every register of every stage is right: the shell around the core is at fault"


def _mapped(
    written: WrittenProject[RtlProject], design: DesignPoint, cache: Path, observer: Observer
) -> tuple[yosys.MappedStage, ...]:
    stages = len(written.project.stages)
    with observer.step("Map the stages (yosys)", stages, "stages") as step:
        return yosys.map_stages(
            written,
            dsp=design.multipliers is Multipliers.DSP,
            cache=cache,
            progress=lambda _: step.advance(1),
        )


def _simulate_netlist(
    graph: FixedPointGraph,
    design: DesignPoint,
    written: WrittenProject[RtlProject],
    mapped: tuple[yosys.MappedStage, ...],
    inputs: Mapping[str, Mantissas],
    observer: Observer,
) -> Agreement:
    few = _first(graph, inputs)
    with observer.step("Simulate the mapped netlist"):
        folder = written.directory.parent / "netlist"
        netlist = delivered(yosys.mapped_netlist(written.project, mapped), folder)
        simulation: RtlSimulation = verilator.compile_rtl(netlist, Shell.VALID)
        found = simulation.run(few)
    faults = [_told(fault) for fault in found.faults]
    return _judged(graph, design, netlist, "mapped netlist", run(graph, few).outputs, found.outputs, few, faults)
