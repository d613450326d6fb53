"""Work around ``Map``s that treats their slices alike joins them, so that hardware can be shared for it too."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from trigforge.errors import GraphError
from trigforge.fixed import FixedArray, Interval
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.infer import infer_nodes, slices_of
from trigforge.graph.ops import (
    Constant,
    Einsum,
    LeadingOne,
    Lookup,
    Map,
    Node,
    Op,
    Pairwise,
    Reduction,
    Requantize,
    Reshape,
    Select,
    Weighted,
)
from trigforge.passes.axes import uniform, without_axis
from trigforge.passes.cut_windows import cut_windows
from trigforge.passes.last_bits import keeps_last_bits
from trigforge.passes.reach_tables import reach_tables
from trigforge.passes.requantizing import joined_along
from trigforge.passes.rewriting import constants, free_name
from trigforge.passes.slice_groups import Group, Unit, graph_of
from trigforge.passes.slicing import sliced
from trigforge.passes.type_tables import type_tables


@dataclass(frozen=True)
class Spread:
    """The choice of what becomes slices: not the convolutions named in ``whole``; with ``tables`` also what differs
    from slice to slice in its constants or types, which are then operands out of tables."""

    whole: frozenset[str] = frozenset()
    tables: bool = False


ALL_SLICES = Spread()


def spread_maps(graph: FixedPointGraph, spread: Spread = ALL_SLICES) -> FixedPointGraph:
    """The same graph with as much as possible inside of ``Map``s; for designs in which slices share instances.

    A node joins a ``Map`` whose slices it reads one by one, where nothing else that it reads waits for that ``Map``;
    else it begins a ``Map`` of its own, if it reads another ``Map`` slice by slice or is worth one; rows of a
    contraction of two tensors are. Slices whose types differ then share those of all. ``Map``s of as many slices that
    feed each other become one. No tensor that keeps its name changes a bit, but its interval may grow, that of an
    output too. Where that would change what a ``LeadingOne`` makes of 0, or make a table too long, nothing is moved.
    """
    graph = cut_windows(graph, spread.whole)
    spreading = _Spreading(graph, spread.tables)
    try:
        made = reach_tables(graph_of(spreading.units(), graph, spreading.tensors))
    except GraphError:  # a table that would become too long
        return graph
    return made if keeps_last_bits(graph, made) else graph


Cuts = tuple[int | None, ...]
"""the axis along which each operand of a node is cut; None for one that is seen whole, or is a constant"""


class _Spreading:
    """Nodes of a graph as they are gathered into groups, in order; ``tensors`` has the intervals outside of groups."""

    def __init__(self, graph: FixedPointGraph, tables: bool) -> None:
        self._graph = graph
        self._tables = tables
        self.tensors: Mapping[str, Interval] = graph.tensors
        self._constants = constants(graph.nodes)
        self._units: list[Unit] = []
        self._home: dict[str, Group] = {}
        self._needs: dict[str, frozenset[str]] = {tensor.name: frozenset() for tensor in graph.inputs}
        self._lengths = sorted({found for node in graph.nodes for found in self._lengths_of(node) if found[1] > 1})

    def _lengths_of(self, node: Node) -> Iterator[tuple[int, int]]:
        """The axes of what a node makes along which it works slice by slice, and their lengths."""
        op, out = node.op, self.tensors[node.tensors[0]].shape
        match op:
            case Map():
                yield op.axis, out[op.axis]
            case Einsum(equation):
                yield from ((axis, out[axis]) for axis in range(len(equation.output)))
            case Weighted():
                shape = self.tensors[node.operands[0]].shape
                for axis, (before, after) in enumerate(zip(shape, out, strict=False)):
                    if before == after and sliced(op, [shape], out, axis) is not None:
                        yield axis, before
            case _:
                pass

    def units(self) -> list[Unit]:
        """Nodes and groups."""
        for node in (part for whole in self._graph.nodes for part in self._alike(whole)):
            self._needs |= dict.fromkeys(node.tensors, self._all_behind(node.operands))
            if isinstance(node.op, Map):
                self._take_map(node, node.op)
            elif not self._take(node):
                self._units.append(node)
        return self._units

    def _alike(self, node: Node) -> Sequence[Node]:
        """The node, or what does the same with types out of tables where they differ among the slices that it reads."""
        if not self._tables or not isinstance(node.op, Requantize):
            return [node]
        name = node.operands[0]
        x, group = self.tensors[name], self._home.get(name)
        if group is None:
            return [node]
        _, axis = group.made[name]
        if joined_along(node.op, x, axis) is not None:
            return [node]
        made = type_tables(node, node.op, x, axis, self.tensors.keys())
        if made is None:
            return [node]
        before = {other: interval for other, interval in self.tensors.items() if other != node.name}
        self.tensors = {**infer_nodes(made, before), **self.tensors}
        self._constants |= constants(made)
        return made

    def _all_behind(self, tensors: Iterable[str]) -> frozenset[str]:
        """The tensors and all that they need."""
        return frozenset(name for tensor in tensors for name in (tensor, *self._needs[tensor]))

    def _group(self, slices: int, operands: Sequence[str], cuts: Cuts) -> Group:
        """The last group that makes slices of an operand, if no other operand waits for it; else a new one."""
        pairs = list(zip(operands, cuts, strict=True))
        for name, cut in reversed(pairs):
            group = self._home.get(name)
            if group is None or cut is None or group.slices != slices or not group.makes(name, cut):
                continue
            known = self._all_behind(group.operands)
            outside = [other for other, at in pairs if at is None or not group.makes(other, at)]
            if all(other in known or not self._needs[other] for other in outside):
                return group
        group = Group(slices)
        self._units.append(group)
        return group

    def _made(self, group: Group, node: Node, inside: Mapping[str, tuple[str, int]]) -> None:
        group.sources.append(node)
        group.made |= inside
        self._home |= dict.fromkeys(inside, group)
        waits = self._all_behind(group.operands)
        self._needs |= {name: self._needs[name] | waits for name in group.made}

    def _take_map(self, node: Node, op: Map) -> None:
        slices = slices_of(op, [self.tensors[name] for name in node.operands])
        group = self._group(slices, node.operands, op.cuts)
        pairs = zip(op.body.inputs, node.operands, op.cuts, strict=True)
        renamed = {inner: group.read(name, cut) for inner, name, cut in pairs}
        for inner in op.body.nodes:
            name = free_name(inner.name, group.names)
            moved = replace(inner, name=name, operands=tuple(renamed[operand] for operand in inner.operands))
            renamed |= dict(zip(inner.tensors, moved.tensors, strict=True))
            group.nodes.append(moved)
        made = zip(node.tensors, op.body.outputs, strict=True)
        self._made(group, node, {tensor: (renamed[output], op.axis) for tensor, output in made})

    def _take(self, node: Node) -> bool:
        """Put a node into a group, its own or another's; False where it treats no slices alike or is not worth it."""
        out = self.tensors[node.name].shape
        for axis, slices in self._lengths:
            if len(out) <= axis or out[axis] != slices or isinstance(node.op, Constant):
                continue
            part = self._part(node, axis, slices)
            if part is not None:
                self._add(node, axis, slices, *part)
                return True
        return False

    def _part(self, node: Node, axis: int, slices: int) -> tuple[Op, Cuts] | None:
        """The op on one slice of what a node makes, and where its operands are cut."""
        if isinstance(node.op, Einsum):
            equation = node.op.equation
            letter = equation.output[axis]
            cuts = tuple(term.index(letter) if letter in term else None for term in equation.terms)
            return (Einsum(equation.without(letter)), cuts) if not self._constants.keys() & {*node.operands} else None
        out = self.tensors[node.name].shape
        cuts = tuple(axis if self._is_cut(name, len(out), axis, slices) else None for name in node.operands)
        cut = [name for name, at in zip(node.operands, cuts, strict=True) if at is not None]
        whole = [name for name, at in zip(node.operands, cuts, strict=True) if at is None]
        if not cut or (whole and not isinstance(node.op, Pairwise | Select)):
            return None
        if isinstance(node.op, LeadingOne) and not uniform(self.tensors[cut[0]], axis):
            return None  # what it makes of 0 depends on the interval
        if isinstance(node.op, Pairwise | Select) and any(len(self.tensors[name].shape) != len(out) for name in cut):
            return None
        for name in whole:
            shape = self.tensors[name].shape
            position = axis - (len(out) - len(shape))
            if position >= 0 and shape[position] != 1 and self._fixed(name, out, axis) is None:
                return None
        reads_slices = any(name in self._home and self._home[name].makes(name, axis) for name in cut)
        if not reads_slices and not isinstance(node.op, Weighted | Reduction | Lookup):
            return None
        op = joined_along(node.op, self.tensors[cut[0]], axis) if isinstance(node.op, Requantize) else node.op
        part = None if op is None else sliced(op, [self.tensors[name].shape for name in cut], out, axis)
        return None if part is None else (part, cuts)

    def _is_cut(self, name: str, rank: int, axis: int, slices: int) -> bool:
        shape, value = self.tensors[name].shape, self._constants.get(name)
        if value is not None and not (self._tables and len(shape) == rank and without_axis(value, rank, axis) is None):
            return False
        return len(shape) > axis and shape[axis] == slices

    def _fixed(self, name: str, out: tuple[int, ...], axis: int) -> FixedArray | None:
        value = self._constants.get(name)
        return None if value is None else without_axis(value, len(out), axis)

    def _add(self, node: Node, axis: int, slices: int, op: Op, cuts: Cuts) -> None:
        out = self.tensors[node.name].shape
        variable = [(n, cut) for n, cut in zip(node.operands, cuts, strict=True) if self._fixed(n, out, axis) is None]
        group = self._group(slices, [n for n, _ in variable], tuple(cut for _, cut in variable))
        operands: list[str] = []
        for name, cut in zip(node.operands, cuts, strict=True):
            fixed = self._fixed(name, out, axis)
            if fixed is not None:
                operands.append(self._helper(group, name, Constant(fixed), (), node))
            elif cut is not None or isinstance(op, Einsum):
                operands.append(group.read(name, cut))
            else:
                operands.append(self._seen_whole(group, name, out, axis, node))
        name = free_name(node.name, group.names)
        group.nodes.append(replace(node, name=name, op=op, operands=tuple(operands)))
        self._made(group, node, {node.name: (name, axis)})

    def _seen_whole(self, group: Group, name: str, out: tuple[int, ...], axis: int, node: Node) -> str:
        shape = self.tensors[name].shape
        position = axis - (len(out) - len(shape))
        inside = group.read(name, None)
        if position < 0:
            return inside
        return self._helper(group, f"{name}.row", Reshape((*shape[:position], *shape[position + 1 :])), (inside,), node)

    def _helper(self, group: Group, name: str, op: Op, operands: tuple[str, ...], node: Node) -> str:
        name = free_name(name, group.names)
        group.nodes.append(Node(name, op, operands, node.layers))
        return name
