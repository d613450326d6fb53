"""Designs that share instances whether that pays or not: as few for every ``Map`` as the interval allows."""

from collections.abc import Sequence
from dataclasses import replace

from trigforge.design import DesignPoint, LayerDesign, layers_in, layers_of
from trigforge.graph import FixedPointGraph, Map, Node
from trigforge.graph.infer import slices_of
from trigforge.passes.spread_maps import spread_maps


def all_folded(graph: FixedPointGraph, design: DesignPoint) -> tuple[FixedPointGraph, DesignPoint]:
    """A graph of which every node is a layer, and the design that asks for the instances of these layers."""
    named = replace(graph, layers=(), nodes=_named(graph.nodes))
    interval, spread = design.rtl.initiation_interval, spread_maps(named)
    layers, known = dict[str, LayerDesign](), layers_of(named)
    for node in spread.nodes:
        if isinstance(node.op, Map):
            slices = slices_of(node.op, [spread.tensors[name] for name in node.operands])
            name = next(name for name in layers_in(node) if name in known)
            layers[name] = LayerDesign(instances=-(-slices // interval))
    return named, replace(design, layers=layers)


def _named(nodes: Sequence[Node], inside: str = "") -> tuple[Node, ...]:
    made: list[Node] = []
    for node in nodes:
        title = f"{inside}{node.name}"
        if isinstance(node.op, Map):
            body = replace(node.op.body, nodes=_named(node.op.body.nodes, f"{title}."))
            node = replace(node, op=replace(node.op, body=body))
        made.append(replace(node, layers=(title,)))
    return tuple(made)
