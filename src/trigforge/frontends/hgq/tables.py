"""Activations of HGQ2's layers, and its layers that look values up: unary functions and the softmax."""

from typing import Any

from trigforge.building import EXACT, Floats, Refusal, Tensor, activation, softmax, table
from trigforge.fixed import FixedType
from trigforge.frontends.hgq.quantizers import quantized_floats
from trigforge.frontends.hgq.quantizing import input_quantized, output_quantized, quantization
from trigforge.frontends.keras.axes import without_event_axis
from trigforge.frontends.keras.call import Call
from trigforge.frontends.keras.framework import function_name
from trigforge.frontends.keras.functions import function_of_one_number


def activated(call: Call, x: Tensor, function: Any) -> Tensor:
    """``function(x)`` and the layer's output quantizer. Raises ``Refusal`` for what has no exact form."""
    name = function_name(function)
    if name in EXACT:
        return output_quantized(call, activation(x, name))
    if not getattr(call.layer, "enable_oq", False):
        function_of_one_number(function, call.dtype)
        raise Refusal(
            f"its activation {name!r} gives values without an exact fixed-point form and no quantizer follows",
            "set enable_oq=True",
        )
    return tabulated(call, x, function, call.layer.oq)


def tabulated(call: Call, x: Tensor, function: Any, quantizer: Any) -> Tensor:
    """``quantizer(function(x))`` as tables whose entries the layer itself computes, in its own precision."""
    own = quantization(call, quantizer, x.shape)
    if own is None:
        raise Refusal(f"the table of layer {call.layer.name!r} has no quantizer", "give it a kif or kbi quantizer")
    if quantizer.scaler is not None:
        raise Refusal(f"the quantizer {quantizer.name!r} of a table has a scaler", "leave the scaler out")

    def rounded(found: Floats, kind: FixedType) -> Floats:
        return quantized_floats(quantizer, found, kind, call.dtype)

    return table(x, function_of_one_number(function, call.dtype), own, rounded)


def lower_unary_function(call: Call) -> Tensor:
    """``QUnaryFunctionLUT``."""
    return activated(call, input_quantized(call), call.layer.activation)


def lower_affined_unary_function(call: Call) -> Tensor:
    """``QAffinedUnaryFunctionLUT``: a function of ``x * scale + bias``."""
    layer = call.layer

    def function(values: Any) -> Any:
        return layer.activation(values * layer.scale + layer.bias)

    if not layer.enable_oq:
        raise Refusal("its table has no output quantizer", "set enable_oq=True")
    return tabulated(call, input_quantized(call), function, layer.oq)


def lower_softmax(call: Call) -> Tensor:
    """``QSoftmax``: tables of the exponential and of the inverse of its sum."""
    layer = call.layer
    x = input_quantized(call)
    axes = [without_event_axis(axis, x, "normalizes along") for axis in layer.axes]

    def looked_up(inner: Any, name: str) -> Any:
        def step(y: Tensor) -> Tensor:
            own = call.on(y, layer=inner)
            with y.builder.part(name):
                return tabulated(own, input_quantized(own), inner.activation, inner.oq)

        return step

    exp, inverse = looked_up(layer.exp_table, "exp_table"), looked_up(layer.inv_table, "inv_table")
    return output_quantized(call, softmax(x, axes, exp, inverse, stable=bool(layer.stable)))
