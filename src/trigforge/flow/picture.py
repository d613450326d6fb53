"""The graph as a report shows it: a node a tensor, with the body of every ``Map`` inside it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from trigforge.fixed import Interval
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.infer import body_tensors, slices_of
from trigforge.graph.kinds import INPUT, kind_of
from trigforge.graph.ops import Body, Map, Node
from trigforge.reports import GraphNode


def graph_nodes(graph: FixedPointGraph) -> tuple[GraphNode, ...]:
    """Inputs first, then the nodes in order; the body of a ``Map`` follows it."""
    inputs = [_input(tensor.name, tensor.interval) for tensor in graph.inputs]
    return (*inputs, *_nodes(graph.nodes, graph.tensors, frozenset(graph.outputs), None, 1))


def _input(
    name: str, interval: Interval, outside: tuple[str, ...] = (), body_of: str | None = None, copies: int = 1
) -> GraphNode:
    hull = str(interval.hull)
    return GraphNode(name, INPUT, outside, interval.shape, hull, _widths(interval), False, body_of, copies)


def _nodes(
    nodes: Sequence[Node],
    tensors: Mapping[str, Interval],
    outputs: frozenset[str],
    body_of: str | None,
    copies: int,
) -> Iterator[GraphNode]:
    for node in nodes:
        interval = tensors[node.name]
        yield GraphNode(
            node.name,
            kind_of(node.op),
            node.operands,
            interval.shape,
            str(interval.hull),
            _widths(interval),
            node.name in outputs,
            body_of,
            copies,
            node.layers,
        )
        if isinstance(node.op, Map):
            operands = [tensors[name] for name in node.operands]
            body: Body = node.op.body
            inside = body_tensors(node.op, operands)
            count = copies * slices_of(node.op, operands)
            for name, outside in zip(body.inputs, node.operands, strict=True):
                yield _input(name, inside[name], (outside,), node.name, count)
            yield from _nodes(body.nodes, inside, frozenset(body.outputs), node.name, count)


def _widths(interval: Interval) -> dict[int, int]:
    """Bits of an element -> how many elements have so many."""
    return dict(sorted(Counter(interval.types.broadcast(interval.shape).width.values.reshape(-1).tolist()).items()))
