"""Rounding and overflow of mantissas, arrays or Python integers: the one definition of every bit that is lost."""

from typing import Any, assert_never

import numpy as np
import numpy.typing as npt

from trigforge.fixed import exact
from trigforge.fixed.exact import IntArray
from trigforge.fixed.modes import Overflow, Rounding
from trigforge.fixed.types import FixedTypes


def round_mantissa(mantissa: IntArray, places: npt.ArrayLike, rounding: Rounding) -> IntArray:
    """``mantissa / 2**places`` rounded to integers; a negative ``places`` multiplies, exactly."""
    floor = exact.shift(mantissa, -np.asarray(places, dtype=np.int64))
    return floor if rounding is Rounding.TRN else exact.add(floor, round_up(mantissa, places, rounding))


def round_up(mantissa: IntArray, places: npt.ArrayLike, rounding: Rounding) -> IntArray:
    """1 where ``mantissa / 2**places`` is rounded to the next integer above its floor, else 0."""
    # From two places beyond the longest mantissa on, nothing changes any more.
    places = np.minimum(np.asarray(places, dtype=np.int64), exact.longest(mantissa) + 2)
    finer = exact.shift(mantissa, 1 - places)
    return exact.integers(_goes_up(mantissa, finer, exact.shift(finer, places - 1) != mantissa, rounding))


def round_integer(mantissa: int, places: int, rounding: Rounding) -> int:
    """``round_mantissa`` of one Python integer, for one place or more."""
    finer = mantissa >> places - 1
    return (finer >> 1) + _goes_up(mantissa, finer, finer << places - 1 != mantissa, rounding)


def _goes_up(mantissa: Any, finer: Any, below: Any, rounding: Rounding) -> Any:
    """The definition of rounding, on Python integers and arrays alike: whether a mantissa goes up from its floor.

    ``finer`` has one more place than the floor, the half; ``below`` says that places below the half are not 0.
    """
    half = (finer & 1) == 1
    match rounding:
        case Rounding.TRN:
            return half & False
        case Rounding.TRN_ZERO:
            return (mantissa < 0) & (half | below)
        case Rounding.RND:
            return half
        case Rounding.RND_ZERO:
            return half & (below | (mantissa < 0))
        case Rounding.RND_INF:
            return half & (below | (mantissa >= 0))
        case Rounding.RND_MIN_INF:
            return half & below
        case Rounding.RND_CONV:
            return half & (below | ((finer & 2) == 2))
        case _:
            assert_never(rounding)


def overflow_mantissa(mantissa: IntArray, types: FixedTypes, overflow: Overflow) -> IntArray:
    """Bring mantissas at the scale of ``types`` into their range. An element of width 0 becomes 0."""
    return overflow_into(mantissa, types.lo, types.hi, overflow)


def overflow_into(mantissa: IntArray, lo: IntArray, hi: IntArray, overflow: Overflow) -> IntArray:
    """The definition of overflow: mantissas brought into the range of a type, ``lo`` to ``hi``."""
    if object in (lo.dtype, hi.dtype):
        mantissa, lo, hi = (part.astype(object) for part in (mantissa, lo, hi))
    match overflow:
        case Overflow.WRAP:
            # Cut to the bits of the type, and the sign bit copied upwards.
            return exact.integers(((mantissa & (hi - lo)) ^ -lo) + lo)
        case Overflow.SAT:
            return exact.integers(np.minimum(np.maximum(mantissa, lo), hi))
        case Overflow.SAT_ZERO:
            return exact.integers(np.where((mantissa < lo) | (mantissa > hi), 0, mantissa))
        case Overflow.SAT_SYM:
            return exact.integers(np.minimum(np.maximum(mantissa, np.maximum(lo, -hi)), hi))
        case _:
            assert_never(overflow)


def requantize(
    mantissa: IntArray, lsb: npt.ArrayLike, types: FixedTypes, rounding: Rounding, overflow: Overflow
) -> IntArray:
    """Mantissas of ``mantissa * 2**lsb`` in ``types`` (broadcast to each other), each at its own type's lsb.

    5/4, 6/4 and 40/4 in ``ap_ufixed<3,2>``, halves to even and saturated, are 2/2, 3/2 and 7/2:

    >>> short = FixedTypes.of(signed=0, width=3, integer_bits=2)
    >>> requantize(np.array([5, 6, 40]), -2, short, Rounding.RND_CONV, Overflow.SAT)
    array([2, 3, 7])
    """
    rounded = round_mantissa(mantissa, types.lsb - np.asarray(lsb, dtype=np.int64), rounding)
    return overflow_mantissa(rounded, types, overflow)
