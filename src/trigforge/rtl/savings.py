"""The account of a chosen plan, as plain values of a project: what slices share, and what that saves and costs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from trigforge.design import DesignPoint, Redundancy, all_nodes, layers_in
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.ops import Node
from trigforge.passes.spread_maps import spread_maps
from trigforge.project import PlannedCost, SharedInstances, Sharing
from trigforge.rtl.choosing import Choice, nodes_by_name, plan_apart
from trigforge.rtl.cost import ACCUMULATOR, CHOICES, bits_of, register_bits, stages_of, stages_of_item
from trigforge.rtl.hierarchy import Accumulator
from trigforge.rtl.plan import PlannedItem, PlannedModule, PlannedRegion


def sharing_of(
    choice: Choice, graph: FixedPointGraph, design: DesignPoint
) -> tuple[tuple[SharedInstances, ...], Sharing | None]:
    """The shared instances of the plan that was chosen for a graph, and the account of what they save; None where
    nothing may be shared."""
    if not design.shares_instances:
        return (), None
    alike = plan_apart(spread_maps(graph, choice.spread), design, graph.tensors)
    apart = plan_apart(graph, design)
    nodes = nodes_by_name(choice.graph)
    kept = tuple(choice.kept_apart.values())
    shared = tuple(_shared(choice.plan, alike, nodes, _Around()))
    redundancy = design.rtl.redundancy
    return shared, Sharing(choice.asked_interval, _cost(choice.plan, redundancy), _cost(apart, redundancy), kept)


@dataclass(frozen=True)
class _Around:
    """The ``Map``s around a module: their names, how often it is held with and without sharing, and its first cycle."""

    inside: tuple[str, ...] = ()
    instances: int = 1
    slices: int = 1
    cycle: int = 0

    def within(self, planned: PlannedItem) -> "_Around":
        """Those around the body of a ``Map``."""
        item = planned.item
        copies = self.instances * item.fold.instances, self.slices * len(item.inputs)
        return _Around((*self.inside, item.name), *copies, self.cycle + planned.start_cycle)


def _shared(
    plan: PlannedModule, apart: PlannedModule, nodes: Mapping[str, Node], around: _Around
) -> Iterator[SharedInstances]:
    """All that works in several slots; ``apart`` is the same module with one instance for each slice."""
    counterparts = {other.item.name: other for other in apart.items}
    joining: PlannedItem | None = None
    for planned in plan.items:
        shared, name = planned.item.fold.slots > 1, planned.item.name
        match planned.content:
            case PlannedModule():
                other = counterparts.get(name)
                found = _instances(planned, nodes, around)
                if other is not None and isinstance(other.content, PlannedModule):
                    bits = bits_of(stages_of_item(other, around.slices))
                    inner = tuple(_shared(planned.content, other.content, nodes, around.within(planned)))
                else:  # outputs of a dense layer, which are slices only where they share
                    own = {inside.name for inside in all_nodes([nodes[name]])}
                    bits, inner = bits_of(stages_of(apart, around.slices), tensors=own), ()
                yield from ([replace(found, adder_bits_apart=bits)] if shared else [])
                yield from inner
            case Accumulator():
                bits = bits_of(stages_of(apart, around.slices), tensors=[name])
                found = replace(_instances(planned, nodes, around), accumulates=True, adder_bits_apart=bits)
                yield found if joining is None else _joined(found, _instances(joining, nodes, around))
            case PlannedRegion():
                pass
        joining = planned if shared and isinstance(planned.content, PlannedRegion) else None


def _instances(planned: PlannedItem, nodes: Mapping[str, Node], around: _Around) -> SharedInstances:
    fold, name = planned.item.fold, planned.item.name
    return SharedInstances(
        name=name,
        inside=around.inside,
        layers=layers_in(nodes[name]) if name in nodes else (),
        accumulates=False,
        slices=max(fold.slots, len(planned.item.inputs)),
        instances=fold.instances,
        slots=fold.slots,
        spacing_cycles=fold.spacing,
        start_cycle=around.cycle + planned.start_cycle,
        latency_cycles=planned.latency_cycles,
        adder_bits=bits_of(stages_of_item(planned, around.instances)),
        adder_bits_apart=0.0,
    )


def _joined(found: SharedInstances, before: SharedInstances) -> SharedInstances:
    """An accumulator with what joins, in front of it, the instances of one slot."""
    latency = found.start_cycle + found.latency_cycles - before.start_cycle
    bits = found.adder_bits + before.adder_bits
    return replace(found, start_cycle=before.start_cycle, latency_cycles=latency, adder_bits=bits)


def _cost(plan: PlannedModule, redundancy: Redundancy) -> PlannedCost:
    stages, registers = tuple(stages_of(plan)), register_bits(plan)
    choices, accumulators = bits_of(stages, CHOICES), bits_of(stages, ACCUMULATOR)
    voters = 0 if redundancy is Redundancy.NONE else registers
    return PlannedCost(bits_of(stages) + voters, choices, accumulators, redundancy.copies * registers)
