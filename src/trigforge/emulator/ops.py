"""The arithmetic of every op on integers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

import numpy as np
import numpy.typing as npt

from trigforge.errors import WidthError
from trigforge.fixed import FixedArray, Interval, exact, requantize
from trigforge.graph.equation import Equation
from trigforge.graph.infer_structure import rearrange
from trigforge.graph.ops import (
    Add,
    Concat,
    Constant,
    Conv1D,
    Conv2D,
    Dense,
    Einsum,
    EinsumDense,
    LeadingOne,
    Lookup,
    Map,
    Max,
    Maximum,
    Min,
    Minimum,
    Mul,
    Op,
    Rearrangement,
    Relu,
    Requantize,
    Select,
    Shift,
    ShiftBy,
    Sub,
    Sum,
)
from trigforge.graph.simulation import Mantissas
from trigforge.graph.windows import conv_windows

MAX_BITS = 63


@dataclass(frozen=True)
class Values:
    """Mantissas ``(events, *shape)`` at the scale of the hull of ``interval``."""

    mantissa: Mantissas
    interval: Interval

    @property
    def lsb(self) -> int:
        return self.interval.hull.lsb


def evaluate(op: Op, operands: Sequence[Values], out: Interval, events: int) -> Mantissas:
    """The output's mantissas at the scale of ``out.hull``; ``WidthError`` where an intermediate exceeds 63 bits."""
    match op:
        case Constant(value):
            fixed = np.broadcast_to(value.mantissa.values, (events, *value.shape))
            return _moved(fixed, value.lsb, out)
        case Dense(weight, bias):
            return _linear(Equation.of_dense(len(operands[0].interval.shape)), operands[0], weight, bias, out)
        case EinsumDense(equation, weight, bias):
            return _linear(equation, operands[0], weight, bias, out)
        case Conv1D() | Conv2D():
            return _conv(op, operands[0], out)
        case Sum(axes):
            lengths = [operands[0].interval.shape[axis] for axis in axes]
            ones = FixedArray.of(np.ones(lengths, int))
            return _linear(Equation.of_sum(len(operands[0].interval.shape), axes), operands[0], ones, None, out)
        case Einsum(equation):
            return _einsum(equation, operands[0], operands[1], out)
        case Add() | Sub() | Mul() | Maximum() | Minimum():
            return _binary(op, operands[0], operands[1], out)
        case Max() | Min():
            extremum = np.max if isinstance(op, Max) else np.min
            return _moved(extremum(operands[0].mantissa, axis=tuple(a + 1 for a in op.axes)), operands[0].lsb, out)
        case Select():
            return _select(op, operands[0], operands[1], operands[2], out)
        case Relu():
            return _moved(np.maximum(operands[0].mantissa, 0), operands[0].lsb, out)
        case Lookup():
            return _lookup(op, operands[0], out)
        case Shift(places):
            return _moved(operands[0].mantissa, operands[0].lsb + places.values, out)
        case LeadingOne():
            return _leading_one(operands[0], out)
        case ShiftBy():
            return _shift_by(operands[0], operands[1], out)
        case Rearrangement():
            return _moved(rearrange(op, operands[0].mantissa, lead=1), operands[0].lsb, out)
        case Concat(axis):
            return np.concatenate([_moved(x.mantissa, x.lsb, out) for x in operands], axis=axis + 1)
        case Requantize():
            types = op.types.broadcast(out.shape)
            mantissa = requantize(operands[0].mantissa, operands[0].lsb, types, op.rounding, op.overflow)
            return _moved(mantissa, np.where(types.width.values > 0, types.lsb, out.hull.lsb), out)
        case Map():
            raise AssertionError("the engine runs the body of a Map itself")
        case _:
            assert_never(op)


def _moved(mantissa: npt.NDArray[np.int64], lsb: npt.ArrayLike, out: Interval) -> Mantissas:
    """From scale ``lsb`` (broadcast) to the scale of ``out.hull``: exact, since ``out`` bounds every value."""
    places = np.asarray(lsb, dtype=np.int64) - out.hull.lsb
    places = np.where(out.is_zero, 0, places) if places.ndim else places
    return np.asarray(exact.shift(mantissa, places), dtype=np.int64)


def _at(x: Values, lsb: int) -> Mantissas:
    """The tensor at a scale that is not coarser than its own."""
    width = x.interval.hull.width + x.lsb - lsb
    if width > MAX_BITS:
        raise WidthError(f"an operand aligned to 2^{lsb} needs {width} bits, the reference emulator carries {MAX_BITS}")
    return x.mantissa << np.int64(x.lsb - lsb)


def _magnitude(x: Interval) -> exact.IntArray:
    """The largest magnitude of each element at the hull's scale."""
    lo, hi = x.at(x.hull.lsb)
    return np.maximum(np.abs(lo), np.abs(hi))


def _contract(equation: str, a: npt.NDArray[np.int64], b: npt.NDArray[np.int64], bound: exact.IntArray) -> Mantissas:
    """``einsum`` on int64; ``bound`` is the largest sum of magnitudes."""
    bits = int(bound.max(initial=0)).bit_length() + 1
    if bits > MAX_BITS:
        raise WidthError(f"a sum needs {bits} bits, the reference emulator carries {MAX_BITS}")
    if bits <= 53:
        # Every partial sum is an integer below 2**53: float64 is exact, and has a fast matrix product.
        return np.einsum(equation, a.astype(np.float64), b.astype(np.float64), optimize=True).astype(np.int64)
    return np.einsum(equation, a, b)


