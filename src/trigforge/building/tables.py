"""Words for functions that have no other exact form: tables over the whole domain of each element."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.building.arithmetic import scaled
from trigforge.building.quantization import Quantization
from trigforge.building.refusals import Refusal
from trigforge.building.tensor import Deferred, Floats, Function, Tensor
from trigforge.fixed import FixedArray, FixedType, FixedTypes, Integers, Overflow, exact, requantize
from trigforge.graph import MAX_TABLE_ENTRIES, Lookup, Reshape, Table

Rounder = Callable[[Floats, FixedType], Floats]
"""A framework's own quantizer: values as those of one type."""

_LONGEST_ENTRY = 62
_MOST_AT_ONCE = 2**20
_MOST_ENTRIES = 2**24


def deferred(x: Tensor, function: Function, what: str, *, uniform: bool = True, name: str = "function") -> Tensor:
    """``function(x)``, left to the quantizer behind it; see ``Deferred``."""
    y = x.builder.add(name, Reshape(x.shape), x)
    before = x.deferred
    if before is None:
        y.deferred = Deferred(function, what, uniform)
    else:
        y.deferred = Deferred(lambda values: function(before.function(values)), what, uniform and before.uniform)
    return y


def table(
    x: Tensor, function: Function, quantization: Quantization, rounded: Rounder | None = None, name: str = "table"
) -> Tensor:
    """``quantization(function(x))`` as tables, one for each distinct domain and type.

    ``rounded`` is the framework's own rounding of floating-point numbers; None rounds exactly. Raises ``Refusal`` for
    an element with more than 2^16 values, and where the function gives NaN.
    """

    def quantized(values: Floats, signed: int, width: int, integer_bits: int) -> Floats:
        kind = FixedType(width, integer_bits, bool(signed))
        if width == 0:
            return np.zeros(len(values))
        return _requantized(values, kind, quantization) if rounded is None else rounded(values, kind)

    lo, hi, lsb = _domain(x)
    types, evaluated = quantization.types_of(x.shape), _evaluated(x, function)
    kinds = np.stack([part.values.reshape(-1) for part in (types.signed, types.width, types.integer_bits)])
    if x.deferred is not None and not x.deferred.uniform:
        columns = _columns(x, evaluated)
        made = [
            _entries(int(lo[n]), int(lsb[n]), quantized(column, *map(int, kinds[:, n])))
            for n, column in enumerate(columns)
        ]
        return scaled(by_element(x, made, name), quantization, name)
    distinct, index = np.unique(np.stack([lo, hi, lsb, *kinds]).astype(np.int64), axis=1, return_inverse=True)
    tables: list[Table] = []
    for first, last, place, *kind in distinct.T.tolist():
        values = evaluated(np.ldexp(np.arange(first, last + 1, dtype=np.float64), place))
        tables.append(_entries(first, place, quantized(values, *kind)))
    return scaled(by_element(x, [tables[n] for n in index.reshape(-1).tolist()], name), quantization, name)


def tables(x: Tensor, function: Function, name: str = "tables") -> Tensor:
    """``function(x)``, which has its own quantizer and is another one for each element, as a table an element.

    ``function`` maps arrays of shape ``(events, *x.shape)`` to such. Raises ``Refusal`` for an element with more than
    2^16 values, for more than 2^24 entries in all, and where the function gives NaN.
    """
    lo, _, lsb = _domain(x)
    columns = _columns(x, _evaluated(x, function))
    return by_element(x, [_entries(int(lo[n]), int(lsb[n]), column) for n, column in enumerate(columns)], name)


def _evaluated(x: Tensor, function: Function) -> Function:
    """``function`` of what ``x`` stands for, on the values of its node."""
    before = x.deferred

    def evaluated(values: Floats) -> Floats:
        divided = values / x.divisor
        return function(divided if before is None else before.function(divided))

    return evaluated


def _columns(x: Tensor, function: Function) -> list[Floats]:
    """The values of ``function`` over the domain of each element, all elements at once."""
    lo, hi, lsb = _domain(x)
    counts = hi - lo + 1
    if int(counts.sum()) > _MOST_ENTRIES:
        raise Refusal(f"its tables would have {int(counts.sum()):,} entries", "quantize its input to fewer bits")
    columns: list[list[Floats]] = [[] for _ in counts]
    step = max(1, _MOST_AT_ONCE // max(1, counts.size))
    for start in range(0, int(counts.max(initial=0)), step):
        mantissas = np.minimum(lo + np.arange(start, min(start + step, int(counts.max())))[:, None], hi)
        values = np.ldexp(mantissas.astype(np.float64), lsb).reshape(-1, *x.shape)
        found = function(values).reshape(len(mantissas), -1)
        for n in np.flatnonzero(counts > start).tolist():
            columns[n].append(found[: counts[n] - start, n])
    return [np.concatenate(column) for column in columns]


def _domain(x: Tensor) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The ends and the scale of each element, flat."""
    if x.known_interval is None:
        raise Refusal(f"looks up the input {x.name!r}, which is not quantized", x.builder.input_remedy)
    lo, hi, lsb = (part.values.reshape(-1) for part in (x.interval.lo, x.interval.hi, x.interval.lsb))
    entries = max((int(b) - int(a) + 1 for a, b in zip(lo, hi, strict=True)), default=1)
    if entries > MAX_TABLE_ENTRIES:
        raise Refusal(
            f"its table would have {entries} entries, at most {MAX_TABLE_ENTRIES} are possible",
            "quantize its input to at most 16 bits",
        )
    return lo.astype(np.int64), hi.astype(np.int64), lsb.astype(np.int64)


def by_element(x: Tensor, made: Sequence[Table], name: str) -> Tensor:
    """One table an element, equal ones only once."""
    places: dict[Table, int] = {}
    numbers = np.array([places.setdefault(one, len(places)) for one in made], np.int64).reshape(x.shape)
    return x.builder.add(name, Lookup(tuple(places), Integers(numbers).collapsed()), x)


def _entries(first: int, lsb: int, found: Floats) -> Table:
    """The table of the values for the mantissas from ``first`` on."""
    if not bool(np.isfinite(found).all()):
        where = np.ldexp(float(first + int(np.flatnonzero(~np.isfinite(found))[0])), lsb)
        raise Refusal(f"its function gives NaN at {where}", "quantize its input to where the function is defined")
    values = FixedArray.from_float(found)
    if int(exact.bit_length(values.mantissa.values).max(initial=0)) > _LONGEST_ENTRY:
        raise Refusal(f"its table needs more than {_LONGEST_ENTRY} bits", "quantize its output to fewer bits")
    return Table(first, lsb, values)


def _requantized(values: Floats, kind: FixedType, quantization: Quantization) -> Floats:
    """Floating-point numbers rounded exactly; infinity saturates, and is NaN where it would have to wrap."""
    finite: npt.NDArray[Any] = np.isfinite(values)
    numbers = FixedArray.from_float(np.where(finite, values, 0.0))
    types = FixedTypes.uniform(kind)
    mantissa = requantize(numbers.mantissa.values, numbers.lsb, types, quantization.rounding, quantization.overflow)
    rounded = np.ldexp(mantissa.astype(np.float64), kind.lsb)
    rails = np.ldexp(np.where(values > 0, float(kind.hi), float(kind.lo)), kind.lsb)
    infinite = np.isinf(values) & (quantization.overflow in (Overflow.SAT, Overflow.SAT_SYM))
    return np.where(finite, rounded, np.where(infinite, rails, np.nan))
