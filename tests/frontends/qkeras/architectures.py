"""Random QKeras models: architecture, quantizers, weights and batch-norm statistics all come from one seed.

Their sums stay below 22 bits, so that QKeras' float32 is exact.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import qkeras as q
import tensorflow as tf
from tensorflow.keras import layers as k

from tests.frontends.qkeras import drawn

_EPSILON = 2.0**-10
KINDS = ("h5", "keras", "h5", "json")
"""of files, in turn"""


class Draw:
    """Choices from one seed."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.seed = seed

    def one(self, *choices: Any) -> Any:
        return choices[int(self.rng.integers(len(choices)))]

    def kernel(self) -> Any:
        """A quantizer of kernels."""
        bits = int(self.rng.integers(2, 6))
        return self.one(
            *(f"quantized_bits({bits},{self.one(0, 1)},{self.one(0, 1)},alpha=1)",) * 4,
            q.quantized_bits(bits, 0, alpha=0.5),
            q.quantized_bits(bits, 0, 1, alpha="auto_po2"),
            q.quantized_bits(bits, 0),
            "ternary(alpha=1.0)",
            q.ternary(),
            "binary(alpha=0.5)",
            q.binary(),
            q.stochastic_ternary("auto_po2"),
            "quantized_po2(3,max_value=1)",
        )

    def bias(self) -> Any:
        bits = int(self.rng.integers(3, 7))
        return self.one(
            *(f"quantized_bits({bits},{self.one(0, 1, 2)},alpha=1)",) * 3, q.quantized_bits(bits), "quantized_po2(3,2)"
        )

    def activation(self) -> Any:
        """A quantizer of activations."""
        bits, integer = int(self.rng.integers(2, 6)), int(self.rng.integers(0, 3))
        return self.one(
            *(f"quantized_relu({bits},{integer})",) * 4,
            q.quantized_relu(bits, integer),
            q.quantized_relu(bits, integer, negative_slope=0.25),
            q.quantized_relu(bits, integer, use_sigmoid=1) if bits < 4 else q.quantized_relu(bits),
            *(f"quantized_bits({bits},{integer},{self.one(0, 1)},alpha=1)",) * 3,
            q.quantized_bits(bits, integer, alpha=0.5),
            f"quantized_tanh({bits})",
            q.quantized_tanh(bits, symmetric=True),
            f"quantized_sigmoid({bits})",
            q.ternary(threshold=0.5),
            "binary(alpha=1.0)",
            "hard_tanh",
            q.quantized_relu(bits, integer, relu_upper_bound=1.5),
        )

    def weighted(self, bias: str = "bias_quantizer", kernel: str = "kernel_quantizer") -> dict[str, Any]:
        return {kernel: self.kernel(), "use_bias": bool(self.rng.integers(4)), bias: self.bias()}

    def separable(self) -> dict[str, Any]:
        return {**self.weighted(kernel="depthwise_quantizer"), "pointwise_quantizer": self.kernel()}


def _acted(draw: Draw, x: Any) -> Any:
    return q.QActivation(draw.activation())(x)


def _begun(draw: Draw, shape: tuple[int, ...], name: str = "x") -> tuple[Any, Any]:
    start = k.Input(shape, name=name)
    return start, q.QActivation(f"quantized_bits({draw.one(4, 5, 6)},{draw.one(1, 2)},alpha=1)")(start)


def _dense(draw: Draw, x: Any, units: int | None = None) -> Any:
    layer = q.QDense(units or draw.one(3, 5, 8), **draw.weighted())
    return _acted(draw, _normed(draw, layer(x)))


def _normed(draw: Draw, x: Any) -> Any:
    match draw.one(0, 0, 0, 1, 2):
        case 1:
            return k.BatchNormalization(epsilon=_EPSILON, scale=draw.one(True, False), center=draw.one(True, False))(x)
        case 2:
            options = {"gamma_quantizer": "quantized_relu_po2(4,2)", "mean_quantizer": "quantized_po2(4,2)"}
            options |= {"beta_quantizer": "quantized_po2(4,2)", "variance_quantizer": None}
            return q.QBatchNormalization(epsilon=_EPSILON, **options)(x)
    return x


