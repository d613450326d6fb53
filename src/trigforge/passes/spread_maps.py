"""Work around ``Map``s that treats their slices alike joins them, so that hardware can be shared for it too."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from trigforge.errors import GraphError
from trigforge.fixed import FixedArray, Interval
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.infer import slices_of
from trigforge.graph.layers import joined_layers
from trigforge.graph.ops import (
    Body,
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
from trigforge.passes.reach_tables import reach_tables
from trigforge.passes.requantizing import joined_along
from trigforge.passes.rewriting import constants, free_name, redirected
from trigforge.passes.slicing import sliced


def spread_maps(graph: FixedPointGraph) -> FixedPointGraph:
    """The same graph with as much as possible inside of ``Map``s; for designs in which slices share instances.

    A node joins a ``Map`` whose slices it reads one by one, where nothing else that it reads waits for that ``Map``;
    else it begins a ``Map`` of its own, if it reads another ``Map`` slice by slice or is worth one. Slices whose types
    differ then share those of all. ``Map``s of as many
    slices that feed each other become one. No tensor that keeps its name changes a bit, but its interval may grow, that
    of an output too.
    """
    try:
        return reach_tables(_spread(graph))
    except GraphError:  # a table that would become too long
        return graph


@dataclass
class _Group:
    """A ``Map`` that is being made: nodes of its body, and the tensors outside that they read and make."""

    axis: int
    slices: int
    nodes: list[Node] = field(default_factory=list[Node])
    inputs: dict[str, tuple[str, int | None]] = field(default_factory=dict[str, tuple[str, int | None]])
    """name inside -> tensor outside, and the axis along which it is cut"""
    made: dict[str, str] = field(default_factory=dict[str, str])
    """tensor outside -> name inside"""
    sources: list[Node] = field(default_factory=list[Node])
    """the nodes outside that it takes the place of"""

    @property
    def operands(self) -> set[str]:
        return {outside for outside, _ in self.inputs.values()}

    @property
    def names(self) -> set[str]:
        return {*self.inputs, *(name for node in self.nodes for name in (node.name, *node.tensors))}

    def read(self, tensor: str, cut: int | None) -> str:
        """The name inside of a tensor from outside."""
        for inside, found in self.inputs.items():
            if found == (tensor, cut):
                return inside
        inside = free_name(tensor, self.names)
        self.inputs[inside] = (tensor, cut)
        return inside


class _Spreading:
    """Nodes of a graph as they are gathered into groups, in order."""

    def __init__(self, graph: FixedPointGraph) -> None:
        self._graph = graph
        self._tensors: Mapping[str, Interval] = graph.tensors
        self._constants = constants(graph.nodes)
        self._units: list[Node | _Group] = []
        self._home: dict[str, _Group] = {}
        self._needs: dict[str, frozenset[str]] = {tensor.name: frozenset() for tensor in graph.inputs}
        maps = [node for node in graph.nodes if isinstance(node.op, Map)]
        lengths = {(node.op.axis, self._slices(node, node.op)) for node in maps if isinstance(node.op, Map)}
        lengths |= {found for node in graph.nodes if isinstance(node.op, Weighted) for found in self._cuts(node)}
        self._lengths = sorted((axis, slices) for axis, slices in lengths if slices > 1)

    def _slices(self, node: Node, op: Map) -> int:
        return slices_of(op, [self._tensors[name] for name in node.operands])

    def _cuts(self, node: Node) -> Iterator[tuple[int, int]]:
        """The axes along which a node with weights treats all slices alike, and their lengths."""
        shape, out = self._tensors[node.operands[0]].shape, self._tensors[node.name].shape
        for axis, (before, after) in enumerate(zip(shape, out, strict=False)):
            if before == after and sliced(node.op, [shape], out, axis) is not None:
                yield axis, before

    def units(self) -> list[Node | _Group]:
        """Nodes and groups, in an order in which operands come first."""
        for node in self._graph.nodes:
            self._needs |= dict.fromkeys(node.tensors, self._all_behind(node.operands))
            if isinstance(node.op, Map):
                self._take_map(node, node.op)
            elif not self._take(node):
                self._units.append(node)
        return list(_in_order(self._units))

    def _all_behind(self, tensors: Iterable[str]) -> frozenset[str]:
        """The tensors and all that they need."""
        return frozenset(name for tensor in tensors for name in (tensor, *self._needs[tensor]))

    def _group(self, axis: int, slices: int, cut: Sequence[str], whole: Sequence[str]) -> _Group:
        """The last group that makes one of the ``cut`` operands, if no other operand waits for it; else a new one."""
        for name in reversed(cut):
            group = self._home.get(name)
            if group is None or (group.axis, group.slices) != (axis, slices):
                continue
            known = self._all_behind(group.operands)
            outside = [*(name for name in cut if name not in group.made), *whole]
            if all(name in known or not self._needs[name] for name in outside):
                return group
        group = _Group(axis, slices)
        self._units.append(group)
        return group

    def _made(self, group: _Group, node: Node, inside: Mapping[str, str]) -> None:
        group.sources.append(node)
        group.made |= inside
        self._home |= dict.fromkeys(inside, group)
        waits = self._all_behind(group.operands)
        self._needs |= {name: self._needs[name] | waits for name in group.made}

    def _take_map(self, node: Node, op: Map) -> None:
        cut = [name for name, at in zip(node.operands, op.cuts, strict=True) if at == op.axis]
        whole = [name for name, at in zip(node.operands, op.cuts, strict=True) if at != op.axis]
        group = self._group(op.axis, self._slices(node, op), cut, whole)
        renamed: dict[str, str] = {}
        for inner, name, at in zip(op.body.inputs, node.operands, op.cuts, strict=True):
            within = at == op.axis and name in group.made
            renamed[inner] = group.made[name] if within else group.read(name, at)
        for inner in op.body.nodes:
            name = free_name(inner.name, group.names)
            moved = replace(inner, name=name, operands=tuple(renamed[operand] for operand in inner.operands))
            renamed |= dict(zip(inner.tensors, moved.tensors, strict=True))
            group.nodes.append(moved)
        self._made(group, node, {t: renamed[o] for t, o in zip(node.tensors, op.body.outputs, strict=True)})

    def _take(self, node: Node) -> bool:
        """Put a node into a group, its own or another's; False where it treats no slices alike or is not worth it."""
        out = self._tensors[node.name].shape
        for axis, slices in self._lengths:
            if len(out) <= axis or out[axis] != slices or isinstance(node.op, Constant):
                continue
            part = self._part(node, axis, slices)
            if part is not None:
                self._add(node, axis, slices, *part)
                return True
        return False

    def _part(self, node: Node, axis: int, slices: int) -> tuple[Op, list[str]] | None:
        """The op on one slice and the operands that are cut."""
        out = self._tensors[node.name].shape
        variable = [name for name in node.operands if name not in self._constants]
        cut = [name for name in variable if self._is_cut(name, axis, slices)]
        whole = [name for name in node.operands if name not in cut]
        if not cut or (whole and not isinstance(node.op, Pairwise | Select)):
            return None
        if isinstance(node.op, LeadingOne) and not uniform(self._tensors[cut[0]], axis):
            return None  # what it makes of 0 depends on the interval
        if isinstance(node.op, Pairwise | Select) and any(len(self._tensors[name].shape) != len(out) for name in cut):
            return None
        for name in whole:
            shape = self._tensors[name].shape
            position = axis - (len(out) - len(shape))
            if position >= 0 and shape[position] != 1 and self._fixed(name, out, axis) is None:
                return None
        reads_slices = any(self._is_home(name, axis, slices) for name in cut)
        if not reads_slices and not isinstance(node.op, Weighted | Einsum | Reduction | Lookup):
            return None
        op = joined_along(node.op, self._tensors[cut[0]], axis) if isinstance(node.op, Requantize) else node.op
        part = None if op is None else sliced(op, [self._tensors[name].shape for name in cut], out, axis)
        return None if part is None else (part, cut)

    def _is_cut(self, name: str, axis: int, slices: int) -> bool:
        shape = self._tensors[name].shape
        return len(shape) > axis and shape[axis] == slices

    def _is_home(self, name: str, axis: int, slices: int) -> bool:
        group = self._home.get(name)
        return group is not None and (group.axis, group.slices) == (axis, slices)

    def _fixed(self, name: str, out: tuple[int, ...], axis: int) -> FixedArray | None:
        value = self._constants.get(name)
        return None if value is None else without_axis(value, len(out), axis)

    def _add(self, node: Node, axis: int, slices: int, op: Op, cut: Sequence[str]) -> None:
        whole = [name for name in node.operands if name not in cut and name not in self._constants]
        group = self._group(axis, slices, cut, whole)
        out = self._tensors[node.name].shape
        operands: list[str] = []
        for name in node.operands:
            fixed = self._fixed(name, out, axis)
            if fixed is not None:
                operands.append(self._helper(group, f"{name}", Constant(fixed), (), node))
            elif name in cut:
                operands.append(group.made[name] if name in group.made else group.read(name, axis))
            else:
                operands.append(self._seen_whole(group, name, out, axis, node))
        name = free_name(node.name, group.names)
        group.nodes.append(replace(node, name=name, op=op, operands=tuple(operands)))
        self._made(group, node, {node.name: name})

    def _seen_whole(self, group: _Group, name: str, out: tuple[int, ...], axis: int, node: Node) -> str:
        shape = self._tensors[name].shape
        position = axis - (len(out) - len(shape))
        inside = group.read(name, None)
        if position < 0:
            return inside
        return self._helper(group, f"{name}.row", Reshape((*shape[:position], *shape[position + 1 :])), (inside,), node)

    def _helper(self, group: _Group, name: str, op: Op, operands: tuple[str, ...], node: Node) -> str:
        name = free_name(name, group.names)
        group.nodes.append(Node(name, op, operands, node.layers))
        return name


