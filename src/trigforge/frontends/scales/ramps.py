"""``Ramp``: ``clip(x * scale + offset, lo, hi)`` with rational numbers, one for each element of a tensor."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Ratios = npt.NDArray[Any]
"""object array of ``Fraction``; ``math.inf`` where a bound is missing"""

ZERO, ONE = Fraction(0), Fraction(1)


def ratios(values: npt.ArrayLike | Fraction) -> Ratios:
    """Floating-point numbers, integers or fractions, exactly; infinities stay."""
    array = np.asarray(values)
    if array.dtype.kind == "f":
        flat = [v if math.isinf(v) else Fraction(v) for v in array.astype(np.float64).reshape(-1).tolist()]
    else:
        flat = [v if isinstance(v, Fraction | float) else Fraction(int(v)) for v in array.reshape(-1).tolist()]
    found = np.empty(len(flat), dtype=object)
    found[:] = flat
    return found.reshape(array.shape)


def shrunk(values: Ratios) -> Ratios:
    """The smallest array that broadcasts back to ``values``: axes along which nothing changes get length 1."""
    for axis in range(values.ndim):
        first = values.take([0], axis=axis) if values.shape[axis] else values
        if values.shape[axis] > 1 and bool((values == first).all()):
            values = first
    return values


def divisor(values: Ratios) -> Fraction:
    """The largest number of which all finite ``values`` are multiples; 1 where all are 0."""
    numbers = {v for v in values.reshape(-1).tolist() if isinstance(v, Fraction) and v}
    if not numbers:
        return ONE
    common = math.lcm(*(v.denominator for v in numbers))
    return Fraction(math.gcd(*(v.numerator * (common // v.denominator) for v in numbers)), common)


def exponent(value: Fraction) -> int | None:
    """``n`` for ``2**n``, None for another number."""
    top, bottom = value.numerator, value.denominator
    if top <= 0 or top & top - 1 or bottom & bottom - 1:
        return None
    return top.bit_length() - bottom.bit_length()


@dataclass(frozen=True, eq=False)
class Ramp:
    """``clip(x * scale + offset, lo, hi)``; the four arrays broadcast to the tensor."""

    scale: Ratios
    offset: Ratios
    lo: Ratios
    hi: Ratios

    def __post_init__(self) -> None:
        for name in ("scale", "offset", "lo", "hi"):  # NumPy makes numbers of arrays without axes
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=object))

    @classmethod
    def identity(cls) -> Self:
        return cls(ratios(1), ratios(0), ratios(-math.inf), ratios(math.inf))

    def times(self, scale: Ratios, offset: Ratios) -> "Ramp":
        """``scale`` times this, plus ``offset``."""
        ends = [_moved(end, scale, offset) for end in (self.lo, self.hi)]
        lo = np.where(scale >= 0, ends[0], ends[1])
        hi = np.where(scale >= 0, ends[1], ends[0])
        return Ramp(self.scale * scale, self.offset * scale + offset, lo, hi)

    def within(self, lo: Ratios, hi: Ratios) -> "Ramp":
        """This, clipped again."""
        low, high = (np.minimum(np.maximum(end, lo), hi) for end in (self.lo, self.hi))
        return Ramp(self.scale, self.offset, low, high)

    @property
    def unbounded(self) -> bool:
        """True where nothing is clipped."""
        return bool((self.lo == -math.inf).all() and (self.hi == math.inf).all())

    def broadcast(self, shape: tuple[int, ...]) -> tuple[Ratios, ...]:
        """Scale, offset, lo and hi at a full shape."""
        return tuple(np.broadcast_to(part, shape) for part in (self.scale, self.offset, self.lo, self.hi))


def _times(end: Any, scale: Any, offset: Any) -> Any:
    if scale == 0:
        return offset
    return end * scale + offset if isinstance(end, Fraction) else end * (1 if scale > 0 else -1)


_moved = np.frompyfunc(_times, 3, 1)
