"""Integer arithmetic on arrays that never wraps.

Arrays are ``int64`` while a bound on the result stays below 2**62, and Python integers (dtype ``object``) from there
on. Callers see integers; which of the two carries them is decided here.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.errors import WidthError

IntArray = npt.NDArray[Any]
"""int64, or object holding Python integers"""

_SAFE = 2**62
MAX_PLACES = 2**16


def integers(values: npt.ArrayLike) -> IntArray:
    """``values`` as int64 where every entry is below 2**62 in magnitude, else as Python integers."""
    array = np.asarray(values)
    if array.dtype == object:
        return array.astype(np.int64) if _magnitude(array) < _SAFE else array
    if array.dtype.kind not in "iub":
        raise TypeError(f"expected integers, found dtype {array.dtype}")
    return array.astype(object) if array.dtype == np.uint64 else array.astype(np.int64, copy=False)


def longest(array: IntArray) -> int:
    """The bit length of the largest magnitude."""
    return _magnitude(array).bit_length()


def _magnitude(array: IntArray) -> int:
    return max(abs(int(array.min())), abs(int(array.max()))) if array.size else 0


def _carry(bound: int, *arrays: IntArray) -> tuple[IntArray, ...]:
    return arrays if bound < _SAFE else tuple(a.astype(object) for a in arrays)


def add(a: IntArray, b: IntArray) -> IntArray:
    """``a + b``, broadcast."""
    a, b = _carry(_magnitude(a) + _magnitude(b), a, b)
    return integers(a + b)


def multiply(a: IntArray, b: IntArray) -> IntArray:
    """``a * b``, broadcast."""
    a, b = _carry(_magnitude(a) * _magnitude(b), a, b)
    return integers(a * b)


def shift(a: IntArray, places: npt.ArrayLike) -> IntArray:
    """``floor(a * 2**places)``, element by element; ``places`` may be negative.

    Raises ``WidthError`` for more than ``MAX_PLACES`` places to the left: no type comes near, and memory would end.
    """
    places = np.asarray(places, dtype=np.int64)
    if places.size and np.broadcast_shapes(a.shape, places.shape) == a.shape and np.min(places) == np.max(places):
        places = np.asarray(int(np.max(places)))  # NumPy shifts by one number several times as fast
    up, down = np.maximum(places, 0), np.maximum(-places, 0)
    furthest = int(up.max(initial=0))
    if furthest > MAX_PLACES:
        raise WidthError(f"a shift by {furthest} places needs more bits than any type has; at most {MAX_PLACES}")
    if _magnitude(a) << furthest < _SAFE:
        raised = a << up if furthest or not down.any() else a
        return integers(raised >> np.minimum(down, 63) if down.any() else raised)
    return integers((a.astype(object) << up.astype(object)) >> down.astype(object))


def contract(equation: str, a: IntArray, b: IntArray) -> IntArray:
    """``einsum(equation, a, b)``."""
    terms = max(1, a.size, b.size)
    a, b = _carry(_magnitude(a) * _magnitude(b) * terms, a, b)
    return integers(np.einsum(equation, a, b))


def trailing_zeros(a: IntArray) -> npt.NDArray[np.int64]:
    """The exponent of the largest power of two that divides each entry; 0 for 0."""
    if a.dtype == object:
        return np.array([((v & -v).bit_length() - 1) if v else 0 for v in a.reshape(-1).tolist()], np.int64).reshape(
            a.shape
        )
    low = (a & -a).astype(np.float64)
    return np.where(a == 0, 0, np.frexp(np.where(a == 0, 1.0, low))[1] - 1).astype(np.int64)


def bit_length(a: IntArray) -> npt.NDArray[np.int64]:
    """``int.bit_length`` of each entry's magnitude."""
    if _magnitude(a) < 2.0**53:
        return np.frexp(np.abs(a).astype(np.float64))[1].astype(np.int64)
    return np.array([int(v).bit_length() for v in a.reshape(-1)], np.int64).reshape(a.shape)
