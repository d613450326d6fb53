"""Every op once more, on float64: what the interval rules are tested against.

The numbers of ``strategies.tiny`` are so short that float64 carries every sum and product exactly.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import Any, assert_never

import numpy as np
import numpy.typing as npt

from tests.fixed.model import quantized
from trigforge.fixed import FixedType, Interval
from trigforge.graph import (
    Add,
    Concat,
    Constant,
    Conv1D,
    Conv2D,
    Dense,
    Einsum,
    EinsumDense,
    Gather,
    LeadingOne,
    Lookup,
    Map,
    Max,
    Maximum,
    Min,
    Minimum,
    Mul,
    Op,
    Relu,
    Requantize,
    Reshape,
    Select,
    Shift,
    ShiftBy,
    Slice,
    Sub,
    Sum,
    Transpose,
    body_tensors,
    slices_of,
)

Values = npt.NDArray[np.float64]
"""(events, *shape)"""


def all_values(operands: list[Interval]) -> list[Values]:
    """Every combination of values that the elements of all operands can take, one an event."""
    ranges = [
        range(int(lo), int(hi) + 1)
        for x in operands
        for lo, hi in zip(x.lo.values.reshape(-1), x.hi.values.reshape(-1), strict=True)
    ]
    mantissas = np.array(list(product(*ranges)), dtype=np.float64)
    columns, out = 0, []
    for x in operands:
        part = mantissas[:, columns : columns + x.lo.size].reshape(-1, *x.shape)
        out.append(np.ldexp(part, x.lsb.values.astype(np.int64)))
        columns += x.lo.size
    return out


def evaluate(op: Op, operands: list[Values], intervals: list[Interval]) -> Values:
    """The op on ``(events, *shape)``; ``intervals`` are those of the operands."""
    match op:
        case Constant(value):
            return value.to_float()[None]
        case Dense(weight, bias):
            return operands[0] @ weight.to_float() + _bias(bias)
        case EinsumDense(equation, weight, bias):
            left, _, right = str(equation).partition("->")
            return np.einsum(f"Z{left}->Z{right}", operands[0], weight.to_float()) + _bias(bias)
        case Conv1D():
            raised = _convolved(
                operands[0][:, None],
                op.weight.to_float()[None],
                (1, op.stride),
                (0, 0, *op.padding),
                (1, op.dilation),
            )
            return raised[:, 0] + _bias(op.bias)
        case Conv2D():
            return _convolved(operands[0], op.weight.to_float(), op.stride, op.padding, op.dilation) + _bias(op.bias)
        case Einsum(equation):
            left, _, right = str(equation).partition("->")
            first, _, second = left.partition(",")
            return np.einsum(f"Z{first},Z{second}->Z{right}", *operands)
        case Sum(axes) | Max(axes) | Min(axes):
            reduce = {Sum: np.sum, Max: np.max, Min: np.min}[type(op)]
            return reduce(operands[0], axis=tuple(axis + 1 for axis in axes))
        case Relu():
            return np.maximum(operands[0], 0)
        case Shift(places):
            return np.ldexp(operands[0], places.values.astype(np.int64))
        case LeadingOne():
            x = operands[0]
            return np.where(x > 0, np.floor(np.log2(np.where(x > 0, x, 1))), intervals[0].lsb.values)
        case Reshape(shape):
            return operands[0].reshape(-1, *shape)
        case Transpose(permutation):
            return operands[0].transpose(0, *(axis + 1 for axis in permutation))
        case Slice(start, stop, step):
            return operands[0][(slice(None), *(slice(*cut) for cut in zip(start, stop, step, strict=True)))]
        case Concat(axis):
            return np.concatenate(operands, axis=axis + 1)
        case Gather(indices, axis):
            return np.stack([operands[0].take(int(n), axis=axis + 1) for n in indices.values], axis=axis + 1)
        case Add() | Sub() | Mul() | Maximum() | Minimum() | ShiftBy() | Select():
            return _elementwise(op, _aligned(operands))
        case Lookup() | Requantize():
            return _by_element(op, operands[0])
        case Map():
            (only,) = evaluate_map(op, operands, intervals)
            return only
        case _:
            assert_never(op)


def evaluate_map(op: Map, operands: Sequence[Values], intervals: Sequence[Interval]) -> list[Values]:
    """Every output, one slice after the other."""
    body, tensors = op.body, body_tensors(op, intervals)
    slices: list[list[Values]] = []
    for n in range(slices_of(op, intervals)):
        seen = zip(body.inputs, operands, op.cuts, strict=True)
        known = {name: x if cut is None else x.take(n, axis=cut + 1) for name, x, cut in seen}
        for node in body.nodes:
            inside = [tensors[name] for name in node.operands]
            known[node.name] = evaluate(node.op, [known[name] for name in node.operands], inside)
        slices.append([known[name] for name in body.outputs])
    return [np.stack(stacked, axis=op.axis + 1) for stacked in zip(*slices, strict=True)]


def _bias(bias: Any) -> Values | float:
    return 0.0 if bias is None else bias.to_float()


def _aligned(operands: list[Values]) -> list[Values]:
    """Axes of length 1 behind the event axis, so that all have one rank."""
    rank = max(x.ndim for x in operands)
    return [x.reshape(len(x), *(1,) * (rank - x.ndim), *x.shape[1:]) for x in operands]


def _elementwise(op: Add | Sub | Mul | Maximum | Minimum | ShiftBy | Select, operands: list[Values]) -> Values:
    match op:
        case Add():
            return operands[0] + operands[1]
        case Sub():
            return operands[0] - operands[1]
        case Mul():
            return operands[0] * operands[1]
        case Maximum():
            return np.maximum(*operands)
        case Minimum():
            return np.minimum(*operands)
        case ShiftBy():
            return operands[0] * 2.0 ** operands[1]
        case Select(threshold):
            return np.where(operands[0] >= threshold.to_float(), operands[1], operands[2])
        case _:
            assert_never(op)


def _convolved(x: Values, weight: Values, stride: Any, padding: Any, dilation: Any) -> Values:
    top, bottom, left, right = padding
    x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    kernel_height, kernel_width = weight.shape[:2]
    reach = [dilation[0] * (kernel_height - 1), dilation[1] * (kernel_width - 1)]
    rows = [
        np.stack(
            [
                sum(
                    x[:, row + dilation[0] * i, column + dilation[1] * j] @ weight[i, j]
                    for i in range(kernel_height)
                    for j in range(kernel_width)
                )
                for column in range(0, x.shape[2] - reach[1], stride[1])
            ],
            axis=1,
        )
        for row in range(0, x.shape[1] - reach[0], stride[0])
    ]
    return np.stack(rows, axis=1)


def _by_element(op: Lookup | Requantize, x: Values) -> Values:
    shape = x.shape[1:]
    out = np.empty_like(x)
    for where in np.ndindex(shape):
        for value in np.unique(x[:, *where]):
            out[x[:, *where] == value, *where] = _entry(op, shape, where, float(value))
    return out


def _entry(op: Lookup | Requantize, shape: tuple[int, ...], where: tuple[int, ...], value: float) -> float:
    if isinstance(op, Lookup):
        table = op.tables[int(np.broadcast_to(op.index.values, shape)[where])]
        return float(table.values.to_float()[int(np.ldexp(value, -table.lsb)) - table.first])
    full = op.types.broadcast(shape)
    width, integer_bits, signed = (int(p.values[where]) for p in (full.width, full.integer_bits, full.signed))
    fixed_type = FixedType(width, integer_bits, bool(signed))
    mantissa = quantized(Fraction(value), fixed_type, op.rounding, op.overflow)
    return float(np.ldexp(mantissa, fixed_type.lsb))
