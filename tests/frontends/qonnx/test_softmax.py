"""Softmax in the middle of an ONNX model: integers of its types, whichever version and axis; refused without."""

from __future__ import annotations

import numpy as np
import pytest

from tests.frontends.qonnx.drawing import Net
from tests.frontends.qonnx.test_qonnx_ops import begun, quantized
from tests.frontends.rounding import Floats, rounded
from trigforge.building import LayerTypes, ModelTypes
from trigforge.emulator import run
from trigforge.errors import UnsupportedModelError
from trigforge.flow.framework_check import compare_with_framework
from trigforge.frontends import qonnx
from trigforge.graph import FixedPointGraph
from trigforge.passes import optimize

TYPES = {
    "Softmax_1.exp": "ap_ufixed<8,1>",
    "Softmax_1.sum": "ap_ufixed<6,3,TRN,SAT>",
    "Softmax_1.inverse": "ap_ufixed<7,0>",
    "Softmax_1": "ap_ufixed<6,0>",
}


def attended(axis: int = -1) -> Net:
    """A softmax between a quantizer and a product."""
    net = begun((4, 3))
    net.then("Softmax", axis=axis)
    net.then("Neg")
    return net


def read(net: Net, opset: int, types: dict[str, str], part: str = "result") -> FixedPointGraph:
    """The graph, after it was compared with the model that rounds as it does."""
    layers = {name: LayerTypes.of({part: one}) for name, one in types.items()}
    reading = qonnx.read(net.model(opset), types=ModelTypes({}, layers))
    assert reading.model is not None
    compare_with_framework(reading.graph, optimize(reading.graph), reading.model)
    return reading.graph


def events() -> tuple[Floats, Floats]:
    """Events, and what the quantizer at the beginning makes of them."""
    x = np.random.default_rng(1).normal(0, 3, (400, 4, 3))
    return x, np.clip(np.round(x / 0.25), -16, 15) * 0.25


def outputs(graph: FixedPointGraph, x: Floats) -> Floats:
    (name,) = graph.outputs
    found = run(graph, {"x": graph.inputs[0].encode(x)}).outputs[name]
    return np.ldexp(found.astype(float), graph.tensors[name].hull.lsb)


@pytest.mark.parametrize(("opset", "axis", "left_out"), [(13, -1, ""), (18, 1, "Softmax_1.sum"), (21, 2, "Softmax_1")])
def test_integers_are_those_of_the_formula(opset: int, axis: int, left_out: str) -> None:
    """What has no type is exact: a sum, a product."""
    types = {name: one for name, one in TYPES.items() if name != left_out}
    graph = read(attended(axis), opset, types)
    x, q = events()
    exp = rounded(np.exp(q - q.max(axis=axis, keepdims=True)), types["Softmax_1.exp"])
    total = rounded(exp.sum(axis=axis, keepdims=True), types.get("Softmax_1.sum"))
    inverse = rounded(1 / np.maximum(total, 0.5), types["Softmax_1.inverse"])
    expected = -rounded(exp * inverse, types.get("Softmax_1"))
    assert np.array_equal(outputs(graph, x), expected)


HIDDEN = np.array([[0, 1, 0], [0, 0, 0], [1, 1, 0], [1, 1, 1]], bool)
"""the last row is hidden whole"""


