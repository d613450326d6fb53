"""The user's layers from which nodes come: how they are joined, and how a ``Map`` is named after them."""

import re
from collections.abc import Sequence

from trigforge.graph.ops import Node


def joined_layers(*nodes: Node) -> tuple[str, ...]:
    """The layers that a node comes from which takes the place of several."""
    return tuple(dict.fromkeys(layer for node in nodes for layer in node.layers))


def map_name(layers: Sequence[str]) -> str:
    """The name of a ``Map`` that holds these layers, in their order.

    >>> map_name(["phi_1", "phi_2"]), map_name(["edge.mlp"])
    ('phi_1_to_phi_2', 'edge_mlp')
    """
    ends = dict.fromkeys((layers[0], layers[-1]))
    return re.sub(r"\W", "_", "_to_".join(ends), flags=re.ASCII)
