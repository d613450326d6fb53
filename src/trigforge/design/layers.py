"""Layers of the user's model, by which a design point makes exceptions: what a graph knows of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from trigforge.design.inputs import input_faults, least_interval
from trigforge.design.point import DesignPoint, HlsDesign, LayerDesign
from trigforge.errors import DesignError
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.infer import slices_of
from trigforge.graph.ops import Dense, Einsum, Map, Node, Weighted
from trigforge.suggestions import known_names


def layers_of(graph: FixedPointGraph) -> Mapping[str, tuple[Node, ...]]:
    """The nodes of each layer, those inside of ``Map``s too: layers in the order of the model, nodes in the graph's.

    A layer of which nothing is left has no nodes. In a graph that names no layers each node is one, under its own name.
    """
    nodes = [node for node in all_nodes(graph.nodes) if not isinstance(node.op, Map)]
    named = bool(graph.layers) or any(node.layers for node in nodes)
    found: dict[str, list[Node]] = {layer.name: [] for layer in graph.layers}
    for node in nodes:
        for name in node.layers if named else (node.name,):
            found.setdefault(name, []).append(node)
    return {name: tuple(entries) for name, entries in found.items()}


def check_layers(graph: FixedPointGraph, design: DesignPoint) -> None:
    """Raises ``DesignError``, a sentence a fault, for exceptions that can mean nothing or contradict each other, and
    for those of ``input_faults``.

    That is a name that no layer of the graph has, a layer from which no multiplication comes that HLS C++ builds in
    several ways (``multiplies``), and a node from two layers with different exceptions.
    """
    layers = layers_of(graph)
    kinds = {layer.name: f" ({layer.kind})" for layer in graph.layers}
    faults: list[str] = []
    for name in design.layers:
        if name not in layers:
            faults.append(f"layer {name!r} is not in the model; {known_names(name, layers)}")
        elif design.layers[name].hls and not any(multiplies(node) for node in layers[name]):
            faults.append(
                f"layer {name!r}{kinds.get(name, '')} multiplies by no weights and contracts no tensors, so an "
                f"exception means nothing for it; remove [layers.{name}]"
            )
    for node in filter(multiplies, all_nodes(graph.nodes)):
        exceptions = {name: design.layers[name] for name in _excepted(node, design)}
        told = " and ".join(f"{name!r} ({_told(layer)})" for name, layer in exceptions.items())
        if len({tuple(layer.hls.items()) for layer in exceptions.values()}) > 1:
            faults.append(f"{node.name!r} was made of the layers {told}; give all of them the same exception")
            continue
        try:
            hls_design(node, design)
        except DesignError as error:
            faults.append(f"layer {told}: {error}")
    faults += input_faults(graph, design)
    if faults:
        raise DesignError(*dict.fromkeys(faults))


def hls_design(node: Node, design: DesignPoint) -> HlsDesign:
    """The choices of HLS C++ for a node that ``check_layers`` accepts: those of the layers that it comes from."""
    for name in _excepted(node, design):
        return replace(design.hls, **design.layers[name].hls)
    return design.hls


def asked_instances(graph: FixedPointGraph, design: DesignPoint) -> Mapping[str, tuple[int, int]]:
    """The slices of each ``Map`` for whose layers the design asks for a number of instances, and that number.

    ``graph`` is the one that is built: ``Map``s hold all that treats their slices alike. Raises ``DesignError``, a
    sentence a fault, for layers that work on no slices, for numbers that contradict each other or the initiation
    interval, and for more instances than slices.
    """
    wanted = {name: layer.instances for name, layer in design.layers.items() if layer.instances is not None}
    interval = least_interval(graph, design) if design.rtl.initiation_interval > 1 else 1
    found: dict[str, tuple[int, int]] = {}
    able: dict[str, int] = {}
    faults: list[str] = []
    for node, slices in _maps(graph):
        layers = layers_in(node)
        able |= dict.fromkeys(layers, slices)
        asked = {name: wanted[name] for name in layers if name in wanted}
        if len(set(asked.values())) > 1:
            told = " and ".join(f"{name!r} ({count})" for name, count in asked.items())
            faults.append(f"the layers {told} work on the same slices; give them the same number of instances")
        for name, count in asked.items():
            fewest = -(-slices // interval) if interval > 1 else 1
            if count > slices:
                faults.append(
                    f"layer {name!r} has {slices} slices; instances = {count} is too many, give at most {slices}"
                )
            elif count < fewest:
                faults.append(
                    f"layer {name!r} has {slices} slices, and an event comes every {interval} clock cycles; "
                    f"instances = {count} is too few, give at least {fewest}"
                )
            found[node.name] = (slices, count)
    for name in (name for name in wanted if name not in able):
        faults.append(
            f"layer {name!r} works on the whole event at once, so no slices of it can share instances; "
            f"{known_names(name, able) if able else 'no layer of this model works on slices'}"
        )
    if faults:
        raise DesignError(*dict.fromkeys(faults))
    return found


def neurons_asked_for(graph: FixedPointGraph, design: DesignPoint) -> list[Node]:
    """Dense layers on one vector, outside of all ``Map``s, for which the design asks for a number of instances."""
    wanted = {name for name, layer in design.layers.items() if layer.instances is not None}
    asked = (node for node in graph.nodes if isinstance(node.op, Dense) and not wanted.isdisjoint(node.layers))
    return [node for node in asked if len(graph.tensors[node.name].shape) == 1]


def _maps(graph: FixedPointGraph) -> Iterator[tuple[Node, int]]:
    """Every ``Map`` of the graph itself, and the number of its slices."""
    for node in graph.nodes:
        if isinstance(node.op, Map):
            yield node, slices_of(node.op, [graph.tensors[name] for name in node.operands])


def layers_in(node: Node) -> tuple[str, ...]:
    """The layers that a node comes from, and those of what stands in the body of a ``Map``."""
    return tuple(dict.fromkeys(name for inner in (node, *all_nodes([node])) for name in inner.layers))


def multiplies(node: Node) -> bool:
    """True where strategy and reuse factor concern a node: products with weights, and contractions of two tensors."""
    return isinstance(node.op, Weighted | Einsum)


def all_nodes(nodes: Sequence[Node]) -> Iterator[Node]:
    """The nodes and those of bodies, each ``Map`` before what it holds."""
    for node in nodes:
        yield node
        if isinstance(node.op, Map):
            yield from all_nodes(node.op.body.nodes)


def _excepted(node: Node, design: DesignPoint) -> list[str]:
    return [name for name in node.layers or (node.name,) if name in design.layers]


def _told(layer: LayerDesign) -> str:
    return ", ".join(f"{key} {value}" for key, value in vars(layer).items() if value is not None) or "as all others"
