"""Every ``Map`` becomes plain ops on all of its slices at once: for consumers that know no ``Map``."""

from collections.abc import Mapping, Sequence

from trigforge.fixed import Interval
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.infer import body_tensors, infer_nodes, slices_of
from trigforge.graph.ops import LeadingOne, Map, Node
from trigforge.passes.vectorizing import Vectorizer, leading_one


def inline_maps(graph: FixedPointGraph) -> FixedPointGraph:
    """A graph without ``Map`` that computes the same values, Maps inside of Maps included.

    A ``Map``'s tensor keeps its name. A node of its body keeps its own, or is called ``map.node`` where that name is
    taken; helpers are named after the node they help. No interval grows, and where the slices of the operands have
    equal intervals, as after ``outline_maps``, none changes. Where they differ, a body treats every slice by the union
    of all, and the tensors here can be narrower, the scale of an output's mantissas coarser.
    """
    known = {tensor.name: tensor.interval for tensor in graph.inputs}
    taken = {*known, *(name for node in graph.nodes for name in node.tensors)}
    return graph.with_nodes(tuple(_inlined(graph.nodes, graph.tensors, known, taken)))


def _inlined(
    nodes: Sequence[Node], before: Mapping[str, Interval], known: dict[str, Interval], taken: set[str]
) -> list[Node]:
    """The nodes without ``Map``. ``before`` holds all intervals as they were, ``known`` learns those that are now."""
    out: list[Node] = []
    for node in nodes:
        match node.op:
            case Map():
                out += _inlined_map(node, node.op, before, known, taken)
            case LeadingOne():
                found, lsb = known[node.operands[0]], before[node.operands[0]].lsb.values
                new = leading_one(node, node.operands[0], found, lsb, taken)
                known.update(infer_nodes(new, known))
                out += new
            case _:
                known.update(infer_nodes([node], known))
                out.append(node)
    return out


def _inlined_map(
    node: Node, op: Map, before: Mapping[str, Interval], known: dict[str, Interval], taken: set[str]
) -> list[Node]:
    meant = body_tensors(op, [before[name] for name in node.operands])
    inside = {name: meant[name] for name in op.body.inputs}
    body = _inlined(op.body.nodes, meant, inside, set(meant))
    slices = slices_of(op, [before[name] for name in node.operands])
    vectorizer = Vectorizer({**inside, **meant}, known, taken, slices, node)
    vectorizer.bind(op, node.operands)
    for inner in body:
        vectorizer.add(inner)
    return vectorizer.finish(op.body.outputs, node.tensors, op.axis)
