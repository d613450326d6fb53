"""An op on one slice of an axis: the inside of a ``Map``."""

from collections.abc import Sequence
from math import prod
from typing import assert_never

import numpy as np

from trigforge.fixed import FixedArray
from trigforge.graph.equation import Equation
from trigforge.graph.ops import (
    Concat,
    Constant,
    Conv1D,
    Conv2D,
    Dense,
    Einsum,
    EinsumDense,
    Gather,
    Map,
    Op,
    Pairwise,
    Reduction,
    Reshape,
    Select,
    Slice,
    Transpose,
    Unary,
)
from trigforge.passes.axes import rearranged, with_parameter, without_axis

Shape = tuple[int, ...]


def sliced(op: Op, operands: Sequence[Shape], out: Shape, axis: int) -> Op | None:
    """The op that does to each slice of ``axis`` what ``op`` does to the whole, or None if there is none.

    The operands' shapes (without operands that are constants) and the output's all have the same length along
    ``axis``, which stays the same axis throughout.
    """
    match op:
        case Dense():
            return op if axis < len(out) - 1 else None
        case EinsumDense():
            return _einsum_dense(op, out, axis)
        case Conv1D():
            return _conv1d(op, out, axis)
        case Conv2D():
            return _conv2d(op, out, axis)
        case Einsum(equation):
            return _einsum(equation, axis)
        case Pairwise():
            return op if all(len(shape) == len(out) for shape in operands) else None
        case Unary():
            return with_parameter(op, lambda parameter: without_axis(parameter, len(out), axis))
        case Select(threshold):
            cut = without_axis(threshold, len(out), axis)
            return Select(cut) if cut and all(len(shape) == len(out) for shape in operands) else None
        case Reduction():
            return type(op)(tuple(a - 1 for a in op.axes)) if min(op.axes) > axis else None
        case Reshape(shape):
            return Reshape(_rest(shape, axis)) if prod(shape[:axis]) == prod(operands[0][:axis]) else None
        case Transpose(permutation):
            if permutation[axis] != axis:
                return None
            return Transpose(tuple(_closed_up(a, axis) for a in _rest(permutation, axis)))
        case Slice(start, stop, step):
            whole = (start[axis], stop[axis], step[axis]) == (0, out[axis], 1)
            return Slice(_rest(start, axis), _rest(stop, axis), _rest(step, axis)) if whole else None
        case Concat(along):
            return Concat(_closed_up(along, axis)) if along != axis else None
        case Gather(indices, along):
            return Gather(indices, _closed_up(along, axis)) if along != axis else None
        case Constant() | Map():
            return None
        case _:
            assert_never(op)


def _rest(entries: Shape, axis: int) -> Shape:
    return (*entries[:axis], *entries[axis + 1 :])


def _closed_up(other: int, axis: int) -> int:
    """The number of another axis once ``axis`` is gone."""
    return other - (other > axis)


def _cut_bias(bias: FixedArray | None, out: Shape, axis: int) -> tuple[FixedArray | None, bool]:
    """The bias of one slice, and whether there is one bias for all slices."""
    cut = None if bias is None else without_axis(bias, len(out), axis)
    return cut, bias is None or cut is not None


def _einsum_dense(op: EinsumDense, out: Shape, axis: int) -> Op | None:
    (term, weight_term), output = op.equation.terms, op.equation.output
    letter = term[axis]
    bias, shared = _cut_bias(op.bias, out, axis)
    if output.find(letter) != axis or not shared:
        return None
    weight = op.weight
    if letter in weight_term:
        cut = without_axis(weight, len(weight_term), weight_term.index(letter))
        if cut is None:
            return None
        weight, weight_term = cut, weight_term.replace(letter, "")
    term, output = term.replace(letter, ""), output.replace(letter, "")
    if term and output and weight_term == term[-1] + output[-1] and term[:-1] == output[:-1]:
        length = weight.shape[1]
        if bias is None or all(n == 1 for n in bias.shape[:-1]):
            flat = None if bias is None else rearranged(bias, lambda v: np.broadcast_to(v.reshape(-1), (length,)))
            return Dense(weight, flat)
    return EinsumDense(Equation((term, weight_term), output), weight, bias)


def _einsum(equation: Equation, axis: int) -> Op | None:
    letter = equation.terms[0][axis]
    if equation.terms[1].find(letter) != axis or equation.output.find(letter) != axis:
        return None
    return Einsum(equation.without(letter))


def _conv1d(op: Conv1D, out: Shape, axis: int) -> Op | None:
    bias, shared = _cut_bias(op.bias, out, axis)
    if axis != 0 or not shared or (op.weight.shape[0], op.stride, op.padding) != (1, 1, (0, 0)):
        return None
    return Dense(rearranged(op.weight, lambda v: v[0]), bias)


def _conv2d(op: Conv2D, out: Shape, axis: int) -> Op | None:
    bias, shared = _cut_bias(op.bias, out, axis)
    if axis > 1 or not shared:
        return None
    other, mine = 1 - axis, slice(2 * axis, 2 * axis + 2)
    if (op.weight.shape[axis], op.stride[axis], op.padding[mine]) != (1, 1, (0, 0)):
        return None
    weight = rearranged(op.weight, lambda v: v.take(0, axis=axis))
    padding = (op.padding[2 * other], op.padding[2 * other + 1])
    return Conv1D(weight, bias, op.stride[other], padding, op.dilation[other])