def hide(net: Net, way: str) -> None:
    """A mask in front of what follows, in one of the ways in which exporters write it."""
    infinity, hidden = net.constant(-np.inf), net.constant(HIDDEN, bool)
    added = net.constant(np.where(HIDDEN, -np.inf, 0))
    match way:
        case "chosen":
            net.x = net.op("Where", hidden, infinity, net.x)
        case "chosen otherwise":
            net.x = net.op("Where", net.constant(~HIDDEN, bool), net.x, infinity)
        case "added":
            net.then("Add", added)
        case "added in front":
            net.x = net.op("Add", added, net.x)
        case "added twice":
            net.then("Add", net.constant(np.where(HIDDEN[:1], -np.inf, 0)))
            net.then("Add", added)
        case "made by a comparison":
            below = net.op("Less", net.x, net.constant(0))
            chosen = net.op("Where", below, infinity, net.constant(0))
            net.then("Add", chosen)
        case "made, then moved":
            below = net.op("Less", net.x, net.constant(0))
            chosen = net.op("Where", below, infinity, net.constant(0))
            net.then("Add", net.op("Transpose", net.op("Transpose", chosen, perm=[0, 2, 1]), perm=[0, 2, 1]))
        case "given, then moved":
            net.then("Add", net.op("Unsqueeze", added, net.constant([0], np.int64)))
        case _:
            raise ValueError(way)


@pytest.mark.parametrize(
    "way",
    [
        "chosen",
        "chosen otherwise",
        "added",
        "added in front",
        "added twice",
        "made by a comparison",
        "made, then moved",
        "given, then moved",
    ],
)
def test_hidden_entries_are_left_out(way: str) -> None:
    """Of the largest entry and of the sum; their share is 0, in a row that is hidden whole too."""
    net = begun((4, 3))
    hide(net, way)
    net.then("Softmax", axis=-1)
    net.then("Neg")
    name = next(node.name for node in net.nodes if node.op_type == "Softmax")
    types = {part.replace("Softmax_1", name): one for part, one in TYPES.items()}
    x, q = events()
    graph = read(net, 18, types)
    hidden = q < 0 if "made" in way else HIDDEN | HIDDEN[:1] if way == "added twice" else HIDDEN
    least = np.where(hidden, -np.inf, q).max(axis=-1, keepdims=True)
    exp = rounded(np.where(hidden, 0, np.exp(np.minimum(q - least, 0))), TYPES["Softmax_1.exp"])
    total = rounded(exp.sum(axis=-1, keepdims=True), TYPES["Softmax_1.sum"])
    inverse = rounded(1 / np.maximum(total, 0.5), TYPES["Softmax_1.inverse"])
    assert np.array_equal(outputs(graph, x), -rounded(exp * inverse, TYPES["Softmax_1"]))


@pytest.mark.parametrize("kind", ["Quant", "QuantizeLinear"])
def test_a_quantizer_behind_a_mask_gives_its_least_number(kind: str) -> None:
    net = begun((4, 3))
    hide(net, "chosen")
    if kind == "Quant":
        quantized(net, 0.5, 8)
    else:
        parts = net.constant(0.5), net.constant(0, np.int8)
        net.x = net.op("DequantizeLinear", net.op("QuantizeLinear", net.x, *parts), *parts)
    graph = read(net, 18, {})
    x, q = events()
    assert np.array_equal(outputs(graph, x), np.where(HIDDEN, -64, np.round(q / 0.5) * 0.5))


@pytest.mark.parametrize("kind", ["Transpose", "Relu", "Max", "Clip", "Neg", "Tanh", "ReduceMin", "Round", "Greater"])
def test_a_mask_in_front_of_anything_else_is_refused(kind: str) -> None:
    net = begun((4, 3))
    hide(net, "added")
    net.then(kind, *([net.constant(0)] if kind in ("Max", "Clip", "Greater") else []))
    assert f"'{kind}_2' ({kind}): takes minus infinity for a number; mask right in front" in refusal(net, 13)


def refusal(net: Net, opset: int, *typed: str) -> str:
    with pytest.raises(UnsupportedModelError) as caught:
        read(net, opset, dict.fromkeys(typed, "ap_ufixed<8,1>"))
    return str(caught.value)


@pytest.mark.parametrize("typed", [(), ("Softmax_1.exp",), ("Softmax_1.inverse", "Softmax_1.sum"), ("Softmax_1",)])
def test_a_softmax_without_its_types_says_which(typed: tuple[str, ...]) -> None:
    """One reason, by the name of the softmax; types of its other parts are no faults."""
    assert refusal(attended(), 13, *typed) == (
        "model 'net' cannot be represented exactly: node 'Softmax_1' (Softmax): its exponential and its inverse have "
        "no exact form without types; let trigforge quantize find them, give [layers.Softmax_1.exp] and "
        "[layers.Softmax_1.inverse] a result in a file of types, or end the model at its logits"
    )


