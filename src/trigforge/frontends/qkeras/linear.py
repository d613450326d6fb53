"""QKeras' layers with weights, and Keras's own: dense, convolutions, batch normalization."""

from math import prod
from typing import Any, cast

import numpy as np

from trigforge.building import Refusal, Steps, Tensor, batch_norm, conv, dense, einsum_dense, rounded_constant
from trigforge.fixed import FixedArray
from trigforge.frontends.keras.axes import without_event_axis
from trigforge.frontends.keras.call import Call
from trigforge.frontends.qkeras.activations import activated
from trigforge.frontends.qkeras.formulas import Singles
from trigforge.frontends.qkeras.quantizing import kernel, weights
from trigforge.frontends.qkeras.spelling import quantizer
from trigforge.graph import Equation


def _quantizer(call: Call, what: str) -> object:
    return call.layer.config.get(f"{what}_quantizer")


def _kernel(call: Call, what: str = "kernel") -> FixedArray:
    """A kernel of the layer; its quantizer bears the first word of its name."""
    own = quantizer(_quantizer(call, what.removesuffix("_kernel")))
    if own is None and call.types.weight is not None:
        return rounded_constant(call.layer.weight(what).astype(np.float64), call.types.weight)
    return kernel(call.layer.weight(what), own, what)


def _bias(call: Call) -> FixedArray | None:
    if not call.layer.use_bias:
        return None
    own = quantizer(_quantizer(call, "bias"))
    if own is None and call.types.bias is not None:
        return rounded_constant(call.layer.weight("bias").astype(np.float64), call.types.bias)
    return weights(call.layer.weight("bias"), own, "bias")


def _steps(call: Call, axes: int) -> Steps:
    def whole(option: str) -> tuple[int, ...]:
        found = call.layer.config.get(option, 1)
        return (int(found),) * axes if isinstance(found, int) else tuple(map(int, found))

    return Steps(whole("strides"), call.layer.padding, whole("dilation_rate"))


def lower_dense(call: Call) -> Tensor:
    """``QDense`` and ``Dense``."""
    return activated(call, dense(call.x, _kernel(call), _bias(call)))


def lower_conv(call: Call) -> Tensor:
    """``QConv1D``, ``QConv2D``, and Keras's own."""
    own = _kernel(call)
    steps = _steps(call, len(own.shape) - 2)
    return activated(call, conv(call.x, own, _bias(call), steps, int(call.layer.groups)))


def lower_depthwise_conv(call: Call) -> Tensor:
    """``QDepthwiseConv2D``: a convolution for each channel, with one or several results each."""
    own = _kernel(call, "depthwise_kernel")
    return activated(call, _depthwise(call, call.x, own, _bias(call)))


def lower_separable_conv(call: Call) -> Tensor:
    """``QSeparableConv1D`` and ``QSeparableConv2D``: depthwise, then a mix of the channels at each position."""
    depthwise, pointwise = _kernel(call, "depthwise_kernel"), _kernel(call, "pointwise_kernel")
    y = _depthwise(call, call.x, depthwise, None)
    mixed = FixedArray.of(pointwise.mantissa.values.reshape(pointwise.shape[-2:]), pointwise.lsb)
    return activated(call, dense(y, mixed, _bias(call)))


def _depthwise(call: Call, x: Tensor, own: FixedArray, bias: FixedArray | None) -> Tensor:
    """The kernel ``(window, channels, multiplier)`` as a grouped one, ``(window, 1, channels * multiplier)``."""
    *window, channels, multiplier = own.shape
    grouped = own.mantissa.values.reshape(*window, 1, channels * multiplier)
    return conv(x, FixedArray.of(grouped, own.lsb), bias, _steps(call, len(window)), channels)


