"""Each op between quantizers, equal to the packages of its format on 1,000 events; refusals by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from onnx import helper

from tests.frontends.qonnx.drawing import QONNX, Net
from trigforge.emulator import run
from trigforge.errors import UnsupportedModelError
from trigforge.fixed import FixedArray
from trigforge.flow.framework_check import compare_with_framework
from trigforge.frontends import qonnx
from trigforge.graph import HostUnits, parse_graph, print_graph
from trigforge.passes import optimize

Change = Callable[[Net], object]


def begun(shape: tuple[int, ...], scale: float = 0.25, seed: int = 0) -> Net:
    """A model whose input has 5 bits."""
    net = Net(np.random.default_rng(seed), shape)
    quantized(net, scale, 5)
    return net


def quantized(net: Net, scale: float, bits: int, **attributes: object) -> None:
    given = {"signed": 1, "narrow": 0, "rounding_mode": "ROUND", **attributes}
    net.then("Quant", net.constant(scale), net.constant(0), net.constant(bits), domain=QONNX, **given)


def check(net: Net, opset: int = 14) -> None:
    reading = qonnx.read(net.model(opset))
    assert reading.model is not None
    compare_with_framework(reading.graph, optimize(reading.graph), reading.model)


def indices(net: Net, *values: object) -> str:
    return net.constant(values, np.int64)


MOVES: dict[str, tuple[Change, int]] = {
    "transpose": (lambda n: n.then("Transpose", perm=[0, 2, 1]), 14),
    "reshape": (lambda n: n.then("Reshape", indices(n, 0, -1)), 14),
    "reshape of one event": (lambda n: n.then("Reshape", indices(n, 1, 2, 2, 3)), 14),
    "flatten": (lambda n: n.then("Flatten", axis=1), 14),
    "unsqueeze and squeeze": (
        lambda n: (n.then("Unsqueeze", indices(n, 2)), n.then("Squeeze", indices(n, 2))),
        14,
    ),
    "slice": (lambda n: n.then("Slice", indices(n, 1), indices(n, 4), indices(n, 2)), 14),
    "slice backwards": (
        lambda n: n.then("Slice", indices(n, -1), indices(n, -5), indices(n, 1), indices(n, -2)),
        14,
    ),
    "gather": (lambda n: n.then("Gather", indices(n, 2, 0, 2), axis=2), 14),
    "pad": (lambda n: n.then("Pad", indices(n, 0, 1, 0, 0, 0, 2), n.constant(0.25)), 14),
    "lists of indices": (
        lambda n: (
            n.then("Transpose", perm=[1, 2, 0]),
            n.then("GatherND", indices(n, [0, 2], [3, -1], [1, 1])),
            n.then("Transpose", perm=[1, 0]),
        ),
        14,
    ),
    "lists of indices of one axis": (
        lambda n: (
            n.then("Transpose", perm=[2, 0, 1]),
            n.then("GatherND", indices(n, [2], [0])),
            n.then("Transpose", perm=[1, 2, 0]),
        ),
        14,
    ),
    "nearest entries": (
        lambda n: n.then(
            "Resize", "", n.constant([1.0, 2.0, 3.0]), mode="nearest", coordinate_transformation_mode="asymmetric"
        ),
        14,
    ),
    "reflected borders": (lambda n: n.then("Pad", indices(n, 0, 1, 2, 0, 0, 1), mode="reflect"), 14),
    "repeated borders": (lambda n: n.then("Pad", indices(n, 0, 1, 2, 0, 0, 1), mode="edge"), 14),
    "running sum": (lambda n: n.then("CumSum", n.constant(1, np.int64)), 14),
    "expand": (lambda n: (n.then("Unsqueeze", indices(n, 3)), n.then("Expand", indices(n, 1, 4, 3, 2))), 14),
    "identity, cast and dropout": (
        lambda n: (n.then("Identity"), n.then("Cast", to=1), n.then("Dropout")),
        14,
    ),
    "sum": (lambda n: n.then("ReduceSum", indices(n, 1), keepdims=0), 14),
    "mean of 3": (lambda n: (n.then("ReduceMean", axes=[2]), quantized(n, 0.3, 6)), 14),
    "max": (lambda n: n.then("ReduceMax", axes=[1, 2], keepdims=0), 14),
    "min": (lambda n: n.then("ReduceMin", axes=[-1]), 14),
    "sum of opset 11": (lambda n: n.then("ReduceSum", axes=[1], keepdims=1), 11),
}

POINTS: dict[str, Change] = {
    "add, subtract, multiply": lambda n: (
        n.then("Add", n.constant(0.5)),
        n.then("Sub", n.constant([1.0, 0.25, 0])),
        n.then("Mul", n.constant([[0.5], [3], [1], [2]])),
    ),
    "divide by 3": lambda n: (n.then("Div", n.constant(3)), quantized(n, 0.25, 8)),
    "constant minus": lambda n: setattr(n, "x", n.op("Sub", n.constant([[1], [2], [3], [4]]), n.x)),
    "residual": lambda n: n.then("Add", n.op("Mul", n.x, n.constant(0.5))),
    "difference of scales": lambda n: (n.then("Sub", n.op("Mul", n.x, n.constant(0.3))), quantized(n, 0.1, 5)),
    "product": lambda n: n.then("Mul", n.x),
    "square": lambda n: n.then("Pow", n.constant(2)),
    "concatenation": lambda n: n.then("Concat", n.op("Mul", n.x, n.constant(0.7)), n.x, axis=2),
    "maximum and minimum": lambda n: (n.then("Max", n.op("Neg", n.x)), n.then("Min", n.constant(1.25))),
    "absolute": lambda n: n.then("Abs"),
    "relu": lambda n: n.then("Relu"),
    "clip": lambda n: n.then("Clip", n.constant(-0.5), n.constant(1.5)),
    "clip behind an offset": lambda n: (
        n.then("Add", n.constant(0.3)),
        n.then("Clip", n.constant(0), n.constant(2)),
        quantized(n, 0.17, 4, signed=0),
    ),
    "leaky relu": lambda n: (n.then("LeakyRelu", alpha=0.1), quantized(n, 0.11, 6)),
    "prelu": lambda n: (n.then("PRelu", n.constant([0.1, 0.25, 0.5])), quantized(n, 0.125, 6)),
    "sigmoid": lambda n: (n.then("Sigmoid"), quantized(n, 0.01, 7, signed=0)),
    "tanh": lambda n: (n.then("Tanh"), quantized(n, 1 / 64, 8, narrow=1)),
    "hard sigmoid": lambda n: (n.then("HardSigmoid", alpha=0.2), quantized(n, 0.015, 7, signed=0)),
    "elu": lambda n: (n.then("Elu"), quantized(n, 0.1, 6)),
    "silu": lambda n: (n.then("Mul", n.op("Sigmoid", n.x)), quantized(n, 0.03, 7)),
    "gelu spelt out": lambda n: (
        n.then("Mul", n.op("Add", n.op("Erf", n.op("Div", n.x, n.constant(2**0.5))), n.constant(1))),
        n.then("Mul", n.constant(0.5)),
        quantized(n, 0.03, 7),
    ),
    "quotient of functions of one tensor": lambda n: (
        n.then("Div", n.op("Add", n.op("Exp", n.x), n.constant([1, 2, 3]))),
        quantized(n, 0.013, 7),
    ),
    "sign": lambda n: n.then("Sign"),
    "bipolar": lambda n: n.then("BipolarQuant", n.constant(0.37), domain=QONNX),
    "one signed bit": lambda n: quantized(n, 0.37, 1),
    "negative slopes": lambda n: (n.then("Mul", n.constant([-0.3, 0.7, 0])), quantized(n, 0.21, 4)),
    "batched product": lambda n: n.then("MatMul", n.op("Transpose", n.x, perm=[0, 2, 1])),
    "einsum": lambda n: setattr(n, "x", n.op("Einsum", n.x, n.x, equation="bij,bik->bjk")),
    "einsum with weights": lambda n: setattr(
        n, "x", n.op("Einsum", n.x, n.constant([[1, 2], [0, -1], [0.5, 3]]), equation="bij,jk->bik")
    ),
    "einsum of one, summed": lambda n: setattr(n, "x", n.op("Einsum", n.x, equation="bij->bj")),
    "einsum of one, moved": lambda n: setattr(n, "x", n.op("Einsum", n.x, equation="bij->bji")),
    "einsum of one, both": lambda n: setattr(
        n, "x", n.op("Einsum", n.op("Einsum", n.x, n.x, equation="bij,bik->bijk"), equation="bijk->bki")
    ),
    "einsum of three": lambda n: setattr(
        n, "x", n.op("Einsum", n.x, n.constant([[1, 2], [0, -1], [0.5, 3]]), n.x, equation="bij,jk,bmj->bmik")
    ),
    "einsum of three tensors": lambda n: setattr(n, "x", n.op("Einsum", n.x, n.x, n.x, equation="bij,bik,bim->bjkm")),
    "matrix in front": lambda n: setattr(n, "x", n.op("MatMul", n.constant([[1, 0, -1, 2.5]]), n.x)),
}


@pytest.mark.parametrize("name", MOVES)
@pytest.mark.parametrize("scale", [0.25, 0.3])
def test_moves_and_reductions(name: str, scale: float) -> None:
    change, opset = MOVES[name]
    net = begun((4, 3), scale)
    change(net)
    if scale == 0.3 and net.nodes[-1].op_type != "Quant":
        quantized(net, 0.29, 6)
    check(net, opset)


@pytest.mark.parametrize("name", POINTS)
def test_elements(name: str) -> None:
    net = begun((4, 3))
    POINTS[name](net)
    check(net)


@pytest.mark.parametrize("mode", ["ROUND", "CEIL", "FLOOR", "UP", "DOWN", "HALF_UP", "HALF_DOWN"])
@pytest.mark.parametrize("scale", [0.5, 0.75, 0.3])
@pytest.mark.parametrize("offset", [0.0, 0.25])
def test_roundings(mode: str, scale: float, offset: float) -> None:
    net = begun((40,), 0.125)
    net.then("Add", net.constant(offset))
    quantized(net, scale, 4, rounding_mode=mode, narrow=1)
    check(net)


@pytest.mark.parametrize("mode", ["FLOOR", "ROUND", "CEIL"])
def test_trunc(mode: str) -> None:
    net = begun((40,), 0.3)
    operands = (net.constant(v) for v in (np.float32(0.3), 0, 5, 3))
    net.then("Trunc", *operands, domain=QONNX, rounding_mode=mode)
    check(net)


@pytest.mark.parametrize("mode", ["FLOOR", "ROUND", "DOWN"])
def test_trunc_of_version_2(mode: str) -> None:
    net = begun((40,), 0.3)
    operands = (net.constant(v) for v in (np.float32(0.3), 0, 5, np.float32(0.3) * 4, 3))
    net.then("Trunc", *operands, domain=QONNX, rounding_mode=mode, signed=1, narrow=0)
    check(net)


@pytest.mark.parametrize("kind", ["MaxPool", "AveragePool"])
@pytest.mark.parametrize("shape", [(2, 6), (2, 6, 5)])
def test_pooling(kind: str, shape: tuple[int, ...]) -> None:
    dims = len(shape) - 1
    padding = {"count_include_pad": 1} if kind == "AveragePool" else {}
    net = begun(shape)
    net.then(kind, kernel_shape=[3] * dims, strides=[2] * dims, pads=[1] * (2 * dims), **padding)
    quantized(net, 0.2, 6)
    check(net)


@pytest.mark.parametrize("size", [[2, 2], [3, 3], [2, 3]])
@pytest.mark.parametrize("pads", [[1, 1, 1, 1], [1, 0, 1, 0], [0, 1, 1, 0]])
def test_means_of_windows_that_a_border_cuts_short(size: list[int], pads: list[int]) -> None:
    net = begun((2, 5, 6))
    net.then("AveragePool", kernel_shape=size, strides=[2, 1], pads=pads)
    quantized(net, 0.07, 6)
    check(net)


def test_global_pooling_and_split() -> None:
    net = begun((4, 3, 3))
    net.then("Add", net.op("GlobalMaxPool", net.op("GlobalAveragePool", net.x)))
    quantized(net, 0.3, 6)
    net.nodes.append(helper.make_node("Split", [net.x, indices(net, 1, 3)], ["left", "right"], axis=1, name="split"))
    net.x = net.op("ReduceMax", "right", axes=[1])
    check(net)


def test_the_shape_of_an_input_is_folded() -> None:
    net = begun((4, 3))
    events = net.op("Gather", net.op("Shape", net.x), net.constant(0, np.int64), axis=0)
    shape = net.op("Concat", net.op("Unsqueeze", events, indices(net, 0)), indices(net, -1), axis=0)
    net.then("Reshape", shape)
    check(net)


def test_channels_last_convolutions_are_those_of_channels_first() -> None:
    random = np.random.default_rng(0)
    kernel = random.integers(-3, 4, (2, 3, 2, 2)).astype(np.float32)
    first, last = begun((3, 4, 5)), begun((4, 5, 3))
    attributes = {"kernel_shape": [2, 2], "strides": [1, 2], "pads": [1, 0, 0, 1], "dilations": [1, 1], "group": 1}
    first.then("Conv", first.constant(kernel), **attributes)
    last.then("Conv", last.constant(kernel.transpose(0, 2, 3, 1)), domain="qonnx.custom_op.channels_last", **attributes)
    graphs = [qonnx.read(net.model()).graph for net in (first, last)]
    x = random.integers(-16, 16, (100, 3, 4, 5))
    outputs = [
        run(graph, {"x": given}).outputs[graph.outputs[0]]
        for graph, given in zip(graphs, (x, x.transpose(0, 2, 3, 1)), strict=True)
    ]
    assert np.array_equal(outputs[0], outputs[1].transpose(0, 3, 1, 2))


@pytest.mark.parametrize("mode", ["ROUND", "FLOOR", "HALF_UP"])
def test_ties_between_levels_stay_ties_behind_a_bias(mode: str) -> None:
    """Scales are powers of two, some biases on the grid of the sums, where halves go to even, some not."""
    net = begun((3,))
    bias = net.constant([0.5, -0.3, 1.25, 0.015625])
    net.then("Gemm", net.constant(np.ones((3, 4)) / 2), bias)
    net.then("Relu")
    quantized(net, 4, 1.0, rounding_mode=mode)
    check(net)


@pytest.mark.parametrize(
    "attributes",
    [
        {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"},
        {"coordinate_transformation_mode": "half_pixel"},
        {},
    ],
)
def test_nearest_neighbours(attributes: dict[str, str]) -> None:
    net = begun((2, 3, 4))
    net.then("Resize", "", net.constant([1, 1, 2, 3]), mode="nearest", **attributes)
    check(net)


def test_wrapped_ops_of_qonnx_are_compared() -> None:
    net = begun((4, 5, 3))
    kernel = net.constant(np.random.default_rng(0).integers(-3, 4, (2, 2, 2, 3)))
    domain = "qonnx.custom_op.channels_last"
    net.then("Conv", kernel, domain=domain, kernel_shape=[2, 2], strides=[1, 1], pads=[0, 0, 0, 0], group=1)
    net.then("MaxPool", domain=domain, kernel_shape=[2, 2], strides=[1, 2])
    check(net)


def test_a_reshape_in_which_zero_is_a_length() -> None:
    net = begun((2, 3))
    net.then("Reshape", net.constant([1, -1], np.int64), allowzero=1)
    check(net)


REFUSED: dict[str, tuple[Change, str]] = {
    "softmax": (lambda n: (n.then("Softmax"), n.then("Relu")), r"'Softmax_1' \(Softmax\): its exponential"),
    "float quantizer": (lambda n: n.then("FloatQuant", domain=QONNX), "makes floating-point numbers"),
    "transposed": (lambda n: n.then("ConvTranspose", n.constant(np.ones((3, 2, 2)))), "transposed convolution"),
    "events on another axis": (
        lambda n: (n.then("Transpose", perm=[1, 2, 0]), n.then("Relu")),
        r"'Relu_2' \(Relu\): takes a tensor whose events are not its first axis; keep axis 0",
    ),
    "unknown op": (lambda n: n.then("Wonder"), "has no exact form here"),
    "unknown attribute": (lambda n: n.then("Relu", magic=3), "has the attribute magic, which is unknown here"),
    "float weights": (
        lambda n: n.then("MatMul", n.constant(np.random.default_rng(0).normal(0, 1, (3, 2)))),
        r"has weights of \d+ bits",
    ),
    "sigmoid without quantizer": (lambda n: n.then("Tanh"), "put a quantizer behind the function"),
    "events mixed": (lambda n: n.then("Reshape", indices(n, -1)), "which mixes events"),
    "events summed": (lambda n: n.then("ReduceSum", indices(n, 0)), "works along axis 0"),
    "rounding": (lambda n: quantized(n, 1, 3, rounding_mode="STOCHASTIC"), "has rounding_mode 'STOCHASTIC'"),
    "scale": (lambda n: quantized(n, -1, 3), "has a scale that is not positive"),
    "bits": (lambda n: quantized(n, 1, 2.5), "has a bit width of 2.5"),
    "weights that are NaN": (lambda n: n.then("MatMul", n.constant([[np.nan]] * 3)), "NaN or infinity in 3 of 3"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str) -> None:
    change, reason = REFUSED[name]
    net = begun((4, 3))
    change(net)
    with pytest.raises(UnsupportedModelError, match=reason):
        qonnx.read(net.model())


def test_all_reasons_are_given_at_once() -> None:
    net = begun((4, 3))
    net.op("Softmax", net.x)
    net.then("Wonder")
    with pytest.raises(UnsupportedModelError, match="for 2 reasons") as caught:
        qonnx.read(net.model())
    assert "Softmax_1" in str(caught.value) and "Wonder_2" in str(caught.value)


def test_a_softmax_at_the_end_is_left_out() -> None:
    net = begun((4, 3))
    net.then("Softmax", axis=-1)
    reading = qonnx.read(net.model())
    assert [(layer.kind, layer.left_out) for layer in reading.graph.layers if layer.left_out] == [
        ("Softmax", "Softmax")
    ]
    check(net)


def test_an_input_without_a_quantizer_is_refused() -> None:
    net = Net(np.random.default_rng(0), (3,))
    net.then("MatMul", net.constant([[1], [2], [3]]))
    with pytest.raises(UnsupportedModelError, match="takes the input 'x', which is not quantized"):
        qonnx.read(net.model())


def test_the_scale_of_the_first_quantizer_is_the_gain_of_the_input() -> None:
    net = begun((3,), 0.3)
    graph = qonnx.read(net.model()).graph
    assert graph.inputs[0].encoding.gain.to_float() == np.float64(1) / np.float32(0.3)
    assert graph.inputs[0].encode(np.array([[0.3, 0.46, -9]])).tolist() == [[1, 2, -16]]


def test_quantizers_of_several_steps_on_one_input_are_refused() -> None:
    net = begun((3,), 0.3)
    first, net.x = net.x, "x"
    quantized(net, 0.7, 4)
    net.then("Concat", first, axis=1)
    with pytest.raises(UnsupportedModelError, match=r"input 'x': is quantized in steps of 0\.3 .*, 0\.7 .*put one"):
        qonnx.read(net.model())


def test_units_of_the_host_leave_the_gain() -> None:
    graph = qonnx.read(begun((3,), 0.3).model(), units={"x": HostUnits(scale=FixedArray.from_float(0.5))}).graph
    assert graph.inputs[0].encode(np.array([[0.6, 0.92, -9]])).tolist() == [[1, 2, -15]]
    assert parse_graph(print_graph(graph)) == graph