def test_a_part_that_a_softmax_has_not_is_named() -> None:
    assert "no layer 'Softmax_1.exb'; nearest are 'Softmax_1.exp'" in refusal(attended(), 13, "Softmax_1.exb")


def test_older_ops_are_refused() -> None:
    message = refusal(attended(), 12, *TYPES)
    assert "'Softmax_1' (Softmax): is a softmax of ONNX's ops before 13" in message and message.count("\n") == 0


@pytest.mark.parametrize(("axis", "reason"), [(0, "works along axis 0, that of the events"), (5, "names axis 5")])
def test_axes_that_are_none_of_an_event_are_refused(axis: int, reason: str) -> None:
    assert reason in refusal(attended(axis), 18, *TYPES)


def test_a_softmax_at_the_end_is_left_out_unless_it_has_types() -> None:
    net = begun((4, 3))
    net.then("Softmax", axis=-1)
    kinds = [layer.left_out for layer in read(net, 18, {}).layers if layer.left_out]
    typed = read(net, 18, {name: TYPES[name] for name in ("Softmax_1.exp", "Softmax_1.inverse")})
    assert kinds == ["Softmax"] and not any(layer.left_out for layer in typed.layers)


def test_layer_norm_is_refused_with_what_helps() -> None:
    net = begun((4, 3))
    net.then("LayerNormalization", net.constant(np.ones(3)), net.constant(np.zeros(3)))
    quantized(net, 0.25, 5)
    assert "use batch normalization in its place, or train in Keras with trigforge.layers" in refusal(net, 17)


@pytest.mark.parametrize("divisor", [3.0, -0.7, [2.0, 3.0, 0.3]])
def test_a_type_of_a_divisor_is_that_of_its_inverse(divisor: float | list[float]) -> None:
    net = begun((4, 3))
    net.then("Div", net.constant(divisor))
    graph = read(net, 17, {"Div_1": "ap_fixed<9,3>"}, "weight")
    x, q = events()
    assert np.array_equal(outputs(graph, x), q * rounded(1 / np.asarray(divisor), "ap_fixed<9,3>"))


def test_a_divisor_without_a_type_joins_the_quantizer_behind_it() -> None:
    net = begun((4, 3))
    net.then("Div", net.constant(3.0))
    net.then("Relu")
    assert read(net, 17, {"Div_1": "ap_fixed<6,3>"}).outputs


STACKS = {
    "vector": (False, (3,)),
    "vector in front": (True, (4,)),
    "one matrix for all": (False, (1, 1, 3, 2)),
    "a matrix for each": (False, (2, 3, 2)),
    "in front of each": (True, (2, 5, 4)),
    "beside the events": (True, (1, 2, 5, 4)),
}


@pytest.mark.parametrize("name", STACKS)
def test_products_with_vectors_and_stacks_of_matrices(name: str) -> None:
    first, shape = STACKS[name]
    net = begun((2, 4, 3))
    constant = net.constant(np.random.default_rng(2).integers(-3, 4, shape))
    net.x = net.op("MatMul", *((constant, net.x) if first else (net.x, constant)))
    graph = read(net, 17, {})
    assert graph.outputs


@pytest.mark.parametrize("shape", [(2,), (3, 3, 2), (2, 2, 2), (5, 2, 3, 2), (1, 1, 2, 3, 2)])
def test_stacks_that_do_not_fit_are_refused(shape: tuple[int, ...]) -> None:
    net = begun((2, 4, 3))
    net.then("MatMul", net.constant(np.ones(shape)))
    assert "multiplies tensors of shapes [2, 4, 3] with" in refusal(net, 17)
