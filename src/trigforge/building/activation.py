"""Words for functions of one number: exact ops where there are, tables over the whole domain elsewhere."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.building.arithmetic import constant, minimum, relu, scaled
from trigforge.building.quantization import Quantization
from trigforge.building.refusals import Refusal
from trigforge.building.tensor import Tensor
from trigforge.fixed import FixedArray, FixedType, FixedTypes, Integers, Overflow, exact, requantize
from trigforge.graph import MAX_TABLE_ENTRIES, Lookup, Table

Floats = npt.NDArray[np.float64]
Function = Callable[[Floats], Floats]
"""A function on an array, evaluated as the framework evaluates it: its caller chooses the precision."""
Rounder = Callable[[Floats, FixedType], Floats]
"""A framework's own quantizer: values as those of one type."""

EXACT = ("linear", "relu", "relu6")
"""the activations that need no table"""
_LONGEST_ENTRY = 62


def activation(x: Tensor, name: str) -> Tensor:
    """One of ``EXACT``, by its name in Keras; ``Refusal`` for another one."""
    match name:
        case "linear":
            return x
        case "relu":
            return relu(x)
        case "relu6":
            return minimum(relu(x), constant(x, FixedArray.of(6), "six"), name="relu6")
        case _:
            raise Refusal(f"its activation {name!r} gives values without an exact fixed-point form", "make it a table")


def quantize(x: Tensor, quantization: Quantization | None, name: str = "quantizer") -> Tensor:
    """``x`` through a quantizer, its scale and offset included; ``x`` itself for None.

    A mean that has no exact form is divided here: the quantizer of a mean is a table of its sum.
    """
    if quantization is None:
        return x
    if x.divisor != 1:
        return table(x, lambda mean: mean, quantization, name=name)
    return scaled(x.builder.requantize(name, x, quantization), quantization, name)


def table(
    x: Tensor, function: Function, quantization: Quantization, rounded: Rounder | None = None, name: str = "table"
) -> Tensor:
    """``quantization(function(x))`` as tables, one for each distinct domain and type.

    ``rounded`` is the framework's own rounding of floating-point numbers; None rounds exactly. Raises ``Refusal`` for
    an element with more than 2^16 values, and where the function gives NaN.
    """
    if x.known_interval is None:
        raise Refusal(f"looks up the input {x.name!r}, which is not quantized", x.builder.input_remedy)

    def exactly(values: Floats, kind: FixedType) -> Floats:
        return _requantized(values, kind, quantization)

    def divided(values: Floats) -> Floats:
        return function(values / x.divisor)

    lo, hi, lsb = (part.values.reshape(-1) for part in (x.interval.lo, x.interval.hi, x.interval.lsb))
    types = quantization.types_of(x.shape)
    fields = (part.values.reshape(-1) for part in (types.signed, types.width, types.integer_bits))
    distinct, index = np.unique(np.stack([lo, hi, lsb, *fields]).astype(np.int64), axis=1, return_inverse=True)
    tables = [_table(divided, rounded or exactly, *(int(part) for part in column)) for column in distinct.T]
    merged = list(dict.fromkeys(tables))
    numbers = np.array([merged.index(one) for one in tables])[index.reshape(-1)].reshape(x.shape)
    return scaled(x.builder.add(name, Lookup(tuple(merged), Integers(numbers).collapsed()), x), quantization, name)


def _table(
    function: Function, rounded: Rounder, lo: int, hi: int, lsb: int, signed: int, width: int, integer_bits: int
) -> Table:
    entries = hi - lo + 1
    if entries > MAX_TABLE_ENTRIES:
        raise Refusal(
            f"its table would have {entries} entries, at most {MAX_TABLE_ENTRIES} are possible",
            "quantize its input to at most 16 bits",
        )
    domain = np.ldexp(np.arange(lo, hi + 1, dtype=np.float64), lsb)
    kind = FixedType(width, integer_bits, bool(signed))
    found = rounded(function(domain), kind) if width else np.zeros(entries)
    if not bool(np.isfinite(found).all()):
        where = domain[~np.isfinite(found)][0]
        raise Refusal(f"its function gives NaN at {where}", "quantize its input to where the function is defined")
    values = FixedArray.from_float(found)
    if int(exact.bit_length(values.mantissa.values).max(initial=0)) > _LONGEST_ENTRY:
        raise Refusal(f"its table needs more than {_LONGEST_ENTRY} bits", "quantize its output to fewer bits")
    return Table(lo, lsb, values)


def rounded_constant(values: Floats, quantization: Quantization) -> FixedArray:
    """Floating-point weights in the types of a quantization, rounded exactly; ``Refusal`` for NaN and infinity."""
    if not bool(np.isfinite(values).all()):
        raise Refusal("holds NaN or infinity among its weights", "restore an earlier checkpoint")
    numbers = FixedArray.from_float(values)
    types = quantization.types_of(values.shape)
    mantissa = requantize(numbers.mantissa.values, numbers.lsb, types, quantization.rounding, quantization.overflow)
    finest = int(types.lsb.min(initial=0))
    return FixedArray.of(exact.shift(mantissa, types.lsb - finest), finest)


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
