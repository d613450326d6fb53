"""The ops on exact rational numbers, read off ``graph/ops.py`` a second time: no scales, no intervals, no shortcuts.

A tensor is an object array of ``Fraction`` without event axis. Slow, and independent of everything it checks.
"""

from fractions import Fraction
from math import floor, log2
from typing import assert_never

import numpy as np
import numpy.typing as npt

from trigforge.fixed import FixedArray, FixedTypes, Overflow, Rounding
from trigforge.graph import ops
from trigforge.graph.graph import FixedPointGraph

Values = npt.NDArray[np.object_]


def constant(array: FixedArray) -> Values:
    """Mantissas times their scale."""
    return np.vectorize(lambda m: Fraction(int(m)) * Fraction(2) ** array.lsb, otypes=[object])(array.mantissa.values)


def run(graph: FixedPointGraph, inputs: dict[str, Values]) -> dict[str, Values]:
    """Every tensor for one event; only the last bit that ``LeadingOne`` speaks of is taken from the intervals."""
    known = dict(inputs)
    for node in graph.nodes:
        operands = [known[name] for name in node.operands]
        if isinstance(node.op, ops.LeadingOne):
            known[node.name] = _leading_one(operands[0], graph.tensors[node.operands[0]].lsb.values)
        else:
            known[node.name] = np.asarray(_evaluate(node.op, operands), dtype=object)
    return known


def _leading_one(x: Values, lsb: npt.NDArray[np.int64]) -> Values:
    return _each(lambda v, last: Fraction(floor(log2(v)) if v else int(last)), x, lsb)


def _evaluate(op: ops.Op, x: list[Values]) -> Values:
    match op:
        case ops.Constant(value):
            return constant(value)
        case ops.Dense(weight, bias):
            return x[0] @ constant(weight) + (0 if bias is None else constant(bias))
        case ops.EinsumDense(equation, weight, bias):
            return np.einsum(equation, x[0], constant(weight)) + (0 if bias is None else constant(bias))
        case ops.Conv1D(weight, bias, stride, padding, dilation):
            wide = ops.Conv2D(
                FixedArray.of(weight.mantissa.values[None], weight.lsb),
                bias,
                (1, stride),
                (0, 0, *padding),
                (1, dilation),
            )
            return _conv(wide, x[0][None])[0]
        case ops.Conv2D():
            return _conv(op, x[0])
        case ops.Einsum(equation):
            return np.einsum(equation, x[0], x[1])
        case ops.Add():
            return x[0] + x[1]
        case ops.Sub():
            return x[0] - x[1]
        case ops.Mul():
            return x[0] * x[1]
        case ops.Maximum():
            return np.maximum(x[0], x[1])
        case ops.Minimum():
            return np.minimum(x[0], x[1])
        case ops.Sum(axes):
            return np.sum(x[0], axis=axes)
        case ops.Max(axes):
            return np.max(x[0], axis=axes)
        case ops.Min(axes):
            return np.min(x[0], axis=axes)
        case ops.Select(threshold):
            return np.where(x[0] >= constant(threshold), x[1], x[2])
        case ops.Relu():
            return np.maximum(x[0], Fraction(0))
        case ops.Lookup(tables, index):
            return _each(lambda v, t: _look_up(tables[t], v), x[0], np.broadcast_to(index.values, x[0].shape))
        case ops.Shift(places):
            return _each(lambda v, n: v * Fraction(2) ** int(n), x[0], np.broadcast_to(places.values, x[0].shape))
        case ops.LeadingOne():
            raise AssertionError("the one op that needs its operand's interval")
        case ops.ShiftBy():
            return _each(lambda v, n: v * Fraction(2) ** int(n), *np.broadcast_arrays(x[0], x[1]))
        case ops.Reshape(shape):
            return x[0].reshape(shape)
        case ops.Transpose(permutation):
            return x[0].transpose(permutation)
        case ops.Slice(start, stop, step):
            return x[0][tuple(slice(*cut) for cut in zip(start, stop, step, strict=True))]
        case ops.Concat(axis):
            return np.concatenate(x, axis=axis)
        case ops.Gather(indices, axis):
            return np.take(x[0], indices.values, axis=axis)
        case ops.Requantize(types, rounding, overflow):
            return _requantize(x[0], types, rounding, overflow)
        case ops.Map(body, axis):
            return np.stack(
                [_body(body, [v.take(i, axis=axis) for v in x]) for i in range(x[0].shape[axis])], axis=axis
            )
        case _:
            assert_never(op)