def lower_batch_normalization(call: Call) -> Tensor:
    """``QBatchNormalization`` and ``BatchNormalization``: a float32 scale and offset a channel."""
    layer, x = call.layer, call.x
    found = {name: _statistic(call, name) for name in ("gamma", "beta", "mean", "variance")}
    scale, offset = _normalizing(found, np.float32(layer.epsilon), np.float32(0))
    found_axes: Any = layer.axis
    axes = cast(list[int], found_axes if isinstance(found_axes, list) else [found_axes])
    if len(axes) != 1:
        raise Refusal(f"normalizes along the axes {axes}", "normalize along one axis")
    axis = without_event_axis(axes[0], x, "normalizes along")
    parts = zip((scale, offset), (call.types.weight, call.types.bias), strict=True)
    scales, offsets = (
        FixedArray.from_float(values) if own is None else rounded_constant(values.astype(np.float64), own)
        for values, own in parts
    )
    return batch_norm(x, scales, offsets, axis)


def _statistic(call: Call, name: str) -> Singles:
    """Gamma, beta, mean or variance through its quantizer, 1 or 0 where the layer has none."""
    option = {"gamma": "scale", "beta": "center"}.get(name)
    if option is not None and not call.layer.config.get(option, True):
        return np.float32(name == "gamma").reshape(1)
    values = call.layer.weight(name if option else f"moving_{name}")
    found = quantizer(_quantizer(call, name))
    if found is None:
        return _finite(values, name)
    of = kernel if name in ("gamma", "variance") else weights
    return of(values, found, name).to_float().astype(np.float32)


def _finite(values: Singles, name: str) -> Singles:
    if not bool(np.isfinite(values).all()):
        raise Refusal(f"weight {name!r} holds NaN or infinity", "restore an earlier checkpoint")
    return values


def _normalizing(found: dict[str, Singles], epsilon: np.float32, bias: Singles | np.float32) -> tuple[Singles, Singles]:
    """``gamma / sqrt(variance + epsilon)`` and ``beta + scale * (bias - mean)`` in float32."""
    variance = (found["variance"] + epsilon).astype(np.float64)
    if not bool((variance > 0).all()):
        raise Refusal("has a variance that is not above 0", "restore an earlier checkpoint")
    scale = (1 / np.sqrt(variance)).astype(np.float32) * found["gamma"]
    if isinstance(bias, np.ndarray):
        return scale, scale * (bias - found["mean"]) + found["beta"]
    return scale, found["beta"] - found["mean"] * scale


def lower_folded(call: Call) -> Tensor:
    """``QConv2DBatchnorm``, ``QDenseBatchnorm``, ``QDepthwiseConv2DBatchnorm``: kernel and statistics, quantized."""
    layer, depthwise = call.layer, call.layer.class_name == "QDepthwiseConv2DBatchnorm"
    what = "depthwise_kernel" if depthwise else "kernel"
    values = layer.weight(what)
    kept = values.shape[-2:] if depthwise else values.shape[-1:]
    found = {name: _finite(layer.weight(name), name) for name in _statistics(call)}
    found = {name.removeprefix("moving_"): values for name, values in found.items()}
    count = prod(kept)
    blank = {"gamma": np.ones(count, np.float32), "beta": np.zeros(count, np.float32)}
    bias = layer.weight("bias") if layer.use_bias else np.zeros(count, np.float32)
    scale, offset = _normalizing(blank | found, np.float32(layer.epsilon), bias)
    own = kernel(values * scale.reshape(kept), quantizer(_quantizer(call, what.removesuffix("_kernel"))), what)
    folded = weights(offset, quantizer(_quantizer(call, "bias")), "bias")
    if depthwise:
        return activated(call, _depthwise(call, call.x, own, folded))
    if layer.class_name == "QDenseBatchnorm":
        return activated(call, dense(call.x, own, folded))
    return activated(call, conv(call.x, own, folded, _steps(call, 2)))


def _statistics(call: Call) -> list[str]:
    optional = [name for name, option in (("gamma", "scale"), ("beta", "center")) if getattr(call.layer, option)]
    return [*optional, "moving_mean", "moving_variance"]


def lower_projection(call: Call) -> Tensor:
    """``NodeEdgeProjection`` of published interaction networks: nodes to edges or back, by a matrix of 0 and 1."""
    own = weights(call.layer.weight("adjacency_matrix"), None, "adjacency_matrix")
    matrix = FixedArray.of(own.mantissa.values.reshape(own.shape[-2:]), own.lsb)
    return einsum_dense(call.x, Equation(("nf", "en"), "ef"), matrix, None, "projected")
