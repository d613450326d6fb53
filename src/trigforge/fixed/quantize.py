"""Rounding and overflow of mantissas: the one definition of every bit that is lost."""

from typing import assert_never

import numpy as np
import numpy.typing as npt

from trigforge.fixed import exact
from trigforge.fixed.exact import IntArray
from trigforge.fixed.modes import Overflow, Rounding
from trigforge.fixed.types import FixedTypes


def round_mantissa(mantissa: IntArray, places: npt.ArrayLike, rounding: Rounding) -> IntArray:
    """``mantissa / 2**places`` rounded to integers; a negative ``places`` multiplies, exactly."""
    # From two places beyond the longest mantissa on, nothing changes any more.
    places = np.minimum(np.asarray(places, dtype=np.int64), exact.longest(mantissa) + 2)
    floor = exact.shift(mantissa, -places)
    finer = exact.shift(mantissa, 1 - places)
    half = (finer & 1) == 1
    below = exact.shift(finer, places - 1) != mantissa
    match rounding:
        case Rounding.TRN:
            return floor
        case Rounding.TRN_ZERO:
            up = (mantissa < 0) & (half | below)
        case Rounding.RND:
            up = half
        case Rounding.RND_ZERO:
            up = half & (below | (mantissa < 0))
        case Rounding.RND_INF:
            up = half & (below | (mantissa >= 0))
        case Rounding.RND_MIN_INF:
            up = half & below
        case Rounding.RND_CONV:
            up = half & (below | ((floor & 1) == 1))
        case _:
            assert_never(rounding)
    return exact.add(floor, exact.integers(up))


def overflow_mantissa(mantissa: IntArray, types: FixedTypes, overflow: Overflow) -> IntArray:
    """Bring mantissas at the scale of ``types`` into their range. An element of width 0 becomes 0."""
    lo, hi = types.lo, types.hi
    match overflow:
        case Overflow.WRAP:
            span = exact.add(exact.add(hi, -lo), np.ones_like(lo))
            return exact.integers(exact.add(exact.add(mantissa, -lo) % span, lo))
        case Overflow.SAT:
            return exact.integers(np.minimum(np.maximum(mantissa, lo), hi))
        case Overflow.SAT_ZERO:
            return exact.integers(np.where((mantissa < lo) | (mantissa > hi), 0, mantissa))
        case Overflow.SAT_SYM:
            return exact.integers(np.minimum(np.maximum(mantissa, np.where(lo < 0, -hi, lo)), hi))
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
