"""The plan of a design in time: the schedule of every region, and the cycle in which every item of a module starts."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from trigforge.design import DesignPoint
from trigforge.graph.graph import FixedPointGraph
from trigforge.rtl.delays import stage_delay_ns
from trigforge.rtl.gates import width_of
from trigforge.rtl.regions import Item, Module, Net, Region, module_of_graph
from trigforge.rtl.schedule import Schedule, schedule


@dataclass(frozen=True)
class PlannedRegion:
    """A region and its pipeline stages."""

    region: Region
    schedule: Schedule

    @property
    def latency_cycles(self) -> int:
        return self.schedule.latency_cycles


@dataclass(frozen=True)
class PlannedItem:
    """An item that takes its inputs ``start_cycle`` clock edges after those of its module."""

    item: Item
    content: "PlannedRegion | PlannedModule"
    start_cycle: int


@dataclass(frozen=True)
class PlannedModule:
    """A module whose outputs all leave ``latency_cycles`` clock edges after its inputs."""

    module: Module
    items: tuple[PlannedItem, ...]

    def available_cycle(self, net: Net) -> int | None:
        """The cycle in which a net holds the event; None for a register input, which always does."""
        if net.item < 0:
            return None if self.module.inputs[net.port].static else 0
        item = self.items[net.item]
        return item.start_cycle + item.content.latency_cycles

    @cached_property
    def latency_cycles(self) -> int:
        nets = [net for net in self.module.outputs if isinstance(net, Net)]
        return max((self.available_cycle(net) or 0 for net in nets), default=0)

    def delays(self) -> Iterator[tuple[Net, int]]:
        """Every net that must wait, and for how many cycles; each pair once."""
        wanted = [(net, item.start_cycle) for item in self.items for own in item.item.inputs for net in own]
        wanted += [(net, self.latency_cycles) for net in self.module.outputs if isinstance(net, Net)]
        for net, cycle in dict.fromkeys(wanted):
            available = self.available_cycle(net)
            if available is not None and cycle > available:
                yield net, cycle - available

    def width(self, net: Net) -> int:
        """The bits of a net."""
        return width_of(*ends_of_net(self.module, net))[0]


def ends_of_net(module: Module, net: Net) -> tuple[int, int]:
    """The least and the greatest integer on a net."""
    if net.item < 0:
        ends = module.inputs[net.port].ends
        return ends.lo, ends.hi
    content = module.items[net.item].content
    if isinstance(content, Region):
        gate = content.circuit.gates[content.outputs[net.port]]
        return gate.lo, gate.hi
    output = content.outputs[net.port]
    assert isinstance(output, Net)
    return ends_of_net(content, output)


def plan_module(module: Module, stage_delay_ns: float) -> PlannedModule:
    """Schedule all regions; the body of a ``Map`` once."""
    items: list[PlannedItem] = []
    for item in module.items:
        content: PlannedRegion | PlannedModule
        if isinstance(item.content, Module):
            content = plan_module(item.content, stage_delay_ns)
        else:
            region = item.content
            content = PlannedRegion(region, schedule(region.circuit, region.outputs, region.static, stage_delay_ns))
        ready = PlannedModule(module, tuple(items))
        nets = {net for own in item.inputs for net in own}
        start = max((ready.available_cycle(net) or 0 for net in nets), default=0)
        items.append(PlannedItem(item, content, start))
    return PlannedModule(module, tuple(items))


def plan_graph(graph: FixedPointGraph, design: DesignPoint) -> PlannedModule:
    """The hierarchy of a graph with the pipeline stages that a design point asks for."""
    limit = design.rtl.stage_delay_ns or stage_delay_ns(design.target.clock_period_ns)
    return plan_module(module_of_graph(graph), limit)


def delay_bits(plan: PlannedModule, copies: int = 1) -> int:
    """Flip-flops that only wait, outside of all stages."""
    own = copies * sum(plan.width(net) * cycles for net, cycles in plan.delays())
    for item in plan.items:
        if isinstance(item.content, PlannedModule):
            own += delay_bits(item.content, copies * len(item.item.inputs))
    return own
