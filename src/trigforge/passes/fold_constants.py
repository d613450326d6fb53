"""``fold_constants``: a tensor that is always the same becomes a ``Constant``."""

from dataclasses import replace

from trigforge.graph.block import AnyBlock, Block
from trigforge.graph.ops import Constant, Node
from trigforge.passes.rewriting import only_value


def fold_constants(graph: AnyBlock) -> AnyBlock:
    """Every node whose tensor can have but one value becomes a ``Constant`` of that value, names and intervals kept.

    So do ops whose operands are all constants, and tensors of which the types leave nothing. Inputs stay.
    """
    return graph.with_nodes(tuple(_folded(node, graph) for node in graph.nodes))


def _folded(node: Node, graph: Block) -> Node:
    if len(node.tensors) > 1 or isinstance(node.op, Constant):
        return node
    value = only_value(graph.tensors[node.name])
    return node if value is None else replace(node, op=Constant(value), operands=())
