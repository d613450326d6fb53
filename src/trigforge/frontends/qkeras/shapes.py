"""The shapes of results, as far as the configuration of a layer tells them: for checks behind a refused layer."""

from collections.abc import Sequence
from math import prod

from trigforge.building import Steps
from trigforge.frontends.qkeras.saved import SavedLayer

Shape = tuple[int, ...]


def result_shape(layer: SavedLayer, operands: Sequence[Shape]) -> Shape | None:
    """The shape without the event axis; None where it is not known."""
    try:
        return _shape(layer, layer.class_name.removeprefix("Q").removeprefix("H").removesuffix("BatchNorm"), operands)
    except Exception:  # a configuration that the layer's own reader refuses
        return None


def _shape(layer: SavedLayer, name: str, operands: Sequence[Shape]) -> Shape | None:
    first = operands[0]
    match name:
        case "Dense" | "DenseBatchnorm":
            return (*first[:-1], int(layer.units))
        case "Conv1D" | "Conv2D" | "Conv2DBatchnorm" | "SeparableConv1D" | "SeparableConv2D":
            return (*_windows(layer, first, "kernel_size"), int(layer.filters))
        case "DepthwiseConv2D" | "DepthwiseConv2DBatchnorm":
            return (*_windows(layer, first, "kernel_size"), first[-1] * int(layer.depth_multiplier))
        case _ if name.startswith("Global"):
            return (1,) * (len(first) - 1) * bool(layer.keepdims) + first[-1:]
        case _ if "Pooling" in name:
            return (*_windows(layer, first, "pool_size"), first[-1])
        case "Flatten":
            return (prod(first),)
        case "Reshape":
            return reshaped(first, layer.target_shape)
        case "Concatenate":
            axis = int(layer.axis) % (len(first) + 1) - 1
            return (*first[:axis], sum(shape[axis] for shape in operands), *first[axis + 1 :])
        case "Permute":
            return tuple(first[int(n) - 1] for n in layer.dims)
        case "Dot":
            return _contracted(layer.axes, *operands)
        case _ if name in _SAME:
            return first
        case _:
            return None


_SAME = frozenset(
    """
    Activation AdaptiveActivation BatchNormalization ReLU LeakyReLU PReLU ELU ThresholdedReLU Softmax Dropout Lambda
    Add Subtract Multiply Average Maximum Minimum SpatialDropout1D SpatialDropout2D GaussianNoise GaussianDropout
    LayerNormalization ActivityRegularization Rescaling Normalization Quantize FixedPointQuantizer UnaryLUT
    """.split()
)


def reshaped(shape: Shape, target: Sequence[int]) -> Shape:
    """The target of a ``Reshape``, its -1 spelt out."""
    known = prod(int(n) for n in target if int(n) >= 0)
    return tuple(prod(shape) // max(known, 1) if int(n) < 0 else int(n) for n in target)


def _windows(layer: SavedLayer, shape: Shape, option: str) -> Shape:
    size = [int(n) for n in layer.config[option]]
    strides = [int(n) for n in layer.strides]
    dilation = [int(n) for n in layer.config.get("dilation_rate", [1] * len(size))]
    zeros = Steps(tuple(strides), layer.padding, tuple(dilation)).zeros(shape[:-1], size)
    return tuple(
        (length + sum(pad) - d * (k - 1) - 1) // stride + 1
        for length, pad, d, k, stride in zip(shape[:-1], zeros, dilation, size, strides, strict=True)
    )


def _contracted(axes: int | Sequence[int], x: Shape, y: Shape) -> Shape:
    pair = [axes, axes] if isinstance(axes, int) else list(axes)
    kept = [
        n
        for shape, axis in zip((x, y), pair, strict=True)
        for place, n in enumerate(shape)
        if place != axis % (len(shape) + 1) - 1
    ]
    return tuple(kept) or (1,)
