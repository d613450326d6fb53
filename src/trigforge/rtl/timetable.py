"""The timetable: what stands on every wire of a module in every cycle, from which a plan is proved sound."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from trigforge.rtl.connections import Chosen, Direct, Held, Switched
from trigforge.rtl.hierarchy import Net, Source
from trigforge.rtl.plan import PlannedItem, PlannedModule

Wire = tuple[int, int, int]


@dataclass(frozen=True)
class Value:
    """A net of one of the events, which begin ``interval_cycles`` apart."""

    event: int
    net: Net


def faults(plan: PlannedModule, interval_cycles: int) -> Iterator[str]:
    """Sentences that say where a plan is wrong for events so many cycles apart; none for a sound one.

    Three events are followed. No instance may work on two slices in one slot; every operand must stand on its port when
    the slot begins that reads it; registers that wait for their slots must not be loaded again before; and bodies must
    be sound for slots as close as their own.
    """
    events = range(3)
    table = _Table()
    for event in events:
        for port in range(len(plan.module.inputs)):
            yield from table.put(plan, Value(event, Net(-1, 0, port)), event * interval_cycles)
        for number, planned in enumerate(plan.items):
            for slice_ in range(len(planned.item.inputs)):
                for port in range(len(planned.item.content.outputs)):
                    yield from table.put(plan, Value(event, Net(number, slice_, port)), event * interval_cycles)
    for event in events:
        for planned in plan.items:
            yield from _misread(plan, table, planned, event, event * interval_cycles)
        for output in plan.module.outputs:
            yield from _unlike(plan, table, output, event, event * interval_cycles, plan.latency_cycles, "the end")
    for planned in plan.items:
        name, fold = planned.item.name, planned.item.fold
        if fold.interval_cycles > interval_cycles:
            yield f"{name!r} needs {fold.interval_cycles} cycles an event, and one comes every {interval_cycles}"
        if isinstance(planned.content, PlannedModule):
            yield from faults(planned.content, fold.spacing if fold.slots > 1 else interval_cycles)


class _Table:
    """Values by wire and cycle."""

    def __init__(self) -> None:
        self._values: dict[tuple[Wire, int], Value] = {}

    def put(self, plan: PlannedModule, value: Value, begin: int) -> Iterator[str]:
        arrival = plan.arrival(value.net)
        if arrival.cycle is None:
            return
        before = self._values.setdefault((arrival.wire, begin + arrival.cycle), value)
        if before != value:
            yield f"{_name(plan, value.net)} and {_name(plan, before.net)} stand on one wire in one cycle"

    def read(self, wire: Wire, cycle: int) -> Value | None:
        return self._values.get((wire, cycle))


def _misread(plan: PlannedModule, table: _Table, planned: PlannedItem, event: int, begin: int) -> Iterator[str]:
    name, fold, start = planned.item.name, planned.item.fold, planned.start_cycle
    for instance, port, sources in planned.item.feeds():
        connection = planned.connections[instance, port]
        match connection:
            case Direct(first):
                for slot, source in enumerate(sources):
                    late = fold.offset_cycles(slot)
                    yield from _through(plan, table, first, source, event, begin, start, late, name)
            case Held(source):
                if set(sources) != {source}:
                    yield f"{name!r} holds one value where its slots read several"
                yield from _unlike(plan, table, source, event, begin, start - 1, name)
            case Chosen(chosen):
                if chosen != sources:
                    yield f"{name!r} chooses other values than its slots read"
                for source in chosen:
                    yield from _unlike(plan, table, source, event, begin, start - 1, name)
            case Switched(chosen):
                if chosen != sources:
                    yield f"{name!r} switches to other values than its slots read"
                for slot, source in enumerate(chosen):
                    yield from _unlike(plan, table, source, event, begin, planned.cycle_before(slot), name)
            case _:
                assert_never(connection)


def _unlike(
    plan: PlannedModule, table: _Table, source: Source, event: int, begin: int, cycle: int, reader: str
) -> Iterator[str]:
    """A sentence where a value cannot be read, after its wait, in a cycle of an event."""
    yield from _through(plan, table, source, source, event, begin, cycle, 0, reader)


def _through(
    plan: PlannedModule,
    table: _Table,
    first: Source,
    source: Source,
    event: int,
    begin: int,
    cycle: int,
    late: int,
    reader: str,
) -> Iterator[str]:
    """As ``_unlike``, for the value of a slot that begins ``late`` after the one for which the wait is made."""
    if not isinstance(first, Net) or not isinstance(source, Net):
        if first != source:
            yield f"{reader!r} reads the constant of another slot"
        return
    arrival = plan.arrival(first)
    if arrival.cycle is None:
        if arrival.wire != plan.arrival(source).wire:
            yield f"{reader!r} reads the register of another slot"
        return
    wait = cycle - arrival.cycle
    found = table.read(arrival.wire, begin + cycle + late - wait)
    if wait < 0 or (found != Value(event, source) and _exists(plan, source)):
        yield f"{reader!r} does not find {_name(plan, source)} in cycle {cycle + late}"


def _exists(plan: PlannedModule, net: Net) -> bool:
    """False for what idle instances hand out."""
    return net.item < 0 or net.slice < len(plan.items[net.item].item.inputs)


def _name(plan: PlannedModule, net: Net) -> str:
    if net.item < 0:
        element = plan.module.inputs[net.port]
        return f"element {element.number} of {element.tensor!r}"
    return f"output {net.port} of slice {net.slice} of {plan.items[net.item].item.name!r}"
