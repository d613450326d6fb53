"""Interval rules of the ops that multiply and add: each output's ends are sums of the ends of its terms."""

from typing import assert_never

import numpy as np
import numpy.typing as npt

from trigforge.errors import GraphError, WidthError
from trigforge.fixed import FixedArray, Interval, exact
from trigforge.fixed.exact import IntArray
from trigforge.graph.equation import Equation
from trigforge.graph.infer_elementwise import broadcast, infer_binary, product_bounds
from trigforge.graph.ops import Add, Conv1D, Conv2D, Dense, EinsumDense, Sum
from trigforge.graph.windows import conv_windows

_NOTHING = 10**6
_WINDOWS = Equation.parse("py,yz->pz")


def infer_linear(op: Dense | EinsumDense | Conv1D | Conv2D | Sum, x: Interval) -> Interval:
    """A contraction with constants, then the bias."""
    match op:
        case Dense(weight, bias):
            if len(weight.shape) != 2 or not x.shape or x.shape[-1] != weight.shape[0]:
                raise GraphError(f"input {list(x.shape)} and weight {list(weight.shape)} do not fit")
            return _with_bias(_contract(Equation.of_dense(len(x.shape)), x, weight), bias)
        case EinsumDense(equation, weight, bias):
            equation.lengths(x.shape, weight.shape)
            return _with_bias(_contract(equation, x, weight), bias)
        case Conv1D() | Conv2D():
            windows = conv_windows(op, x.shape)
            columns = Interval.of(*(windows.take(part.values) for part in (x.lo, x.hi, x.lsb)))
            flat = FixedArray.of(op.weight.mantissa.values.reshape(-1, op.weight.shape[-1]), op.weight.lsb)
            out = _contract(_WINDOWS, columns, flat)
            shaped = Interval.of(*(v.values.reshape(windows.out_shape) for v in (out.lo, out.hi, out.lsb)))
            return _with_bias(shaped, op.bias)
        case Sum(axes):
            return _infer_sum(axes, x)
        case _:
            assert_never(op)


def _contract(equation: Equation, x: Interval, weight: FixedArray) -> Interval:
    """``lo = sum(w+ * lo + w- * hi)`` at the finest scale, each output then at the finest scale of its own terms."""
    scale = x.hull_lsb
    lo, hi = x.at(scale)
    w = weight.mantissa.values
    positive, negative = np.maximum(w, 0), np.minimum(w, 0)
    out_lo = exact.add(exact.contract(str(equation), lo, positive), exact.contract(str(equation), hi, negative))
    out_hi = exact.add(exact.contract(str(equation), hi, positive), exact.contract(str(equation), lo, negative))
    x_lsb = np.where(x.is_zero, _NOTHING, x.lsb.values)
    w_lsb = np.where(w == 0, _NOTHING, exact.trailing_zeros(w))
    lsb = _finest(str(equation), x_lsb, w_lsb)
    places = np.where(lsb >= _NOTHING, 0, lsb - scale)
    return Interval.of(exact.shift(out_lo, -places), exact.shift(out_hi, -places), scale + places + weight.lsb)


