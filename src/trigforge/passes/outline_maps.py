"""Sets stay sets: per-element work along an axis becomes one ``Map``."""

from collections.abc import Iterator
from dataclasses import dataclass

from trigforge.fixed import FixedArray, Interval
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.ops import (
    Add,
    Body,
    Concat,
    Constant,
    Conv1D,
    Conv2D,
    Dense,
    Einsum,
    EinsumDense,
    Map,
    Maximum,
    Minimum,
    Mul,
    Node,
    Op,
    Select,
    ShiftBy,
    Sub,
)
from trigforge.passes.axes import uniform, without_axis
from trigforge.passes.rewriting import constants, free_name
from trigforge.passes.slicing import sliced

_TAKES_CONSTANTS = (Add, Sub, Mul, Maximum, Minimum, Select, ShiftBy, Concat)
_WORK = (Dense, EinsumDense, Conv1D, Conv2D, Einsum)


@dataclass(frozen=True)
class _Slice:
    """One node on one slice: its op, and the constants among its operands."""

    node: Node
    op: Op
    constants: dict[str, FixedArray]


@dataclass(frozen=True)
class _Run:
    """Nodes that become one body, in order; only the last one's tensor is used outside."""

    axis: int
    slices: tuple[_Slice, ...]

    @property
    def work(self) -> int:
        return sum(isinstance(part.node.op, _WORK) for part in self.slices)


def outline_maps(graph: FixedPointGraph) -> FixedPointGraph:
    """Runs of nodes that treat every slice of an axis alike become one ``Map(body, axis)`` each.

    A run is as large as it can be with one tensor that is used outside; a second such tensor ends a run of its own. It
    holds at least one ``Dense``, ``EinsumDense``, ``Conv`` or ``Einsum``, and all its tensors have the axis in the same
    place, two or more slices along it, and equal intervals in each slice. Where axes compete, the run with the most
    linear ops is taken first. No interval changes: a body's tensor has the interval of each slice. The ``Map`` bears
    the name of the run's last node, and nodes and inputs of a body the names they had outside. Constants are copied
    into the bodies; ``remove_dead_nodes`` drops what is left of them.
    """
    while (run := max(_runs(graph), key=lambda run: (run.work, len(run.slices), -run.axis), default=None)) is not None:
        graph = _outlined(graph, run)
    return graph


def _runs(graph: FixedPointGraph) -> Iterator[_Run]:
    """All runs worth a ``Map``, for every axis; those of different axes may overlap."""
    readers: dict[str, list[str]] = {}
    for node in graph.nodes:
        for operand in node.operands:
            readers.setdefault(operand, []).append(node.name)
    known = constants(graph.nodes)
    for axis in range(max((len(x.shape) for x in graph.tensors.values()), default=0)):
        found = (_sliced_node(node, graph, known, axis) for node in graph.nodes)
        parts = {part.node.name: part for part in found if part is not None}
        members: dict[str, list[_Slice]] = {}
        last: dict[str, str] = {}
        for name in reversed(parts):
            ends = {last.get(reader) for reader in readers.get(name, [])}
            end = ends.pop() if len(ends) == 1 and name not in graph.outputs else None
            last[name] = end or name
            members.setdefault(last[name], []).append(parts[name])
        runs = (_Run(axis, tuple(reversed(slices))) for slices in members.values())
        yield from (run for run in runs if run.work)


def _sliced_node(node: Node, graph: FixedPointGraph, known: dict[str, FixedArray], axis: int) -> _Slice | None:
    out = graph.tensors[node.name]
    operands = [graph.tensors[name] for name in node.operands if name not in known]
    if not operands or not all(_cut_alike(x, out, axis) for x in (out, *operands)):
        return None
    fixed = {name: without_axis(known[name], len(out.shape), axis) for name in node.operands if name in known}
    cut = {name: value for name, value in fixed.items() if value is not None}
    if len(cut) != len(fixed) or (fixed and not isinstance(node.op, _TAKES_CONSTANTS)):
        return None
    op = sliced(node.op, [x.shape for x in operands], out.shape, axis)
    return None if op is None else _Slice(node, op, cut)


def _cut_alike(x: Interval, out: Interval, axis: int) -> bool:
    """Whether ``x`` is cut into as many slices as ``out``, two or more with equal intervals."""
    return len(out.shape) > axis < len(x.shape) and x.shape[axis] == out.shape[axis] > 1 and uniform(x, axis)


def _outlined(graph: FixedPointGraph, run: _Run) -> FixedPointGraph:
    inside = {part.node.name for part in run.slices}
    inputs = list(
        dict.fromkeys(
            name
            for part in run.slices
            for name in part.node.operands
            if name not in inside and name not in part.constants
        )
    )
    taken = {*inside, *inputs}
    nodes: list[Node] = []
    copies: dict[tuple[str, FixedArray], str] = {}
    for part in run.slices:
        for name, value in part.constants.items():
            if (name, value) not in copies:
                copies[name, value] = free_name(name, taken)
                taken.add(copies[name, value])
                nodes.append(Node(copies[name, value], Constant(value), ()))
        operands = (
            copies[name, part.constants[name]] if name in part.constants else name for name in part.node.operands
        )
        nodes.append(Node(part.node.name, part.op, tuple(operands)))
    end = run.slices[-1].node.name
    outlined = Node(end, Map(Body(tuple(inputs), tuple(nodes), end), run.axis), tuple(inputs))
    rest = (
        outlined if node.name == end else node for node in graph.nodes if node.name == end or node.name not in inside
    )
    return graph.with_nodes(tuple(rest))
