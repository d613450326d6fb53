"""HGQ2's layers with weights: dense, einsum dense, convolutions, batch normalization, attention."""

from dataclasses import replace
from typing import Any

import numpy as np

from trigforge.building import (
    Refusal,
    Steps,
    Tensor,
    attention,
    batch_norm,
    constant,
    conv,
    dense,
    einsum,
    einsum_dense,
    multiply,
    padded,
    reshape,
)
from trigforge.fixed import FixedArray
from trigforge.frontends.hgq.edges import lower_einsum_dense_table
from trigforge.frontends.hgq.quantizers import constant as weights_of
from trigforge.frontends.hgq.quantizing import input_quantized, inputs_quantized, output_quantized
from trigforge.frontends.hgq.tables import activated, masked, masked_softmax
from trigforge.frontends.keras.axes import without_event_axis
from trigforge.frontends.keras.call import Call
from trigforge.frontends.keras.equations import without_events
from trigforge.frontends.keras.framework import evaluating
from trigforge.graph import Equation


def _kernel_and_bias(call: Call) -> tuple[FixedArray, FixedArray | None]:
    """Kernel and bias as inference uses them: batch norm folded in and quantized, in the layer's own precision."""
    layer = call.layer
    with evaluating("its quantized kernel", "correct the layer until Keras can call it"):
        kernel, bias = layer.qkernel, layer.qbias
    return weights_of(kernel, layer.kq, "kernel"), None if bias is None else weights_of(bias, layer.bq, "bias")


def lower_dense(call: Call) -> Tensor:
    """``QDense`` and ``QBatchNormDense``."""
    x = input_quantized(call)
    return activated(call, dense(x, *_kernel_and_bias(call)), call.layer.activation)


def lower_einsum_dense(call: Call) -> Tensor:
    """``QEinsumDense`` and ``QEinsumDenseBatchnorm``."""
    x = input_quantized(call)
    weight, bias = _kernel_and_bias(call)
    equation = without_events(call.layer.equation, [x.rank + 1, len(weight.shape)], [True, False])
    if bias is not None and len(bias.shape) == len(equation.output) + 1:
        bias = FixedArray.of(bias.mantissa.values[0], bias.lsb)
    return activated(call, einsum_dense(x, equation, weight, bias), call.layer.activation)


def lower_conv(call: Call) -> Tensor:
    """``QConv1D``, ``QConv2D`` and ``QConv3D``."""
    layer = call.layer
    steps = Steps(tuple(map(int, layer.strides)), layer.padding, tuple(map(int, layer.dilation_rate)))
    if layer.padding == "causal":  # HGQ2 pads before it quantizes
        ends = steps.zeros(call.x.shape[:-1], layer.kernel_size)
        call, steps = call.on(padded(call.x, ends)), replace(steps, padding="valid")
    x = input_quantized(call)
    y = conv(x, *_kernel_and_bias(call), steps, int(layer.groups))
    return activated(call, y, layer.activation)


def lower_batch_normalization(call: Call) -> Tensor:
    """``QBatchNormalization``: a quantized scale and offset for each entry of one axis."""
    layer = call.layer
    x = input_quantized(call)
    scale, offset = layer.qscaler_and_qoffset
    axis = without_event_axis(layer.axis, x, "normalizes along")
    scales, offsets = weights_of(scale, layer.kq, "scale"), weights_of(offset, layer.bq, "offset")
    return output_quantized(call, batch_norm(x, scales, offsets, axis))


def lower_einsum(call: Call) -> Tensor:
    """``QEinsum`` of two operands."""
    operands = inputs_quantized(call)
    if len(operands) != 2:
        raise Refusal(f"contracts {len(operands)} operands", "contract two at a time")
    x, y = operands
    return output_quantized(call, einsum(x, y, _contraction(call.layer.equation, x, y)))


def _contraction(equation: str, x: Tensor, y: Tensor) -> Equation:
    return without_events(equation, [x.rank + 1, y.rank + 1], [True, True])


def lower_attention(call: Call) -> Tensor:
    """``QMultiHeadAttention`` and ``QMultiHeadAttentionT``."""
    return _attention(call, *_operands(call))


def lower_linformer_attention(call: Call) -> Tensor:
    """``QLinformerAttention`` and ``QLinformerAttentionT``: key and value are first projected along the sequence."""
    query, value, key = _operands(call)
    projected_key = _projected(call, call.layer._lin_k_proj, "lin_key", key)
    projected_value = _projected(call, call.layer._lin_v_proj, "lin_value", value)
    return _attention(call, query, projected_value, projected_key)


_MASKS = ("query_mask", "value_mask", "key_mask", "attention_mask")


def _operands(call: Call) -> tuple[Tensor, Tensor, Tensor]:
    """Query, value and key, as Keras fills in what is left out."""
    given = call.named("query", "value", "key", *_MASKS)
    query: Tensor = given["query"]
    value: Tensor = query if given.get("value") is None else given["value"]
    key: Tensor = value if given.get("key") is None else given["key"]
    return query, value, key


def _mask(call: Call, queries: int, keys: int) -> Tensor | None:
    """The product of all masks, (queries, keys) where they meet, with 1 for the heads in front; None without one."""
    given = call.named("query", "value", "key", *_MASKS)
    shapes = ((1, queries, 1), (1, 1, keys), (1, 1, keys), (1, queries, keys))
    masks = [
        reshape(masked(given[name]), shape, name)
        for name, shape in zip(_MASKS, shapes, strict=True)
        if given.get(name) is not None
    ]
    if given.get("use_causal_mask"):
        seen = np.tril(np.ones((1, queries, keys), np.int64))
        masks.append(constant(call.tensors[0], FixedArray.of(seen), "causal"))
    return multiply(*masks, name="mask") if len(masks) > 1 else (masks or [None])[0]


def _projected(call: Call, layer: Any, name: str, x: Tensor) -> Tensor:
    lower = lower_einsum_dense_table if hasattr(layer, "toq") else lower_einsum_dense
    with x.builder.part(name):
        return lower(call.on(x, layer=layer))


def _attention(call: Call, query: Tensor, value: Tensor, key: Tensor) -> Tensor:
    layer = call.layer
    if layer._inverse_sqrt_key_dim != 1.0:
        raise Refusal("scales its query by a floating-point number", "build it with HGQ2 0.2")
    q = _projected(call, layer._query_dense, "query", query)
    k = _projected(call, layer._key_dense, "key", key)
    v = _projected(call, layer._value_dense, "value", value)
    mask = _mask(call, q.shape[0], k.shape[0])
    if mask is not None and len(layer._attention_axes) > 1:
        raise Refusal("masks attention along several axes", "attend along one axis, or call it without masks")
    scores = _contraction(layer._dot_product_equation, k, q)
    # The weights have one axis for each letter of the scores.
    mixed = without_events(layer._combine_equation, [len(scores.output) + 1, v.rank + 1], [True, True])

    def weights(x: Tensor) -> Tensor:
        with x.builder.part("softmax"):
            return masked_softmax(call.on(x, layer=layer._softmax), mask)

    y = attention(q, k, v, scores, mixed, weights)
    return output_quantized(call, _projected(call, layer._output_dense, "output", y))