def _finest(equation: str, a: npt.NDArray[np.int64], b: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The contraction with (min, +) in place of (+, *): the smallest ``a + b`` over the terms of each output.

    One float64 einsum does it: with ``base = 2**20`` above the number of terms, ``sum(base**-(a + b))`` lies between
    ``base**-m`` and ``base**(1 - m)``, where ``m`` is the smallest sum.
    """
    present_a, present_b = a < _NOTHING, b < _NOTHING
    if not present_a.any() or not present_b.any():
        return np.where(np.einsum(equation, present_a * 1, present_b * 1) > 0, 0, _NOTHING)
    a0, b0 = int(a[present_a].min()), int(b[present_b].min())
    spread = int(a[present_a].max()) - a0 + int(b[present_b].max()) - b0
    if spread > 48 or max(a.size, b.size) >= 2**20:
        return _finest_slowly(equation, a, b)
    weights = (
        np.where(p, np.ldexp(1.0, -20 * np.where(p, v - v0, 0)), 0.0)
        for p, v, v0 in ((present_a, a, a0), (present_b, b, b0))
    )
    total = np.einsum(equation, *weights)
    exponent = np.frexp(np.where(total > 0, total, 1.0))[1] - 1
    return np.where(total > 0, -(exponent // 20) + a0 + b0, _NOTHING).astype(np.int64)


def _finest_slowly(equation: str, a: npt.NDArray[np.int64], b: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """As ``_finest``, one distinct pair of exponents after the other."""
    levels = sorted(
        (int(p + q), int(p), int(q)) for p in np.unique(a[a < _NOTHING]) for q in np.unique(b[b < _NOTHING])
    )
    out = np.full(np.einsum(equation, a * 0, b * 0).shape, _NOTHING, np.int64)
    for total, p, q in levels:
        hit = np.einsum(equation, (a == p) * 1, (b == q) * 1) > 0
        out = np.where(hit & (out >= _NOTHING), total, out)
    return out


def _with_bias(x: Interval, bias: FixedArray | None) -> Interval:
    if bias is None:
        return x
    return infer_binary(Add(), x, broadcast(Interval.of_constant(bias), x.shape))


def _infer_sum(axes: tuple[int, ...], x: Interval) -> Interval:
    check_axes(axes, x.shape)
    ones = FixedArray.of(np.ones([x.shape[n] for n in axes], np.int64))
    return _contract(Equation.of_sum(len(x.shape), axes), x, ones)


def check_axes(axes: tuple[int, ...], shape: tuple[int, ...]) -> None:
    """``GraphError`` unless ``axes`` ascend within the rank."""
    if not axes or list(axes) != sorted(set(axes)) or axes[0] < 0 or axes[-1] >= len(shape):
        raise GraphError(f"axes {list(axes)} do not ascend within a tensor of shape {list(shape)}")


def infer_einsum(equation: Equation, x: Interval, y: Interval) -> Interval:
    """Every product on its own, then sums: products of intervals do not factor into sums of ends."""
    lengths, output = equation.lengths(x.shape, y.shape), equation.output
    order = output + "".join(letter for letter in lengths if letter not in output)
    if np.prod([float(lengths[letter]) for letter in order]) > 2**26:
        raise WidthError(f"equation {str(equation)!r} has more than 2^26 products")
    first, second = (_spread(t, term, order) for t, term in zip((x, y), equation.terms, strict=True))
    lo, hi = product_bounds(first, second)
    zero = (lo == 0) & (hi == 0)
    lsb = np.where(zero, _NOTHING, first.lsb.values + second.lsb.values)
    summed = tuple(range(len(output), len(order)))
    finest = np.asarray(lsb.min(axis=summed) if summed else lsb)
    finest = np.where(finest >= _NOTHING, 0, finest)
    target = np.expand_dims(finest, summed)
    places = np.where(zero, 0, lsb - target)
    return Interval.of(_total(exact.shift(lo, places), summed), _total(exact.shift(hi, places), summed), finest)


def _spread(x: Interval, term: str, order: str) -> Interval:
    """``x`` with its axes in the places of ``order`` and length 1 elsewhere."""
    ranks = sorted(range(len(term)), key=lambda n: order.index(term[n]))
    shape = [x.shape[term.index(letter)] if letter in term else 1 for letter in order]
    return Interval.of(*(part.values.transpose(ranks).reshape(shape) for part in (x.lo, x.hi, x.lsb)))


def _total(values: IntArray, axes: tuple[int, ...]) -> IntArray:
    terms = int(np.prod([values.shape[n] for n in axes])) if axes else 1
    if float(np.abs(values).max(initial=0)) * terms >= 2.0**62:
        values = values.astype(object)
    for axis in reversed(axes):
        values = np.add.reduce(values, axis=axis)
    return exact.integers(values)
