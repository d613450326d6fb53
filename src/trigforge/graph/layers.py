"""The user's layers from which nodes come: how they are joined, and how a ``Map`` is named after them."""

import re
from collections.abc import Sequence

from trigforge.graph.ops import Node


def joined_layers(*nodes: Node) -> tuple[str, ...]:
    """The layers that a node comes from which takes the place of several."""
    return tuple(dict.fromkeys(layer for node in nodes for layer in node.layers))


def map_name(layers: Sequence[str]) -> str:
    """The name of a ``Map`` that holds these layers, in their order; no layer has it.

    >>> map_name(["phi_1", "phi_2"]), map_name(["edge.mlp"]), map_name(["0.0", "0.1"])
    ('phi_1_to_phi_2', 'edge_mlp_each', 'n0_0_to_0_1')
    """
    ends = f"{layers[0]}_to_{layers[-1]}" if len(layers) > 1 else f"{layers[0]}_each"
    name = re.sub(r"\W", "_", ends, flags=re.ASCII)
    return f"n{name}" if name[:1].isdigit() else name
