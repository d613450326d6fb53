"""Names of layers in a design point: those of the user's model, checked against the graph."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trigforge.design import (
    DesignPoint,
    HlsDesign,
    LayerDesign,
    Strategy,
    check_layers,
    hls_design,
    layers_of,
)
from trigforge.errors import DesignError
from trigforge.fixed import FixedArray, FixedTypes
from trigforge.graph import Body, Dense, FixedPointGraph, GraphInput, Map, Node, Relu, UserLayer

WEIGHT = FixedArray.of([[1, 2], [3, 4]])
FC1 = Node("fc1.dense", Dense(WEIGHT, None), ("x",), ("fc1", "bn1"))
BODY = Body(("x",), (FC1, Node("fc1.relu", Relu(), ("fc1.dense",), ("fc1",))), ("fc1.relu",))
GRAPH = FixedPointGraph(
    "small",
    1,
    (GraphInput("x", (3, 2), FixedTypes.of(1, 4, 0)),),
    (
        Node("each_fc1", Map.along(0, BODY), ("x",), ("fc1", "bn1")),
        Node("fc2.dense", Dense(WEIGHT, None), ("each_fc1",), ("fc2",)),
        Node("act", Relu(), ("fc2.dense",), ("act",)),
    ),
    ("act",),
    (
        UserLayer("fc1", "QDense"),
        UserLayer("bn1", "BatchNormalization"),
        UserLayer("flatten", "Flatten"),
        UserLayer("fc2", "QDense"),
        UserLayer("act", "QActivation"),
    ),
)
SLOW, SLOWER = LayerDesign(Strategy.RESOURCE, 2), LayerDesign(Strategy.RESOURCE, 4)


def faults(graph: FixedPointGraph, layers: dict[str, LayerDesign], hls: HlsDesign | None = None) -> tuple[str, ...]:
    with pytest.raises(DesignError) as caught:
        check_layers(graph, DesignPoint(hls=hls or HlsDesign(), layers=layers))
    return caught.value.args


def without_layers(graph: FixedPointGraph) -> FixedPointGraph:
    body = replace(BODY, nodes=tuple(replace(node, layers=()) for node in BODY.nodes))
    nodes = [replace(node, layers=()) for node in graph.nodes]
    nodes[0] = replace(nodes[0], op=Map.along(0, body))
    return replace(graph, nodes=tuple(nodes), layers=())


def test_nodes_of_each_layer_in_the_order_of_the_model() -> None:
    found = {name: [node.name for node in nodes] for name, nodes in layers_of(GRAPH).items()}
    assert list(found.items()) == [
        ("fc1", ["fc1.dense", "fc1.relu"]),
        ("bn1", ["fc1.dense"]),
        ("flatten", []),
        ("fc2", ["fc2.dense"]),
        ("act", ["act"]),
    ]
    assert list(layers_of(without_layers(GRAPH))) == ["fc1.dense", "fc1.relu", "fc2.dense", "act"]


def test_an_exception_holds_for_the_multiplications_of_its_layer() -> None:
    design = DesignPoint(layers={"fc1": LayerDesign(Strategy.RESOURCE), "fc2": LayerDesign(reuse_factor=3)})
    check_layers(GRAPH, design)
    assert hls_design(FC1, design) == HlsDesign(strategy=Strategy.RESOURCE)
    assert hls_design(GRAPH.nodes[1], design) == HlsDesign(reuse_factor=3)
    assert hls_design(GRAPH.nodes[2], design) == HlsDesign()


def test_an_unknown_layer_names_the_nearest() -> None:
    assert faults(GRAPH, {"fc": SLOW}) == ("layer 'fc' is not in the model; nearest are 'fc2', 'fc1'",)
    assert faults(GRAPH, {"FC2": SLOW}) == ("layer 'FC2' is not in the model; nearest is 'fc2'",)
    known = "known are fc1, bn1, flatten, fc2, act"
    assert faults(GRAPH, {"x": SLOW}) == (f"layer 'x' is not in the model; {known}",)


def test_a_node_is_no_layer_where_the_graph_knows_layers() -> None:
    (fault,) = faults(GRAPH, {"fc2.dense": SLOW})
    assert fault.startswith("layer 'fc2.dense' is not in the model; nearest ")
    check_layers(without_layers(GRAPH), DesignPoint(layers={"fc2.dense": SLOW, "fc1.dense": SLOWER}))
    (fault,) = faults(without_layers(GRAPH), {"fc2": SLOW})
    assert fault.startswith("layer 'fc2' is not in the model; nearest ")


def test_a_layer_without_products_takes_no_exception() -> None:
    sentence = "multiplies by no weights and contracts no tensors, so an exception means nothing for it; remove"
    assert faults(GRAPH, {"act": SLOW, "flatten": SLOW}) == (
        f"layer 'act' (QActivation) {sentence} [layers.act]",
        f"layer 'flatten' (Flatten) {sentence} [layers.flatten]",
    )
    assert faults(without_layers(GRAPH), {"act": SLOW}) == (f"layer 'act' {sentence} [layers.act]",)


def test_layers_that_became_one_node_agree() -> None:
    check_layers(GRAPH, DesignPoint(layers={"fc1": SLOW, "bn1": SLOW}))
    assert faults(GRAPH, {"fc1": SLOW, "bn1": SLOWER, "fc3": SLOW}) == (
        "layer 'fc3' is not in the model; nearest are 'fc2', 'fc1'",
        "'fc1.dense' was made of the layers 'fc1' (strategy RESOURCE, reuse_factor 2) and 'bn1' (strategy RESOURCE, "
        "reuse_factor 4); give all of them the same exception",
    )


def test_an_exception_fits_what_it_leaves_as_it_is() -> None:
    assert faults(GRAPH, {"fc2": LayerDesign(Strategy.DISTRIBUTED_ARITHMETIC)}, HlsDesign(reuse_factor=4)) == (
        "layer 'fc2' (strategy DISTRIBUTED_ARITHMETIC): DISTRIBUTED_ARITHMETIC has no multipliers to reuse, found "
        "reuse_factor = 4; set it to 1",
    )
