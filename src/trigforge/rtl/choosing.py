"""The choice of instances: for each ``Map`` of a graph the cheapest number that keeps the initiation interval."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from trigforge.design import (
    DesignPoint,
    Multipliers,
    all_nodes,
    asked_instances,
    layers_in,
    least_interval,
    neurons_asked_for,
    rows_a_cycle,
)
from trigforge.errors import DesignError
from trigforge.fixed import Interval
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.ops import Conv1D, Conv2D, Node
from trigforge.passes.slice_neurons import can_slice_neurons, slice_neurons
from trigforge.passes.spread_maps import ALL_SLICES, Spread, spread_maps
from trigforge.project import KeptApart
from trigforge.rtl.arriving import with_beats
from trigforge.rtl.cost import bits_of, register_bits, stages_of
from trigforge.rtl.delays import stage_delay_ns
from trigforge.rtl.fold import Folding
from trigforge.rtl.hierarchy import Module, once_for_each, with_regions
from trigforge.rtl.plan import PlannedModule, plan_module, plan_region
from trigforge.rtl.products import with_short_products
from trigforge.rtl.regions import module_of_graph
from trigforge.rtl.sums import REGISTERS_A_TABLE, fewer_adders


@dataclass(frozen=True)
class Choice:
    """A plan, the graph that it is of, and what it was chosen from.

    The graph is the one asked for, with ``Map``s around all that treats slices alike. ``asked_interval`` is what the
    design leaves from one event to the next, in clock cycles. ``kept_apart`` are the ``Map``s, by name, that got an
    instance for every slice. ``spread`` is what else became slices.
    """

    plan: PlannedModule
    graph: FixedPointGraph
    asked_interval: int = 1
    kept_apart: Mapping[str, KeptApart] = field(default_factory=dict[str, KeptApart])
    spread: Spread = ALL_SLICES


def plan_graph(graph: FixedPointGraph, design: DesignPoint) -> PlannedModule:
    """The plan of ``choose_plan``."""
    return choose_plan(graph, design).plan


def plan_apart(
    graph: FixedPointGraph, design: DesignPoint, known: Mapping[str, Interval] | None = None
) -> PlannedModule:
    """The plan of a graph with one instance for every slice; ``known`` are intervals as of ``module_of_graph``."""
    return _Plans(design).of(graph, Folding(), known)


class _Plans:
    """Plans of a design point, one after the other. A region that several of them have is worked on once."""

    def __init__(self, design: DesignPoint) -> None:
        self.design = design
        limit = design.rtl.stage_delay_ns or stage_delay_ns(design.target.clock_period_ns)
        self._limit_ns = limit
        self._with_fewer_adders = once_for_each(lambda region: fewer_adders(region, limit))
        self._in_stages = once_for_each(lambda region: plan_region(region, limit))

    def of(
        self, graph: FixedPointGraph, folding: Folding, known: Mapping[str, Interval] | None = None
    ) -> PlannedModule:
        """The plan of a graph with these instances."""
        module = with_beats(module_of_graph(graph, folding, known), graph, rows_a_cycle(graph, self.design))
        if self.design.rtl.multipliers is Multipliers.LUT:
            module = with_short_products(module, self._limit_ns)
        return plan_module(with_regions(module, self._with_fewer_adders), self._in_stages)


def choose_plan(graph: FixedPointGraph, design: DesignPoint) -> Choice:
    """The hierarchy of a graph with the pipeline stages and the folds that a design point asks for.

    Where events come more than a clock cycle apart, every ``Map`` gets the number of instances with which logic,
    choices of operands and registers together cost least: as few as keep the interval, as many as fit those of a
    ``Map`` that it feeds, or one for every slice. Where a design costs no more in which nothing is shared, nothing is.
    Dense layers on the whole event are made ``Map``s over their outputs where the design asks for their instances, and
    with ``share_neurons`` where that is cheaper. Raises ``DesignError`` for what cannot be shared as the design asks.
    """
    if not design.shares_instances:
        return Choice(plan_apart(graph, design), graph)
    asked, sliced = neurons_asked_for(graph, design), graph
    for node in asked:
        if not can_slice_neurons(sliced, node):
            raise DesignError(
                f"layer {node.layers[0]!r} cannot share instances among its outputs, since they are outputs of the "
                "model, or a table or a logarithm behind them needs the types of each; "
                f"remove [layers.{node.layers[0]}] instances"
            )
        sliced = slice_neurons(sliced, [node.name])
    plans = _Plans(design)
    best = _cheapest(sliced, plans, graph.tensors)
    for node in graph.nodes if design.rtl.share_neurons else ():
        if node not in asked and can_slice_neurons(sliced, node):
            further = slice_neurons(sliced, [node.name])
            tried = _cheapest(further, plans, graph.tensors)
            if cost_tables(tried.plan) < cost_tables(best.plan):
                best, sliced = tried, further
    return best if any(layer.instances for layer in design.layers.values()) else _worth_it(best, graph, plans)


def _worth_it(choice: Choice, graph: FixedPointGraph, plans: _Plans) -> Choice:
    """The choice, or the design without any ``Map`` of its own where that costs less."""
    apart, shared = plans.of(graph, Folding()), cost_tables(choice.plan)
    cost = cost_tables(apart)
    if shared < cost:
        return choice
    nodes = nodes_by_name(choice.graph)
    kept = {
        name: KeptApart(name, layers_in(nodes[name]), slices, cost, shared)
        for name, slices in _slices(choice.plan.module)
    }
    return Choice(apart, graph, choice.asked_interval, {**choice.kept_apart, **kept})


def _cheapest(graph: FixedPointGraph, plans: _Plans, known: Mapping[str, Interval]) -> Choice:
    """The plan that costs least, with types of slices out of tables or not, and without ``Map``s that do not pay.

    ``known`` are the intervals of the graph that is asked for, which those of ``graph`` may be wider than.
    """
    best, tables = _cheapest_of(graph, plans, known, ALL_SLICES), Spread(tables=True)
    if spread_maps(graph, tables) != best.graph:
        with suppress(DesignError):  # a layer whose instances are asked for has other slices so
            best = min(best, _cheapest_of(graph, plans, known, tables), key=lambda choice: cost_tables(choice.plan))
    inside = {name for kept in best.kept_apart for name in _inside(best.graph, kept)}
    whole = {node.name for node in graph.nodes if isinstance(node.op, Conv1D | Conv2D)} & inside
    if not whole:
        return best
    other = _cheapest_of(graph, plans, known, replace(best.spread, whole=frozenset(whole)))
    if cost_tables(other.plan) > cost_tables(best.plan):
        return best
    return replace(other, kept_apart={**best.kept_apart, **other.kept_apart})


def _cheapest_of(graph: FixedPointGraph, plans: _Plans, known: Mapping[str, Interval], spread: Spread) -> Choice:
    """The plan with the instances of ``Map``s that cost least."""
    design = plans.design
    alike = spread_maps(graph, spread)
    asked = asked_instances(alike, design)
    interval = max([least_interval(graph, design), *(-(-count // instances) for count, instances in asked.values())])
    folding = Folding(interval, {name: instances for name, (_, instances) in asked.items()})
    plan = plans.of(alike, folding, known)
    least, kept_apart, nodes = cost_tables(plan), dict[str, KeptApart](), nodes_by_name(alike)
    for name, choices in _choices(plan.module, folding, rows_a_cycle(graph, design)).items():
        for instances in choices if name not in asked else ():
            other = Folding(folding.interval_cycles, {**folding.instances, name: instances})
            tried = plans.of(alike, other, known)
            cost = cost_tables(tried)
            if cost < least:
                if instances == choices[-1]:
                    kept_apart[name] = KeptApart(name, layers_in(nodes[name]), instances, cost, least)
                plan, folding, least = tried, other, cost
    return Choice(plan, alike, interval, kept_apart, spread)


def cost_tables(plan: PlannedModule) -> float:
    """The cost of a plan in look-up tables: its logic, and the tables whose place its registers take."""
    return bits_of(stages_of(plan)) + register_bits(plan) / REGISTERS_A_TABLE


def _choices(module: Module, folding: Folding, arriving: Mapping[str, int]) -> Mapping[str, tuple[int, ...]]:
    """The numbers of instances of each ``Map`` that are worth a try besides the fewest: as many as there are for other
    ``Map``s, as many as rows of an input arrive in a clock cycle, and, the last, one a slice."""
    slices = dict(_slices(module))
    found: dict[str, tuple[int, ...]] = {}
    for name, count in slices.items():
        groups = {count // other * folding.fewest(other) for other in slices.values() if count % other == 0}
        tried = {*groups, *arriving.values(), count}
        found[name] = tuple(sorted(n for n in tried if folding.fewest(count) < n <= count))
    return found


def nodes_by_name(graph: FixedPointGraph) -> Mapping[str, Node]:
    """The nodes, those of bodies too, of which the first bears a name that several have."""
    return {node.name: node for node in reversed([*all_nodes(graph.nodes)])}


def _inside(graph: FixedPointGraph, name: str) -> set[str]:
    """The nodes of the body of a ``Map``."""
    return {node.name for node in all_nodes([nodes_by_name(graph)[name]])}


def _slices(module: Module) -> Iterator[tuple[str, int]]:
    """Every folded body, and how many slices it has."""
    for item in module.items:
        if isinstance(item.content, Module):
            if item.fold.slots > 1:
                yield item.name, len(item.inputs)
            yield from _slices(item.content)
