"""The user's layers: what became of each, those inside of ``Map``s too."""

from dataclasses import replace

from tests.small_graph import SMALL
from trigforge.building import Builder, Quantization, dense, each, quantize, relu
from trigforge.diagnosis import LayerState, examine_layers, refused_layers
from trigforge.fixed import FixedArray
from trigforge.graph import UserLayer


def test_nodes_are_layers_where_none_are_named() -> None:
    found = examine_layers(SMALL, {"dense": 12.4, "y": 1.0})
    assert [(layer.name, layer.kind, layer.lut) for layer in found] == [
        ("dense", "Dense", 12),
        ("relu", "Relu", 0),
        ("y", "Requantize", 1),
    ]
    assert {layer.state for layer in found} == {LayerState.LOWERED}


def test_layers_in_the_order_of_the_model() -> None:
    named = [replace(node, layers=("hidden",) if node.name != "y" else ("hidden", "cut")) for node in SMALL.nodes]
    layers = (UserLayer("drop", "Dropout"), UserLayer("hidden", "QDense"), UserLayer("cut", "Quantizer"))
    graph = replace(SMALL.with_nodes(named), layers=(*layers, UserLayer("end", "Softmax", "softmax")))
    found = examine_layers(graph, {"dense": 10.0, "y": 2.0})
    assert [(layer.name, layer.state, layer.operations, layer.lut) for layer in found] == [
        ("drop", LayerState.ABSORBED, "", 0),
        ("hidden", LayerState.LOWERED, "Dense, Relu, Requantize", 12),
        ("cut", LayerState.LOWERED, "Requantize", 0),
        ("end", LayerState.LEFT_OUT, "", 0),
    ]
    assert found[1].type == "ap_ufixed<5,4>"


def test_layers_inside_of_maps() -> None:
    build = Builder("sets")
    x = build.input("x", (4, 2), "ap_fixed<5,3>")
    with build.layer("phi", "QDense"):
        y = each(
            x,
            lambda one: quantize(relu(dense(one, FixedArray.of([[1], [3]]))), Quantization.of("ap_ufixed<4,4>")),
        )
    (layer,) = examine_layers(build.graph([y]), {})
    assert (layer.name, layer.operations, layer.type) == ("phi", "Dense, Relu, Requantize", "ap_ufixed<4,4>")


def test_refused_layers_keep_their_reasons() -> None:
    (found,) = refused_layers([("layer 'a' (Lambda)", "runs code of its own; write it as layers")])
    assert (found.name, found.state) == ("layer 'a' (Lambda)", LayerState.REFUSED)
    assert found.reason == "runs code of its own; write it as layers"
