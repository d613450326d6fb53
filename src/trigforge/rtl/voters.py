"""Voters behind triplicated registers, counted before any Verilog is written: a look-up table a bit."""

from collections import Counter
from collections.abc import Iterator
from typing import assert_never

from trigforge.rtl.cost import VOTER, StageLogic, accumulated_bits, waiting_bits
from trigforge.rtl.hierarchy import Accumulator
from trigforge.rtl.plan import PlannedItem, PlannedModule, PlannedRegion
from trigforge.rtl.probes import probed_tensor


def voters_of(plan: PlannedModule) -> StageLogic:
    """All voters of a module and of what stands in it, by tensor, as if they stood in one stage.

    Those behind counters of slots, a few bits each, are not counted, as these are not.
    """
    bits = Counter[str]()
    for tensor, count in _voters(plan, 1):
        bits[tensor] += count
    return StageLogic(1, {(tensor, VOTER): float(count) for tensor, count in bits.items()}, 1)


def _voters(plan: PlannedModule, copies: int) -> Iterator[tuple[str, int]]:
    for wire, delay in plan.delays.items():
        item, _, port = wire
        tensor = plan.module.inputs[port].tensor if item < 0 else plan.items[item].item.name
        yield tensor, copies * plan.width(wire) * delay.registers
    for planned in plan.items:
        yield planned.item.name, copies * waiting_bits(planned)
        yield from _voters_within(planned, copies * planned.item.fold.instances)


def _voters_within(planned: PlannedItem, copies: int) -> Iterator[tuple[str, int]]:
    match planned.content:
        case PlannedRegion(region, schedule):
            for gate in (gate for stage in schedule.stages for gate in stage.registered):
                yield probed_tensor(region, gate), copies * region.circuit.gates[gate].width
        case PlannedModule():
            yield from _voters(planned.content, copies)
        case Accumulator():
            yield planned.item.name, copies * accumulated_bits(planned.content)
        case _:
            assert_never(planned.content)