def mlp(draw: Draw) -> Any:
    start, x = _begun(draw, (draw.one(3, 7, 12),))
    for _ in range(draw.one(1, 2, 3)):
        x = _dense(draw, x)
    return tf.keras.Model(start, q.QDense(3, **draw.weighted(), activation=draw.one(None, "softmax", "relu"))(x))


def sequential(draw: Draw) -> Any:
    layers = [q.QActivation("quantized_bits(6,2,alpha=1)", input_shape=(5,))]
    layers += [q.QDense(4, **draw.weighted(), activation=draw.activation()), k.Dropout(0.2)]
    layers += [q.QDense(2, **draw.weighted()), k.Activation(draw.one("softmax", "sigmoid", "linear"))]
    return tf.keras.Sequential(layers)


def conv_1d(draw: Draw) -> Any:
    start, x = _begun(draw, (10, 3))
    padding, strides = draw.one("valid", "same", "causal"), draw.one(1, 2)
    dilation = 1 if strides == 2 else draw.one(1, 2)
    x = q.QConv1D(4, 3, strides=strides, padding=padding, dilation_rate=dilation, **draw.weighted())(x)
    x = _acted(draw, _normed(draw, x))
    x = draw.one(k.MaxPooling1D(2), k.ZeroPadding1D((1, 2)), k.Cropping1D((1, 0)), k.UpSampling1D(2))(x)
    x = q.QSeparableConv1D(3, 2, **draw.separable())(x)
    x = _acted(draw, x)
    x = draw.one(k.Flatten(), k.GlobalMaxPooling1D(), k.GlobalMaxPooling1D(keepdims=True))(x)
    return tf.keras.Model(start, _dense(draw, x))


def conv_2d(draw: Draw) -> Any:
    start, x = _begun(draw, (6, 5, 2))
    x = q.QConv2D(3, draw.one((2, 2), (3, 2)), padding=draw.one("valid", "same"), **draw.weighted())(x)
    x = _acted(draw, _normed(draw, x))
    x = draw.one(k.MaxPooling2D(2), k.AveragePooling2D(2), k.ZeroPadding2D(1), k.Cropping2D(((1, 0), (0, 1))))(x)
    multiplier = draw.one(1, 2)
    x = q.QDepthwiseConv2D((2, 2), depth_multiplier=multiplier, **draw.weighted(kernel="depthwise_quantizer"))(x)
    x = _acted(draw, x)
    return tf.keras.Model(start, _dense(draw, k.Flatten()(x)))


def folded(draw: Draw) -> Any:
    start, x = _begun(draw, (5, 5, 2))
    bits = "quantized_bits(5,1,alpha=1)"
    options = {"epsilon": _EPSILON, "folding_mode": draw.one("ema_stats_folding", "batch_stats_folding")}
    if draw.one(True, False):
        x = q.QConv2DBatchnorm(3, (2, 2), kernel_quantizer=bits, bias_quantizer=bits, **options)(x)
    else:
        x = q.QDepthwiseConv2DBatchnorm((2, 2), depthwise_quantizer=bits, bias_quantizer=bits, **options)(x)
    x = _acted(draw, x)
    average = draw.one(None, "quantized_bits(6,0,1,alpha=1)")
    x = q.QAveragePooling2D((2, 2), average_quantizer=average, activation="quantized_bits(6,2,alpha=1)")(x)
    x = q.QSeparableConv2D(3, (2, 2), **draw.separable())(x)
    x = _acted(draw, x)
    x = q.QGlobalAveragePooling2D(average_quantizer=average, activation="quantized_bits(6,2,alpha=1)")(x)
    return tf.keras.Model(start, _dense(draw, x))


def merged(draw: Draw) -> Any:
    a, x = _begun(draw, (6,), "first")
    b, y = _begun(draw, (6,), "second")
    x, y = _dense(draw, x, 4), _dense(draw, y, 4)
    join = draw.one(k.Add, k.Subtract, k.Multiply, k.Maximum, k.Minimum, k.Average, k.Concatenate)()
    z = _acted(draw, join([x, y]))
    z = draw.one(k.Reshape((2, -1)), k.RepeatVector(2), k.Reshape((-1, 1, 2)))(z)
    z = draw.one(k.Permute((2, 1)), k.Flatten())(z) if len(z.shape) == 3 else k.Flatten()(z)
    return tf.keras.Model([a, b], [_dense(draw, z, 2), q.QActivation("quantized_bits(4,1,alpha=1)")(x)])


