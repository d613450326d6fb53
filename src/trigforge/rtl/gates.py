"""The closed set of gates: operations on integers, each one statement of generated Verilog.

A circuit knows no binary points: every value is an integer from ``lo`` to ``hi``, in two's complement of the fewest
bits that hold both. Each gate but ``Input``, ``Literal``, ``Bits`` and ``Rom`` is one hand-written cell of
``firmware/cells``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

import numpy as np

from trigforge.fixed import FixedType, Overflow, Rounding, exact
from trigforge.fixed.exact import IntArray
from trigforge.fixed.quantize import overflow_into, round_up


@dataclass(frozen=True)
class Input:
    """A value from outside, number ``port`` of its region."""

    port: int


@dataclass(frozen=True)
class Literal:
    """Always ``value``."""

    value: int


@dataclass(frozen=True)
class Bits:
    """Wires: ``floor(x / 2**low)`` cut to ``width`` bits, read as ``signed`` or not; negative ``low`` appends zeros."""

    low: int
    width: int
    signed: bool


@dataclass(frozen=True)
class Add:
    """``(a << shift_a) ± (b << shift_b)``; one of the shifts is 0."""

    shift_a: int
    shift_b: int
    subtract: bool


@dataclass(frozen=True)
class AddThree:
    """``(a << shift_a) ± (b << shift_b) ± (c << shift_c)``, where the last ``subtracted`` operands are subtracted.

    These are 2 at most, and one of the shifts is 0.
    """

    shift_a: int
    shift_b: int
    shift_c: int
    subtracted: int

    @property
    def shifts(self) -> tuple[int, int, int]:
        return self.shift_a, self.shift_b, self.shift_c

    @property
    def signs(self) -> tuple[int, int, int]:
        """1 for an operand that is added, -1 for one that is subtracted."""
        return 1, -1 if self.subtracted > 1 else 1, -1 if self.subtracted else 1


@dataclass(frozen=True)
class Multiply:
    """``a * b``, both variable."""


@dataclass(frozen=True)
class AtLeast:
    """1 if ``(a << shift_a) >= (b << shift_b)``, else 0."""

    shift_a: int
    shift_b: int


@dataclass(frozen=True)
class Choose:
    """Operands ``c, a, b``: ``a << shift_a`` where the bit ``c`` is 1, else ``b << shift_b``."""

    shift_a: int
    shift_b: int


@dataclass(frozen=True)
class Positive:
    """The larger of ``x`` and 0."""


@dataclass(frozen=True)
class RoundUp:
    """1 where rounding away ``drop`` bits of ``x`` gives one more than cutting them off, else 0."""

    drop: int
    rounding: Rounding


@dataclass(frozen=True)
class Saturate:
    """``x`` in the range of a type of ``width`` bits; ``overflow`` is any but ``WRAP``."""

    width: int
    signed: bool
    overflow: Overflow


@dataclass(frozen=True)
class LeadingOne:
    """``floor(log2(x))`` of a value that is never negative; 0 for 0."""


@dataclass(frozen=True)
class ShiftLeft:
    """Operands ``x, n``: ``x << n``; ``n`` is never negative."""


@dataclass(frozen=True)
class Rom:
    """``values[x - first]``: a table in look-up tables."""

    first: int
    values: tuple[int, ...]


Op = (
    Input
    | Literal
    | Bits
    | Add
    | AddThree
    | Multiply
    | AtLeast
    | Choose
    | Positive
    | RoundUp
    | Saturate
    | LeadingOne
    | ShiftLeft
    | Rom
)


def evaluate(op: Op, operands: Sequence[IntArray]) -> IntArray:
    """The results of a gate on arrays of operands (events), exact at any width; ``Input`` has no value of its own."""
    match op:
        case Input():
            raise ValueError("an input's value comes from outside")
        case Literal(value):
            return exact.integers(np.array(value, dtype=object))
        case Bits(low, width, signed):
            return _into(exact.shift(operands[0], -low), width, signed, Overflow.WRAP)
        case Add(shift_a, shift_b, subtract):
            a, b = exact.shift(operands[0], shift_a), exact.shift(operands[1], shift_b)
            return exact.add(a, -b if subtract else b)
        case AddThree():
            a, b, c = (exact.shift(x, places) for x, places in zip(operands, op.shifts, strict=True))
            sum_ = exact.add(a, -b if op.subtracted > 1 else b)
            return exact.add(sum_, -c if op.subtracted else c)
        case Multiply():
            return exact.multiply(operands[0], operands[1])
        case AtLeast(shift_a, shift_b):
            return (exact.shift(operands[0], shift_a) >= exact.shift(operands[1], shift_b)).astype(np.int64)
        case Choose(shift_a, shift_b):
            a, b = exact.shift(operands[1], shift_a), exact.shift(operands[2], shift_b)
            return exact.integers(np.where(operands[0] == 1, a, b))
        case Positive():
            return np.maximum(operands[0], 0)
        case RoundUp():
            return round_up(operands[0], op.drop, op.rounding)
        case Saturate(width, signed, overflow):
            if overflow is Overflow.WRAP:
                raise ValueError("WRAP is a choice of Bits")
            return _into(operands[0], width, signed, overflow)
        case LeadingOne():
            return np.maximum(exact.bit_length(operands[0]) - 1, 0)
        case ShiftLeft():
            return exact.shift(operands[0], operands[1].astype(np.int64))
        case Rom(first, values):
            return exact.integers(np.array(values, dtype=object))[(operands[0] - first).astype(np.int64)]
        case _:
            assert_never(op)


def _into(x: IntArray, width: int, signed: bool, overflow: Overflow) -> IntArray:
    """``x`` in ``width`` bits, signed or not."""
    kind = FixedType(width, width, signed)
    lo, hi = (exact.integers(np.array(end, object)) for end in kind.ends(Overflow.WRAP))
    return overflow_into(x, lo, hi, overflow)


def width_of(lo: int, hi: int) -> tuple[int, bool]:
    """The fewest bits (at least 1) that hold ``lo`` to ``hi``, and whether one of them is a sign.

    >>> width_of(-3, 9), width_of(0, 0)
    ((5, True), (1, False))
    """
    signed = lo < 0
    return max(max(hi, 0).bit_length(), (-lo - 1).bit_length() if signed else 0) + signed or 1, signed
