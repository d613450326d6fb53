"""Random models of Keras 2 in floating point, and what they compute when they round as random types say.

Keras computes each layer in float64, and NumPy rounds, in the environment of QKeras.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers as k

from tests.frontends.drawn_types import Drawn, drawn_type
from tests.frontends.qkeras import drawn
from tests.frontends.rounding import rounded

KINDS = ("h5", "keras", "h5", "json")
SHAPES = {"mlp": (6,), "set": (4, 3), "line": (8, 2), "image": (5, 5, 2)}
_EXACT = ("linear", "relu")
_CURVES = ("tanh", "sigmoid", "elu", "softplus", "selu", "hard_sigmoid")


@dataclass
class Net:
    """A model that grows with its steps: a layer and the numbers of the tensors that it takes."""

    rng: np.random.Generator
    shape: tuple[int, ...]
    tensors: list[Any] = field(default_factory=list[Any])
    steps: list[tuple[Any, list[int]]] = field(default_factory=list[tuple[Any, list[int]]])

    def add(self, layer: Any, *operands: int) -> int:
        """The number of the result."""
        given = [self.tensors[n] for n in operands]
        self.tensors.append(layer(given if len(given) > 1 else given[0]))
        self.steps.append((layer, [*operands]))
        return len(self.tensors) - 1


def grown(seed: int) -> Net:
    """The network of a seed, with weights."""
    rng = np.random.default_rng([seed, 4])
    family = str(rng.choice(list(SHAPES)))
    net = Net(rng, SHAPES[family])
    net.tensors.append(k.Input(net.shape, name="x"))
    x = 0
    for n in range(int(rng.integers(1, 3))):
        x = _block(net, family, n, x)
    if family != "mlp":
        pools = {"set": k.GlobalMaxPooling1D, "line": k.GlobalMaxPooling1D, "image": k.GlobalMaxPooling2D}
        x = net.add(k.Flatten(name="flat") if rng.random() < 0.6 else pools[family](name="pooled"), x)
    end = str(rng.choice(["linear", "softmax", "sigmoid", "tanh", "relu"]))
    net.add(k.Dense(int(rng.integers(1, 4)), activation=end, name="last"), x)
    for layer, _ in net.steps:
        for weight in layer.weights:
            variance = "variance" in weight.name
            weight.assign(rng.uniform(0.1, 4, weight.shape) if variance else rng.normal(0.2, 0.6, weight.shape))
    return net


def _block(net: Net, family: str, n: int, x: int) -> int:
    rng, width = net.rng, int(net.rng.integers(2, 6))
    curve = str(rng.choice(["relu", "linear", *_CURVES]))
    options = {"activation": curve, "use_bias": bool(rng.random() < 0.8), "padding": "same"}
    kinds = {
        "mlp": ("Dense",), "set": ("Dense", "Conv1D"), "line": ("Conv1D", "SeparableConv1D"),
        "image": ("Conv2D", "SeparableConv2D", "DepthwiseConv2D"),
    }  # fmt: skip
    kind = str(rng.choice(kinds[family]))
    if kind == "Dense":
        options.pop("padding")
    size = () if kind == "Dense" else (2,)
    first = (*(() if kind.startswith("Depthwise") else (width,)), *size)
    y = net.add(getattr(k, kind)(*first, **options, name=f"layer_{n}"), x)
    if rng.random() < 0.4:
        y = net.add(k.BatchNormalization(name=f"norm_{n}"), y)
    if rng.random() < 0.3:
        y = net.add(k.Activation(str(rng.choice([*_CURVES, "relu"])), name=f"act_{n}"), y)
    match int(rng.integers(5)):
        case 0 if net.tensors[x].shape == net.tensors[y].shape:
            return net.add(k.Add(name=f"add_{n}"), x, y)
        case 1 if net.tensors[x].shape[:-1] == net.tensors[y].shape[:-1]:
            return net.add(k.Concatenate(name=f"joined_{n}"), x, y)
        case 2:
            return net.add(k.ReLU(name=f"relu_{n}"), y)
        case _:
            return net.add(k.Dropout(0.1, name=f"drop_{n}"), y)


@dataclass
class Rounding:
    """Values in random types, which are drawn where they are asked for the first time."""

    rng: np.random.Generator
    types: Drawn = field(default_factory=Drawn)

    def of(self, layer: str, part: str, values: Any, among: Any = None) -> Any:
        """Values of a part of a layer, or of the input (no name); the type is drawn for them, or for ``among``."""
        own = self.types.layers.setdefault(layer, {}) if layer else self.types.inputs
        if part not in own:
            own[part] = self._drawn(part, np.asarray(values if among is None else among))
        return rounded(values, own[part])

    def _drawn(self, part: str, values: Any) -> Any:
        channels = np.abs(values).reshape(-1, values.shape[-1]).max(axis=0)
        several = part in ("sum", "result", "x") and self.rng.random() < 0.3
        largest = channels if several else channels.max(keepdims=True)
        return drawn_type(self.rng, largest.tolist(), bool(values.min() < 0) or bool(self.rng.random() < 0.3))


def evaluated(net: Net, x: Any, rounding: Rounding) -> Any:
    """The output for events in float64; of the network's last layer a softmax or sigmoid is left out."""
    known = [rounding.of("", "x", x)]
    for n, (layer, operands) in enumerate(net.steps):
        given = [known[number] for number in operands]
        known.append(_computed(layer, given, rounding, final=n == len(net.steps) - 1))
    return known[-1]