def nested(draw: Draw) -> Any:
    begin = k.Input((4,), name="inside")
    inner = tf.keras.Model(begin, _dense(draw, _dense(draw, begin, 5), 4), name="inner")
    block = tf.keras.Sequential([k.Input((4,)), q.QDense(4, **draw.weighted()), k.ReLU()], name="block")
    start, x = _begun(draw, (4,))
    y = q.QActivation("quantized_bits(5,2,alpha=1)")(block(x))
    shared = q.QActivation("quantized_relu(4,2)", name="shared")
    x = k.Concatenate()([shared(inner(y)), shared(inner(x))])
    return tf.keras.Model(start, _dense(draw, x, 3))


def deep_set(draw: Draw) -> Any:
    start, x = _begun(draw, (8, 3))
    x = draw.one(q.QDense(5, **draw.weighted()), k.TimeDistributed(q.QDense(5, **draw.weighted())))(x)
    x = _acted(draw, x)
    x = q.QConv1D(4, 1, **draw.weighted())(x)
    x = k.TimeDistributed(q.QActivation("quantized_relu(5,2)"))(x)
    x = draw.one(k.GlobalAveragePooling1D(), k.GlobalMaxPooling1D())(x)
    x = q.QActivation("quantized_bits(6,3,alpha=1)")(x)
    return tf.keras.Model(start, k.Softmax()(q.QDense(3, **draw.weighted())(x)))


def operations(draw: Draw) -> Any:
    start, x = _begun(draw, (4, 3))
    last = x[:, :, 1:] if draw.seed % 4 == 1 else x[..., 1:]  # a .keras file cannot hold an ellipsis
    y = draw.one(x[:, :, 0:1], last, x[:, 1:3])
    z = tf.concat([x[:, :, :2], x[:, :, 2:]], axis=2)
    joins = (tf.reduce_sum, tf.reduce_max, tf.reduce_min)
    z, join = draw.one((tf.transpose(z, [0, 2, 1]), draw.one(*joins)), (z / 4.0, draw.one(*joins, tf.reduce_mean)))
    flat = k.Flatten()(join(z, axis=1, keepdims=True))
    flat = q.QActivation("quantized_bits(6,3,alpha=1)")(1.5 - tf.nn.relu(flat * 0.5))
    y = q.QActivation("quantized_bits(6,3,alpha=1)")(tf.maximum(k.Flatten()(y), -0.25))
    ends = y[:, :2] + flat[:, -2:]
    return tf.keras.Model(start, _dense(draw, k.Concatenate()([flat, y, tf.expand_dims(ends, 1)[:, 0] - 1.0])))


_ALL: tuple[Callable[[Draw], Any], ...] = (
    mlp,
    conv_1d,
    conv_2d,
    folded,
    merged,
    nested,
    deep_set,
    sequential,
    operations,
)


def model(seed: int) -> Any:
    """The model of a seed, with weights."""
    whole = _ALL[seed % len(_ALL)](Draw(seed))
    _set_weights(whole, seed)
    return whole


def events(seed: int, n: int, shape: tuple[int, ...]) -> Any:
    """The float32 events for input ``n``."""
    return drawn.events(7919 * seed + n, shape)


def end_at_logits(whole: Any) -> None:
    """Leave out softmax and sigmoid at the end of a model."""
    last = whole.layers[-1]
    if isinstance(last, k.Softmax):
        last.call = lambda x: x
    elif getattr(getattr(last, "activation", None), "__name__", "") in ("softmax", "sigmoid"):
        last.activation = tf.keras.activations.linear


def _set_weights(whole: Any, seed: int) -> None:
    leaves = [layer for layer in whole._flatten_layers(include_self=False) if layer.weights]
    for n, layer in enumerate(leaves):
        for m, weight in enumerate(layer._trainable_weights + layer._non_trainable_weights):
            name, count = weight.name.rpartition("/")[2].partition(":")[0], weight.shape[-1] if len(weight.shape) else 1
            if weight.dtype != tf.float32:
                continue
            short = drawn.statistics(1000 * seed + n, count, _EPSILON)
            weight.assign(short[name] if name in short else drawn.weights(10**6 * seed + 10**3 * n + m, weight.shape))
