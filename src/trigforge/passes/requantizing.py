"""Proofs that two ways to round, or two ways to overflow, are the same on all values of a tensor."""

from functools import cache

import numpy as np
import numpy.typing as npt

from trigforge.fixed import FixedTypes, Integers, Interval, Overflow, Rounding, round_mantissa
from trigforge.fixed.exact import IntArray
from trigforge.graph.ops import Requantize

ROUNDINGS = (
    Rounding.TRN,
    Rounding.RND,
    Rounding.RND_CONV,
    Rounding.TRN_ZERO,
    Rounding.RND_MIN_INF,
    Rounding.RND_ZERO,
    Rounding.RND_INF,
)
"""the simplest first"""
_FAR = 2**20


def dropped_bits(x: Interval, types: FixedTypes) -> npt.NDArray[np.int64]:
    """The number of bits that each element loses below the last that is kept: 0 or less where it loses none."""
    return np.where(x.is_zero | (types.width.values == 0), 0, types.lsb - x.lsb.values)


def rounded_range(x: Interval, types: FixedTypes, rounding: Rounding) -> tuple[IntArray, IntArray]:
    """The ends of each element's interval, rounded, as mantissas of its type (of the tensor's shape)."""
    places = np.where(x.is_zero, 0, types.lsb - x.lsb.values)
    return round_mantissa(x.lo.values, places, rounding), round_mantissa(x.hi.values, places, rounding)


def kept_range(types: FixedTypes, overflow: Overflow) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The mantissas that an overflow mode leaves as they are."""
    lo, hi = types.lo, types.hi
    return np.where(lo < 0, -hi, lo) if overflow is Overflow.SAT_SYM else lo, hi


def loses_nothing(op: Requantize, x: Interval) -> bool:
    """True if every value stays the same."""
    types = op.types.broadcast(x.shape)
    lo, hi = rounded_range(x, types, op.rounding)
    least, largest = kept_range(types, op.overflow)
    whole = x.is_zero | (types.lsb <= x.lsb.values)
    return bool((x.is_zero | (whole & (lo >= least) & (hi <= largest))).all())


def simplest_rounding(x: Interval, types: FixedTypes, rounding: Rounding) -> Rounding:
    """The first of ``ROUNDINGS`` that does to each element of ``x`` what ``rounding`` does."""
    dropped = np.minimum(dropped_bits(x, types), 2)
    lossy = dropped > 0
    cases = {
        (int(bits), bool(never_negative), bool(never_positive))
        for bits, never_negative, never_positive in zip(
            dropped[lossy], x.lo.values[lossy] >= 0, x.hi.values[lossy] <= 0, strict=True
        )
    }
    return next(r for r in ROUNDINGS if all(_same_rounding(r, rounding, *case) for case in cases))


@cache
def _same_rounding(a: Rounding, b: Rounding, bits: int, never_negative: bool, never_positive: bool) -> bool:
    """Roundings look at the sign, the last bit kept, and whether the rest is 0, below, at or above one half: with two
    dropped bits (or one, which cannot be below or above) eight mantissas of each sign show all of it."""
    mantissa = np.arange(0 if never_negative else -8, 1 if never_positive else 9)
    return bool((round_mantissa(mantissa, bits, a) == round_mantissa(mantissa, bits, b)).all())


def simplest_overflow(x: Interval, types: FixedTypes, rounding: Rounding, overflow: Overflow) -> Overflow:
    """The simplest mode that does to each element of ``x``, rounded, what ``overflow`` does."""
    lo, hi = rounded_range(x, types, rounding)
    least, largest = types.lo, types.hi
    empty = types.width.values == 0
    fits_below, fits_above = empty | (lo >= least), empty | (hi <= largest)
    match overflow:
        case Overflow.WRAP:
            return overflow
        case Overflow.SAT:
            simpler = Overflow.SAT
        case Overflow.SAT_SYM:
            symmetric = (least == 0) | (lo >= -largest)
            if not bool(symmetric.all()):
                return overflow
            simpler = Overflow.SAT
        case Overflow.SAT_ZERO:
            at_zero = fits_above & (fits_below | (least == 0))
            simpler = Overflow.SAT if bool(at_zero.all()) else overflow
    return Overflow.WRAP if bool((fits_below & fits_above).all()) else simpler


def joined_along(op: Requantize, x: Interval, axis: int) -> Requantize | None:
    """``op`` with one type for all slices of ``axis``: the union of theirs. None where that changes a bit of ``x``."""
    types = op.types.broadcast(x.shape)
    joined = _union_along(types, axis)
    alike = np.all([a.values == b.values for a, b in zip(_fields(types), _fields(joined), strict=True)], axis=0)
    if bool(alike.all()):
        return op
    rounds_alike = (dropped_bits(x, types) <= 0) | (types.lsb == joined.lsb)
    lo, hi = rounded_range(x, types, op.rounding)
    least, largest = kept_range(types, op.overflow)
    keeps = (types.width.values > 0) & rounds_alike & (lo >= least) & (hi <= largest)
    return Requantize(joined, op.rounding, op.overflow) if bool((alike | x.is_zero | keeps).all()) else None


def _fields(types: FixedTypes) -> tuple[Integers, Integers, Integers]:
    return types.signed, types.width, types.integer_bits


def _union_along(types: FixedTypes, axis: int) -> FixedTypes:
    """For each element the narrowest type that holds the types of all slices of ``axis``, in the same shape."""
    live = types.width.values > 0
    magnitude = np.where(live, types.integer_bits.values - types.signed.values, -_FAR).max(axis=axis, keepdims=True)
    lsb = np.where(live, types.lsb, _FAR).min(axis=axis, keepdims=True)
    signed = types.signed.values.max(axis=axis, keepdims=True)
    width = np.where(live.any(axis=axis, keepdims=True), signed + magnitude - lsb, 0)
    union = FixedTypes.of(signed, width, np.where(width > 0, signed + magnitude, 0))
    return union.broadcast(types.width.shape)