def _body(body: ops.Body, x: list[Values]) -> Values:
    known = dict(zip(body.inputs, x, strict=True))
    for node in body.nodes:
        known[node.name] = np.asarray(_evaluate(node.op, [known[name] for name in node.operands]), dtype=object)
    return known[body.output]


def _each(function: object, *arrays: npt.NDArray[np.object_]) -> Values:
    return np.vectorize(function, otypes=[object])(*arrays)


def _conv(op: ops.Conv2D, x: Values) -> Values:
    top, bottom, left, right = op.padding
    padded = np.full((x.shape[0] + top + bottom, x.shape[1] + left + right, x.shape[2]), Fraction(0), dtype=object)
    padded[top : top + x.shape[0], left : left + x.shape[1]] = x
    weight, (k_h, k_w) = constant(op.weight), op.weight.shape[:2]
    rows = (padded.shape[0] - op.dilation[0] * (k_h - 1) - 1) // op.stride[0] + 1
    columns = (padded.shape[1] - op.dilation[1] * (k_w - 1) - 1) // op.stride[1] + 1
    out = np.full((rows, columns, weight.shape[3]), Fraction(0), dtype=object)
    for r in range(rows):
        for c in range(columns):
            for i in range(k_h):
                for j in range(k_w):
                    pixel = padded[r * op.stride[0] + i * op.dilation[0], c * op.stride[1] + j * op.dilation[1]]
                    out[r, c] = out[r, c] + pixel @ weight[i, j]
    return out if op.bias is None else out + constant(op.bias)


def _look_up(table: ops.Table, value: Fraction) -> Fraction:
    position = value / Fraction(2) ** table.lsb - table.first
    assert position.denominator == 1
    return Fraction(int(table.values.mantissa.values[int(position)])) * Fraction(2) ** table.values.lsb


def _requantize(x: Values, types: FixedTypes, rounding: Rounding, overflow: Overflow) -> Values:
    fields = (np.broadcast_to(v.values, x.shape) for v in (types.signed, types.width, types.integer_bits))
    return _each(lambda v, s, w, i: _requantize_one(v, int(s), int(w), int(i), rounding, overflow), x, *fields)


def _requantize_one(
    value: Fraction, signed: int, width: int, integer: int, rounding: Rounding, overflow: Overflow
) -> Fraction:
    if width == 0:
        return Fraction(0)
    scaled = value / Fraction(2) ** (integer - width)
    below = floor(scaled)
    rest, half = scaled - below, Fraction(1, 2)
    up = {
        Rounding.TRN: False,
        Rounding.TRN_ZERO: value < 0 and rest > 0,
        Rounding.RND: rest >= half,
        Rounding.RND_ZERO: rest > half or (rest == half and value < 0),
        Rounding.RND_INF: rest > half or (rest == half and value >= 0),
        Rounding.RND_MIN_INF: rest > half,
        Rounding.RND_CONV: rest > half or (rest == half and below % 2 == 1),
    }[rounding]
    mantissa = below + up
    lo, hi = (-(2 ** (width - 1)), 2 ** (width - 1) - 1) if signed else (0, 2**width - 1)
    if overflow is Overflow.SAT_SYM and signed:
        lo = -hi
    if not lo <= mantissa <= hi:
        match overflow:
            case Overflow.WRAP:
                mantissa = (mantissa - lo) % 2**width + lo
            case Overflow.SAT | Overflow.SAT_SYM:
                mantissa = hi if mantissa > hi else lo
            case Overflow.SAT_ZERO:
                mantissa = 0
    return mantissa * Fraction(2) ** (integer - width)
