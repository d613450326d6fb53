"""Layers that move elements, do nothing at inference, or quantize."""

from math import prod

from trigforge.frontends.hgq.layers.activations import EXACT, exact_activation, function_name
from trigforge.frontends.hgq.lowering import Call, Tensor
from trigforge.frontends.hgq.quantizers import short_constant
from trigforge.frontends.hgq.refusal import Refusal
from trigforge.graph import Minimum, Relu, Transpose


def lower_identity(call: Call) -> Tensor:
    """Layers that act in training only."""
    return call.x


def lower_reshape(call: Call) -> Tensor:
    """``Reshape`` and ``Flatten``: the shape is the one Keras inferred."""
    x = call.x
    if prod(x.shape) != prod(call.output_shape):
        raise Refusal(f"reshapes {list(x.shape)} to {list(call.output_shape)} across events", "keep the event axis")
    return call.reshape("reshape", x, call.output_shape)


def lower_permute(call: Call) -> Tensor:
    """``Permute``; its dims count from 1."""
    return call.emit("permute", Transpose(tuple(int(dim) - 1 for dim in call.layer.dims)), call.x)


def lower_quantizer(call: Call) -> Tensor:
    """A stand-alone ``Quantizer``."""
    return call.quantize("quantizer", call.layer, call.x)


def lower_activation(call: Call) -> Tensor:
    """``Activation`` of Keras, where it is exact without a quantizer."""
    name = function_name(call.layer.activation)
    if name not in EXACT:
        raise Refusal(
            f"its activation {name!r} gives values without an exact fixed-point form",
            "use hgq.layers.QUnaryFunctionLUT, or end the model at its logits",
        )
    return exact_activation(call, call.x, name)


def lower_relu(call: Call) -> Tensor:
    """``ReLU``, with a maximum or without."""
    layer = call.layer
    if layer.negative_slope or layer.threshold:
        raise Refusal(f"has negative_slope {layer.negative_slope} and threshold {layer.threshold}", "set both to 0")
    y = call.emit("relu", Relu(), call.x)
    if layer.max_value is None:
        return y
    return call.emit("cap", Minimum(), y, call.constant("max", short_constant(float(layer.max_value), "max_value")))


STRUCTURE_LAYERS = {
    **{
        ("keras", name): lower_identity
        for name in (
            "Dropout",
            "SpatialDropout1D",
            "SpatialDropout2D",
            "AlphaDropout",
            "GaussianDropout",
            "GaussianNoise",
            "ActivityRegularization",
            "Identity",
        )
    },
    ("keras", "Reshape"): lower_reshape,
    ("keras", "Flatten"): lower_reshape,
    ("keras", "Permute"): lower_permute,
    ("keras", "Activation"): lower_activation,
    ("keras", "ReLU"): lower_relu,
    ("hgq", "Quantizer"): lower_quantizer,
}
