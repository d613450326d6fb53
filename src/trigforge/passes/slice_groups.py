"""Groups of nodes that become the body of one ``Map``, and the ``Map``s that are made of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from trigforge.fixed import Interval
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.layers import joined_layers
from trigforge.graph.ops import Body, Map, Node, Reshape, Transpose
from trigforge.passes.rewriting import free_name, redirected


@dataclass
class Group:
    """A ``Map`` that is being made: nodes of its body, and the tensors outside that they read and make."""

    slices: int
    nodes: list[Node] = field(default_factory=list[Node])
    inputs: dict[str, tuple[str, int | None]] = field(default_factory=dict[str, tuple[str, int | None]])
    """name inside -> tensor outside, and the axis along which it is cut"""
    made: dict[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])
    """tensor outside -> name inside, and the axis along which its slices are stacked"""
    sources: list[Node] = field(default_factory=list[Node])
    """the nodes outside that it takes the place of"""

    @property
    def operands(self) -> set[str]:
        """The tensors outside that it reads."""
        return {outside for outside, _ in self.inputs.values()}

    @property
    def names(self) -> set[str]:
        """All names inside."""
        return {*self.inputs, *(name for node in self.nodes for name in (node.name, *node.tensors))}

    def read(self, tensor: str, cut: int | None) -> str:
        """The name inside of a tensor that is made inside, or comes from outside."""
        if cut is not None and self.makes(tensor, cut):
            return self.made[tensor][0]
        for inside, found in self.inputs.items():
            if found == (tensor, cut):
                return inside
        inside = free_name(tensor, self.names)
        self.inputs[inside] = (tensor, cut)
        return inside

    def makes(self, tensor: str, cut: int) -> bool:
        """True if slices of a tensor along an axis are made inside."""
        return tensor in self.made and self.made[tensor][1] == cut


Unit = Node | Group


def graph_of(units: Sequence[Unit], graph: FixedPointGraph, tensors: Mapping[str, Interval]) -> FixedPointGraph:
    """The graph with these units, in an order in which operands come first; groups become ``Map``s.

    ``tensors`` are those of the graph and those between units that it does not have.
    """
    read = {*graph.outputs}.union(*(_operands(unit) for unit in units))
    nodes: list[Node] = []
    instead: dict[str, str] = {}
    taken = {*tensors, *(node.name for node in graph.nodes)}
    for unit in _in_order(units):
        made = [unit] if isinstance(unit, Node) else _map_of(unit, graph.outputs, tensors, read, taken, instead)
        nodes += made
        taken |= {name for node in made for name in (node.name, *node.tensors)}
    return graph.with_nodes(redirected(nodes, instead))


def _operands(unit: Unit) -> set[str]:
    return set(unit.operands)


def _in_order(units: Sequence[Unit]) -> Iterator[Unit]:
    """The units as early as their operands allow, else in the order given."""
    waiting = list(units)
    unmade = {name for unit in units for name in (unit.made if isinstance(unit, Group) else unit.tensors)}
    while waiting:
        unit = next(unit for unit in waiting if not unmade & _operands(unit))
        waiting.remove(unit)
        unmade -= set(unit.made if isinstance(unit, Group) else unit.tensors)
        yield unit


def _map_of(
    group: Group,
    outputs: Sequence[str],
    tensors: Mapping[str, Interval],
    read: set[str],
    taken: set[str],
    instead: dict[str, str],
) -> list[Node]:
    """The ``Map`` of a group, and wires to what keeps its name: outputs, and tensors stacked along another axis."""
    handed = {name: found for name, found in group.made.items() if name in read}
    inner = tuple(dict.fromkeys(inside for inside, _ in handed.values()))
    axis = min(at for _, at in handed.values())
    op = Map(Body(tuple(group.inputs), tuple(group.nodes), inner), tuple(n for _, n in group.inputs.values()), axis)
    operands = tuple(name for name, _ in group.inputs.values())
    layers, last = joined_layers(*group.sources), group.sources[-1].name
    if len(handed) == 1:
        return [Node(next(iter(handed)), op, operands, layers)]
    made = Node(free_name(f"{last}.each", taken), op, operands, layers)
    stacked, wires = dict(zip(inner, made.tensors, strict=True)), list[Node]()
    for name, (inside, at) in handed.items():
        shape = tensors[name].shape
        if at != axis:
            order = [n for n in range(len(shape)) if n != axis]
            order.insert(at, axis)
            wires.append(Node(name, Transpose(tuple(order)), (stacked[inside],), layers))
        elif name in outputs:
            wires.append(Node(name, Reshape(shape), (stacked[inside],), layers))
        else:
            instead[name] = stacked[inside]
    return [made, *wires]
