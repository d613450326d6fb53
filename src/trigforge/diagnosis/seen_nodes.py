"""``seen_nodes``: the nodes of a graph with the intervals around them, those in bodies of ``Map``s too."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from trigforge.fixed import Interval
from trigforge.graph import FixedPointGraph
from trigforge.graph.infer import body_tensors, slices_of
from trigforge.graph.ops import Map, Node


@dataclass(frozen=True)
class SeenNode:
    """A node that is no ``Map``, the interval of its tensor, those of its operands, and how often slices run it."""

    node: Node
    interval: Interval
    operands: tuple[Interval, ...]
    copies: int = 1

    @property
    def layer(self) -> str:
        """The user's layer that the node comes from; its own name where there is none."""
        return self.node.layers[0] if self.node.layers else self.node.name


def seen_nodes(graph: FixedPointGraph) -> Iterator[SeenNode]:
    """All nodes in order; the body of a ``Map`` once, in the place of the ``Map``."""
    return _seen_nodes(graph.nodes, graph.tensors, 1)


def bits(interval: Interval) -> int:
    """The width of the widest element."""
    return int(interval.types.width.values.max(initial=0))


def _seen_nodes(nodes: Sequence[Node], tensors: Mapping[str, Interval], copies: int) -> Iterator[SeenNode]:
    for node in nodes:
        operands = tuple(tensors[name] for name in node.operands)
        if isinstance(node.op, Map):
            slices = copies * slices_of(node.op, operands)
            yield from _seen_nodes(node.op.body.nodes, body_tensors(node.op, operands), slices)
        else:
            yield SeenNode(node, tensors[node.name], operands, copies)
