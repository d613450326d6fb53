"""Probes: where every register of a design stands in the port ``probe`` of the core with probes."""

from collections.abc import Iterator
from typing import assert_never

from trigforge.project import Probe
from trigforge.rtl.hierarchy import Accumulator, Region
from trigforge.rtl.names import gate_names
from trigforge.rtl.plan import PlannedModule, PlannedRegion


def probes_of(plan: PlannedModule) -> Iterator[Probe]:
    """Every register of a region for every slice that it works on; those of one instance stand in the same bits."""
    yield from _probes_within(plan, (), 0, 0)


def _probes_within(plan: PlannedModule, path: tuple[tuple[str, int], ...], cycle: int, offset: int) -> Iterator[Probe]:
    for planned in plan.items:
        bits, fold = _probe_bits(planned.content), planned.item.fold
        for slice_ in range(len(planned.item.inputs)):
            instance, slot = planned.item.place(slice_)
            where, start = (*path, (planned.item.name, slice_)), cycle + planned.start_cycle + fold.offset_cycles(slot)
            first = offset + instance * bits
            match planned.content:
                case PlannedRegion() as region:
                    yield from _probes_of_region(region, where, start, first)
                case PlannedModule() as body:
                    yield from _probes_within(body, where, start, first)
                case Accumulator():
                    pass
                case _:
                    assert_never(planned.content)
        offset += fold.instances * bits


def _probes_of_region(
    plan: PlannedRegion, path: tuple[tuple[str, int], ...], cycle: int, offset: int
) -> Iterator[Probe]:
    region, names = plan.region, gate_names(plan.region)
    for number, stage in enumerate(plan.schedule.stages, start=1):
        for gate in stage.registered:
            found = region.circuit.gates[gate]
            tensor = probed_tensor(region, gate)
            yield Probe(path, number, gate, names[gate], tensor, offset, found.width, found.signed, cycle + number)
            offset += found.width


def probed_tensor(region: Region, gate: int) -> str:
    """The tensor whose value, or part of it, a register behind a gate holds."""
    return region.circuit.gates[gate].tensor or region.names[gate][0]  # a value from outside that waits here


def _probe_bits(content: PlannedRegion | PlannedModule | Accumulator) -> int:
    """The probes of one instance."""
    match content:
        case PlannedRegion():
            return content.register_bits
        case PlannedModule():
            return sum(_probe_bits(planned.content) * planned.item.fold.instances for planned in content.items)
        case Accumulator():
            return 0
        case _:
            assert_never(content)
