"""Plain Keras 3 models to graphs: floating-point layers whose types stand in a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from trigforge.building import (
    EXACT,
    Quantization,
    Refusal,
    Steps,
    Tensor,
    activation,
    batch_norm,
    conv,
    dense,
    einsum_dense,
    identifier,
    quantize,
    rounded_constant,
    table,
)
from trigforge.errors import UnsupportedModelError
from trigforge.fixed import FixedArray
from trigforge.frontends.keras.axes import without_event_axis
from trigforge.frontends.keras.call import Call, Handler, Handlers
from trigforge.frontends.keras.equations import without_events
from trigforge.frontends.keras.framework import function_name, to_numpy
from trigforge.frontends.keras.functions import function_of_one_number
from trigforge.frontends.keras.layers import HANDLERS as KERAS
from trigforge.frontends.keras.options import Reader, options
from trigforge.frontends.keras.walk import lower_model
from trigforge.graph import FixedPointGraph, HostUnits


@dataclass(frozen=True)
class LayerTypes:
    """The types of one layer; None leaves what needs none: a weight that the layer lacks, a result that stays exact."""

    weight: Quantization | None = None
    bias: Quantization | None = None
    result: Quantization | None = None


Types = Mapping[str, LayerTypes]
"""By the name of a layer or input of the model; ``*`` stands for all layers without an entry."""


def read(
    model: Any,
    types: Types,
    *,
    name: str | None = None,
    version: int = 1,
    units: Mapping[str, HostUnits] | None = None,
) -> FixedPointGraph:
    """The graph of a Keras model whose weights, results and inputs are quantized as ``types`` says.

    An input is quantized by the ``result`` of the entry that bears its name. Raises ``UnsupportedModelError`` with
    every layer that cannot be built, or needs a type and has none, and for names in ``types`` that the model lacks.
    """
    known = {"*", *(layer.name for layer in model._flatten_layers()), *(t.name for t in model.inputs)}
    unknown = sorted(set(types) - known)
    if unknown:
        raise UnsupportedModelError(f"types name the layer {unknown[0]!r}; the model has {', '.join(sorted(known))}")
    quantizers = {own: types[own].result for own in (str(t.name) for t in model.inputs) if own in types}
    own_name = identifier(str(model.name)) if name is None else name
    return lower_model(model, _handlers(types), own_name, version, units, quantizers).graph


def _handlers(types: Types) -> Handlers:
    def typed(handler: Any) -> Handler:
        return lambda call: handler(call, types.get(str(call.layer.name), types.get("*", LayerTypes())))

    own = {("keras", name): Reader(typed(handler), **rules) for name, (handler, rules) in _OWN.items()}
    return Handlers(KERAS | own, {})


def _constant(values: Any, quantization: Quantization | None, what: str) -> FixedArray:
    if quantization is None:
        raise Refusal(f"has no type for its {what}", f"give types[name].{what}")
    return rounded_constant(to_numpy(values), quantization)


def _kernel_and_bias(call: Call, types: LayerTypes) -> tuple[FixedArray, FixedArray | None]:
    layer = call.layer
    bias = None if layer.bias is None else _constant(layer.bias, types.bias, "bias")
    return _constant(layer.kernel, types.weight, "weight"), bias


def _result(call: Call, x: Tensor, types: LayerTypes) -> Tensor:
    """The layer's activation and the type of its result."""
    function: Any = getattr(call.layer, "activation", None)
    name = function_name(function)
    if name in EXACT:
        return quantize(activation(x, name), types.result, "result")
    if types.result is None:
        raise Refusal(f"its activation {name!r} is a table and has no type", "give types[name].result")
    return table(x, function_of_one_number(function, "float64"), types.result)


def _dense(call: Call, types: LayerTypes) -> Tensor:
    return _result(call, dense(call.x, *_kernel_and_bias(call, types)), types)


def _einsum_dense(call: Call, types: LayerTypes) -> Tensor:
    weight, bias = _kernel_and_bias(call, types)
    equation = without_events(call.layer.equation, [call.x.rank + 1, len(weight.shape)], [True, False])
    return _result(call, einsum_dense(call.x, equation, weight, bias), types)


def _conv(call: Call, types: LayerTypes) -> Tensor:
    layer = call.layer
    strides, dilation = tuple(map(int, layer.strides)), tuple(map(int, layer.dilation_rate))
    weight, bias = _kernel_and_bias(call, types)
    y = conv(call.x, weight, bias, Steps(strides, layer.padding, dilation), int(layer.groups))
    return _result(call, y, types)


def _batch_norm(call: Call, types: LayerTypes) -> Tensor:
    """``gamma * (x - mean) / sqrt(variance + epsilon) + beta``, as scale and offset that are quantized."""
    layer = call.layer
    scale = 1.0 / np.sqrt(to_numpy(layer.moving_variance) + float(layer.epsilon))
    scale = scale * to_numpy(layer.gamma) if layer.scale else scale
    offset = (to_numpy(layer.beta) if layer.center else 0.0) - to_numpy(layer.moving_mean) * scale
    axis = without_event_axis(layer.axis, call.x, "normalizes along")
    scales, offsets = _constant(scale, types.weight, "weight"), _constant(offset, types.bias, "bias")
    return _result(call, batch_norm(call.x, scales, offsets, axis), types)


def _activation(call: Call, types: LayerTypes) -> Tensor:
    return _result(call, call.x, types)


_FLOAT = {"quantization_config": [None], "lora_rank": [None], "lora_alpha": [None]}
_CONV = options(
    "filters kernel_size strides padding dilation_rate groups activation use_bias",
    _FLOAT | {"data_format": ["channels_last"]},
)
_OWN: dict[str, tuple[Any, dict[str, Any]]] = {
    "Dense": (_dense, options("units activation use_bias", _FLOAT)),
    "EinsumDense": (_einsum_dense, options("equation output_shape activation bias_axes", _FLOAT)),
    "Conv1D": (_conv, _CONV),
    "Conv2D": (_conv, _CONV),
    "BatchNormalization": (_batch_norm, options("axis epsilon center scale", {"renorm": [False]})),
    "Activation": (_activation, options("activation")),
}
