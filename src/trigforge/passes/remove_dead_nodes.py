"""``remove_dead_nodes``: nodes go that no output needs."""

from dataclasses import replace

from trigforge.graph.block import AnyBlock
from trigforge.graph.ops import Body, Map, Node


def remove_dead_nodes(graph: AnyBlock) -> AnyBlock:
    """The graph without nodes, and without outputs and operands of ``Map``s, that no output depends on.

    A ``Map`` with one output left takes that output's name. Inputs stay, used or not: the interface does not change.
    """
    needed = set(graph.outputs)
    kept: list[Node] = []
    for node in reversed(graph.nodes):
        if needed.isdisjoint(node.tensors):
            continue
        if isinstance(node.op, Map):
            node = _without_idle_inputs(_without_idle_outputs(node, node.op, needed))
        needed.update(node.operands)
        kept.append(node)
    return graph.with_nodes(tuple(reversed(kept)))


def _without_idle_outputs(node: Node, op: Map, needed: set[str]) -> Node:
    pairs = zip(op.body.outputs, node.tensors, strict=True)
    wanted = {output: tensor for output, tensor in pairs if tensor in needed}
    if len(wanted) == len(op.body.outputs):
        return node
    name = next(iter(wanted.values())) if len(wanted) == 1 else node.name
    return replace(node, name=name, op=replace(op, body=replace(op.body, outputs=tuple(wanted))))


def _without_idle_inputs(node: Node) -> Node:
    """The node without operands that the body does not read; one that is cut stays, for the number of slices."""
    assert isinstance(node.op, Map)
    body: Body = node.op.body
    read = {*body.outputs, *(operand for inner in body.nodes for operand in inner.operands)}
    kept = [n for n, name in enumerate(body.inputs) if name in read]
    if all(node.op.cuts[n] is None for n in kept):
        kept = sorted([*kept, next(n for n, cut in enumerate(node.op.cuts) if cut is not None)])
    inputs, cuts, operands = (tuple(part[n] for n in kept) for part in (body.inputs, node.op.cuts, node.operands))
    return replace(node, op=replace(node.op, body=replace(body, inputs=inputs), cuts=cuts), operands=operands)
