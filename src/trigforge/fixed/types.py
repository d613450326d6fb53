"""``FixedType``: a binary fixed-point type; ``FixedTypes``: one for each element of a tensor."""

import re
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from trigforge.fixed import exact
from trigforge.fixed.arrays import Integers
from trigforge.fixed.modes import Overflow

_SPELLING = re.compile(r"ap_(u?)fixed<\s*(\d+)\s*,\s*(-?\d+)\s*>")
_ONE = np.array(1)


@dataclass(frozen=True, order=True)
class FixedType:
    """``ap_fixed<W,I>``: ``width`` bits in all, ``integer_bits`` of them left of the binary point, the sign included.

    A value is ``mantissa * 2**lsb`` with ``lsb = integer_bits - width`` and ``lo <= mantissa <= hi``. Width 0 holds 0
    only. ``integer_bits`` may be negative or exceed the width.

    >>> short = FixedType(width=6, integer_bits=3, signed=True)
    >>> print(short, short.lo, short.hi, short.lsb)
    ap_fixed<6,3> -32 31 -3
    >>> FixedType.parse("ap_ufixed<4,-1>")
    FixedType(width=4, integer_bits=-1, signed=False)
    """

    width: int
    integer_bits: int
    signed: bool

    def __post_init__(self) -> None:
        if self.width < 0:
            raise ValueError(f"a width of {self.width} bits is negative")

    @property
    def fraction_bits(self) -> int:
        return self.width - self.integer_bits

    @property
    def lsb(self) -> int:
        """The exponent of the weight of the last bit."""
        return self.integer_bits - self.width

    @property
    def lo(self) -> int:
        """The smallest mantissa."""
        return -(1 << self.width - 1) if self.signed and self.width else 0

    @property
    def hi(self) -> int:
        """The largest mantissa."""
        return (1 << self.width - (1 if self.signed else 0)) - 1 if self.width else 0

    def ends(self, overflow: Overflow) -> tuple[int, int]:
        """The smallest and the largest mantissa that ``overflow`` leaves.

        >>> FixedType(4, 4, signed=True).ends(Overflow.SAT_SYM)
        (-7, 7)
        """
        return (max(self.lo, -self.hi) if overflow is Overflow.SAT_SYM else self.lo), self.hi

    def __str__(self) -> str:
        return f"ap_{'' if self.signed else 'u'}fixed<{self.width},{self.integer_bits}>"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The type that ``str`` printed; a ValueError for any other text."""
        match = _SPELLING.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not of the form ap_fixed<W,I> or ap_ufixed<W,I>")
        return cls(int(match[2]), int(match[3]), not match[1])


@dataclass(frozen=True)
class FixedTypes:
    """One ``FixedType`` an element: three integer arrays of equal shape, which broadcasts to the tensor's."""

    signed: Integers
    width: Integers
    integer_bits: Integers

    def __post_init__(self) -> None:
        if not self.signed.shape == self.width.shape == self.integer_bits.shape:
            shapes = f"{self.signed.shape}, {self.width.shape}, {self.integer_bits.shape}"
            raise ValueError(f"signed, width and integer_bits differ in shape: {shapes}")
        if self.width.size and int(self.width.values.min()) < 0:
            raise ValueError("a width is negative")

    @classmethod
    def of(cls, signed: npt.ArrayLike, width: npt.ArrayLike, integer_bits: npt.ArrayLike) -> Self:
        """Broadcast against each other. Elements of width 0 (or below) become one spelling: unsigned, <0,0>.

        Axes along which the type does not change get length 1.
        """
        s, w, i = np.broadcast_arrays(*(np.asarray(v, dtype=np.int64) for v in (signed, width, integer_bits)))
        dead = w <= 0
        s, w, i = (np.where(dead, 0, v) for v in (s, w, i))
        stacked = np.stack([s, w, i])
        for axis in range(1, stacked.ndim):
            first = stacked.take([0], axis=axis)
            if stacked.shape[axis] > 1 and bool((stacked == first).all()):
                stacked = first
        return cls(*(Integers(field) for field in stacked))

    @classmethod
    def from_kif(cls, k: npt.ArrayLike, i: npt.ArrayLike, f: npt.ArrayLike) -> Self:
        """From sign bit, integer bits without the sign, and fraction bits (the HGQ convention)."""
        k, i, f = (np.asarray(v, dtype=np.int64) for v in (k, i, f))
        return cls.of(k, k + i + f, k + i)

    @classmethod
    def uniform(cls, fixed_type: FixedType) -> Self:
        """The same type for every element (shape ``()``)."""
        return cls.of(int(fixed_type.signed), fixed_type.width, fixed_type.integer_bits)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.width.shape

    @property
    def lsb(self) -> npt.NDArray[np.int64]:
        return self.integer_bits.values - self.width.values

    @property
    def lo(self) -> exact.IntArray:
        """Smallest mantissa of each element."""
        negative = self.signed.values * self.width.values > 0
        return np.where(negative, -exact.shift(_ONE, np.where(negative, self.width.values - 1, 0)), 0)

    @property
    def hi(self) -> exact.IntArray:
        """Largest mantissa of each element."""
        return exact.shift(_ONE, np.maximum(self.width.values - self.signed.values, 0)) - 1

    def broadcast(self, shape: tuple[int, ...]) -> "FixedTypes":
        """The same types at the tensor's full shape; a ValueError if they do not fit it."""
        fields = (self.signed, self.width, self.integer_bits)
        return FixedTypes(*(Integers(np.broadcast_to(v.values, shape)) for v in fields))
