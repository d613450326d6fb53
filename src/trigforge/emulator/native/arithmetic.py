"""Exact arithmetic on values in lanes: the narrowest lanes that hold the result, wider ones on the way where needed."""

from collections.abc import Sequence

import numpy as np

from trigforge.emulator.native.instructions import Builder, Opcode, Value, lanes_for, wrapped
from trigforge.fixed import FixedType, FixedTypes, Overflow, Rounding, exact, overflow_mantissa, round_integer


def at(b: Builder, value: Value, lsb: int) -> Value:
    """The same number at another scale; a coarser one must hold it."""
    places = value.lsb - lsb
    if places == 0:
        return value
    if value.constant:
        moved = value.lo << places if places > 0 else value.lo >> -places
        return b.constant(moved, lsb)
    if places > 0:
        lo, hi = value.lo << places, value.hi << places
        bits = lanes_for(lo, hi)
        return Value(b.emit(Opcode.SHIFT_LEFT, bits, (b.register(value, bits),), (places,)), bits, lsb, lo, hi)
    lo, hi = -(-value.lo >> -places), value.hi >> -places
    register = b.emit(Opcode.SHIFT_RIGHT, value.bits, (value.register,), (-places,))
    return _narrowed(b, Value(register, value.bits, lsb, lo, hi))


def _narrowed(b: Builder, value: Value) -> Value:
    bits = lanes_for(value.lo, value.hi)
    return value if bits >= value.bits else Value(b.register(value, bits), bits, value.lsb, value.lo, value.hi)


def scaled(b: Builder, value: Value, factor: int, bits: int) -> int:
    """The register with ``value * factor`` modulo ``2**bits``; ``factor`` is positive."""
    register = b.register(value, bits)
    if factor == 1:
        return register
    if factor & (factor - 1) == 0:
        places = factor.bit_length() - 1
        if places >= bits:
            return b.emit(Opcode.CONSTANT, bits, (), (0,))
        return b.emit(Opcode.SHIFT_LEFT, bits, (register,), (places,))
    return b.emit(Opcode.MULTIPLY_CONSTANT, bits, (register,), (wrapped(factor, bits),))


def weighted_sum(
    b: Builder, terms: Sequence[tuple[Value, int]], added: int, lsb: int, lo: int, hi: int, *, biased: bool = False
) -> Value:
    """``sum(value * factor) + added`` at ``2**lsb``, where the terms' own scales are left out: the factors hold them.

    ``lo`` and ``hi`` bound the sum; what is on the way wraps and does no harm. ``biased`` adds even a 0.
    """
    bits = lanes_for(lo, hi)
    positive: list[int] = []
    negative: list[int] = []
    for value, factor in terms:
        if value.constant:
            added += value.lo * factor
        elif factor:
            (positive if factor > 0 else negative).append(scaled(b, value, abs(factor), bits))
    if not positive and not negative and not biased:
        return b.constant(added, lsb)
    total = -1
    for register in positive:
        total = register if total < 0 else b.emit(Opcode.ADD, bits, (total, register))
    if total < 0 or added or biased:
        extra = wrapped(added, bits)
        if total < 0:
            total = b.emit(Opcode.CONSTANT, bits, (), (extra,))
        else:
            total = b.emit(Opcode.ADD_CONSTANT, bits, (total,), (extra,))
    for register in negative:
        total = b.emit(Opcode.SUBTRACT, bits, (total, register))
    return Value(total, bits, lsb, lo, hi)


def product(b: Builder, x: Value, y: Value, lo: int, hi: int) -> Value:
    """``x * y``; ``lo`` and ``hi`` bound it at the product of the scales."""
    lsb = x.lsb + y.lsb
    if x.constant or y.constant:
        constant, other = (x, y) if x.constant else (y, x)
        if other.constant or constant.lo == 0:
            return b.constant(constant.lo * other.lo, lsb)
        return weighted_sum(b, [(other, constant.lo)], 0, lsb, lo, hi)
    bits = lanes_for(lo, hi)
    register = b.emit(Opcode.MULTIPLY, bits, sorted((b.register(x, bits), b.register(y, bits))))
    return Value(register, bits, lsb, lo, hi)


