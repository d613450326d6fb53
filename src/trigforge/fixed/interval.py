"""``Interval``: for each element of a tensor, all that it can ever be."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from trigforge.fixed import exact
from trigforge.fixed.arrays import FixedArray, Integers
from trigforge.fixed.exact import IntArray
from trigforge.fixed.types import FixedType, FixedTypes

_NO_LSB = 2**30


@dataclass(frozen=True)
class Interval:
    """Element ``e`` is one of ``m * 2**lsb[e]`` for integers ``lo[e] <= m <= hi[e]``.

    Canonical, so that equal sets of values compare equal: where ``lo == hi`` the mantissa is odd (or 0 with lsb 0).
    The three arrays have the tensor's shape.
    """

    lo: Integers
    hi: Integers
    lsb: Integers

    @classmethod
    def of(cls, lo: npt.ArrayLike, hi: npt.ArrayLike, lsb: npt.ArrayLike) -> Self:
        """Broadcast against each other and bring into canonical form; a ValueError where ``lo > hi``."""
        low, high, places = np.broadcast_arrays(exact.integers(lo), exact.integers(hi), np.asarray(lsb, np.int64))
        if bool((low > high).any()):
            raise ValueError("an interval ends before it begins")
        single = low == high
        if bool(single.any()):
            zeros = np.where(single, exact.trailing_zeros(exact.integers(low)), 0)
            low, high = exact.shift(exact.integers(low), -zeros), exact.shift(exact.integers(high), -zeros)
            places = np.where(single & (low == 0), 0, places + zeros)
        return cls(Integers(low), Integers(high), Integers(places))

    @classmethod
    def of_types(cls, types: FixedTypes, shape: tuple[int, ...]) -> Self:
        """Everything that tensors of these types can hold."""
        full = types.broadcast(shape)
        return cls.of(full.lo, full.hi, full.lsb)

    @classmethod
    def of_constant(cls, constant: FixedArray) -> Self:
        """Each element is its one value."""
        return cls.of(constant.mantissa.values, constant.mantissa.values, constant.lsb)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.lo.shape

    @property
    def is_zero(self) -> npt.NDArray[np.bool_]:
        return np.asarray((self.lo.values == 0) & (self.hi.values == 0), dtype=np.bool_)

    @property
    def hull_lsb(self) -> int:
        """The smallest lsb of any element that is not always 0; 0 if there is none."""
        smallest = int(np.where(self.is_zero, _NO_LSB, self.lsb.values).min(initial=_NO_LSB))
        return 0 if smallest == _NO_LSB else smallest

    def at(self, lsb: int) -> tuple[IntArray, IntArray]:
        """``lo`` and ``hi`` as mantissas at one common scale, which must not be coarser than any element's."""
        places = np.where(self.is_zero, 0, self.lsb.values - lsb)
        if places.size and int(places.min()) < 0:
            raise ValueError(f"lsb 2^{lsb} is coarser than an element's")
        return exact.shift(self.lo.values, places), exact.shift(self.hi.values, places)

    @property
    def hull(self) -> FixedType:
        """The narrowest ``FixedType`` (of at least one bit) that holds every element."""
        lo, hi = self.at(self.hull_lsb)
        low, high = int(lo.min(initial=0)), int(hi.max(initial=0))
        signed = low < 0
        width = max(high.bit_length(), (-low - 1).bit_length() if signed else 0) + signed
        width = max(width, 1)
        return FixedType(width, width + self.hull_lsb, signed)

    @property
    def types(self) -> FixedTypes:
        """The narrowest type of each element on its own; width 0 where it is always 0."""
        lo, hi = self.lo.values, self.hi.values
        signed = np.asarray(lo < 0, np.int64)
        magnitude = np.maximum(exact.bit_length(np.maximum(hi, 0)), exact.bit_length(np.where(lo < 0, -lo - 1, 0)))
        width = magnitude + signed
        return FixedTypes.of(signed, width, width + self.lsb.values)

    def union(self, other: "Interval") -> "Interval":
        """The smallest interval, element by element (broadcast), that contains both."""
        a_lsb = np.where(self.is_zero, _NO_LSB, self.lsb.values)
        b_lsb = np.where(other.is_zero, _NO_LSB, other.lsb.values)
        lsb = np.minimum(a_lsb, b_lsb)
        lsb = np.where(lsb == _NO_LSB, 0, lsb)
        (a_lo, a_hi), (b_lo, b_hi) = self.scaled(lsb), other.scaled(lsb)
        return Interval.of(np.minimum(a_lo, b_lo), np.maximum(a_hi, b_hi), lsb)

    def union_along(self, axis: int) -> "Interval":
        """The union of all slices of an axis, which vanishes."""
        lsb = np.where(self.is_zero, _NO_LSB, self.lsb.values).min(axis=axis)
        lsb = np.where(lsb == _NO_LSB, 0, lsb)
        lo, hi = self.scaled(np.expand_dims(lsb, axis))
        return Interval.of(lo.min(axis=axis), hi.max(axis=axis), lsb)

    def scaled(self, lsb: npt.NDArray[np.int64]) -> tuple[IntArray, IntArray]:
        """``lo`` and ``hi`` as mantissas at a per-element scale (broadcast) nowhere coarser than the element's own."""
        places = np.where(self.is_zero, 0, self.lsb.values - lsb)
        return exact.shift(self.lo.values, places), exact.shift(self.hi.values, places)

    def contains(self, other: "Interval") -> bool:
        """True if every value that ``other`` allows is allowed here, element by element."""
        return self.union(other) == self
