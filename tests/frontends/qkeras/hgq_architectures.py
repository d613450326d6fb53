"""Random models of HGQ 1, and proxies of them: architecture, quantizers, bits and weights come from one seed.

Kernels and activations have few bits, so that sums stay below 22 bits and HGQ's float32 is exact.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import HGQ
import numpy as np
import tensorflow as tf
from HGQ import layers as h
from tensorflow.keras import layers as k

from tests.frontends.qkeras import drawn
from tests.frontends.rounding import rounded

KINDS = ("h5",)
INPUT = "ap_fixed<8,4>"
"""the type of every input, which HGQ 1 does not quantize by itself in a given range"""


class Draw:
    """Choices from one seed."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng([seed, 1])

    def one(self, *choices: Any) -> Any:
        return choices[int(self.rng.integers(len(choices)))]

    def quantizers(self, *roundings: str) -> dict[str, Any]:
        """The configurations of both quantizers of a layer."""
        kernel, results = HGQ.get_default_kq_conf(), HGQ.get_default_paq_conf()
        kernel |= {"skip_dims": self.one(None, None, "all", "except_last"), "bw_clip": self.one((-23, 23), (-4, 3))}
        kernel["rnd_strategy"] = self.one("standard_round", "standard_round", "floor", 0, 3)
        results |= {"skip_dims": self.one((0,), "batch", "all", "except_last"), "bw_clip": self.one((-23, 23), (-4, 3))}
        results["rnd_strategy"] = self.one(*(roundings or ("standard_round", "auto", "floor", 0, 3)))
        return {"kq_conf": kernel, "paq_conf": results, "beta": self.one(0.0, 1e-5)}

    def weighted(self) -> dict[str, Any]:
        return {
            **self.quantizers(),
            "use_bias": self.one(True, True, False),
            "activation": self.one(None, "relu", "linear"),
        }

    def normed(self) -> dict[str, Any]:
        """Options of a fused batch norm; files hold no epsilon, and none with neither scale nor center can be saved."""
        scale, bias = self.one(True, True, False), self.one(True, True, False)
        center = bias and (not scale or self.one(True, False))
        return {**self.weighted(), "use_bias": bias, "center": center, "scale": scale or not center}


def _begun(draw: Draw, shape: tuple[int, ...], name: str = "x") -> tuple[Any, Any]:
    start = k.Input(shape, name=name)
    return start, h.HQuantize(**draw.quantizers())(start)


def _dense(draw: Draw, x: Any, units: int = 3) -> Any:
    if draw.one(True, False, False):
        return h.HDenseBatchNorm(units, **draw.normed())(x)
    return h.HDense(units, **draw.weighted())(x)


def mlp(draw: Draw) -> Any:
    start, x = _begun(draw, (draw.one(3, 6, 10),))
    for _ in range(draw.one(1, 2)):
        x = _dense(draw, x, draw.one(3, 5))
        x = h.PDropout(0.2)(x) if draw.one(True, False) else x
    return tf.keras.Model(start, _dense(draw, x))


def particles(draw: Draw) -> Any:
    start, x = _begun(draw, (4, 3))
    x = _dense(draw, x, 4)
    x = draw.one(h.PPermute((2, 1)), h.PReshape((2, 8)), h.PFlatten(), h.PMaxPool1D(2), h.PAvgPool1D(2))(x)
    return tf.keras.Model(start, _dense(draw, x))


def conv_1d(draw: Draw) -> Any:
    start, x = _begun(draw, (8, 2))
    kind, own = draw.one((h.HConv1D, draw.weighted()), (h.HConv1DBatchNorm, draw.normed()))
    strides = draw.one(1, 1, 2)
    own |= {"strides": strides, "dilation_rate": draw.one(1, 2) if strides == 1 else 1}
    x = kind(draw.one(2, 4), draw.one(1, 2, 3), padding=draw.one("valid", "same"), groups=draw.one(1, 1, 2), **own)(x)
    pool = draw.one(h.PMaxPool1D, h.PAvgPool1D)
    x = pool(2, strides=draw.one(None, 1), padding=draw.one("valid", "same"))(x) if draw.one(True, False) else x
    return tf.keras.Model(start, _dense(draw, h.PFlatten()(x)))


