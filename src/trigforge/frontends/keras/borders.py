"""Keras's layers that put zeros around tensors, cut their borders off, and repeat their entries."""

from collections.abc import Sequence
from typing import Any, cast

from trigforge.building import Tensor, cut, padded, repeated, reshape
from trigforge.frontends.keras.call import Call
from trigforge.frontends.keras.options import Reader, options


def _pairs(found: Any) -> list[tuple[int, int]]:
    """Before and after for each axis, of ``2``, ``(1, 2)`` in one dimension, or ``((1, 2), (0, 1))``."""
    if isinstance(found, int):
        return [(found, found)]
    items = cast(Sequence[Any], found)
    if all(isinstance(item, int) for item in items):
        first, last = items
        return [(int(first), int(last))]
    return [(int(item[0]), int(item[1])) for item in items]


def lower_zero_padding(call: Call) -> Tensor:
    """``ZeroPadding1D``, ``ZeroPadding2D`` and ``ZeroPadding3D``."""
    return padded(call.x, _pairs(call.layer.padding))


def lower_cropping(call: Call) -> Tensor:
    """``Cropping1D``, ``Cropping2D`` and ``Cropping3D``."""
    x = call.x
    for axis, (first, last) in enumerate(_pairs(call.layer.cropping)):
        x = cut(x, axis, slice(first, x.shape[axis] - last), f"cropped{axis}")
    return x


def lower_up_sampling(call: Call) -> Tensor:
    """``UpSampling1D``, ``UpSampling2D`` and ``UpSampling3D``: entries of the spatial axes, repeated."""
    x, size = call.x, call.layer.size
    for axis, count in enumerate([size] if isinstance(size, int) else size):
        x = repeated(x, axis, int(count), f"repeated{axis}")
    return x


def lower_repeat_vector(call: Call) -> Tensor:
    """``RepeatVector``: a vector, ``n`` times one below the other."""
    return repeated(reshape(call.x, (1, *call.x.shape), "row"), 0, int(call.layer.n))


_LAST = {"data_format": ["channels_last"]}
LAYERS: dict[str, Reader] = {
    **{
        f"{name}{rank}D": reader
        for rank in (1, 2, 3)
        for name, reader in (
            ("ZeroPadding", Reader(lower_zero_padding, **options("padding", _LAST))),
            ("Cropping", Reader(lower_cropping, **options("cropping", _LAST))),
            ("UpSampling", Reader(lower_up_sampling, **options("size", _LAST | {"interpolation": ["nearest"]}))),
        )
    },
    "RepeatVector": Reader(lower_repeat_vector, **options("n")),
}
"""by class name"""
