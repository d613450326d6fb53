"""Layers with weights: dense, einsum dense, convolutions, batch normalization."""

from typing import Any

import numpy as np

from trigforge.fixed import FixedArray
from trigforge.frontends.hgq.equations import without_events
from trigforge.frontends.hgq.framework import quiet
from trigforge.frontends.hgq.layers.activations import activated
from trigforge.frontends.hgq.lowering import Call, Tensor
from trigforge.frontends.hgq.quantizers import constant
from trigforge.frontends.hgq.refusal import Refusal
from trigforge.graph import Conv1D, Conv2D, Dense, EinsumDense
from trigforge.graph.equation import Equation


def _kernel_and_bias(call: Call) -> tuple[FixedArray, FixedArray | None]:
    """Kernel and bias as inference uses them: batch norm folded in and quantized, in the layer's own precision."""
    layer = call.layer
    with quiet():
        kernel, bias = layer.qkernel, layer.qbias
    return constant(kernel, layer.kq, "kernel"), None if bias is None else constant(bias, layer.bq, "bias")


def lower_dense(call: Call) -> Tensor:
    """``QDense`` and ``QBatchNormDense``."""
    x = call.input_quantized(call.x)
    weight, bias = _kernel_and_bias(call)
    return activated(call, call.emit("dense", Dense(weight, bias), x), call.layer.activation)


def lower_einsum_dense(call: Call) -> Tensor:
    """``QEinsumDense`` and ``QEinsumDenseBatchnorm``."""
    x = call.input_quantized(call.x)
    weight, bias = _kernel_and_bias(call)
    equation = without_events(call.layer.equation, [len(x.shape) + 1, len(weight.shape)], [True, False])
    if bias is not None and len(bias.shape) == len(equation.output) + 1:
        bias = FixedArray.of(bias.mantissa.values[0], bias.lsb)
    return activated(call, call.emit("dense", EinsumDense(equation, weight, bias), x), call.layer.activation)


def lower_conv(call: Call) -> Tensor:
    """``QConv1D`` and ``QConv2D``."""
    layer = call.layer
    if layer.data_format != "channels_last":
        raise Refusal(f"has data_format {layer.data_format!r}", "use 'channels_last'")
    x = call.input_quantized(call.x)
    weight, bias = _kernel_and_bias(call)
    weight = _ungrouped(weight, int(layer.groups))
    strides, dilations = tuple(map(int, layer.strides)), tuple(map(int, layer.dilation_rate))
    padding: list[int] = []
    for length, kernel, stride, dilation in zip(x.shape, weight.shape, strides, dilations, strict=False):
        padding += conv_padding(layer.padding, length, dilation * (kernel - 1) + 1, stride)
    op: Any
    if len(strides) == 1:
        op = Conv1D(weight, bias, strides[0], (padding[0], padding[1]), dilations[0])
    else:
        around = (padding[0], padding[1], padding[2], padding[3])
        op = Conv2D(weight, bias, (strides[0], strides[1]), around, (dilations[0], dilations[1]))
    return activated(call, call.emit("conv", op, x), layer.activation)


def conv_padding(padding: str, length: int, window: int, stride: int) -> tuple[int, int]:
    """Zeros before and after one axis, as Keras places them ("same": the odd one behind)."""
    match padding:
        case "valid":
            return (0, 0)
        case "causal":
            return (window - 1, 0)
        case "same":
            total = max((-(-length // stride) - 1) * stride + window - length, 0)
            return (total // 2, total - total // 2)
        case _:
            raise Refusal(f"has padding {padding!r}", "use 'valid', 'same' or 'causal'")


def _ungrouped(weight: FixedArray, groups: int) -> FixedArray:
    """The kernel of a grouped convolution among zeros, as one convolution."""
    if groups == 1:
        return weight
    grouped = weight.mantissa.values
    c_in, c_out = grouped.shape[-2], grouped.shape[-1] // groups
    full = np.zeros((*grouped.shape[:-2], c_in * groups, grouped.shape[-1]), grouped.dtype)
    for g in range(groups):
        outputs = slice(g * c_out, (g + 1) * c_out)
        full[..., g * c_in : (g + 1) * c_in, outputs] = grouped[..., outputs]
    return FixedArray.of(full, weight.lsb)


def lower_batch_normalization(call: Call) -> Tensor:
    """``QBatchNormalization``: a quantized scale and offset for each entry of one axis."""
    layer = call.layer
    x = call.input_quantized(call.x)
    with quiet():
        scale, offset = layer.qscaler_and_qoffset
    rank = len(x.shape)
    axis = int(layer.axis) % (rank + 1) - 1
    if axis < 0:
        raise Refusal("normalizes along the event axis", "set axis to the channels")
    letters = "abcdefghijklmnop"[:rank]
    weight, bias = constant(scale, layer.kq, "scale"), constant(offset, layer.bq, "offset")
    shape = [1] * rank
    shape[axis] = -1
    shaped = FixedArray.of(bias.mantissa.values.reshape(shape), bias.lsb)
    y = call.emit("scaled", EinsumDense(Equation((letters, letters[axis]), letters), weight, shaped), x)
    return call.output_quantized(y)


LINEAR_LAYERS = {
    ("hgq", "QDense"): lower_dense,
    ("hgq", "QBatchNormDense"): lower_dense,
    ("hgq", "QEinsumDense"): lower_einsum_dense,
    ("hgq", "QEinsumDenseBatchnorm"): lower_einsum_dense,
    ("hgq", "QConv1D"): lower_conv,
    ("hgq", "QConv2D"): lower_conv,
    ("hgq", "QBatchNormalization"): lower_batch_normalization,
}
