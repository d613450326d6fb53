"""What a chosen plan shares, and what that saves and costs, as plain values of a project."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from trigforge.design import DesignPoint, layers_in
from trigforge.graph.ops import Map, Node
from trigforge.project import KeptApart, PlannedCost, SharedInstances, Sharing
from trigforge.rtl.choosing import Choice, plan_apart
from trigforge.rtl.cost import ACCUMULATOR, CHOICES, bits_of, register_bits, stages_of, stages_of_item
from trigforge.rtl.hierarchy import Accumulator
from trigforge.rtl.plan import PlannedItem, PlannedModule, PlannedRegion


def sharing_of(choice: Choice, design: DesignPoint) -> tuple[tuple[SharedInstances, ...], Sharing | None]:
    """The shared instances of a plan, and the account of what they save; None where nothing may be shared."""
    if not design.shares_instances:
        return (), None
    apart = plan_apart(choice.graph, design)
    layers, slices = dict(_layers(choice.graph.nodes)), dict(_slices(apart))
    kept = tuple(KeptApart(name, layers[name], slices[name], *costs) for name, costs in choice.kept_apart.items())
    shared = tuple(_shared(choice.plan, apart, layers, _Around()))
    return shared, Sharing(choice.asked_interval, _cost(choice.plan), _cost(apart), kept)


@dataclass(frozen=True)
class _Around:
    """The ``Map``s around a module: their names, and how often it is held, with and without sharing, and since when."""

    inside: tuple[str, ...] = ()
    instances: int = 1
    slices: int = 1
    cycle: int = 0


def _shared(
    plan: PlannedModule, apart: PlannedModule, layers: Mapping[str, tuple[str, ...]], around: _Around
) -> Iterator[SharedInstances]:
    """All items of a module that work in several slots; ``apart`` is the same module with one instance a slice."""
    counterparts = {planned.item.name: planned for planned in apart.items}
    before: PlannedItem | None = None
    for planned in plan.items:
        item = planned.item
        match planned.content, counterparts.get(item.name):
            case PlannedModule() as body, PlannedItem(content=PlannedModule() as body_apart) as counterpart:
                if item.fold.slots > 1:
                    bits = bits_of(stages_of_item(counterpart, around.slices))
                    yield replace(_instances(planned, around, layers), adder_bits_apart=bits)
                within = _Around(
                    (*around.inside, item.name),
                    around.instances * item.fold.instances,
                    around.slices * len(item.inputs),
                    around.cycle + planned.start_cycle,
                )
                yield from _shared(body, body_apart, layers, within)
            case Accumulator(), _:
                bits = bits_of(stages_of(apart, around.slices), tensor=item.name)
                found = replace(_instances(planned, around, layers), accumulates=True, adder_bits_apart=bits)
                yield found if before is None else _joined(found, _instances(before, around, layers))
            case _:
                pass
        before = planned if item.fold.slots > 1 and isinstance(planned.content, PlannedRegion) else None


def _instances(planned: PlannedItem, around: _Around, layers: Mapping[str, tuple[str, ...]]) -> SharedInstances:
    fold, name = planned.item.fold, planned.item.name
    return SharedInstances(
        name=name,
        inside=around.inside,
        layers=layers.get(name, ()),
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


def _cost(plan: PlannedModule) -> PlannedCost:
    stages = tuple(stages_of(plan))
    choices, accumulators = bits_of(stages, CHOICES), bits_of(stages, ACCUMULATOR)
    return PlannedCost(bits_of(stages), choices, accumulators, register_bits(plan))


def _layers(nodes: Sequence[Node]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The layers of all nodes, those of bodies too."""
    for node in nodes:
        if isinstance(node.op, Map):
            yield from _layers(node.op.body.nodes)
        yield node.name, layers_in(node)


def _slices(plan: PlannedModule) -> Iterator[tuple[str, int]]:
    """The slices of each ``Map``, those in bodies too."""
    for planned in plan.items:
        if isinstance(planned.content, PlannedModule):
            yield planned.item.name, len(planned.item.inputs)
            yield from _slices(planned.content)