def _linear(equation: Equation, x: Values, weight: FixedArray, bias: FixedArray | None, out: Interval) -> Mantissas:
    bound = exact.contract(str(equation), _magnitude(x.interval), np.abs(weight.mantissa.values))
    weights = np.asarray(weight.mantissa.values, np.int64)
    total = _contract(str(equation.over_events(True, False)), x.mantissa, weights, bound)
    return _biased(total, x.lsb + weight.lsb, bound, bias, out)


def _biased(total: Mantissas, lsb: int, bound: exact.IntArray, bias: FixedArray | None, out: Interval) -> Mantissas:
    if bias is None or not bias.mantissa.values.any():
        return _moved(total, lsb, out)
    fine = min(lsb, bias.lsb)
    added = exact.shift(bias.mantissa.values, bias.lsb - fine)
    reach = exact.add(exact.shift(bound, lsb - fine), np.abs(added))
    if int(reach.max(initial=0)).bit_length() + 1 > MAX_BITS:
        raise WidthError(f"a sum with its bias needs more than the {MAX_BITS} bits of the reference emulator")
    return _moved((total << np.int64(lsb - fine)) + np.asarray(added, np.int64), fine, out)


def _conv(op: Conv1D | Conv2D, x: Values, out: Interval) -> Mantissas:
    windows = conv_windows(op, x.interval.shape)
    weight = op.weight.mantissa.values.reshape(-1, op.weight.shape[-1])
    bound = exact.contract("py,yz->pz", windows.take(_magnitude(x.interval)), np.abs(weight))
    total = _contract("Epy,yz->Epz", windows.take_events(x.mantissa), np.asarray(weight, np.int64), bound)
    shaped = total.reshape(len(total), *windows.out_shape)
    return _biased(shaped, x.lsb + op.weight.lsb, bound.reshape(windows.out_shape), op.bias, out)


def _einsum(equation: Equation, x: Values, y: Values, out: Interval) -> Mantissas:
    bound = exact.contract(str(equation), _magnitude(x.interval), _magnitude(y.interval))
    total = _contract(str(equation.over_events(True, True)), x.mantissa, y.mantissa, bound)
    return _moved(total, x.lsb + y.lsb, out)


def _aligned(x: Values, rank: int) -> Values:
    """Arrays with axes of length 1 inserted behind the event axis, so that tensors of different rank broadcast."""
    missing = rank - len(x.interval.shape)
    shape = (x.mantissa.shape[0], *(1,) * missing, *x.interval.shape)
    return Values(x.mantissa.reshape(shape), x.interval)


def _binary(op: Add | Sub | Mul | Maximum | Minimum, x: Values, y: Values, out: Interval) -> Mantissas:
    x, y = _aligned(x, len(out.shape)), _aligned(y, len(out.shape))
    if isinstance(op, Mul):
        width = x.interval.hull.width + y.interval.hull.width
        if width > MAX_BITS:
            raise WidthError(f"a product needs {width} bits, the reference emulator carries {MAX_BITS}")
        return _moved(x.mantissa * y.mantissa, x.lsb + y.lsb, out)
    lsb = min(x.lsb, y.lsb)
    a, b = _at(x, lsb), _at(y, lsb)
    # Sums modulo 2**64 are right whenever the result itself fits.
    width = out.hull.width + out.hull.lsb - lsb
    if width > MAX_BITS:
        raise WidthError(f"a result at 2^{lsb} needs {width} bits, the reference emulator carries {MAX_BITS}")
    match op:
        case Add():
            result = a + b
        case Sub():
            result = a - b
        case Maximum():
            result = np.maximum(a, b)
        case Minimum():
            result = np.minimum(a, b)
        case _:
            assert_never(op)
    return _moved(result, lsb, out)


def _select(op: Select, c: Values, x: Values, y: Values, out: Interval) -> Mantissas:
    rank = len(out.shape)
    c, x, y = _aligned(c, rank), _aligned(x, rank), _aligned(y, rank)
    # c >= t on whole numbers of c's scale: against t rounded up to that scale.
    threshold = -exact.shift(-op.threshold.mantissa.values, op.threshold.lsb - c.lsb)
    taken = c.mantissa >= threshold
    chosen = np.where(taken, _moved(x.mantissa, x.lsb, out), _moved(y.mantissa, y.lsb, out))
    return np.asarray(chosen, dtype=np.int64)


def _lookup(op: Lookup, x: Values, out: Interval) -> Mantissas:
    index: exact.IntArray = np.broadcast_to(op.index.values, x.interval.shape)
    result = np.zeros((len(x.mantissa), *out.shape), np.int64)
    for number in map(int, np.unique(index)):
        table = op.tables[number]
        entries = np.asarray(exact.shift(table.values.mantissa.values, table.values.lsb - out.hull.lsb), np.int64)
        mine = index == number
        position = exact.shift(x.mantissa[:, mine], x.lsb - table.lsb) - table.first
        result[:, mine] = entries[position.astype(np.int64)]
    return result


def _leading_one(x: Values, out: Interval) -> Mantissas:
    exponent = exact.bit_length(x.mantissa) - 1 + x.lsb
    found = np.where(x.mantissa == 0, x.interval.lsb.values, exponent)
    return _moved(found, 0, out)


def _shift_by(x: Values, n: Values, out: Interval) -> Mantissas:
    x, n = _aligned(x, len(out.shape)), _aligned(n, len(out.shape))
    places = exact.shift(n.mantissa, n.lsb).astype(np.int64)
    return np.asarray(exact.shift(x.mantissa, places + (x.lsb - out.hull.lsb)), dtype=np.int64)
