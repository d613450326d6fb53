"""Random ONNX models: QONNX with Quant, BipolarQuant and Trunc, and QCDQ with QuantizeLinear and DequantizeLinear."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

QONNX = "qonnx.custom_op.general"
ROUNDINGS = ("ROUND", "ROUND", "ROUND", "FLOOR", "CEIL", "UP", "DOWN", "HALF_UP", "HALF_DOWN")


@dataclass
class Net:
    """A model that grows, node by node; ``x`` names the tensor at its end, of ``shape`` without the event axis."""

    random: np.random.Generator
    shape: tuple[int, ...]
    qcdq: bool = False
    binary: bool = True
    nodes: list[Any] = field(default_factory=list)
    weights: list[Any] = field(default_factory=list)
    x: str = "x"

    def __post_init__(self) -> None:
        self.first = self.shape

    def constant(self, values: Any, dtype: Any = np.float32) -> str:
        name = f"c{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def op(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        name = f"t{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(kind, inputs, [name], name=f"{kind}_{len(self.nodes)}", domain=domain, **attributes)
        )
        return name

    def then(self, kind: str, *more: str, **attributes: Any) -> None:
        self.x = self.op(kind, self.x, *more, **attributes)

    def scale(self, shape: tuple[int, ...] = ()) -> Any:
        if self.binary:
            return np.exp2(self.random.integers(-5, 1, shape)).astype(np.float32)
        return self.random.uniform(0.01, 0.6, shape).astype(np.float32)

    def quantized(self, x: str, channels: tuple[int, ...] = (), weights: bool = False) -> str:
        """A quantizer on ``x``; its scale has one entry for each channel where ``channels`` broadcasts."""
        bits = int(self.random.integers(2, 9))
        if self.qcdq:
            return self._qcdq(x, bits)
        if self.random.random() < 0.1:
            return self.op("BipolarQuant", x, self.constant(self.scale()), domain=QONNX)
        scale, signed = self.scale(channels), int(weights or self.random.random() < 0.6)
        zero = 0 if weights or self.random.random() < 0.8 else int(self.random.integers(-3, 4))
        operands = (self.constant(scale), self.constant(zero), self.constant(bits))
        mode = "ROUND" if weights else str(self.random.choice(ROUNDINGS))
        narrow = int(self.random.random() < 0.5)
        return self.op("Quant", x, *operands, domain=QONNX, signed=signed, narrow=narrow, rounding_mode=mode)

    def _qcdq(self, x: str, bits: int) -> str:
        signed = self.random.random() < 0.6
        kind = np.int8 if signed else np.uint8
        zero = int(self.random.integers(0, 5)) if self.random.random() < 0.3 else 0
        scale, point = self.constant(self.scale()), self.constant(zero, kind)
        y = self.op("QuantizeLinear", x, scale, point)
        if bits < 8:
            lo, hi = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
            y = self.op("Clip", y, self.constant(lo, kind), self.constant(hi, kind))
        return self.op("DequantizeLinear", y, scale, point)

    def weight(self, shape: tuple[int, ...], channels: tuple[int, ...] = ()) -> str:
        found = self.constant(self.random.normal(0, 1, shape))
        return self.quantized(found, channels if self.random.random() < 0.5 else (), weights=True)

    def model(self, opset: int = 14) -> Any:
        graph = helper.make_graph(
            self.nodes,
            "net",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["events", *self.first])],
            [helper.make_tensor_value_info(self.x, TensorProto.FLOAT, None)],
            self.weights,
        )
        opsets = [helper.make_opsetid("", opset), helper.make_opsetid(QONNX, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def drawn(seed: int, qcdq: bool | None = None, binary: bool | None = None) -> Any:
    """The random model of a seed: dense or convolutional, of either format, of binary or any scales."""
    random = np.random.default_rng(seed)
    image = random.random() < 0.4
    shape = (
        (int(random.integers(1, 4)), *random.integers(4, 7, int(random.integers(1, 3))).tolist())
        if image
        else (int(random.integers(2, 9)),)
    )
    first, second = bool(random.random() < 0.4), bool(random.random() < 0.5)
    net = Net(random, tuple(shape), first if qcdq is None else qcdq, second if binary is None else binary)
    net.x = net.quantized(net.x)
    for _ in range(int(random.integers(1, 4))):
        (conv_block if len(net.shape) > 1 else dense_block)(net)
    if len(net.shape) > 1 and random.random() < 0.7:
        net.then("Flatten", axis=1)
        net.shape = (int(np.prod(net.shape)),)
        dense_block(net)
    return net.model()


def dense_block(net: Net) -> None:
    """A product with a matrix, and what stands between layers."""
    random, n_out = net.random, int(net.random.integers(1, 7))
    match int(random.integers(3)):
        case 0:
            net.then("MatMul", net.weight((net.shape[-1], n_out), (1, n_out)))
        case 1:
            net.then("Gemm", net.weight((n_out, net.shape[-1]), (n_out, 1)), transB=1)
        case _:
            net.then("Gemm", net.weight((net.shape[-1], n_out), (1, n_out)), net.constant(random.normal(0, 1, n_out)))
    net.shape = (n_out,)
    _between(net)


def conv_block(net: Net) -> None:
    """A convolution, perhaps pooled."""
    random, dims = net.random, len(net.shape) - 1
    groups = net.shape[0] if random.random() < 0.25 else 1
    n_out = int(random.integers(1, 3)) * groups
    kernel = tuple(random.integers(1, min(4, min(net.shape[1:]) + 1), dims).tolist())
    pads = tuple(random.integers(0, 2, 2 * dims).tolist())
    strides = tuple(random.integers(1, 3, dims).tolist())
    weight = net.weight((n_out, net.shape[0] // groups, *kernel), (n_out, *(1,) * (dims + 1)))
    net.then("Conv", weight, group=groups, pads=pads, strides=strides, kernel_shape=kernel)
    lengths = [
        (n + pads[axis] + pads[axis + dims] - kernel[axis]) // strides[axis] + 1 for axis, n in enumerate(net.shape[1:])
    ]
    net.shape = (n_out, *lengths)
    _between(net)
    if min(net.shape[1:]) >= 2 and random.random() < 0.5:
        kind = str(random.choice(["MaxPool", "AveragePool"]))
        net.then(kind, kernel_shape=(2,) * dims, strides=(2,) * dims)
        net.shape = (n_out, *(n // 2 for n in net.shape[1:]))
        net.x = net.quantized(net.x)


def _between(net: Net) -> None:
    """Batch norm, a residual, an activation, and a quantizer behind them."""
    random = net.random
    if random.random() < 0.3:
        channels = net.shape[0]
        parts = (random.normal(0, 1, channels) for _ in range(3))
        net.then("BatchNormalization", *map(net.constant, parts), net.constant(random.uniform(0.3, 3, channels)))
    match int(random.integers(5)):
        case 0 | 1:
            net.then("Relu")
        case 2:
            net.then("LeakyRelu", alpha=0.125)
        case _:
            pass
    _finish(net)


def _finish(net: Net) -> None:
    net.x = net.quantized(net.x)
    if net.random.random() < 0.2:
        other = net.quantized(net.x)
        net.then("Add", other)
        net.x = net.quantized(net.x)
