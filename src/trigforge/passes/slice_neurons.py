"""Dense layers as ``Map``s over their outputs: the weights of each become an operand."""

from collections.abc import Collection

from trigforge.errors import GraphError
from trigforge.fixed import FixedArray
from trigforge.graph.equation import Equation
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.ops import Add, Body, Constant, Dense, Einsum, Map, Node
from trigforge.passes.axes import rearranged
from trigforge.passes.last_bits import keeps_last_bits
from trigforge.passes.reach_tables import reach_tables
from trigforge.passes.rewriting import free_name


def can_slice_neurons(graph: FixedPointGraph, node: Node) -> bool:
    """True for a ``Dense`` on one vector that is no output of the graph, where what follows may be wider.

    Its intervals grow, since all outputs share one multiplier: that of a tensor inside may, that of an output may not,
    nor one that would make a table too long or change what a ``LeadingOne`` makes of 0.
    """
    if not isinstance(node.op, Dense) or len(graph.tensors[node.name].shape) > 1:
        return False
    if node.op.weight.shape[1] == 1 or node.name in graph.outputs:
        return False
    try:
        return keeps_last_bits(graph, slice_neurons(graph, [node.name]))
    except GraphError:  # a table that would become too long
        return False


def slice_neurons(graph: FixedPointGraph, names: Collection[str]) -> FixedPointGraph:
    """The nodes of these names, which ``can_slice_neurons`` accepts, as ``Map``s; no value changes.

    Tables behind them reach as far as they do; raises ``GraphError`` where one would become too long.
    """
    taken = {*graph.given, *(name for node in graph.nodes for name in (node.name, *node.tensors))}
    nodes: list[Node] = []
    for node in graph.nodes:
        if node.name not in names or not isinstance(node.op, Dense):
            nodes.append(node)
            continue
        operands = {"row": rearranged(node.op.weight, lambda values: values.T)}
        if node.op.bias is not None:
            operands["bias"] = node.op.bias
        made = [_constant(free_name(f"{node.name}.{title}", taken), value, node) for title, value in operands.items()]
        nodes += [*made, _map_of(node, [constant.name for constant in made])]
    return reach_tables(graph.with_nodes(nodes))


def _constant(name: str, value: FixedArray, node: Node) -> Node:
    return Node(name, Constant(value), (), node.layers)


def _map_of(node: Node, constants: list[str]) -> Node:
    title = node.name if len(constants) == 1 else f"{node.name}.product"
    product = Node(title, Einsum(Equation(("i", "i"), "")), ("x", "row"), node.layers)
    inside = [product]
    if len(constants) > 1:
        inside.append(Node(node.name, Add(), (product.name, "bias"), node.layers))
    body = Body(("x", "row", "bias")[: 1 + len(constants)], tuple(inside), (inside[-1].name,))
    cuts = (None, *(0 for _ in constants))
    return Node(node.name, Map(body, cuts, 0), (*node.operands, *constants), node.layers)
