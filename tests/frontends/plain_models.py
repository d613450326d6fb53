"""Random networks in floating point for Keras, torch and ONNX, a pure function of a seed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.frontends.keras.framework import keras

SHAPES = {"mlp": (6,), "set": (4, 3), "line": (8, 2), "image": (6, 6, 1)}
CURVES = ("tanh", "sigmoid", "elu", "softplus", "selu", "hard_sigmoid", "gelu")


def host_values(seed: int, shape: tuple[int, ...], count: int = 400) -> npt.NDArray[np.float64]:
    """Events of which columns have scales from 1/8 to 32, as float32 holds them."""
    rng = np.random.default_rng([seed, 9])
    scales = np.exp2(rng.integers(-3, 6, shape[-1]))
    found = rng.normal(size=(count, *shape)) * scales + rng.choice([0.0, 1.0], shape[-1]) * scales
    return found.astype(np.float32).astype(np.float64)


def keras_model(seed: int) -> tuple[Any, tuple[int, ...]]:
    """A Keras model of one family, some layers of HGQ2 among those of Keras."""
    rng = np.random.default_rng(seed)
    layers = keras().layers
    keras().utils.set_random_seed(seed)
    family = str(rng.choice(list(SHAPES)))
    shape = SHAPES[family]
    x = layers.Input(shape, name="x")
    y = x
    for n in range(int(rng.integers(1, 4))):
        y = _keras_block(rng, family, n, y)
    if family != "mlp":
        y = layers.Flatten(name="flat")(y) if rng.random() < 0.5 else _pooled(rng, family, y)
    end = str(rng.choice(["linear", "softmax", "sigmoid", "tanh", "relu"]))
    last = layers.Dense(int(rng.integers(1, 4)), activation=end, name="last")
    if rng.random() < 0.2:
        inner = keras().Sequential([layers.Input(y.shape[1:]), last], name="inner")
        return _trained(rng, keras().Model(x, inner(y), name="net")), shape
    return _trained(rng, keras().Model(x, last(y), name="net")), shape


def _keras_block(rng: np.random.Generator, family: str, n: int, y: Any) -> Any:
    layers = keras().layers
    width = int(rng.integers(3, 7))
    curve = str(rng.choice(["relu", "linear", "relu6", *CURVES]))
    kinds = {
        "mlp": ["Dense", "QDense"],
        "set": ["Dense", "EinsumDense", "Conv1D"],
        "line": ["Conv1D", "SeparableConv1D", "DepthwiseConv1D"],
        "image": ["Conv2D", "SeparableConv2D", "DepthwiseConv2D"],
    }[family]
    match str(rng.choice(kinds)):
        case "Dense":
            z = layers.Dense(width, activation=curve, use_bias=bool(rng.random() < 0.8), name=f"dense_{n}")(y)
        case "QDense":
            z = quantized_dense(width, n)(y)
        case "EinsumDense":
            z = layers.EinsumDense(
                "bnc,cd->bnd", (y.shape[1], width), bias_axes="d", activation=curve, name=f"einsum_{n}"
            )(y)
        case kind if kind.startswith("Depthwise"):
            z = getattr(layers, kind)(2, padding="same", activation=curve, name=f"conv_{n}")(y)
        case kind:
            padding = str(rng.choice(["same", "valid"])) if y.shape[1] > 3 else "same"
            z = getattr(layers, kind)(width, 2, padding=padding, activation=curve, name=f"conv_{n}")(y)
    if rng.random() < 0.4:
        z = layers.BatchNormalization(name=f"norm_{n}")(z)
    if rng.random() < 0.3:
        z = layers.Activation(str(rng.choice([*CURVES, "relu"])), name=f"act_{n}")(z)
    match int(rng.integers(6)):
        case 0 if z.shape == y.shape:
            return layers.Add(name=f"add_{n}")([y, z])
        case 1:
            return layers.Multiply(name=f"gate_{n}")([z, z])
        case 2 if z.shape[:-1] == y.shape[:-1]:
            return layers.Concatenate(name=f"joined_{n}")([y, z])
        case 3:
            return layers.ReLU(name=f"relu_{n}")(z)
        case _:
            return layers.Dropout(0.1, name=f"drop_{n}")(z)


def quantized_dense(width: int, n: int) -> Any:
    """A layer of HGQ2 whose input is quantized, and whose result is not."""
    from hgq.config import QuantizerConfig
    from hgq.layers import QDense

    own = {"round_mode": "RND_CONV", "overflow_mode": "SAT", "i0": 4, "f0": 3, "ic": None, "fc": None}
    inputs = QuantizerConfig("kif", "datalane", **own)
    return QDense(width, iq_conf=inputs, name=f"quantized_{n}")


def _pooled(rng: np.random.Generator, family: str, y: Any) -> Any:
    rank = 2 if family == "image" else 1
    kind = str(rng.choice(["GlobalAveragePooling", "GlobalMaxPooling"]))
    return getattr(keras().layers, f"{kind}{rank}D")(name="pooled")(y)


def _trained(rng: np.random.Generator, model: Any) -> Any:
    """The model with weights as training leaves them: any numbers, statistics of batches among them."""
    for layer in model._flatten_layers():
        if type(layer).__name__ == "BatchNormalization":
            count = layer.gamma.shape[0]
            layer.set_weights(
                [
                    rng.normal(1, 0.3, count),
                    rng.normal(0, 0.3, count),
                    rng.normal(0, 0.5, count),
                    rng.uniform(0.1, 4, count),
                ]
            )
        elif getattr(layer, "bias", None) is not None and not type(layer).__name__.startswith("Q"):
            layer.bias.assign(rng.normal(0, 0.2, layer.bias.shape))
    return model


def torch_model(seed: int) -> tuple[Any, tuple[int, ...]]:
    """A torch module of one family, without quantizers."""
    import torch
    from torch import nn

    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    family = str(rng.choice(["mlp", "set", "line", "image"]))
    shape = {"mlp": (6,), "set": (4, 3), "line": (2, 8), "image": (1, 6, 6)}[family]
    curves = [nn.ReLU, nn.Tanh, nn.Sigmoid, nn.ReLU6, nn.LeakyReLU, nn.Hardtanh, nn.ELU, nn.SELU, nn.GELU]
    steps: list[Any] = []
    size = shape[-1] if family in ("mlp", "set") else shape[0]
    for _ in range(int(rng.integers(1, 4))):
        width = int(rng.integers(3, 7))
        if family in ("mlp", "set"):
            steps.append(nn.Linear(size, width, bias=bool(rng.random() < 0.8)))
        else:
            conv = nn.Conv1d if family == "line" else nn.Conv2d
            steps.append(conv(size, width, kernel_size=3, padding=1, bias=bool(rng.random() < 0.8)))
        if family != "set" and rng.random() < 0.4:
            kinds = {"mlp": nn.BatchNorm1d, "line": nn.BatchNorm1d, "image": nn.BatchNorm2d}
            steps.append(_statistics(rng, kinds[family](width)))
        if rng.random() < 0.8:
            steps.append(curves[int(rng.integers(len(curves)))]())
        size = width
    if family in ("line", "image") and rng.random() < 0.5:
        pools = {"line": (nn.AvgPool1d, nn.MaxPool1d), "image": (nn.AvgPool2d, nn.MaxPool2d)}[family]
        steps.append(pools[int(rng.integers(2))](2))
    body = nn.Sequential(*steps)
    with torch.no_grad():
        count = int(np.prod(body.eval()(torch.zeros(1, *shape)).shape[1:]))
    head: list[Any] = [nn.Flatten(), nn.Linear(count, int(rng.integers(1, 4)))]
    ends = [nn.Identity, nn.Sigmoid, nn.Tanh, nn.ReLU, lambda: nn.Softmax(dim=1)]
    head.append(ends[int(rng.integers(len(ends)))]())
    return nn.Sequential(body, *head).eval(), shape


def _statistics(rng: np.random.Generator, norm: Any) -> Any:
    import torch

    with torch.no_grad():
        norm.weight.copy_(torch.tensor(rng.normal(1, 0.3, norm.weight.shape)))
        norm.bias.copy_(torch.tensor(rng.normal(0, 0.3, norm.weight.shape)))
        norm.running_mean.copy_(torch.tensor(rng.normal(0, 0.5, norm.weight.shape)))
        norm.running_var.copy_(torch.tensor(rng.uniform(0.1, 4, norm.weight.shape)))
    return norm


def onnx_model(seed: int) -> tuple[Any, tuple[int, ...]]:
    """An ONNX graph as converters of Keras and scikit-learn write it: MatMul and Add apart, residuals, products."""
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(seed)
    shape = (6,) if rng.random() < 0.6 else (4, 3)
    nodes: list[Any] = []
    weights: list[Any] = []

    def constant(name: str, values: npt.NDArray[Any]) -> str:
        weights.append(numpy_helper.from_array(values.astype(np.float32), name))
        return name

    def add(kind: str, name: str, *operands: str, **more: Any) -> str:
        nodes.append(helper.make_node(kind, [*operands], [f"{name}_out"], name, **more))
        return f"{name}_out"

    y, size = "x", shape[-1]
    for n in range(int(rng.integers(1, 4))):
        width = int(rng.choice([size, 5]))
        z = add("MatMul", f"mat_{n}", y, constant(f"w{n}", rng.normal(0, 0.6, (size, width))))
        if rng.random() < 0.8:
            z = add("Add", f"bias_{n}", z, constant(f"b{n}", rng.normal(0, 0.3, width)))
        if rng.random() < 0.3:
            z = add("Mul", f"scale_{n}", z, constant(f"s{n}", rng.uniform(0.3, 2, width)))
        curve = str(rng.choice(["Relu", "Tanh", "Sigmoid", "LeakyRelu", "Elu", "none", "Softplus", "HardSigmoid"]))
        z = z if curve == "none" else add(curve, f"curve_{n}", z)
        join = int(rng.integers(5))
        if join == 0 and width == size:
            z = add("Add", f"sum_{n}", y, z) if n else z
        elif join == 1:
            z = add("Mul", f"gate_{n}", z, z)
        elif join == 2 and n:
            z, width = add("Concat", f"cat_{n}", y, z, axis=len(shape)), width + size
        y, size = z, width
    if len(shape) > 1:
        y = add("ReduceMean", "mean", y, axes=[1], keepdims=0) if rng.random() < 0.5 else add("Flatten", "flat", y)
        size = size if nodes[-1].op_type == "ReduceMean" else size * shape[0]
    transposed = int(rng.integers(2))
    last = constant("w", rng.normal(0, 0.6, (3, size) if transposed else (size, 3)))
    y = add("Gemm", "last", y, last, constant("b", rng.normal(0, 0.3, 3)), transB=transposed)
    end = str(rng.choice(["none", "Softmax", "Sigmoid", "Tanh"]))
    y = y if end == "none" else add(end, "end", y)
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        f"net_{seed}",
        [value("x", TensorProto.FLOAT, ["events", *shape])],
        [value(y, TensorProto.FLOAT, ["events", 3])],
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), shape