def _in_order(units: Sequence[Node | _Group]) -> Iterator[Node | _Group]:
    """The units as early as their operands allow, else in the order given."""
    waiting = list(units)
    unmade = {name for unit in units for name in (unit.made if isinstance(unit, _Group) else unit.tensors)}
    while waiting:
        unit = next(unit for unit in waiting if not unmade & set(unit.operands))
        waiting.remove(unit)
        unmade -= set(unit.made if isinstance(unit, _Group) else unit.tensors)
        yield unit


def _spread(graph: FixedPointGraph) -> FixedPointGraph:
    units = _Spreading(graph).units()
    read = {*graph.outputs}
    for unit in units:
        read |= unit.operands if isinstance(unit, _Group) else set(unit.operands)
    nodes: list[Node] = []
    instead: dict[str, str] = {}
    taken = {*graph.given, *(name for node in graph.nodes for name in (node.name, *node.tensors))}
    for unit in units:
        made = [unit] if isinstance(unit, Node) else _map_of(unit, graph, read, taken, instead)
        nodes += made
        taken |= {name for node in made for name in (node.name, *node.tensors)}
    return graph.with_nodes(redirected(nodes, instead))


def _map_of(
    group: _Group, graph: FixedPointGraph, read: set[str], taken: set[str], instead: dict[str, str]
) -> list[Node]:
    """The ``Map`` of a group, and wires to what the graph hands out, which keeps its name."""
    handed = [name for name in group.made if name in read]
    inner = tuple(dict.fromkeys(group.made[name] for name in handed))
    body = Body(tuple(group.inputs), tuple(group.nodes), inner)
    op = Map(body, tuple(cut for _, cut in group.inputs.values()), group.axis)
    operands = tuple(name for name, _ in group.inputs.values())
    layers, last = joined_layers(*group.sources), group.sources[-1].name
    if len(handed) == 1:
        return [Node(handed[0], op, operands, layers)]
    made = Node(free_name(f"{last}.each", taken), op, operands, layers)
    tensors = dict(zip(inner, made.tensors, strict=True))
    found = {name: tensors[group.made[name]] for name in handed}
    wires = [Node(n, Reshape(graph.tensors[n].shape), (found[n],), layers) for n in handed if n in graph.outputs]
    instead |= {name: tensor for name, tensor in found.items() if name not in graph.outputs}
    return [made, *wires]
