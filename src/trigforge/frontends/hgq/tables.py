"""Activations of HGQ2's layers, and its layers that look values up: unary functions and the softmax."""

from typing import Any

from trigforge.building import Refusal, Tensor, deferred, softmax
from trigforge.frontends.hgq.quantizing import input_quantized, output_quantized
from trigforge.frontends.keras.activations import applied
from trigforge.frontends.keras.axes import without_event_axis
from trigforge.frontends.keras.call import Call
from trigforge.frontends.keras.framework import function_name
from trigforge.frontends.keras.functions import function_of_one_number


def activated(call: Call, x: Tensor, function: Any) -> Tensor:
    """``function(x)`` and the layer's output quantizer."""
    return output_quantized(call, applied(x, function, call.dtype))


def lower_unary_function(call: Call) -> Tensor:
    """``QUnaryFunctionLUT``."""
    return activated(call, input_quantized(call), call.layer.activation)


def lower_affined_unary_function(call: Call) -> Tensor:
    """``QAffinedUnaryFunctionLUT``: a function of ``x * scale + bias``."""
    layer, name = call.layer, function_name(call.layer.activation)

    def function(values: Any) -> Any:
        return layer.activation(values * layer.scale + layer.bias)

    own = function_of_one_number(function, call.dtype)
    return output_quantized(call, deferred(input_quantized(call), own, f"the function {name!r}"))


def lower_softmax(call: Call) -> Tensor:
    """``QSoftmax``: tables of the exponential and of the inverse of its sum."""
    mask = call.kwargs.get("mask")
    return masked_softmax(call if mask is None else call.on(*call.args), masked(mask) if mask is not None else None)


def masked(mask: Tensor) -> Tensor:
    """A mask of 0 and 1; ``Refusal`` for other values, which Keras would take for 1."""
    hull = None if mask.known_interval is None else mask.known_interval.hull
    if hull is None or hull.lsb < 0 or hull.lo < 0 or hull.hi << hull.lsb > 1:
        raise Refusal("has a mask of other values than 0 and 1", "quantize it to one bit without a sign, or compare it")
    return mask


def masked_softmax(call: Call, mask: Tensor | None) -> Tensor:
    """``QSoftmax`` of what a mask, broadcast, leaves."""
    layer = call.layer
    x = input_quantized(call)
    axes = [without_event_axis(axis, x, "normalizes along") for axis in layer.axes]

    def looked_up(inner: Any, name: str) -> Any:
        def step(y: Tensor) -> Tensor:
            own = call.on(y, layer=inner)
            with y.builder.part(name):
                return activated(own, input_quantized(own), inner.activation)

        return step

    exp, inverse = looked_up(layer.exp_table, "exp_table"), looked_up(layer.inv_table, "inv_table")
    return output_quantized(call, softmax(x, axes, exp, inverse, stable=bool(layer.stable), mask=mask))
