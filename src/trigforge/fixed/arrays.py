"""Immutable integer arrays with value equality, which graphs hold instead of floats."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from trigforge.fixed import exact


class Integers:
    """A read-only array of integers that compares and hashes by shape and content."""

    __slots__ = ("values",)
    values: exact.IntArray

    def __init__(self, values: npt.ArrayLike) -> None:
        array = exact.integers(values).copy()
        array.setflags(write=False)
        object.__setattr__(self, "values", array)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Integers are immutable; cannot set {name}")

    def __reduce__(self) -> tuple[type["Integers"], tuple[exact.IntArray]]:
        """For pickle, which else would set ``values``: graphs are sent to other processes."""
        return Integers, (self.values,)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.values.shape

    @property
    def size(self) -> int:
        return self.values.size

    def tolist(self) -> Any:
        """Nested lists of Python integers."""
        return self.values.tolist()

    def collapsed(self) -> "Integers":
        """The smallest array that broadcasts back to this one: axes along which nothing changes get length 1."""
        values = self.values
        for axis in range(values.ndim):
            first = values.take([0], axis=axis) if values.shape[axis] else values
            if values.shape[axis] > 1 and bool((values == first).all()):
                values = first
        return Integers(values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Integers) and self.shape == other.shape and bool((self.values == other.values).all())

    def __hash__(self) -> int:
        return hash((self.shape, tuple(self.values.reshape(-1).tolist())))

    def __repr__(self) -> str:
        return f"Integers(shape={self.shape}, {self.values.reshape(-1).tolist()!r})"


@dataclass(frozen=True)
class FixedArray:
    """Constants, ``mantissa * 2**lsb``. Canonical: not every mantissa is even, and ``lsb`` is 0 if all are 0.

    >>> weights = FixedArray.from_float([0.5, -1.25, 2.0])
    >>> weights.mantissa.tolist(), weights.lsb
    ([2, -5, 8], -2)
    """

    mantissa: Integers
    lsb: int

    def __post_init__(self) -> None:
        values = self.mantissa.values
        nonzero = values[values != 0]
        places = int(exact.trailing_zeros(nonzero).min()) if nonzero.size else 0
        if places:
            object.__setattr__(self, "mantissa", Integers(exact.shift(values, -places)))
        object.__setattr__(self, "lsb", self.lsb + places if nonzero.size else 0)

    @classmethod
    def of(cls, mantissa: npt.ArrayLike, lsb: int = 0) -> Self:
        """From anything NumPy reads as integers."""
        return cls(Integers(mantissa), lsb)

    @classmethod
    def from_float(cls, values: npt.ArrayLike) -> Self:
        """The exact mantissas of binary floating-point numbers; a ValueError for NaN or infinity."""
        array = np.asarray(values, dtype=np.float64)
        if not np.isfinite(array).all():
            raise ValueError("NaN or infinity has no mantissa")
        fraction, exponent = np.frexp(array)
        mantissa = (fraction * 2.0**53).astype(np.int64)
        zeros = exact.trailing_zeros(mantissa)
        lsb = np.where(mantissa == 0, 2**30, exponent - 53 + zeros)
        smallest = int(lsb.min(initial=2**30))
        if smallest == 2**30:
            return cls(Integers(np.zeros(array.shape, np.int64)), 0)
        places = np.where(mantissa == 0, 0, lsb - smallest)
        return cls(Integers(exact.shift(mantissa >> zeros, places)), smallest)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.mantissa.shape

    def to_float(self) -> npt.NDArray[np.float64]:
        """The values, rounded to float64 where a mantissa exceeds 53 bits."""
        return np.ldexp(self.mantissa.values.astype(np.float64), self.lsb)