def conv_2d(draw: Draw) -> Any:
    start, x = _begun(draw, (5, 4, 2))
    kind, own = draw.one((h.HConv2D, draw.weighted()), (h.HConv2DBatchNorm, draw.normed()))
    own |= {"strides": draw.one(1, 1, 2), "padding": draw.one("valid", "same"), "groups": draw.one(1, 1, 2)}
    x = kind(draw.one(2, 4), draw.one(2, (1, 2), (2, 1)), **own)(x)
    pool = draw.one(h.PMaxPool2D, h.PAvgPool2D)
    x = pool(2, padding=draw.one("valid", "same"))(x) if min(x.shape[1:3]) > 1 and draw.one(True, False) else x
    return tf.keras.Model(start, _dense(draw, draw.one(h.PFlatten(), h.PReshape((-1,)))(x)))


def merged(draw: Draw) -> Any:
    a, x = _begun(draw, (5,), "first")
    b, y = _begun(draw, (5,), "second")
    x, y = _dense(draw, x, 4), _dense(draw, y, 4)
    join = draw.one(h.HAdd(**draw.quantizers()), h.PConcatenate(), h.PConcatenate(axis=1))
    z = join([x, y, x]) if draw.one(True, False, False) else join([x, y])
    return tf.keras.Model([a, b], [_dense(draw, z, 2), y] if draw.one(True, False) else _dense(draw, z, 2))


def curves(draw: Draw) -> Any:
    start, x = _begun(draw, (4,))
    x = _dense(draw, x, 4)
    curve = draw.one("tanh", "sigmoid", "relu", "linear", "relu6", "exponential")
    x = h.HActivation(curve, **draw.quantizers("standard_round", "auto", "standard_round", "floor"))(x)
    return tf.keras.Model(start, _dense(draw, x))


def proxy(draw: Draw) -> Any:
    """The proxy of a model that has seen some events, with types of its own."""
    made = draw.one(mlp, particles, conv_1d, conv_2d, curves)(draw)
    set_weights(made, draw)
    events = draw.rng.normal(0, 2, (200, *made.input_shape[1:])).astype(np.float32)
    HGQ.trace_minmax(made, rounded(events, INPUT).astype(np.float32), verbose=False)
    return HGQ.to_proxy_model(made, aggressive=draw.one(True, False), unary_lut_max_table_size=draw.one(-1, 1024))


_ALL: tuple[Callable[[Draw], Any], ...] = (mlp, conv_1d, conv_2d, merged, curves, proxy, particles)


def model(seed: int) -> Any:
    """The model of a seed, with weights and bits."""
    draw, architecture = Draw(seed), _ALL[seed % len(_ALL)]
    whole = architecture(draw)
    if architecture is not proxy:
        set_weights(whole, draw)
    if seed % 2:  # else the file holds bits beyond their limits
        whole([np.zeros((1, *x.shape[1:]), np.float32) for x in whole.inputs], training=False)
    return whole


def end_at_logits(whole: Any) -> None:
    """Nothing: none of these ends in a softmax or sigmoid."""


def set_weights(whole: Any, draw: Draw) -> None:
    """Weights as training leaves them, some bits between whole numbers, and statistics of batches."""
    for weight in whole.weights:
        name, shape = weight.name.rpartition("/")[2].partition(":")[0], tuple(weight.shape)
        match name:
            case "kernel_bw":
                weight.assign(draw.rng.uniform(-0.5, 3.4, shape))
            case "activation_bw":
                weight.assign(draw.rng.uniform(-0.5, 3.4, shape))
            case "moving_variance":
                weight.assign(draw.rng.uniform(0.4, 3, shape))
            case "bn_gamma":
                weight.assign(draw.rng.choice([-1, 1], shape) * draw.rng.uniform(0.5, 1.5, shape))
            case "kernel" | "bias" | "bn_beta" | "moving_mean":
                weight.assign(draw.rng.normal(0, 0.6, shape))
            case _:
                pass


def events(seed: int, n: int, shape: tuple[int, ...]) -> Any:
    """The float32 events for input ``n``, in its type."""
    return rounded(drawn.events(7919 * seed + n, shape), INPUT).astype(np.float32)