def aligned(b: Builder, values: Sequence[Value]) -> tuple[list[Value], int]:
    """The values at the finest of their scales, and the lanes that hold them all."""
    lsb = min(value.lsb for value in values)
    moved = [at(b, value, lsb) for value in values]
    return moved, max(lanes_for(value.lo, value.hi) for value in moved)


def extremum(b: Builder, values: Sequence[Value], *, largest: bool) -> Value:
    """The largest or the smallest of some values."""
    values, bits = aligned(b, values)
    pick = max if largest else min
    lo, hi = pick(value.lo for value in values), pick(value.hi for value in values)
    lsb = values[0].lsb
    if lo == hi:
        return b.constant(lo, lsb)
    total = b.register(values[0], bits)
    for value in values[1:]:
        total = b.emit(Opcode.MAXIMUM if largest else Opcode.MINIMUM, bits, (total, b.register(value, bits)))
    return _narrowed(b, Value(total, bits, lsb, lo, hi))


def selected(b: Builder, condition: Value, threshold: int, x: Value, y: Value) -> Value:
    """``x`` where ``condition >= threshold`` (at the scale of the condition), else ``y``."""
    if condition.lo >= threshold:
        return x
    if condition.hi < threshold:
        return y
    (x, y), bits = aligned(b, (x, y))
    bits = max(bits, condition.bits, lanes_for(threshold, threshold))
    registers = (b.register(condition, bits), b.register(x, bits), b.register(y, bits))
    register = b.emit(Opcode.SELECT, bits, registers, (threshold,))
    return _narrowed(b, Value(register, bits, x.lsb, min(x.lo, y.lo), max(x.hi, y.hi)))


def rounded(b: Builder, value: Value, lsb: int, rounding: Rounding) -> Value:
    """The value rounded to multiples of ``2**lsb``, a scale that is coarser than its own."""
    places = lsb - value.lsb
    lo, hi = (round_integer(end, places, rounding) for end in (value.lo, value.hi))
    if lo == hi:
        return b.constant(lo, lsb)
    longest = max(value.lo.bit_length(), value.hi.bit_length())
    if places > longest + 1:
        # All that is left is the sign, and of the roundings only TRN keeps it.
        return Value(
            b.emit(Opcode.SHIFT_RIGHT, value.bits, (value.register,), (value.bits - 1,)), value.bits, lsb, lo, hi
        )
    unit, half = 1 << places, 1 << places - 1
    bits = lanes_for(value.lo - unit, value.hi + unit)
    if bits > 64:
        register = b.emit(rounding, 64, (b.register(value, 64),), (places,))
        return _narrowed(b, Value(register, 64, lsb, lo, hi))
    x = b.register(value, bits)
    signed = value.lo < 0
    match rounding:
        case Rounding.TRN:
            total = x
        case Rounding.TRN_ZERO:
            sign = b.emit(Opcode.SHIFT_RIGHT, bits, (x,), (bits - 1,))
            total = b.emit(Opcode.ADD, bits, (x, b.emit(Opcode.AND, bits, (sign,), (unit - 1,)))) if signed else x
        case Rounding.RND | Rounding.RND_INF:
            total = b.emit(Opcode.ADD_CONSTANT, bits, (x,), (half,))
            if rounding is Rounding.RND_INF and signed:
                total = b.emit(Opcode.ADD, bits, (total, b.emit(Opcode.SHIFT_RIGHT, bits, (x,), (bits - 1,))))
        case Rounding.RND_ZERO | Rounding.RND_MIN_INF:
            total = b.emit(Opcode.ADD_CONSTANT, bits, (x,), (half - 1,))
            if rounding is Rounding.RND_ZERO and signed:
                total = b.emit(Opcode.SUBTRACT, bits, (total, b.emit(Opcode.SHIFT_RIGHT, bits, (x,), (bits - 1,))))
        case Rounding.RND_CONV:
            odd = b.emit(Opcode.AND, bits, (b.emit(Opcode.SHIFT_RIGHT, bits, (x,), (places,)),), (1,))
            total = b.emit(Opcode.ADD, bits, (b.emit(Opcode.ADD_CONSTANT, bits, (x,), (half - 1,)), odd))
    return Value(b.emit(Opcode.SHIFT_RIGHT, bits, (total,), (places,)), bits, lsb, lo, hi)


