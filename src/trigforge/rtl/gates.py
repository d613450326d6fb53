"""The closed set of gates: what one statement of generated Verilog does to integers.

A circuit knows no binary points: every value is an integer from ``lo`` to ``hi``, in two's complement of the fewest
bits that hold both. Each gate but ``Input``, ``Literal``, ``Bits`` and ``Rom`` is one hand-written cell of
``firmware/cells``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

import numpy as np

from trigforge.fixed import exact
from trigforge.fixed.exact import IntArray
from trigforge.fixed.modes import Overflow, Rounding


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
    """``floor(log2(x))`` of what is never negative; 0 for 0."""


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
    """What a gate makes of arrays of operands (events), exactly at any width; ``Input`` has no value of its own."""
    match op:
        case Input():
            raise ValueError("an input's value comes from outside")
        case Literal(value):
            return exact.integers(np.array(value, dtype=object))
        case Bits(low, width, signed):
            return wrap(exact.shift(operands[0], -low), width, signed)
        case Add(shift_a, shift_b, subtract):
            a, b = exact.shift(operands[0], shift_a), exact.shift(operands[1], shift_b)
            return exact.add(a, -b if subtract else b)
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
            return _round_up(op, operands[0])
        case Saturate():
            return _saturate(op, operands[0])
        case LeadingOne():
            return np.maximum(exact.bit_length(operands[0]) - 1, 0)
        case ShiftLeft():
            return exact.shift(operands[0], operands[1].astype(np.int64))
        case Rom(first, values):
            return exact.integers(np.array(values, dtype=object))[(operands[0] - first).astype(np.int64)]
        case _:
            assert_never(op)


def wrap(x: IntArray, width: int, signed: bool) -> IntArray:
    """The last ``width`` bits of ``x``, read as signed or not."""
    modulus = 1 << width
    half = modulus >> 1 if signed else 0
    wide = x.astype(object) if width > 60 else x
    return exact.integers((wide + half) % modulus - half)


def _round_up(op: RoundUp, x: IntArray) -> IntArray:
    floor = exact.shift(x, -op.drop)
    rest = exact.add(x, -exact.shift(floor, op.drop))
    half = 1 << (op.drop - 1)
    negative = x < 0
    match op.rounding:
        case Rounding.TRN:
            up = rest < 0
        case Rounding.TRN_ZERO:
            up = negative & (rest != 0)
        case Rounding.RND:
            up = rest >= half
        case Rounding.RND_ZERO:
            up = (rest > half) | (negative & (rest == half))
        case Rounding.RND_INF:
            up = (rest > half) | (~negative & (rest == half))
        case Rounding.RND_MIN_INF:
            up = rest > half
        case Rounding.RND_CONV:
            up = (rest > half) | ((rest == half) & (floor % 2 == 1))
        case _:
            assert_never(op.rounding)
    return up.astype(np.int64)


def _saturate(op: Saturate, x: IntArray) -> IntArray:
    lo, hi = type_range(op.width, op.signed)
    match op.overflow:
        case Overflow.SAT:
            return exact.integers(np.clip(x, lo, hi))
        case Overflow.SAT_SYM:
            return exact.integers(np.clip(x, -hi if op.signed else lo, hi))
        case Overflow.SAT_ZERO:
            return exact.integers(np.where((x < lo) | (x > hi), 0, x))
        case Overflow.WRAP:
            raise ValueError("WRAP is a choice of Bits")
        case _:
            assert_never(op.overflow)


def type_range(width: int, signed: bool) -> tuple[int, int]:
    """The least and the greatest integer of ``width`` bits.

    >>> type_range(4, True), type_range(4, False)
    ((-8, 7), (0, 15))
    """
    return (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)


def width_of(lo: int, hi: int) -> tuple[int, bool]:
    """The fewest bits (at least 1) that hold ``lo`` to ``hi``, and whether one of them is a sign.

    >>> width_of(-3, 9), width_of(0, 0)
    ((5, True), (1, False))
    """
    signed = lo < 0
    return max(max(hi, 0).bit_length(), (-lo - 1).bit_length() if signed else 0) + signed or 1, signed
