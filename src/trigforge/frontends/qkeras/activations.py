"""Activations: those of layers, layers of their own, and the function at the end of a model that is left out."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from trigforge.building import (
    Function,
    Refusal,
    Steps,
    Tensor,
    average_pool,
    constant,
    global_average_pool,
    maximum,
    multiply,
    quantize,
    short_constant,
    sum_over,
    table,
    window_sums,
)
from trigforge.building.curves import sigmoid, silu_curve
from trigforge.fixed import FixedArray
from trigforge.frontends.keras.call import Call
from trigforge.frontends.qkeras.quantizing import quantized, weights
from trigforge.frontends.qkeras.spelling import Quantizer, quantizer

_CURVES: Mapping[str, Function] = {
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "softplus": lambda x: np.logaddexp(0, x),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "swish": silu_curve,
    "silu": silu_curve,
    "exponential": np.exp,
    "hard_sigmoid": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "selu": lambda x: 1.05070098 * np.where(x > 0, x, 1.67326324 * np.expm1(np.minimum(x, 0))),
}
"""Keras's own functions that are tables where they have a type, in float64"""


def activated(call: Call, x: Tensor, found: Any = None) -> Tensor:
    """``x`` through the activation of the layer."""
    return applied(call, x, quantizer(call.layer.config.get("activation") if found is None else found))


def applied(call: Call, x: Tensor, own: Quantizer | None) -> Tensor:
    """``x`` through a quantizer or an activation; a softmax or sigmoid at the end of the model is left out."""
    if own is not None and call.leaves_out(own.kind):
        return x
    function = None if own is None else _function_of_keras(call, own)
    if function is None:
        return quantized(x, own)
    if call.types.result is not None:
        return table(quantize(x, call.types.sum, "sum"), function, call.types.result)
    if own is not None and own.is_of_qkeras:
        raise Refusal(
            f"its activation {own.kind!r} is that of Keras, which gives values without an exact fixed-point form",
            "use that of QKeras in a QActivation",
        )
    return quantized(x, own)


def _function_of_keras(call: Call, own: Quantizer) -> Function | None:
    """A function of Keras without exact form; of one name in both, the layers of QKeras take that of QKeras."""
    if not own.is_function or (own.is_of_qkeras and call.layer.class_name.startswith("Q")):
        return None
    return _CURVES.get(own.kind)


def lower_activation(call: Call) -> Tensor:
    """``QActivation`` and ``Activation``."""
    return activated(call, call.x)


def lower_softmax(call: Call) -> Tensor:
    """``Softmax`` at the end of a model."""
    return applied(call, call.x, Quantizer("softmax", {}))


def lower_leaky_relu(call: Call) -> Tensor:
    """``LeakyReLU`` with a slope of few bits."""
    slope = float(call.layer.config.get("alpha", call.layer.config.get("negative_slope", 0.3)))
    if not 0 <= slope <= 1:
        raise Refusal(f"has the slope {slope}", "use one from 0 to 1")
    factor = constant(call.x, short_constant(slope, "its slope"), "slope")
    return maximum(call.x, multiply(call.x, factor, name="leak"), name="leaky")


def lower_average_pool(call: Call) -> Tensor:
    """``QAveragePooling2D``: the mean, or the sum times a quantized reciprocal of the number of entries."""
    size, strides = (tuple(map(int, part)) for part in (call.layer.pool_size, call.layer.strides))
    reciprocal = _reciprocal(call, size[0] * size[1])
    steps = Steps(strides, call.layer.padding)
    if reciprocal is None:
        return activated(call, average_pool(call.x, size, steps))
    if call.layer.padding != "valid" and any(steps.zeros(call.x.shape[:-1], size)[axis] != (0, 0) for axis in (0, 1)):
        raise Refusal("averages windows that the border cuts, with a quantized reciprocal", "use padding='valid'")
    total = window_sums(call.x, size, steps)
    return activated(call, multiply(total, constant(total, reciprocal, "reciprocal"), name="mean"))


def lower_global_average_pool(call: Call) -> Tensor:
    """``QGlobalAveragePooling2D``; see ``lower_average_pool``."""
    x = call.x
    reciprocal = _reciprocal(call, x.shape[0] * x.shape[1])
    if reciprocal is None:
        return activated(call, global_average_pool(x, bool(call.layer.keepdims)))
    total = sum_over(x, range(x.rank - 1), bool(call.layer.keepdims))
    return activated(call, multiply(total, constant(total, reciprocal, "reciprocal"), name="mean"))


def _reciprocal(call: Call, entries: int) -> FixedArray | None:
    own = quantizer(call.layer.config.get("average_quantizer"))
    return None if own is None else weights(np.asarray(1.0 / entries, np.float32), own, "average_quantizer")
