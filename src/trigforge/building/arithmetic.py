"""Words that quantize, combine tensors element by element, and reduce axes."""

import math
from collections.abc import Sequence
from functools import reduce
from math import prod

import numpy.typing as npt

from trigforge.building.quantization import ONE, ZERO, Quantization
from trigforge.building.refusals import Refusal
from trigforge.building.relations import related
from trigforge.building.structure import reshape
from trigforge.building.tensor import Tensor
from trigforge.fixed import FixedArray, Integers
from trigforge.graph import (
    Add,
    Constant,
    Einsum,
    Equation,
    Max,
    Maximum,
    Min,
    Minimum,
    Mul,
    PairwiseOp,
    Relu,
    Select,
    Shift,
    Sub,
    Sum,
)


def constant(like: Tensor, value: FixedArray, name: str = "constant") -> Tensor:
    """A tensor that never changes, in the graph of ``like``."""
    return like.builder.add(name, Constant(value))


def scaled(x: Tensor, quantization: Quantization, name: str = "quantizer") -> Tensor:
    """``x * scale + offset`` of a quantization; no node where it is ``x``."""
    if quantization.scale != ONE:
        x = x.builder.add(f"{name}.affine", Mul(), x, constant(x, quantization.scale, f"{name}.factor"))
    if quantization.offset != ZERO:
        x = x.builder.add(f"{name}.affine", Add(), x, constant(x, quantization.offset, f"{name}.offset"))
    return x


def pairwise(op: PairwiseOp, *operands: Tensor, name: str = "merged") -> Tensor:
    """The op on the first two operands, then on the result and the next; they broadcast as in NumPy."""
    return reduce(lambda x, y: related(op, x, y, name), operands)


def add(*operands: Tensor, name: str = "sum") -> Tensor:
    """The sum of tensors, broadcast."""
    return pairwise(Add(), *operands, name=name)


def subtract(x: Tensor, y: Tensor, name: str = "difference") -> Tensor:
    """``x - y``, broadcast."""
    return pairwise(Sub(), x, y, name=name)


def multiply(*operands: Tensor, name: str = "product") -> Tensor:
    """The product of tensors, broadcast."""
    return pairwise(Mul(), *operands, name=name)


def maximum(*operands: Tensor, name: str = "larger") -> Tensor:
    """The largest of tensors, element by element, broadcast."""
    return pairwise(Maximum(), *operands, name=name)


def minimum(*operands: Tensor, name: str = "smaller") -> Tensor:
    """The smallest of tensors, element by element, broadcast."""
    return pairwise(Minimum(), *operands, name=name)


def negative(x: Tensor, name: str = "negative") -> Tensor:
    """``-x``."""
    return pairwise(Mul(), x, constant(x, FixedArray.of(-1), "minus_one"), name=name)


def select(c: Tensor, x: Tensor, y: Tensor, threshold: FixedArray = ZERO, name: str = "selected") -> Tensor:
    """``x`` where ``c >= threshold``, else ``y``, broadcast."""
    return c.builder.add(name, Select(threshold), c, x, y)


def shift(x: Tensor, places: npt.ArrayLike, name: str = "shift") -> Tensor:
    """``x * 2**places``, broadcast; no node for 0 places."""
    moved = Integers(places).collapsed()
    return x.builder.add(name, Shift(moved), x) if moved.values.any() else x


def divided(total: Tensor, entries: int, name: str) -> Tensor:
    """``total / entries`` of a sum that was made for it: a shift for 2, 4, 8... entries.

    Else the sum itself, as a mean which the quantizer behind it divides.
    """
    fraction, exponent = math.frexp(entries)
    if fraction == 0.5:
        return shift(total, 1 - exponent, name)
    total.divisor *= entries
    return total


def average(*operands: Tensor, name: str = "merged") -> Tensor:
    """The mean of tensors."""
    return divided(add(*operands, name=name), len(operands), "scaled")


def einsum(x: Tensor, y: Tensor, equation: Equation, name: str = "einsum") -> Tensor:
    """``einsum(equation, x, y)``."""
    return x.builder.add(name, Einsum(equation), x, y)


def relu(x: Tensor, name: str = "relu") -> Tensor:
    """The larger of ``x`` and 0."""
    made = x.builder.add(name, Relu(), x)
    made.never_below = (x,)
    return made


Reducing = type[Sum] | type[Max] | type[Min]


def reduced(op: Reducing, x: Tensor, axes: Sequence[int], keepdims: bool = False, name: str | None = None) -> Tensor:
    """``op`` over ``axes`` (without the event axis; negative ones count from the end).

    They keep length 1 if ``keepdims``.
    """
    if any(not -x.rank <= axis < x.rank for axis in axes):
        raise Refusal(f"reduces axes {[*axes]} of a tensor of shape {[*x.shape]}", "name axes that exist")
    own = tuple(sorted(axis % x.rank for axis in axes))
    y = x.builder.add(name or op.__name__.lower(), op(own), x) if own else x
    kept = tuple(1 if axis in own else length for axis, length in enumerate(x.shape))
    if not keepdims:
        return y
    made = reshape(y, kept, "kept")
    if op is Max:
        made.never_below = (x,)
    elif op is Min:
        made.never_above = (x,)
    return made


def sum_over(x: Tensor, axes: Sequence[int], keepdims: bool = False, name: str = "sum") -> Tensor:
    """The sum over axes."""
    return reduced(Sum, x, axes, keepdims, name)


def max_over(x: Tensor, axes: Sequence[int], keepdims: bool = False, name: str = "max") -> Tensor:
    """The largest entry over axes."""
    return reduced(Max, x, axes, keepdims, name)


def min_over(x: Tensor, axes: Sequence[int], keepdims: bool = False, name: str = "min") -> Tensor:
    """The smallest entry over axes."""
    return reduced(Min, x, axes, keepdims, name)


def mean_over(x: Tensor, axes: Sequence[int], keepdims: bool = False, name: str = "mean") -> Tensor:
    """The mean over axes."""
    return divided(sum_over(x, axes, keepdims), prod(x.shape[axis] for axis in axes), name)
