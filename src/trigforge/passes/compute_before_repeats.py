"""``compute_before_repeats``: ops on single elements act before elements are repeated."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from trigforge.fixed import Integers
from trigforge.graph.block import AnyBlock, Block
from trigforge.graph.ops import Concat, Gather, Node, Unary
from trigforge.passes.axes import alike_along, taken_along, with_parameter
from trigforge.passes.rewriting import free_name, producers, repeats_entries


def compute_before_repeats(graph: AnyBlock) -> AnyBlock:
    """``Requantize(Gather(x)) = Gather(Requantize(x))``, for each ``Unary`` op and a ``Gather`` that repeats entries.

    Also through a ``Concat`` with such a ``Gather`` among its operands, as sender and receiver of the edges of a graph
    are joined: a quantizer behind it then works once a node of the graph, not once an edge. The op must treat all
    entries along the axis of the ``Gather`` alike. The last node bears the name of the op. No interval changes.
    """
    nodes, taken = producers(graph.nodes), {*graph.tensors}
    out: list[Node] = []
    for node in graph.nodes:
        before = nodes.get(node.operands[0]) if isinstance(node.op, Unary) else None
        new: list[Node] = []
        if before is not None and isinstance(before.op, Gather):
            new = _before_gather(node, before, graph, taken)
        elif before is not None and isinstance(before.op, Concat):
            new = _before_concat(node, before, before.op.axis, nodes, graph, taken)
        taken.update(one.name for one in new)
        out += new or [node]
    return graph.with_nodes(out)


def _before_gather(node: Node, gather: Node, graph: Block, taken: set[str]) -> list[Node]:
    """The op on the entries that are taken, each once, then the ``Gather`` under the op's name; none where it stays."""
    assert isinstance(node.op, Unary) and isinstance(gather.op, Gather)
    axis, shape = gather.op.axis, graph.tensors[gather.operands[0]].shape
    op = with_parameter(node.op, lambda parameter: alike_along(parameter, len(shape), axis))
    if op is None or not repeats_entries(gather.op):
        return []
    indices = gather.op.indices.values
    used = np.unique(indices)
    out: list[Node] = []
    source = gather.operands[0]
    if len(used) < shape[axis]:
        indices = np.searchsorted(used, indices)
        chosen = Gather(Integers(used), axis)
        out.append(replace(gather, name=free_name(f"{node.name}.used", taken), op=chosen))
        source = out[0].name
    once = replace(node, name=free_name(f"{node.name}.once", taken), op=op, operands=(source,))
    last = Gather(Integers(indices), axis)
    return [*out, once, replace(gather, name=node.name, op=last, operands=(once.name,))]


def _before_concat(
    node: Node, joined: Node, axis: int, nodes: Mapping[str, Node], graph: Block, taken: set[str]
) -> list[Node]:
    """The op on each operand of ``joined``, before the ``Gather`` where there is one; none where there are none."""
    assert isinstance(node.op, Unary)
    rank, first = len(graph.tensors[joined.name].shape), 0
    out: list[Node] = []
    operands: list[str] = []
    for number, operand in enumerate(joined.operands):
        entries = range(first, first := first + graph.tensors[operand].shape[axis])
        op = with_parameter(node.op, lambda parameter, own=entries: taken_along(parameter, rank, axis, own))
        assert op is not None, "some entries of a parameter are a parameter"
        part = replace(node, name=free_name(f"{node.name}.part{number}", taken), op=op, operands=(operand,))
        source = nodes.get(operand)
        moves = source is not None and isinstance(source.op, Gather) and source.op.axis != axis
        out += (_before_gather(part, source, graph, taken) if moves and source else []) or [part]
        operands.append(part.name)
    if len(out) == len(operands):
        return []
    return [*out, replace(joined, name=node.name, operands=tuple(operands))]
