"""The cost of a plan before any Verilog is written: logic in bits of adders by stage and tensor, and registers."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import assert_never

from trigforge.rtl.circuit import Circuit, Gate
from trigforge.rtl.connections import Chosen, Held, Switched, Waiting
from trigforge.rtl.delays import cost_bits
from trigforge.rtl.gates import Rom, width_of
from trigforge.rtl.hierarchy import Accumulator, Joining
from trigforge.rtl.plan import PlannedItem, PlannedModule, PlannedRegion, delay_bits
from trigforge.rtl.schedule import StagePlan

CHOICES, ACCUMULATOR, VOTER = "Chosen", "Accumulator", "Voter"
"""the classes under which choices of operands, accumulators, and voters behind triplicated registers count"""
BLOCK_ROM = "BlockRom"
"""the class under which a ``Rom`` counts that Yosys maps to block RAM"""
BLOCK_ROM_BITS = 9216
"""Tables of more bits, half of what a block RAM holds, go there: one of 8,192 bits is mapped to LUTs, one of 12,288 is
not."""


@dataclass(frozen=True)
class StageLogic:
    """One pipeline stage, which the design holds ``copies`` times, for so many ``slices`` that share them.

    ``cost`` is that of one copy in bits of adders (``delays.cost_bits``), by tensor and class of gate;
    ``BLOCK_ROM``, ``CHOICES`` and ``ACCUMULATOR`` are such classes too.
    """

    copies: int
    cost: Mapping[tuple[str, str], float]
    slices: int


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
    return float(sum(elements[port].width * ceil((_ways(found) - 1) / 3) for (_, port), found in planned.waiting))


def _ways(found: Waiting) -> int:
    """The wires, registers and constants of which one is chosen."""
    match found:
        case Held():
            return 1
        case Chosen(sources):
            return len(set(sources))
        case Switched(inputs=inputs):
            return inputs
        case _:
            assert_never(found)


def accumulator_cost(content: Accumulator) -> float:
    """The cost of accumulators: a table a bit of a sum, and one and a half of an extremum."""
    share = 1.0 if content.joining is Joining.ADD else 1.5
    return share * accumulated_bits(content)


def stages_of(plan: PlannedModule, copies: int = 1, slices: int = 1) -> Iterator[StageLogic]:
    """All stages of a module, of which there are so many copies and slices, and of what stands in it, each once."""
    for planned in plan.items:
        if planned.waiting:
            yield StageLogic(copies, {(planned.item.name, CHOICES): shared_cost(planned)}, copies)
        yield from stages_of_item(planned, copies, slices)


def stages_of_item(planned: PlannedItem, copies: int = 1, slices: int = 1) -> Iterator[StageLogic]:
    """The stages of all instances of an item, without the choices of operands in front of them."""
    count, served = copies * planned.item.fold.instances, slices * len(planned.item.inputs)
    match planned.content:
        case PlannedRegion(region, schedule):
            for stage in schedule.stages:
                yield StageLogic(count, stage_cost(region.circuit, stage), served)
        case PlannedModule():
            yield from stages_of(planned.content, count, served)
        case Accumulator():
            cost = accumulator_cost(planned.content)
            yield StageLogic(count, {(planned.item.name, ACCUMULATOR): cost}, count)
        case _:
            assert_never(planned.content)


def bits_of(stages: Iterable[StageLogic], kind: str | None = None, tensors: Collection[str] | None = None) -> float:
    """The bits of adders of stages, all copies counted: those of one class, of some tensors."""
    return sum(
        stage.copies * bits
        for stage in stages
        for (owner, own), bits in stage.cost.items()
        if kind in (None, own) and (tensors is None or owner in tensors)
    )


def waiting_bits(planned: PlannedItem) -> int:
    """The registers in front of the instances of an item, in which operands wait for their slots."""
    return sum(_held_bits(planned, port, found) for (_, port), found in planned.waiting)


def accumulated_bits(content: Accumulator) -> int:
    """The registers of accumulators."""
    return sum(width_of(ends.lo, ends.hi)[0] for ends in content.outputs)


def register_bits(plan: PlannedModule) -> int:
    """All bits of registers of a module and of what stands in it, all instances counted, and of those that only
    wait."""
    return delay_bits(plan) + _registers(plan)


def _registers(plan: PlannedModule) -> int:
    bits = 0
    for planned in plan.items:
        bits += waiting_bits(planned)
        match planned.content:
            case PlannedRegion():
                own = planned.content.register_bits
            case PlannedModule():
                own = _registers(planned.content)
            case Accumulator():
                own = accumulated_bits(planned.content)
            case _:
                assert_never(planned.content)
        bits += planned.item.fold.instances * own
    return bits


def _held_bits(planned: PlannedItem, port: int, found: Waiting) -> int:
    values = len(found.sources) if isinstance(found, Chosen) else 1
    return values * planned.item.content.inputs[port].width
