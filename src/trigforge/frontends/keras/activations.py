"""Functions of one number: activations, and layers and operations that treat each element on its own."""

from typing import Any

from trigforge.building import (
    EXACT,
    Floats,
    Tensor,
    activation,
    constant,
    deferred,
    is_short,
    maximum,
    minimum,
    multiply,
    relu,
    short_constant,
)
from trigforge.frontends.keras.call import Call
from trigforge.frontends.keras.framework import evaluating, function_name, to_numpy, to_tensor
from trigforge.frontends.keras.functions import function_of_one_number
from trigforge.frontends.keras.options import Reader, options


def applied(x: Tensor, function: Any, dtype: str) -> Tensor:
    """``function(x)``; where it has no exact form, the quantizer behind it looks it up as computed in ``dtype``."""
    name = function_name(function)
    if name in EXACT:
        return activation(x, name)
    return deferred(x, function_of_one_number(function, dtype), f"the function {name!r}")


def computed(call: Call, *, uniform: bool = True) -> Tensor:
    """The layer or operation itself, computed by Keras for the quantizer behind it; see ``Deferred``."""
    x, layer, name = call.x, call.layer, type(call.layer).__name__

    def function(values: Floats) -> Floats:
        def given(argument: Any) -> Any:
            return to_tensor(values, call.dtype) if isinstance(argument, Tensor) else argument

        with evaluating(f"its function {name!r}", "correct the layer until Keras can call it"):
            found = layer.call(*map(given, call.args), **{key: given(value) for key, value in call.kwargs.items()})
            return to_numpy(found)

    return deferred(x, function, f"the function {name!r}", uniform=uniform)


def lower_computed(call: Call) -> Tensor:
    """A function without options that differ from element to element."""
    return computed(call)


def lower_computed_each(call: Call) -> Tensor:
    """A function with weights of its own for some elements."""
    return computed(call, uniform=False)


def lower_activation(call: Call) -> Tensor:
    """``Activation``."""
    return applied(call.x, call.layer.activation, call.dtype)


def lower_relu(call: Call) -> Tensor:
    """``ReLU``: with a maximum, a slope below 0 and a threshold, or without."""
    layer, most = call.layer, call.layer.max_value
    if layer.negative_slope or layer.threshold or not is_short(most or 0.0):
        return computed(call)
    y = relu(call.x)
    if most is None:
        return y
    return minimum(y, constant(y, short_constant(float(most), "max_value"), "max"), name="cap")


def lower_relu6(call: Call) -> Tensor:
    """``keras.ops.relu6``."""
    return activation(call.x, "relu6")


def lower_leaky_relu(call: Call) -> Tensor:
    """``LeakyReLU``: exact for a slope of few bits from 0 to 1."""
    slope = float(call.layer.negative_slope)
    if not 0 <= slope <= 1 or not is_short(slope):
        return computed(call)
    factor = short_constant(slope, "negative_slope")
    leak = multiply(call.x, constant(call.x, factor, "slope"), name="leak")
    return maximum(call.x, leak, name="leaky")


LAYERS: dict[str, Reader] = {
    "Activation": Reader(lower_activation, **options("activation")),
    "ReLU": Reader(lower_relu, **options("max_value negative_slope threshold")),
    "LeakyReLU": Reader(lower_leaky_relu, **options("negative_slope")),
    "ELU": Reader(lower_computed, **options("alpha")),
    "PReLU": Reader(lower_computed_each, **options("shared_axes")),
    "Rescaling": Reader(lower_computed_each, **options("scale offset")),
    "Normalization": Reader(lower_computed_each, **options("axis mean variance", {"invert": [False]})),
}
"""by class name"""
