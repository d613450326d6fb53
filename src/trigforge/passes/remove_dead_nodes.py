"""What no output needs goes."""

from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.ops import Node


def remove_dead_nodes(graph: FixedPointGraph) -> FixedPointGraph:
    """Without the nodes that no output depends on. Inputs stay, used or not: the interface does not change."""
    needed = set(graph.outputs)
    kept: list[Node] = []
    for node in reversed(graph.nodes):
        if node.name in needed:
            needed.update(node.operands)
            kept.append(node)
    return graph.with_nodes(tuple(reversed(kept)))
