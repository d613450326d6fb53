"""The plan of a design in time: the schedule of every region, and the cycle in which every item of a module starts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import assert_never

from trigforge.rtl.connections import Arrival, Chosen, Connection, Direct, Held, Switched, Waiting, connect
from trigforge.rtl.gates import width_of
from trigforge.rtl.hierarchy import Accumulator, Item, Module, Net, Region, Source, ends_of_net
from trigforge.rtl.schedule import Schedule, schedule


@dataclass(frozen=True)
class PlannedRegion:
    """A region and its pipeline stages."""

    region: Region
    schedule: Schedule

    @property
    def latency_cycles(self) -> int:
        return self.schedule.latency_cycles

    @property
    def register_bits(self) -> int:
        """The flip-flops behind all of its stages."""
        return self.schedule.register_bits(self.region.circuit)


@dataclass(frozen=True)
class PlannedItem:
    """An item whose first slot begins ``start_cycle`` clock edges after the inputs of its module.

    ``connections`` are those of every port of every instance, ``(instance, port)``.
    """

    item: Item
    content: "PlannedRegion | PlannedModule | Accumulator"
    start_cycle: int
    connections: Mapping[tuple[int, int], Connection]

    def cycle_before(self, slot: int) -> int:
        """The cycle before a slot."""
        return self.start_cycle - 1 + self.item.fold.offset_cycles(slot)

    @property
    def latency_cycles(self) -> int:
        """From the beginning of a slot to what leaves."""
        return 1 if isinstance(self.content, Accumulator) else self.content.latency_cycles

    @property
    def waiting(self) -> tuple[tuple[tuple[int, int], Waiting], ...]:
        """The ports in front of which registers stand."""
        return tuple((at, found) for at, found in self.connections.items() if not isinstance(found, Direct))

    @property
    def counted_cycles(self) -> tuple[int, ...]:
        """The cycles in which a counter of slots must begin."""
        cycles = [self.start_cycle - 1] if self.waiting else []
        if isinstance(self.content, Accumulator) or (isinstance(self.content, PlannedModule) and self.content.counts):
            cycles.append(self.start_cycle)
        return tuple(cycles)


@dataclass(frozen=True)
class Delay:
    """The registers in which a value waits for each number of ``waits_cycles``, which ascend.

    A wire that brings one value an event can do with a register an interval, which is loaded when the one before it
    was, an interval later; ``first_cycle`` is that in which the first is loaded. Any other wire needs one a cycle.
    """

    waits_cycles: tuple[int, ...]
    first_cycle: int
    interval_cycles: int

    @property
    def holds(self) -> bool:
        """True if registers hold their value for an interval."""
        return self.interval_cycles > 1 and self.waits_cycles[-1] > 1

    def register(self, wait_cycles: int) -> int:
        """The number, from 1, of the register that has the value after a wait."""
        return -(-wait_cycles // self.interval_cycles) if self.holds else wait_cycles

    @property
    def registers(self) -> int:
        """All registers."""
        return self.register(self.waits_cycles[-1])

    @property
    def load_cycles(self) -> tuple[int, ...]:
        """The cycle in which each register is loaded that holds."""
        count = self.registers if self.holds else 0
        return tuple(self.first_cycle + n * self.interval_cycles for n in range(count))


@dataclass(frozen=True)
class PlannedModule:
    """A module whose outputs all leave ``latency_cycles`` clock edges after its first inputs, and no sooner than the
    last of them come."""

    module: Module
    items: tuple[PlannedItem, ...]

    def arrival(self, net: Net) -> Arrival:
        """The wire on which a net can be read, and when."""
        if net.item < 0:
            element = self.module.inputs[net.port]
            port = net.port if element.port is None else element.port
            return Arrival(-1, 0, port, None if element.static else element.beat)
        planned = self.items[net.item]
        instance, slot = planned.item.place(net.slice)
        cycle = planned.start_cycle + planned.item.fold.offset_cycles(slot) + planned.latency_cycles
        return Arrival(net.item, instance, net.port, cycle)

    @cached_property
    def latency_cycles(self) -> int:
        nets = [net for net in self.module.outputs if isinstance(net, Net)]
        return max([self.last_beat, *(self.arrival(net).cycle or 0 for net in nets)])

    @property
    def last_beat(self) -> int:
        """The clock cycle, after that of the first inputs, in which the last ones come."""
        return max((element.beat for element in self.module.inputs), default=0)

    @property
    def interval_cycles(self) -> int:
        """The fewest clock cycles between two events."""
        return max([self.last_beat + 1, *(planned.item.fold.interval_cycles for planned in self.items)])

    @property
    def counts(self) -> bool:
        """True if something in the module must know when an event begins."""
        return any(planned.counted_cycles for planned in self.items) or any(d.holds for d in self.delays.values())

    def waits(self) -> Iterator[tuple[Arrival, int]]:
        """Every value that is read, and how many cycles after it comes."""
        for planned in self.items:
            for connection in planned.connections.values():
                match connection:
                    case Direct(source):
                        yield from self._waits([source], planned.start_cycle)
                    case Held(source):
                        yield from self._waits([source], planned.start_cycle - 1)
                    case Chosen(sources):
                        yield from self._waits(sources, planned.start_cycle - 1)
                    case Switched(sources):
                        for slot, source in enumerate(sources):
                            yield from self._waits([source], planned.cycle_before(slot))
                    case _:
                        assert_never(connection)
        yield from self._waits(self.module.outputs, self.latency_cycles)

    def _waits(self, sources: Sequence[Source], cycle: int) -> Iterator[tuple[Arrival, int]]:
        for arrival in (self.arrival(source) for source in sources if isinstance(source, Net)):
            yield arrival, 0 if arrival.cycle is None else cycle - arrival.cycle

    @cached_property
    def delays(self) -> Mapping[tuple[int, int, int], "Delay"]:
        """The wires whose values must wait."""
        found: dict[tuple[int, int, int], set[int]] = {}
        first: dict[tuple[int, int, int], int] = {}
        for arrival, cycles in self.waits():
            if cycles:
                found.setdefault(arrival.wire, set()).add(cycles)
                first[arrival.wire] = arrival.cycle or 0
        return {
            wire: Delay(tuple(sorted(cycles)), first[wire], self.interval_cycles if self._is_once(wire) else 1)
            for wire, cycles in found.items()
        }

    def _is_once(self, wire: tuple[int, int, int]) -> bool:
        """True for a wire that brings one value an event."""
        item = wire[0]
        if item < 0:
            return wire[2] not in self._shared_ports
        return self.items[item].item.fold.slots == 1 or isinstance(self.items[item].content, Accumulator)

    @cached_property
    def _shared_ports(self) -> frozenset[int]:
        """Inputs that bring several values an event."""
        return frozenset(element.port for element in self.module.inputs if element.port is not None)

    def width(self, wire: tuple[int, int, int]) -> int:
        """The bits of a wire."""
        item, instance, port = wire
        return width_of(*ends_of_net(self.module, Net(item, instance, port)))[0]


def plan_region(region: Region, stage_delay_ns: float) -> PlannedRegion:
    """A region in stages of at most that delay."""
    return PlannedRegion(region, schedule(region.circuit, region.outputs, region.static, stage_delay_ns))


def plan_module(module: Module, planned: Callable[[Region], PlannedRegion]) -> PlannedModule:
    """The plan of a module whose regions ``planned`` puts into stages; the body of a ``Map`` once."""
    items: list[PlannedItem] = []
    for item in module.items:
        content: PlannedRegion | PlannedModule | Accumulator
        match item.content:
            case Module():
                content = plan_module(item.content, planned)
            case Region():
                content = planned(item.content)
            case Accumulator():
                content = item.content
            case _:
                assert_never(item.content)
        ready = PlannedModule(module, tuple(items))
        connections: dict[tuple[int, int], Connection] = {}
        start = 0
        for instance, port, sources in item.feeds():
            connections[instance, port], earliest = connect(sources, ready.arrival, item.fold)
            start = max(start, earliest)
        items.append(PlannedItem(item, content, start, connections))
    return PlannedModule(module, tuple(items))


def delay_bits(plan: PlannedModule, instances: int = 1) -> int:
    """Flip-flops that only wait, outside of all stages."""
    own = instances * sum(plan.width(wire) * delay.registers for wire, delay in plan.delays.items())
    for planned in plan.items:
        if isinstance(planned.content, PlannedModule):
            own += delay_bits(planned.content, instances * planned.item.fold.instances)
    return own