def requantized(
    b: Builder, value: Value, kind: FixedType, rounding: Rounding, overflow: Overflow, lo: int, hi: int
) -> Value:
    """The value in a type; ``lo`` and ``hi`` bound the result at the type's scale."""
    lsb = kind.lsb
    if kind.width == 0 or lo == hi:
        return b.constant(lo, lsb)
    if value.lsb < lsb:
        value = rounded(b, value, lsb, rounding)
        places = 0
    else:
        places = value.lsb - lsb
    least, most = kind.ends(overflow)
    if least <= value.lo << places and value.hi << places <= most:
        return _narrowed(b, at(b, Value(value.register, value.bits, value.lsb, value.lo, value.hi), lsb))
    if value.constant:
        mantissa = exact.integers(np.array(value.lo << places, object))
        return b.constant(int(overflow_mantissa(mantissa, FixedTypes.uniform(kind), overflow)), lsb)
    if overflow is Overflow.WRAP:
        return _wrapped(b, value, places, kind, (lo, hi))
    return _saturated(b, value, places, (least, most), overflow is Overflow.SAT_ZERO, lsb, (lo, hi))


def _wrapped(b: Builder, value: Value, places: int, kind: FixedType, bounds: tuple[int, int]) -> Value:
    (lo, hi), width, signed, lsb = bounds, kind.width, kind.signed, kind.lsb
    bits = max(lanes_for(lo, hi), 16 if width <= 16 else 32 if width <= 32 else 64)
    register = b.register(value, bits)
    if places:
        if places >= bits:
            return b.constant(0, lsb)
        register = b.emit(Opcode.SHIFT_LEFT, bits, (register,), (places,))
    if signed and width < bits:
        register = b.emit(Opcode.SHIFT_LEFT, bits, (register,), (bits - width,))
        register = b.emit(Opcode.SHIFT_RIGHT, bits, (register,), (bits - width,))
    elif not signed:
        register = b.emit(Opcode.AND, bits, (register,), ((1 << width) - 1,))
    return _narrowed(b, Value(register, bits, lsb, lo, hi))


def _saturated(
    b: Builder, value: Value, places: int, ends: tuple[int, int], zero: bool, lsb: int, bounds: tuple[int, int]
) -> Value:
    """The value cut to ``ends``, before it is shifted, so that no step needs more bits than the type."""
    least, most = ends
    inner_least, inner_most = -(-least >> places), most >> places
    bits = max(value.bits, lanes_for(least, most))
    x = b.register(value, bits)
    below, above = value.lo < inner_least, value.hi > inner_most
    if places == 0 and not zero:
        if above:
            x = b.emit(Opcode.MINIMUM_CONSTANT, bits, (x,), (most,))
        if below:
            x = b.emit(Opcode.MAXIMUM_CONSTANT, bits, (x,), (least,))
        return _narrowed(b, Value(x, bits, lsb, *bounds))
    result = b.emit(Opcode.SHIFT_LEFT, bits, (x,), (places,)) if 0 < places < bits else x
    if places >= bits:
        result = b.emit(Opcode.CONSTANT, bits, (), (0,))
    if above:
        end = b.emit(Opcode.CONSTANT, bits, (), (0 if zero else most,))
        result = b.emit(Opcode.SELECT, bits, (x, end, result), (inner_most + 1,))
    if below:
        end = b.emit(Opcode.CONSTANT, bits, (), (0 if zero else least,))
        result = b.emit(Opcode.SELECT, bits, (x, result, end), (inner_least,))
    return _narrowed(b, Value(result, bits, lsb, *bounds))
