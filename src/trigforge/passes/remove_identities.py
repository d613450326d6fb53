"""``remove_identities``: nodes go that change nothing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

import numpy as np

from trigforge.fixed import FixedArray, Interval
from trigforge.graph.block import AnyBlock
from trigforge.graph.ops import (
    Add,
    Concat,
    Constant,
    Einsum,
    Gather,
    Linear,
    Map,
    Mul,
    Node,
    Pairwise,
    Reduction,
    Relu,
    Requantize,
    Reshape,
    Select,
    Shift,
    Slice,
    Sub,
    Transpose,
    Unary,
)
from trigforge.passes.requantizing import loses_nothing
from trigforge.passes.rewriting import constants, redirected


def remove_identities(graph: AnyBlock) -> AnyBlock:
    """The graph without nodes that equal their operand: a ``Requantize`` that loses nothing, a ``Relu`` of what is
    never negative, a sum with 0, a product with 1, and rearrangements that leave every element in its place.

    An output keeps its name: the node behind it is renamed. An identity between an input, or another output, and an
    output stays. No interval changes.
    """
    known = constants(graph.nodes)
    interface = {*graph.outputs, *graph.given}
    instead: dict[str, str] = {}
    kept: list[Node] = []
    for node in graph.nodes:
        same = _same_as(node, graph.tensors, known)
        target = None if same is None else instead.get(same, same)
        if target is None:
            kept.append(node)
        elif node.name not in graph.outputs:
            instead[node.name] = target
        elif target not in interface:
            # The tensor takes the output's name, here and wherever it is used.
            instead = {name: node.name if to == target else to for name, to in instead.items()} | {target: node.name}
        else:
            kept.append(node)
    nodes = redirected(kept, instead)
    return graph.with_nodes(tuple(replace(node, name=instead.get(node.name, node.name)) for node in nodes))


def _same_as(node: Node, tensors: Mapping[str, Interval], known: Mapping[str, FixedArray]) -> str | None:
    """The operand that the node's tensor always equals, in value, shape and interval."""
    if isinstance(node.op, Map):
        return None
    candidates = (name for name in node.operands if tensors[name] == tensors[node.name])
    same = next(candidates, None)
    if same is None:
        return None
    x = tensors[same]
    match node.op:
        case Requantize():
            found = loses_nothing(node.op, x)
        case Relu():
            found = bool((x.lo.values >= 0).all())
        case Shift(places):
            found = not places.values.any()
        case Add():
            other = node.operands[0] if node.operands[1] == same else node.operands[1]
            found = bool(tensors[other].is_zero.all())
        case Sub():
            found = same == node.operands[0] and bool(tensors[node.operands[1]].is_zero.all())
        case Mul():
            other = node.operands[0] if node.operands[1] == same else node.operands[1]
            found = other in known and known[other].lsb == 0 and bool((known[other].mantissa.values == 1).all())
        case Reshape() | Slice():
            found = True
        case Transpose(permutation):
            found = [a for a in permutation if x.shape[a] > 1] == [a for a, n in enumerate(x.shape) if n > 1]
        case Gather(indices, axis):
            found = bool(np.array_equal(indices.values, np.arange(x.shape[axis])))
        case Constant() | Linear() | Einsum() | Pairwise() | Select() | Reduction() | Unary() | Concat():
            found = False
        case _:
            assert_never(node.op)
    return same if found else None
