"""Keras 2's layers that move elements, beyond those that all front-ends for Keras read."""

from collections.abc import Sequence
from math import prod
from typing import Any, cast

import numpy as np

from trigforge.building import Refusal, Tensor, concat, constant, cut, reshape, take
from trigforge.fixed import FixedArray
from trigforge.frontends.keras.call import Call
from trigforge.frontends.keras.options import Reader, options


def lower_flatten(call: Call) -> Tensor:
    """``Flatten``: all axes as one."""
    return reshape(call.x, (prod(call.x.shape),))


def _pairs(found: Any) -> list[tuple[int, int]]:
    """Before and after for each axis, of ``2``, ``[1, 2]`` in one dimension, or ``[[1, 2], [0, 1]]``."""
    if isinstance(found, int):
        return [(found, found)]
    items = cast(Sequence[Any], found)
    if all(isinstance(item, int) for item in items):
        first, last = items
        return [(int(first), int(last))]
    return [(int(item[0]), int(item[1])) for item in items]


def lower_zero_padding(call: Call) -> Tensor:
    """``ZeroPadding1D`` and ``ZeroPadding2D``."""
    x = call.x
    for axis, pair in enumerate(_pairs(call.layer.padding)):
        zeros = (_zeros(x, axis, count) for count in pair)
        before, after = zeros
        x = concat(*(part for part in (before, x, after) if part is not None), axis=axis, name=f"padded{axis}")
    return x


def _zeros(x: Tensor, axis: int, count: int) -> Tensor | None:
    if not 0 <= count <= 4096:
        raise Refusal(f"adds {count} zeros", "add at most 4096 a side")
    shape = (*x.shape[:axis], count, *x.shape[axis + 1 :])
    return constant(x, FixedArray.of(np.zeros(shape, np.int64)), f"zeros{axis}") if count else None


def lower_cropping(call: Call) -> Tensor:
    """``Cropping1D`` and ``Cropping2D``."""
    x = call.x
    for axis, (first, last) in enumerate(_pairs(call.layer.cropping)):
        x = cut(x, axis, slice(first, x.shape[axis] - last), f"cropped{axis}")
    return x


def lower_up_sampling(call: Call) -> Tensor:
    """``UpSampling1D`` and ``UpSampling2D``: entries of the spatial axes, repeated."""
    x, size = call.x, call.layer.size
    for axis, count in enumerate([size] if isinstance(size, int) else size):
        if not 1 <= int(count) <= 64:
            raise Refusal(f"repeats entries {count} times", "use 1 to 64")
        x = take(x, [n for n in range(x.shape[axis]) for _ in range(int(count))], axis, f"repeated{axis}")
    return x


def lower_repeat_vector(call: Call) -> Tensor:
    """``RepeatVector``: a vector, ``n`` times one below the other."""
    x, n = call.x, int(call.layer.n)
    if not 1 <= n <= 4096:
        raise Refusal(f"repeats a vector {n} times", "use 1 to 4096")
    return take(reshape(x, (1, *x.shape), "row"), [0] * n, 0, "repeated")


_LAST = {"data_format": ["channels_last"]}
LAYERS: dict[str, Reader] = {
    **{f"ZeroPadding{n}D": Reader(lower_zero_padding, **options("padding", _LAST)) for n in (1, 2)},
    **{f"Cropping{n}D": Reader(lower_cropping, **options("cropping", _LAST)) for n in (1, 2)},
    **{
        f"UpSampling{n}D": Reader(lower_up_sampling, **options("size", _LAST | {"interpolation": ["nearest"]}))
        for n in (1, 2)
    },
    "RepeatVector": Reader(lower_repeat_vector, **options("n")),
}
"""by class name"""
