"""Parameters of ops when an axis of the tensor vanishes or appears."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar, assert_never

import numpy as np

from trigforge.fixed import FixedArray, FixedTypes, Integers, Interval
from trigforge.fixed.exact import IntArray
from trigforge.graph.ops import LeadingOne, Lookup, Relu, Requantize, Shift, UnaryOp

Parameter = TypeVar("Parameter", FixedArray, FixedTypes, Integers)


def rearranged(parameter: Parameter, change: Callable[[IntArray], IntArray]) -> Parameter:
    """A parameter with ``change`` applied to its array; ``change`` moves entries, whatever their values."""
    if isinstance(parameter, FixedArray):
        return FixedArray.of(change(parameter.mantissa.values), parameter.lsb)
    if isinstance(parameter, FixedTypes):
        parts = (parameter.signed, parameter.width, parameter.integer_bits)
        return FixedTypes.of(*(change(part.values) for part in parts))
    return Integers(change(parameter.values))


def constant_along(values: IntArray, axis: int) -> bool:
    """True if all slices of an axis are equal."""
    return bool((values == values.take([0], axis=axis)).all())


def uniform(x: Interval, axis: int) -> bool:
    """True if all slices of an axis have equal intervals."""
    return all(constant_along(part.values, axis) for part in (x.lo, x.hi, x.lsb))


def without_axis(parameter: Parameter, rank: int, axis: int) -> Parameter | None:
    """A parameter of a tensor of ``rank`` axes, cut to one slice of ``axis``; None where the slices differ."""
    position = axis - (rank - len(parameter.shape))
    if position < 0:
        return parameter
    if not all(constant_along(part, position) for part in _parts(parameter)):
        return None
    return rearranged(parameter, lambda values: values.take(0, axis=position))


def with_axis(parameter: Parameter, rank: int, axis: int) -> Parameter:
    """A parameter of a tensor of ``rank`` axes, for any number of copies along a new ``axis``."""
    position = axis - (rank - len(parameter.shape))
    if position <= 0:
        return parameter
    return rearranged(parameter, lambda values: np.expand_dims(values, position))


def alike_along(parameter: Parameter, rank: int, axis: int) -> Parameter | None:
    """A parameter of a tensor of ``rank`` axes that fits any length of ``axis``; None where its entries differ."""
    cut = without_axis(parameter, rank, axis)
    return None if cut is None else with_axis(cut, rank - 1, axis)


def taken_along(parameter: Parameter, rank: int, axis: int, entries: range) -> Parameter:
    """A parameter of a tensor of ``rank`` axes, cut to the ``entries`` of an axis."""
    position = axis - (rank - len(parameter.shape))
    if position < 0 or parameter.shape[position] == 1:
        return parameter
    return rearranged(parameter, lambda values: values.take(entries, axis=position))


def with_parameter(op: UnaryOp, change: Callable[[Any], Any]) -> UnaryOp | None:
    """``op`` with ``change`` applied to its parameter that broadcasts to the tensor; None where that gives None."""
    match op:
        case Relu() | LeadingOne():
            return op
        case Lookup(index=index):
            changed = change(index)
            return None if changed is None else replace(op, index=changed)
        case Shift(places):
            changed = change(places)
            return None if changed is None else Shift(changed)
        case Requantize(types):
            changed = change(types)
            return None if changed is None else replace(op, types=changed)
        case _:
            assert_never(op)


def _parts(parameter: FixedArray | FixedTypes | Integers) -> tuple[IntArray, ...]:
    if isinstance(parameter, FixedArray):
        return (parameter.mantissa.values,)
    if isinstance(parameter, FixedTypes):
        return parameter.signed.values, parameter.width.values, parameter.integer_bits.values
    return (parameter.values,)
