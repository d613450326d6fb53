"""Keras's layers with floating-point weights or activations, whose types stand in a table."""

from collections.abc import Callable
from typing import Any

import numpy as np

from trigforge.building import (
    EXACT,
    Floats,
    Quantization,
    Refusal,
    Steps,
    Tensor,
    activation,
    batch_norm,
    conv,
    dense,
    einsum_dense,
    quantize,
    rounded_constant,
)
from trigforge.fixed import FixedArray
from trigforge.frontends.keras.activations import applied
from trigforge.frontends.keras.axes import without_event_axis
from trigforge.frontends.keras.call import Call
from trigforge.frontends.keras.equations import without_events
from trigforge.frontends.keras.framework import function_name, to_numpy
from trigforge.frontends.keras.options import Reader, options

KERNELS = ("kernel", "depthwise_kernel", "pointwise_kernel")
"""the weights of layers that ``weight`` gives a type to; batch normalization has its scale in their place"""
_QUANTIZED = {
    "BatchNormalization": "QBatchNormalization, QEinsumDenseBatchnorm or QBatchNormDense",
    "Activation": "QUnaryFunctionLUT",
    **{name: f"Q{name}" for name in ("Dense", "EinsumDense", "Conv1D", "Conv2D")},
}


def _constant(call: Call, values: Any, part: str) -> FixedArray:
    own: Quantization | None = getattr(call.types, part)
    if own is None:
        raise Refusal(f"its {part}s are floating-point numbers", _remedy(call, f"{part}s"))
    return rounded_constant(to_numpy(values), own)


def _remedy(call: Call, what: str) -> str:
    quantized = _QUANTIZED.get(type(call.layer).__name__)
    return f"{f'use hgq.layers.{quantized}, or ' if quantized else ''}give its {what} types (trigforge quantize)"


def _bias(call: Call) -> FixedArray | None:
    return None if call.layer.bias is None else _constant(call, call.layer.bias, "bias")


def _activated(call: Call, x: Tensor) -> Tensor:
    """The layer's activation of what it computed; a table for one that is not exact."""
    function: Any = getattr(call.layer, "activation", None)
    name = function_name(function)
    if name in EXACT:
        if call.types.sum is not None:
            raise Refusal(f"has a type for its sum, but its activation {name!r} needs none", "give a result alone")
        return activation(x, name)
    if call.leaves_out(name):
        return x
    summed = quantize(x, call.types.sum, "sum")
    return applied(summed, function, call.dtype if call.types.result is None else "float64")


def _dense(call: Call) -> Tensor:
    return _activated(call, dense(call.x, _constant(call, call.layer.kernel, "weight"), _bias(call)))


def _einsum_dense(call: Call) -> Tensor:
    weight, bias = _constant(call, call.layer.kernel, "weight"), _bias(call)
    equation = without_events(call.layer.equation, [call.x.rank + 1, len(weight.shape)], [True, False])
    return _activated(call, einsum_dense(call.x, equation, weight, bias))


def _steps(call: Call) -> Steps:
    layer = call.layer
    return Steps(tuple(map(int, layer.strides)), layer.padding, tuple(map(int, layer.dilation_rate)))


def _conv(call: Call) -> Tensor:
    weight = _constant(call, call.layer.kernel, "weight")
    return _activated(call, conv(call.x, weight, _bias(call), _steps(call), int(call.layer.groups)))


def _depthwise(call: Call, values: Any, bias: FixedArray | None) -> Tensor:
    """The kernel ``(window, channels, multiplier)`` as a grouped one, ``(window, 1, channels * multiplier)``."""
    *window, channels, multiplier = map(int, values.shape)
    grouped = to_numpy(values).reshape(*window, 1, channels * multiplier)
    return conv(call.x, _constant(call, grouped, "weight"), bias, _steps(call), channels)


def _depthwise_conv(call: Call) -> Tensor:
    return _activated(call, _depthwise(call, call.layer.kernel, _bias(call)))


def _separable_conv(call: Call) -> Tensor:
    """Depthwise, then a mix of the channels at each position."""
    mixed = to_numpy(call.layer.pointwise_kernel)
    y = _depthwise(call, call.layer.depthwise_kernel, None)
    return _activated(call, dense(y, _constant(call, mixed.reshape(mixed.shape[-2:]), "weight"), _bias(call)))


def normalizing(layer: Any) -> tuple[Floats, Floats]:
    """``gamma * (x - mean) / sqrt(variance + epsilon) + beta`` as scale and offset in float64."""
    scale = 1.0 / np.sqrt(to_numpy(layer.moving_variance) + float(layer.epsilon))
    scale = scale * to_numpy(layer.gamma) if layer.scale else scale
    return scale, (to_numpy(layer.beta) if layer.center else 0.0) - to_numpy(layer.moving_mean) * scale


def _batch_norm(call: Call) -> Tensor:
    scale, offset = normalizing(call.layer)
    axis = without_event_axis(call.layer.axis, call.x, "normalizes along")
    return batch_norm(call.x, _constant(call, scale, "weight"), _constant(call, offset, "bias"), axis)


def _activation(call: Call) -> Tensor:
    return _activated(call, call.x)


def _softmax(call: Call) -> Tensor:
    if not call.leaves_out("softmax"):
        raise Refusal(
            "its values have no exact fixed-point form", "end the model at its logits, or use hgq.layers.QSoftmax"
        )
    return call.x


_FLOAT = {"quantization_config": [None], "lora_rank": [None], "lora_alpha": [None]}
_LAST = {"data_format": ["channels_last"]}
_CONV = "filters kernel_size strides padding dilation_rate groups activation use_bias"


def _reader(handler: Callable[[Call], Tensor], reads: str, more: dict[str, list[Any]]) -> Reader:
    return Reader(handler, **options(reads, _FLOAT | more))


PLAIN: dict[str, Reader] = {
    "Dense": _reader(_dense, "units activation use_bias", {}),
    "EinsumDense": _reader(_einsum_dense, "equation output_shape activation bias_axes", {}),
    **dict.fromkeys(("Conv1D", "Conv2D"), _reader(_conv, _CONV, _LAST)),
    **dict.fromkeys(
        ("DepthwiseConv1D", "DepthwiseConv2D"), _reader(_depthwise_conv, f"{_CONV} depth_multiplier", _LAST)
    ),
    **dict.fromkeys(
        ("SeparableConv1D", "SeparableConv2D"), _reader(_separable_conv, f"{_CONV} depth_multiplier", _LAST)
    ),
    "BatchNormalization": _reader(_batch_norm, "axis epsilon center scale", {"renorm": [False]}),
    "Activation": _reader(_activation, "activation", {}),
    "Softmax": _reader(_softmax, "", {"axis": [-1, [-1]]}),
}
"""by class name"""
