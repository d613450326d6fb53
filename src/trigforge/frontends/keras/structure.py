"""Keras's layers that move elements, join tensors, pool, or do nothing at inference."""

from collections.abc import Callable
from math import prod

from trigforge.building import (
    Refusal,
    Steps,
    Tensor,
    average,
    average_pool,
    concat,
    constant,
    einsum,
    global_average_pool,
    global_max_pool,
    max_pool,
    minimum,
    pairwise,
    relu,
    reshape,
    short_constant,
    transpose,
)
from trigforge.frontends.keras.axes import without_event_axis
from trigforge.frontends.keras.call import Call, Handler
from trigforge.frontends.keras.options import Reader, options
from trigforge.graph import Add, Equation, Maximum, Minimum, Mul, PairwiseOp, Sub


def lower_identity(call: Call) -> Tensor:
    """Layers that act in training only."""
    return call.x


def lower_reshape(call: Call) -> Tensor:
    """``Reshape`` and ``Flatten``: the shape is the one Keras inferred."""
    x = call.x
    if prod(x.shape) != prod(call.output_shape):
        raise Refusal(f"reshapes {list(x.shape)} to {list(call.output_shape)} across events", "keep the event axis")
    return reshape(x, call.output_shape)


def lower_permute(call: Call) -> Tensor:
    """``Permute``; its dims count from 1."""
    return transpose(call.x, [int(dim) - 1 for dim in call.layer.dims], "permute")


def lower_relu(call: Call) -> Tensor:
    """``ReLU``, with a maximum or without."""
    y, most = relu(call.x), call.layer.max_value
    if most is None:
        return y
    return minimum(y, constant(y, short_constant(float(most), "max_value"), "max"), name="cap")


def lower_pairwise(op: PairwiseOp) -> Handler:
    """The handler of a layer that joins two or more tensors element by element."""
    return lambda call: pairwise(op, *call.tensors)


def lower_average(call: Call) -> Tensor:
    """``Average`` of 2, 4, 8... tensors."""
    return average(*call.tensors)


def lower_concatenate(call: Call) -> Tensor:
    """``Concatenate``; the first axis of a tensor is 1, as events have 0."""
    tensors = call.tensors
    return concat(*tensors, axis=without_event_axis(call.layer.axis, tensors[0], "concatenates along"))


def lower_dot(call: Call) -> Tensor:
    """``Dot``: a contraction over one axis of each operand."""
    x, y = call.tensors
    axes = call.layer.axes
    pair = [axes, axes] if isinstance(axes, int) else list(axes)
    a, b = (without_event_axis(axis, t, "contracts") for axis, t in zip(pair, (x, y), strict=True))
    first, second = list("abcdefgh"[: x.rank]), list("ijklmnop"[: y.rank])
    first[a] = second[b] = "z"
    kept = "".join(letter for letter in (*first, *second) if letter != "z")
    product = einsum(x, y, Equation(("".join(first), "".join(second)), kept), "dot")
    return reshape(product, call.output_shape, "shaped")


def _pooling(word: Callable[[Tensor, tuple[int, ...], Steps], Tensor]) -> Handler:
    def lower(call: Call) -> Tensor:
        size, strides = (tuple(map(int, part)) for part in (call.layer.pool_size, call.layer.strides))
        return word(call.x, size, Steps(strides, call.layer.padding))

    return lower


def _global(word: Callable[[Tensor, bool], Tensor]) -> Handler:
    def lower(call: Call) -> Tensor:
        return word(call.x, bool(call.layer.keepdims))

    return lower


_TRAINING_ONLY = (
    "Dropout",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "AlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
    "ActivityRegularization",
    "Identity",
)

_LAST = {"data_format": ["channels_last"]}

MERGING: dict[str, Reader] = {
    "Add": Reader(lower_pairwise(Add())),
    "Subtract": Reader(lower_pairwise(Sub())),
    "Multiply": Reader(lower_pairwise(Mul())),
    "Maximum": Reader(lower_pairwise(Maximum())),
    "Minimum": Reader(lower_pairwise(Minimum())),
    "Dot": Reader(lower_dot, **options("axes", {"normalize": [False]})),
}
"""layers of two or more tensors that HGQ2 has in a quantized form"""

POOLING: dict[str, Reader] = {
    f"{name}{rank}D": Reader(lower, **options(reads, _LAST))
    for rank in (1, 2, 3)
    for name, lower, reads in (
        ("MaxPooling", _pooling(max_pool), "pool_size strides padding"),
        ("AveragePooling", _pooling(average_pool), "pool_size strides padding"),
        ("GlobalMaxPooling", _global(global_max_pool), "keepdims"),
        ("GlobalAveragePooling", _global(global_average_pool), "keepdims"),
    )
}

LAYERS: dict[str, Reader] = {
    **dict.fromkeys(_TRAINING_ONLY, Reader(lower_identity, **options("data_format"))),
    **MERGING,
    **POOLING,
    "Average": Reader(lower_average),
    "Concatenate": Reader(lower_concatenate, **options("axis")),
    "Reshape": Reader(lower_reshape, **options("target_shape")),
    "Flatten": Reader(lower_reshape, **options("", _LAST)),
    "Permute": Reader(lower_permute, **options("dims")),
    "ReLU": Reader(lower_relu, **options("max_value", {"negative_slope": [0.0], "threshold": [0.0]})),
}
"""Keras's own layers that are exact without types of their own, by class name"""
