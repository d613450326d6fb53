"""Interval rules of the ops that treat every element on its own."""

from typing import assert_never

import numpy as np

from trigforge.errors import GraphError, WidthError
from trigforge.fixed import Interval, Rounding, exact, round_mantissa
from trigforge.fixed.exact import IntArray
from trigforge.fixed.modes import Overflow
from trigforge.graph.ops import (
    Add,
    LeadingOne,
    Lookup,
    Maximum,
    Minimum,
    Mul,
    Relu,
    Requantize,
    Select,
    Shift,
    ShiftBy,
    Sub,
)

MAX_TABLE_ENTRIES = 2**16


def broadcast(x: Interval, shape: tuple[int, ...]) -> Interval:
    """``x`` at a larger shape, as NumPy broadcasts; ``GraphError`` where it does not fit."""
    try:
        return Interval.of(*(np.broadcast_to(part.values, shape) for part in (x.lo, x.hi, x.lsb)))
    except ValueError:
        raise GraphError(f"shape {list(x.shape)} does not broadcast to {list(shape)}") from None


def common_shape(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape several tensors broadcast to; ``GraphError`` where they do not."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise GraphError(f"shapes {', '.join(str(list(s)) for s in shapes)} do not broadcast to each other") from None


def infer_binary(op: Add | Sub | Mul | Maximum | Minimum | ShiftBy, x: Interval, y: Interval) -> Interval:
    """Both operands broadcast to each other."""
    shape = common_shape(x.shape, y.shape)
    x, y = broadcast(x, shape), broadcast(y, shape)
    if isinstance(op, Mul):
        lo, hi = product_bounds(x, y)
        return Interval.of(lo, hi, x.lsb.values + y.lsb.values)
    if isinstance(op, ShiftBy):
        return _infer_shift_by(x, y)
    x_lsb, y_lsb = (np.where(t.is_zero, np.int64(2**30), t.lsb.values) for t in (x, y))
    lsb = np.minimum(x_lsb, y_lsb)
    lsb = np.where(lsb == 2**30, 0, lsb)
    (x_lo, x_hi), (y_lo, y_hi) = x.scaled(lsb), y.scaled(lsb)
    match op:
        case Add():
            return Interval.of(exact.add(x_lo, y_lo), exact.add(x_hi, y_hi), lsb)
        case Sub():
            return Interval.of(exact.add(x_lo, -y_hi), exact.add(x_hi, -y_lo), lsb)
        case Maximum():
            return Interval.of(np.maximum(x_lo, y_lo), np.maximum(x_hi, y_hi), lsb)
        case Minimum():
            return Interval.of(np.minimum(x_lo, y_lo), np.minimum(x_hi, y_hi), lsb)
        case _:
            assert_never(op)


def product_bounds(x: Interval, y: Interval) -> tuple[IntArray, IntArray]:
    """The smallest and largest product of mantissas (shapes broadcast)."""
    corners = [exact.multiply(a.values, b.values) for a in (x.lo, x.hi) for b in (y.lo, y.hi)]
    lo, hi = corners[0], corners[0]
    for corner in corners[1:]:
        lo, hi = np.minimum(lo, corner), np.maximum(hi, corner)
    return exact.integers(lo), exact.integers(hi)


def _infer_shift_by(x: Interval, places: Interval) -> Interval:
    if bool((~places.is_zero & (places.lsb.values < 0)).any()):
        raise GraphError(f"the second operand must be whole numbers, found {places.hull}")
    n_lo, n_hi = places.scaled(np.zeros_like(places.lsb.values))
    if int(np.max(n_hi, initial=0)) - int(np.min(n_lo, initial=0)) > 4096:
        raise WidthError(f"shifts by {np.min(n_lo)} to {np.max(n_hi)} places need more bits than any type has")
    least, reach = n_lo.astype(np.int64), (n_hi - n_lo).astype(np.int64)
    lo = np.minimum(x.lo.values, exact.shift(x.lo.values, reach))
    hi = np.maximum(x.hi.values, exact.shift(x.hi.values, reach))
    return Interval.of(lo, hi, x.lsb.values + least)


def infer_select(op: Select, c: Interval, x: Interval, y: Interval) -> Interval:
    """The union of both branches, or the one branch where the comparison is decided."""
    shape = common_shape(c.shape, x.shape, y.shape, op.threshold.shape)
    c, x, y = (broadcast(t, shape) for t in (c, x, y))
    threshold = broadcast(Interval.of_constant(op.threshold), shape)
    difference = infer_binary(Sub(), c, threshold)
    always, never = difference.lo.values >= 0, difference.hi.values < 0
    union = x.union(y)
    return Interval.of(
        *(
            np.where(always, a.values, np.where(never, b.values, u.values))
            for a, b, u in ((x.lo, y.lo, union.lo), (x.hi, y.hi, union.hi), (x.lsb, y.lsb, union.lsb))
        )
    )


def infer_unary(op: Relu | Lookup | Shift | LeadingOne | Requantize, x: Interval) -> Interval:
    """One operand, same shape out."""
    match op:
        case Relu():
            return Interval.of(np.maximum(x.lo.values, 0), np.maximum(x.hi.values, 0), x.lsb.values)
        case Shift(places):
            moved = np.broadcast_to(_fitting(places.values, x.shape, "places"), x.shape)
            return Interval.of(x.lo.values, x.hi.values, x.lsb.values + moved)
        case LeadingOne():
            return _infer_leading_one(x)
        case Lookup():
            return _infer_lookup(op, x)
        case Requantize():
            return _infer_requantize(op, x)
        case _:
            assert_never(op)


def _fitting(values: IntArray, shape: tuple[int, ...], what: str) -> IntArray:
    try:
        return np.broadcast_to(values, shape)
    except ValueError:
        raise GraphError(f"{what} of shape {list(values.shape)} do not broadcast to {list(shape)}") from None


def _infer_leading_one(x: Interval) -> Interval:
    if bool((x.lo.values < 0).any()):
        raise GraphError("the operand can be negative; take its magnitude or a Relu first")
    lo = exact.bit_length(np.maximum(x.lo.values, 1)) - 1
    hi = exact.bit_length(np.maximum(x.hi.values, 1)) - 1
    return Interval.of(lo + x.lsb.values, hi + x.lsb.values, 0)


def _infer_lookup(op: Lookup, x: Interval) -> Interval:
    index = _fitting(op.index.values, x.shape, "table indices").reshape(-1)
    if index.size and not (0 <= int(index.min()) and int(index.max()) < len(op.tables)):
        raise GraphError(
            f"table indices run from {index.min()} to {index.max()}, but there are {len(op.tables)} tables"
        )
    results: list[tuple[int, int, int]] = []
    lo, hi, lsb, zero = (v.reshape(-1) for v in (x.lo.values, x.hi.values, x.lsb.values, x.is_zero))
    for e, number in enumerate(map(int, index)):
        table = op.tables[number]
        entries = table.values.mantissa.size
        if table.values.shape != (entries,) or not 1 <= entries <= MAX_TABLE_ENTRIES:
            found = list(table.values.shape)
            raise GraphError(
                f"table {number} has shape {found}; 1 to {MAX_TABLE_ENTRIES} entries in one axis are possible"
            )
        places = 0 if zero[e] else int(lsb[e]) - table.lsb
        if places < 0:
            raise GraphError(f"element {e} has lsb 2^{lsb[e]}, finer than table {number} with 2^{table.lsb}")
        first, last, step = (int(lo[e]) << places) - table.first, (int(hi[e]) << places) - table.first, 1 << places
        if first < 0 or last >= entries:
            raise GraphError(f"element {e} reaches outside table {number}: entries {first} to {last} of {entries}")
        used: IntArray = table.values.mantissa.values[first : last + 1 : step]
        results.append((int(used.min()), int(used.max()), table.values.lsb))
    bounds = np.array(results, dtype=object).reshape(*x.shape, 3)
    return Interval.of(bounds[..., 0], bounds[..., 1], bounds[..., 2].astype(np.int64))


def _infer_requantize(op: Requantize, x: Interval) -> Interval:
    try:
        types = op.types.broadcast(x.shape)
    except ValueError:
        raise GraphError(f"types of shape {list(op.types.shape)} do not broadcast to {list(x.shape)}") from None
    if types.width.size and int(types.width.values.max()) > 63:
        raise WidthError(f"a type of {int(types.width.values.max())} bits is asked for; at most 63 are possible")
    lo, hi = (_rounded_bound(end.values, x, types.lsb, op.rounding) for end in (x.lo, x.hi))
    t_lo, t_hi = types.lo, types.hi
    if op.overflow is Overflow.SAT_SYM:
        t_lo = np.where(t_lo < 0, -t_hi, t_lo)
    fits = (lo >= t_lo) & (hi <= t_hi)
    # A value coarser than the type keeps its zero bits while it does not saturate.
    coarse = np.maximum(np.where(x.is_zero, 0, x.lsb.values - types.lsb), 0)
    if op.overflow is Overflow.WRAP:
        span = exact.add(exact.add(t_hi, -t_lo), np.ones_like(t_lo))
        turns_lo, turns_hi = exact.add(lo, -t_lo) // span, exact.add(hi, -t_lo) // span
        same_turn = turns_lo == turns_hi
        offset = exact.multiply(exact.integers(turns_lo), span)
        vanishes = coarse >= types.width.values
        coarse = np.where(vanishes, 0, coarse)
        top = exact.shift(exact.shift(t_hi, -coarse), coarse)
        lo = np.where(vanishes, 0, np.where(same_turn, exact.add(lo, -offset), t_lo))
        hi = np.where(vanishes, 0, np.where(same_turn, exact.add(hi, -offset), top))
        keep = np.ones(x.shape, bool)
    elif op.overflow is Overflow.SAT_ZERO:
        none = (lo > t_hi) | (hi < t_lo)
        some_out = ~fits
        inside_lo, inside_hi = np.maximum(lo, t_lo), np.minimum(hi, t_hi)
        unit = exact.shift(np.ones_like(coarse), coarse)
        inside_lo = -exact.multiply(exact.integers(-inside_lo // unit), unit)
        inside_hi = exact.multiply(exact.integers(inside_hi // unit), unit)
        lo = np.where(none, 0, np.where(some_out, np.minimum(inside_lo, 0), lo))
        hi = np.where(none, 0, np.where(some_out, np.maximum(inside_hi, 0), hi))
        keep = np.ones(x.shape, bool)
    else:
        lo, hi = np.minimum(np.maximum(lo, t_lo), t_hi), np.minimum(np.maximum(hi, t_lo), t_hi)
        keep = fits
    places = np.where(keep, coarse, 0)
    lo, hi = exact.shift(exact.integers(lo), -places), exact.shift(exact.integers(hi), -places)
    return Interval.of(lo, hi, types.lsb + places)


def _rounded_bound(end: IntArray, x: Interval, lsb: IntArray, rounding: Rounding) -> IntArray:
    """Rounding is monotone, so an interval's ends become the ends."""
    return round_mantissa(end, np.where(x.is_zero, 0, lsb - x.lsb.values), rounding)
