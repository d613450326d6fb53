"""Weights that an exporter has multiplied out: the short integers and the float32 scale that they are products of."""

from itertools import takewhile
from typing import Any

import numpy as np

from trigforge.fixed import FixedArray, exact
from trigforge.frontends.qonnx.constants import Array, Constant

_SHORT = 12
"""bits of weights that stay as they are"""
_LARGEST = 2**15
_SMALLEST_COUNTS = 128
"""integers tried for the smallest weight of a tensor"""
_NEIGHBOURS = 3


def recovered(values: Array) -> Constant:
    """A constant of a model; where its weights are ``float32(n * scale)`` with short ``n``, beside these.

    Every weight is proved to be such a product. One scale for all is tried, then one for each entry of an axis.
    """
    plain = Constant(values)
    if values.dtype != np.float32 or values.ndim < 2 or not np.isfinite(values).all() or _is_short(values):
        return plain
    for axis in (None, 0, values.ndim - 1):
        rows = values.reshape(1, -1) if axis is None else np.moveaxis(values, axis, 0).reshape(values.shape[axis], -1)
        found = list(takewhile(lambda row: row is not None, map(_factors, rows)))  # the first that has none ends it
        if len(found) == len(rows):
            return _joined(values, axis, [row for row in found if row is not None])
    return plain


def _is_short(values: Array) -> bool:
    return exact.longest(FixedArray.from_float(values).mantissa.values) <= _SHORT


def _joined(values: Array, axis: int | None, rows: list[tuple[Array, Any]]) -> Constant:
    if axis is None:
        (integers, scale), *_ = rows
        return Constant(values, integers.reshape(values.shape), np.broadcast_to(scale, values.shape))
    others = tuple(length for n, length in enumerate(values.shape) if n != axis)
    integers = np.moveaxis(np.stack([row for row, _ in rows]).reshape(len(rows), *others), 0, axis)
    shape = [-1 if n == axis else 1 for n in range(values.ndim)]
    scales = np.array([scale for _, scale in rows], np.float32).reshape(shape)
    return Constant(values, integers, np.broadcast_to(scales, values.shape))


def _factors(row: Array) -> tuple[Array, Any] | None:
    """Integers and a scale whose products in float32 are the row; None where there are none."""
    sizes = np.abs(row[row != 0]).astype(np.float64)
    if not sizes.size:
        return np.zeros(row.shape), np.float32(1)
    largest = float(sizes.max())
    for smallest in range(1, _SMALLEST_COUNTS + 1):
        step = float(sizes.min()) / smallest
        top = round(largest / step)
        if top > _LARGEST:
            return None
        integers = np.rint(row.astype(np.float64) * (top / largest))
        if bool((np.abs(row * (top / largest) - integers) > 2.0**-20 * np.maximum(np.abs(integers), 1)).any()):
            continue
        middle = np.float32(largest / top)
        for steps in range(-_NEIGHBOURS, _NEIGHBOURS + 1):
            scale = np.float32(middle + steps * np.spacing(middle))
            if bool((integers.astype(np.float32) * scale == row).all()):
                return integers, scale
    return None
