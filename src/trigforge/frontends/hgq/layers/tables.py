"""Layers that look values up: unary functions and the softmax."""

from typing import Any

from trigforge.frontends.hgq.layers.activations import activated, tabulated
from trigforge.frontends.hgq.layers.reductions import reduced
from trigforge.frontends.hgq.lowering import Call, Tensor
from trigforge.frontends.hgq.refusal import Refusal
from trigforge.graph import Max, Mul, Sub, Sum


def lower_unary_function(call: Call) -> Tensor:
    """``QUnaryFunctionLUT``."""
    return activated(call, call.input_quantized(call.x), call.layer.activation)


def lower_affined_unary_function(call: Call) -> Tensor:
    """``QAffinedUnaryFunctionLUT``: a function of ``x * scale + bias``."""
    layer = call.layer

    def function(values: Any) -> Any:
        return layer.activation(values * layer.scale + layer.bias)

    if not layer.enable_oq:
        raise Refusal("its table has no output quantizer", "set enable_oq=True")
    return tabulated(call, "table", call.input_quantized(call.x), function, layer.oq)


def softmax(call: Call, x: Tensor) -> Tensor:
    """``QSoftmax``: ``exp_table(max - x)`` times ``inv_table`` of its sum (without the maximum if not ``stable``)."""
    layer = call.layer
    x = call.input_quantized(x)
    axes = tuple(sorted(int(axis) % (len(x.shape) + 1) - 1 for axis in layer.axes))
    if layer.stable:
        x = call.emit("distance", Sub(), reduced(call, Max, x, axes, True), x)
    exponential = _table(call.of(layer.exp_table, "exp_table", x))
    total = reduced(call, Sum, exponential, axes, True)
    inverse = _table(call.of(layer.inv_table, "inv_table", total))
    return call.output_quantized(call.emit("product", Mul(), exponential, inverse))


def _table(call: Call) -> Tensor:
    return tabulated(call, "table", call.input_quantized(call.x), call.layer.activation, call.layer.oq)


def lower_softmax(call: Call) -> Tensor:
    """``QSoftmax``."""
    return softmax(call, call.x)


TABLE_LAYERS = {
    ("hgq", "QUnaryFunctionLUT"): lower_unary_function,
    ("hgq", "QAffinedUnaryFunctionLUT"): lower_affined_unary_function,
    ("hgq", "QSoftmax"): lower_softmax,
}