def _computed(layer: Any, given: list[Any], rounding: Rounding, *, final: bool) -> Any:
    kind, name, function = type(layer).__name__, layer.name, getattr(layer, "activation", None)
    if kind == "BatchNormalization":
        return _normalized(layer, given[0], rounding)
    y = _linear(layer, given, rounding)
    curve = getattr(function, "__name__", "linear")
    if final and curve in ("softmax", "sigmoid"):
        return y
    if curve not in _EXACT:
        y = y if kind == "Activation" else rounding.of(name, "sum", y)
        return rounding.of(name, "result", np.asarray(function(tf.constant(y))))
    y = np.maximum(y, 0) if curve == "relu" else y
    return y if final or not layer.weights else rounding.of(name, "result", y)


def _normalized(layer: Any, x: Any, rounding: Rounding) -> Any:
    parts = {weight.name.rpartition("/")[2].partition(":")[0]: _wide(weight) for weight in layer.weights}
    slope = parts["gamma"] / np.sqrt(parts["moving_variance"] + layer.epsilon)
    shift = parts["beta"] - parts["moving_mean"] * slope
    y = x * rounding.of(layer.name, "weight", slope) + rounding.of(layer.name, "bias", shift)
    return rounding.of(layer.name, "result", y)


def _wide(weight: Any) -> Any:
    return weight.numpy().astype(np.float64)


def _linear(layer: Any, given: list[Any], rounding: Rounding) -> Any:
    """The layer without its activation, by Keras in float64."""
    own = {"activation": "linear"} if hasattr(layer, "activation") else {}
    twin = type(layer).from_config({**layer.get_config(), "dtype": "float64", **own})
    operands = [tf.constant(one) for one in given]
    y = twin(operands if len(operands) > 1 else operands[0], training=False)
    kernels = [_wide(weight).reshape(-1) for weight in layer.weights if "bias" not in weight.name]
    for weight, wide in zip(layer.weights, twin.weights, strict=True):
        part, among = ("bias", None) if "bias" in weight.name else ("weight", np.concatenate(kernels))
        wide.assign(rounding.of(layer.name, part, _wide(weight), among))
    return np.asarray(twin(operands if len(operands) > 1 else operands[0], training=False) if kernels else y)


def model(seed: int) -> tuple[Any, Net]:
    """The model of a seed, and its steps."""
    net = grown(seed)
    return tf.keras.Model(net.tensors[0], net.tensors[-1]), net


def results(net: Net, seed: int) -> tuple[Any, Drawn]:
    """What the network computes for its events, and the types that it rounds with."""
    rounding = Rounding(np.random.default_rng([seed, 6]))
    return evaluated(net, drawn.events(7919 * seed, net.shape).astype(np.float64), rounding), rounding.types
