"""Interval rules of the ops that move, join, compare or repeat elements."""

from collections.abc import Callable, Sequence
from functools import reduce
from math import prod
from typing import Any, assert_never

import numpy as np
import numpy.typing as npt

from trigforge.errors import GraphError
from trigforge.fixed import Interval
from trigforge.graph.infer_elementwise import infer_binary
from trigforge.graph.infer_linear import check_axes
from trigforge.graph.ops import Gather, Max, Maximum, Min, Minimum, Reshape, Slice, Transpose


def rearrange(op: Reshape | Transpose | Slice | Gather, values: npt.NDArray[Any], lead: int = 0) -> npt.NDArray[Any]:
    """The op on a plain array whose first ``lead`` axes are left alone."""
    match op:
        case Reshape(shape):
            return values.reshape((*values.shape[:lead], *shape))
        case Transpose(permutation):
            return values.transpose(*range(lead), *(lead + axis for axis in permutation))
        case Slice(start, stop, step):
            cuts = tuple(slice(a, b, c) for a, b, c in zip(start, stop, step, strict=True))
            return values[(slice(None),) * lead + cuts]
        case Gather(indices, axis):
            return values.take(indices.values, axis=lead + axis)
        case _:
            assert_never(op)


def infer_rearranged(op: Reshape | Transpose | Slice | Gather, x: Interval) -> Interval:
    """Every output element is one input element."""
    _check_rearrangement(op, x.shape)
    return _each(x, lambda part: rearrange(op, part))


def _check_rearrangement(op: Reshape | Transpose | Slice | Gather, shape: tuple[int, ...]) -> None:
    match op:
        case Reshape(target):
            if min(target, default=1) < 1 or prod(target) != prod(shape):
                raise GraphError(f"{list(shape)} cannot be reshaped to {list(target)}")
        case Transpose(permutation):
            if sorted(permutation) != list(range(len(shape))):
                raise GraphError(f"{list(permutation)} is no permutation of the axes of {list(shape)}")
        case Slice(start, stop, step):
            if not len(start) == len(stop) == len(step) == len(shape) or any(
                not 0 <= a < b <= n or c < 1 for a, b, c, n in zip(start, stop, step, shape, strict=True)
            ):
                raise GraphError(f"start {list(start)}, stop {list(stop)}, step {list(step)} do not cut {list(shape)}")
        case Gather(indices, axis):
            length = _length(shape, axis)
            if (
                len(indices.shape) != 1
                or not indices.size
                or not 0 <= indices.values.min() <= indices.values.max() < length
            ):
                raise GraphError(f"indices must be a list of numbers from 0 to {length - 1}, found {indices.tolist()}")
        case _:
            assert_never(op)


def _each(x: Interval, change: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]) -> Interval:
    return Interval.of(change(x.lo.values), change(x.hi.values), change(x.lsb.values))


def _length(shape: tuple[int, ...], axis: int) -> int:
    if not 0 <= axis < len(shape):
        raise GraphError(f"axis {axis} does not exist in shape {list(shape)}")
    return shape[axis]


def axis_length(x: Interval, axis: int) -> int:
    """The length of one axis; ``GraphError`` where there is none."""
    return _length(x.shape, axis)


def infer_concat(axis: int, operands: Sequence[Interval]) -> Interval:
    """Elements keep their intervals."""
    if len(operands) < 2:
        raise GraphError("needs two or more operands")
    rests = {(*x.shape[:axis], *x.shape[axis + 1 :]) for x in operands if axis_length(x, axis)}
    if len(rests) != 1:
        raise GraphError(f"shapes {[list(x.shape) for x in operands]} differ outside axis {axis}")
    parts = ([part.values for part in column] for column in zip(*((x.lo, x.hi, x.lsb) for x in operands), strict=True))
    return Interval.of(*(np.concatenate(column, axis=axis) for column in parts))


def take_slice(x: Interval, axis: int, n: int) -> Interval:
    """Slice ``n`` of an axis, which vanishes."""
    return _each(x, lambda part: part.take(n, axis=axis))


def union_along(x: Interval, axis: int) -> Interval:
    """The union of all slices of an axis, which vanishes."""
    axis_length(x, axis)
    return x.union_along(axis)


def stack_copies(x: Interval, axis: int, copies: int) -> Interval:
    """``copies`` of a tensor along a new axis."""
    if axis > len(x.shape):
        raise GraphError(f"axis {axis} does not exist in the result of the body, of shape {list(x.shape)}")
    return _each(x, lambda part: np.stack([part] * copies, axis=axis))


def infer_extremum(op: Max | Min, x: Interval) -> Interval:
    """The extremum of the ends, at the finest scale among the entries."""
    check_axes(op.axes, x.shape)
    pair = Maximum() if isinstance(op, Max) else Minimum()
    for axis in reversed(op.axes):
        slices = [take_slice(x, axis, n) for n in range(x.shape[axis])]
        x = reduce(lambda a, b: infer_binary(pair, a, b), slices)
    return x
