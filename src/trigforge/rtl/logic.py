"""``logic_of``: the logic of a design by stage, tensor and kind of gate, before any Verilog is written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import assert_never

from trigforge.design import DesignPoint
from trigforge.graph.graph import FixedPointGraph
from trigforge.rtl.circuit import Circuit, Gate
from trigforge.rtl.connections import Held
from trigforge.rtl.delays import cost_bits
from trigforge.rtl.gates import Rom, width_of
from trigforge.rtl.hierarchy import Accumulator, Joining
from trigforge.rtl.plan import PlannedItem, PlannedModule, PlannedRegion, plan_graph
from trigforge.rtl.schedule import StagePlan

BLOCK_ROM = "BlockRom"
"""the class under which a ``Rom`` counts that Yosys maps to block RAM"""
BLOCK_ROM_BITS = 9216
"""Tables of more bits, half of what a block RAM holds, go there: one of 8,192 bits is mapped to LUTs, one of 12,288 is
not."""


@dataclass(frozen=True)
class StageLogic:
    """One pipeline stage, which the design holds ``copies`` times.

    ``cost`` is that of one copy in bits of adders (``delays.cost_bits``), by tensor and class of gate;
    ``BLOCK_ROM`` is one more.
    """

    copies: int
    cost: Mapping[tuple[str, str], float]


@dataclass(frozen=True)
class DesignLogic:
    """All stages of a design, those in bodies of ``Map``s once, and its pipeline registers from input to output."""

    stages: tuple[StageLogic, ...]
    latency_cycles: int

    @property
    def adder_bits(self) -> float:
        """The cost of all logic, all copies counted, as ``RtlProject.adder_bits``."""
        return sum(stage.copies * bits for stage in self.stages for bits in stage.cost.values())


def logic_of(graph: FixedPointGraph, design: DesignPoint) -> DesignLogic:
    """The logic of the design that ``to_project`` would write; raises as ``to_project``.

    No tool runs but the search for adder graphs, whose results the cache keeps for the build.
    """
    plan = plan_graph(graph, design)
    return DesignLogic(tuple(_stages(plan, 1)), plan.latency_cycles)


def stage_cost(circuit: Circuit, stage: StagePlan) -> dict[tuple[str, str], float]:
    """The cost of what a stage computes, by tensor and class of gate."""
    cost: dict[tuple[str, str], float] = {}
    for number in stage.computed:
        gate = circuit.gates[number]
        key = (gate.tensor, _class_of(circuit, gate))
        cost[key] = cost.get(key, 0.0) + cost_bits(circuit, gate)
    return cost


def _class_of(circuit: Circuit, gate: Gate) -> str:
    if isinstance(gate.op, Rom) and gate.width << circuit.gates[gate.operands[0]].width > BLOCK_ROM_BITS:
        return BLOCK_ROM
    return type(gate.op).__name__


def shared_cost(planned: PlannedItem) -> float:
    """The cost of the choices of operands in front of one item: about a table a bit for each four slots."""
    elements = planned.item.content.inputs
    return float(
        sum(
            elements[port].width * ceil((len(set(found.sources)) - 1) / 3)
            for (_, port), found in planned.waiting
            if not isinstance(found, Held)
        )
    )


def accumulator_cost(content: Accumulator) -> float:
    """The cost of accumulators: a table a bit of a sum, and one and a half of an extremum."""
    share = 1.0 if content.joining is Joining.ADD else 1.5
    return share * sum(width_of(ends.lo, ends.hi)[0] for ends in content.outputs)


def _stages(plan: PlannedModule, copies: int) -> Iterator[StageLogic]:
    for planned in plan.items:
        count, name = copies * planned.item.fold.instances, planned.item.name
        if planned.waiting:
            yield StageLogic(copies, {(name, "Chosen"): shared_cost(planned)})
        match planned.content:
            case PlannedRegion(region, schedule):
                for stage in schedule.stages:
                    yield StageLogic(count, stage_cost(region.circuit, stage))
            case PlannedModule():
                yield from _stages(planned.content, count)
            case Accumulator():
                yield StageLogic(count, {(name, "Accumulator"): accumulator_cost(planned.content)})
            case _:
                assert_never(planned.content)
