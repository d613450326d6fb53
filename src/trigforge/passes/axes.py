"""Parameters of ops when an axis of the tensor vanishes or appears."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from trigforge.fixed import FixedArray, FixedTypes, Integers, Interval
from trigforge.fixed.exact import IntArray

Parameter = TypeVar("Parameter", FixedArray, FixedTypes, Integers)


def rearranged(parameter: Parameter, change: Callable[[IntArray], IntArray]) -> Parameter:
    """``change`` applied to the numbers of a parameter; it must not depend on what they are."""
    if isinstance(parameter, FixedArray):
        return FixedArray.of(change(parameter.mantissa.values), parameter.lsb)
    if isinstance(parameter, FixedTypes):
        parts = (parameter.signed, parameter.width, parameter.integer_bits)
        return FixedTypes.of(*(change(part.values) for part in parts))
    return Integers(change(parameter.values))


def constant_along(values: IntArray, axis: int) -> bool:
    """Whether all slices of an axis are equal."""
    return bool((values == values.take([0], axis=axis)).all())


def uniform(x: Interval, axis: int) -> bool:
    """Whether all slices of an axis have equal intervals."""
    return all(constant_along(part.values, axis) for part in (x.lo, x.hi, x.lsb))


def without_axis(parameter: Parameter, rank: int, axis: int) -> Parameter | None:
    """What broadcasts to a tensor of ``rank`` axes, for one slice of ``axis``; None where the slices differ."""
    position = axis - (rank - len(parameter.shape))
    if position < 0:
        return parameter
    if not all(constant_along(part, position) for part in _parts(parameter)):
        return None
    return rearranged(parameter, lambda values: values.take(0, axis=position))


def with_axis(parameter: Parameter, rank: int, axis: int) -> Parameter:
    """What broadcasts to a tensor of ``rank`` axes, for as many copies as one likes along a new ``axis``."""
    position = axis - (rank - len(parameter.shape))
    if position <= 0:
        return parameter
    return rearranged(parameter, lambda values: np.expand_dims(values, position))


def _parts(parameter: FixedArray | FixedTypes | Integers) -> tuple[IntArray, ...]:
    if isinstance(parameter, FixedArray):
        return (parameter.mantissa.values,)
    if isinstance(parameter, FixedTypes):
        return parameter.signed.values, parameter.width.values, parameter.integer_bits.values
    return (parameter.values,)
