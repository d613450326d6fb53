"""Figures of the RTL: measured where it was simulated or mapped, estimated beyond that."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from trigforge.design import DesignPoint, layers_of
from trigforge.flow.bit_operations import bit_operations
from trigforge.flow.mapping import TimedStage
from trigforge.flow.sharing import sharing_of
from trigforge.graph import FixedPointGraph
from trigforge.project import RtlProject
from trigforge.reports import (
    BuildRoute,
    Figure,
    Implementation,
    Latency,
    Layer,
    Leaf,
    Missing,
    NodeCost,
    PipelineStage,
    Provenance,
    Resources,
)
from trigforge.resources.parts import FpgaResource
from trigforge.timing.analysis import StageTiming
from trigforge.timing.area import estimate_placed_ff, estimate_placed_lut, estimate_unmapped_lut
from trigforge.timing.clock import estimate_clock_period
from trigforge.toolchain import yosys
from trigforge.toolchain.verilator_run import MeasuredTiming
from trigforge.toolchain.yosys import MappedStage


@dataclass(frozen=True)
class CountedTiming:
    """Timing as the pipeline was written, in cycles: what a simulation of it measures, before there is one."""

    latency_cycles: int
    initiation_interval: int


def implementation(
    graph: FixedPointGraph,
    design: DesignPoint,
    project: RtlProject,
    timing: MeasuredTiming | CountedTiming | str,
    mapped: Sequence[TimedStage] | str,
) -> Implementation:
    """All figures of one RTL project; where a tool did not run, ``timing`` or ``mapped`` is the reason.

    Without mapping, LUTs after place and route are estimated from bits of adders; the rest is missing.
    """
    if isinstance(mapped, str):
        nothing = Resources.missing(design.target.resources, mapped)
        placed = Resources({**nothing.figures, FpgaResource.LUT: estimate_unmapped_lut(project.adder_bits)})
        latency = _latency(timing, Missing(mapped))
        return Implementation(BuildRoute.RTL, latency, nothing, placed, sharing=sharing_of(project))
    resources = _mapped(project, [entry.mapped for entry in mapped])
    mapped_lut = project.delay_voters + sum(entry.mapped.stage.copies * entry.mapped.lut for entry in mapped)
    inverters = sum(entry.mapped.stage.copies * entry.mapped.inverters for entry in mapped)
    lut = estimate_placed_lut(mapped_lut, inverters)
    size = lut.value if isinstance(lut, Figure) else mapped_lut
    period = estimate_clock_period([entry.timing for entry in mapped], size, design.target)
    carry = Missing("carry chains are not estimated; Vivado's implement run counts them")
    estimated = {FpgaResource.LUT: lut, FpgaResource.FF: estimate_placed_ff(), FpgaResource.CARRY_BITS: carry}
    placed = Resources({**resources.figures, **estimated})
    stages = tuple(_stage(entry.mapped, entry.timing) for entry in mapped)
    layers = _layers(graph, project, stages)
    latency = _latency(timing, period)
    sharing = sharing_of(project)
    return Implementation(BuildRoute.RTL, latency, resources, placed, stages, layers, sharing=sharing)


def _latency(timing: MeasuredTiming | CountedTiming | str, period: Leaf) -> Latency:
    """Cycles as simulated or counted; nanoseconds are cycles times the period, with the interval of the period."""
    if isinstance(timing, str):
        return Latency(Missing(timing), Missing(timing), period, Missing(timing))
    simulated = isinstance(timing, MeasuredTiming)
    source = "simulated cycle by cycle with Verilator" if simulated else "registers of the pipeline, counted as written"
    cycles = Figure(timing.latency_cycles, "cycles", Provenance.MEASURED, source)
    interval = Figure(timing.initiation_interval, "cycles", Provenance.MEASURED, source)
    if isinstance(period, Missing):
        return Latency(cycles, interval, period, Missing(period.reason))
    low, high = (round(cycles.value * end, 2) for end in period.ends)
    value = round(cycles.value * period.value, 2)
    total = Figure(value, "ns", period.provenance, f"cycles x period: {period.source}", low, high, period.outside_range)
    return Latency(cycles, interval, period, total)


def _mapped(project: RtlProject, mapped: Sequence[MappedStage]) -> Resources:
    """All copies of all stages; flip-flops in which values wait between regions are counted from the design."""
    source = f"yosys {yosys.version()}, synth_xilinx -family xcup, stage by stage, all copies"

    counts: dict[FpgaResource, Callable[[MappedStage], int]] = {
        FpgaResource.LUT: lambda entry: entry.lut,
        FpgaResource.FF: lambda entry: entry.ff,
        FpgaResource.CARRY_BITS: lambda entry: entry.carry_bits,
        FpgaResource.DSP: lambda entry: entry.dsp,
        FpgaResource.BRAM_18K: lambda entry: entry.bram_18k,
        FpgaResource.URAM: lambda entry: entry.uram,
    }
    waiting = {
        FpgaResource.FF: project.register_copies * project.delay_bits,
        FpgaResource.LUT: project.delay_voters,
    }
    notes = {FpgaResource.CARRY_BITS: "; it emits CARRY4, of 4 bits, for this family"}

    def figure(resource: FpgaResource, one: Callable[[MappedStage], int]) -> Figure:
        total = waiting.get(resource, 0) + sum(entry.stage.copies * one(entry) for entry in mapped)
        return Figure(total, resource.unit, Provenance.MEASURED, source + notes.get(resource, ""))

    return Resources({resource: figure(resource, one) for resource, one in counts.items()})


def _stage(entry: MappedStage, timing: StageTiming) -> PipelineStage:
    return PipelineStage(
        region=entry.stage.region,
        stage=entry.stage.stage,
        copies=entry.stage.copies,
        first_cycle=entry.stage.first_cycle,
        layers=tuple(tensor for tensor, _ in entry.stage.cost),
        lut=entry.lut,
        ff=entry.ff,
        carry_bits=entry.carry_bits,
        dsp=entry.dsp,
        bram_18k=entry.bram_18k,
        logic_ns=round(timing.logic_ns, 3),
        busy_cycles=entry.stage.busy_cycles,
    )


def _layers(graph: FixedPointGraph, project: RtlProject, stages: Sequence[PipelineStage]) -> tuple[Layer, ...]:
    """Cost of each layer of the model, in its order; then of the inputs and of nodes that belong to no layer."""
    layers = layers_of(graph)
    rows: dict[str, list[NodeCost]] = {name: [] for name in layers}
    owners = {node.name: node.layers for nodes in layers.values() for node in nodes}
    owners |= {shared.name: shared.layers for shared in project.shared_instances if shared.name not in owners}
    for cost in _node_costs(owners, project, stages):
        rows.setdefault(cost.layers[0] if cost.layers else cost.name, []).append(cost)
    own = {layer.name: layer.kind for layer in graph.layers}
    kinds = {name: type(nodes[0].op).__name__ for name, nodes in layers.items() if nodes}
    kinds |= {tensor.name: "Input" for tensor in graph.inputs} | own
    told = {name: costs for name, costs in rows.items() if costs or name in own}
    products = bit_operations(graph)
    return tuple(Layer(name, kinds.get(name, ""), tuple(costs), products.get(name, 0)) for name, costs in told.items())


def _node_costs(
    layers: Mapping[str, tuple[str, ...]], project: RtlProject, stages: Sequence[PipelineStage]
) -> tuple[NodeCost, ...]:
    """LUTs of each stage shared out by the bits of adders, flip-flops by the tensor whose value they hold.

    Choices of operands and accumulators have no probes, and hold values of one tensor alone.
    """
    lut: dict[str, float] = defaultdict(float)
    ff: dict[str, float] = defaultdict(float)
    cycles: dict[str, list[int]] = defaultdict(list)
    regions = {probe.path[-1][0] for probe in project.probes}
    for module, stage in zip(project.stages, stages, strict=True):
        total = sum(bits for _, bits in module.cost)
        for tensor, bits in module.cost:
            lut[tensor] += stage.copies * stage.lut * (bits / total if total else 1 / len(module.cost))
            cycles[tensor] += [stage.first_cycle, stage.first_cycle + stage.busy_cycles - 1]
            ff[tensor] += 0 if module.region in regions else stage.copies * stage.ff
    for probe in {(probe.offset, probe.width): probe for probe in project.probes}.values():
        ff[probe.tensor] += project.register_copies * probe.width
    for probe in project.probes:
        cycles[probe.tensor].append(probe.cycle - 1)
    names = dict.fromkeys([*(tensor for module in project.stages for tensor, _ in module.cost), *ff])
    return tuple(
        NodeCost(name, layers.get(name, ()), round(lut[name], 1), ff[name], min(cycles[name]), max(cycles[name]))
        for name in names
    )
