"""Layers for the ops that multiply, contract and add up."""

from math import prod
from typing import Any

import numpy as np

from trigforge.design import Strategy
from trigforge.fixed import FixedArray, Interval
from trigforge.graph.equation import Equation
from trigforge.graph.infer import infer
from trigforge.graph.ops import Conv1D, Conv2D, Dense, Einsum, EinsumDense, Reshape, Sum
from trigforge.hls import distributed_arithmetic
from trigforge.hls.layers import Builder, Operand, accumulator, weight_type, weight_values

_ZERO = FixedArray.of(0)


def lower_dense(builder: Builder, op: Dense, x: Operand, out: Interval) -> None:
    """hls4ml's ``Dense`` for one vector; for more, its ``EinsumDense`` or, where multipliers are reused, a convolution
    with kernel 1: ``EinsumDense`` ignores reuse factors in ``Latency`` and does not exist in ``Resource``."""
    if len(x.shape) == 1 and builder.strategy is not Strategy.DISTRIBUTED_ARITHMETIC:
        n_in, n_out = op.weight.shape
        _weighted(builder, "Dense", x, out, op.weight, op.bias, {"n_in": n_in, "n_out": n_out})
    elif builder.strategy is Strategy.RESOURCE:
        _as_convolution(builder, op, x, out)
    else:
        lower_einsum_dense(builder, EinsumDense(Equation.of_dense(len(x.shape)), op.weight, op.bias), x, out)


def _as_convolution(builder: Builder, op: Dense, x: Operand, out: Interval) -> None:
    conv = Conv1D(FixedArray.of(op.weight.mantissa.values[None], op.weight.lsb), op.bias)
    if len(x.shape) == 2:
        lower_conv(builder, conv, x, out)
        return
    positions = prod(x.shape[:-1])
    rows = builder.reshape(x, (positions, x.shape[-1]), suffix="rows")
    done = lower_conv(builder, conv, rows, infer(Reshape((positions, out.shape[-1])), [out]), suffix="convolved")
    builder.copy(done, out)


def lower_einsum_dense(builder: Builder, op: EinsumDense, x: Operand, out: Interval) -> None:
    """hls4ml's ``EinsumDense``, always fully parallel. A letter that only one operand has and that is summed is summed
    before: over constants here, over the tensor in hardware."""
    (term, weight_term), output = op.equation.terms, op.equation.output
    lone = tuple(n for n, letter in enumerate(weight_term) if letter not in term + output)
    weight = FixedArray.of(op.weight.mantissa.values.sum(axis=lone), op.weight.lsb) if lone else op.weight
    weight_term = "".join(letter for n, letter in enumerate(weight_term) if n not in lone)
    x, term = _without_lone(builder, x, term, weight_term + output, "summed")
    if builder.strategy is Strategy.DISTRIBUTED_ARITHMETIC:
        plain = EinsumDense(Equation((term, weight_term), output), weight, op.bias)
        distributed_arithmetic.lower(builder, plain, x, out)
        return
    if not (term and weight_term and output):  # hls4ml takes no operand without axes
        term, weight_term, output = (op.equation.free_letter + letters for letters in (term, weight_term, output))
        weight = FixedArray.of(weight.mantissa.values[None], weight.lsb)
    lengths = dict(zip(weight_term, weight.shape, strict=True)) | dict(
        zip(reversed(term), reversed(x.shape), strict=False)
    )
    out_shape = tuple(lengths[letter] for letter in output)
    attributes = {
        "equation": f"{term},{weight_term}->{output}",
        "inp_shape": tuple(lengths[letter] for letter in term),
        "out_shape": out_shape,
    }
    bias = op.bias or _ZERO
    bias = FixedArray.of(np.broadcast_to(bias.mantissa.values, out.shape).reshape(out_shape), bias.lsb)
    _weighted(builder, "EinsumDense", x, out, weight, bias, attributes, strategy=Strategy.LATENCY)


def lower_einsum(builder: Builder, op: Einsum, x: Operand, y: Operand, out: Interval) -> None:
    """hls4ml's ``Einsum``, always fully parallel; letters that only one operand has and that are summed go first."""
    (first, second), output = op.equation.terms, op.equation.output
    x, first = _without_lone(builder, x, first, second + output, "first_summed")
    y, second = _without_lone(builder, y, second, first + output, "second_summed")
    x_shape, y_shape = x.shape, y.shape
    if not (first and second and output):
        first, second, output = (op.equation.free_letter + letters for letters in (first, second, output))
        x_shape, y_shape = (1, *x_shape), (1, *y_shape)
    lengths = dict(zip(first, x_shape, strict=True)) | dict(zip(second, y_shape, strict=True))
    attributes = {
        "equation": f"{first},{second}->{output}",
        "inp0_shape": x_shape,
        "inp1_shape": y_shape,
        "out_shape": tuple(lengths[letter] for letter in output),
    }
    types = {"accum": accumulator(out, x.type.lsb + y.type.lsb)}
    builder.built = Strategy.LATENCY, 1
    builder.add("Einsum", (x, y), out, types=types, attributes=attributes)


def _without_lone(builder: Builder, x: Operand, term: str, others: str, suffix: str) -> tuple[Operand, str]:
    axes = tuple(n for n, letter in enumerate(term) if letter not in others)
    if not axes:
        return x, term
    kept = "".join(letter for n, letter in enumerate(term) if n not in axes)
    return lower_sum(builder, Sum(axes), x, infer(Sum(axes), [x.interval]), suffix=suffix), kept


def lower_conv(builder: Builder, op: Conv1D | Conv2D, x: Operand, out: Interval, *, suffix: str = "") -> Operand:
    """hls4ml's ``Conv1D`` and ``Conv2D``; all positions at once except where multipliers are reused.

    hls4ml ignores dilation: the kernel is written out with the zeros between its taps, which cost nothing.
    """
    if builder.strategy is Strategy.DISTRIBUTED_ARITHMETIC:
        return distributed_arithmetic.lower(builder, op, x, out)
    weight = _dilated(op)
    attributes: dict[str, Any] = {"n_chan": weight.shape[-2], "n_filt": weight.shape[-1], "dilation": 1}
    attributes |= {"data_format": "channels_last", "padding": "manual"}
    match op:
        case Conv1D():
            attributes |= {"in_width": x.shape[0], "out_width": out.shape[0], "filt_width": weight.shape[0]}
            attributes |= {"stride_width": op.stride}
            attributes |= dict(zip(("pad_left", "pad_right"), op.padding, strict=True))
        case Conv2D():
            for n, side in enumerate(("height", "width")):
                attributes |= {f"in_{side}": x.shape[n], f"out_{side}": out.shape[n]}
                attributes |= {f"filt_{side}": weight.shape[n], f"stride_{side}": op.stride[n]}
            attributes |= dict(zip(("pad_top", "pad_bottom", "pad_left", "pad_right"), op.padding, strict=True))
    positions = 1 if builder.strategy is Strategy.RESOURCE else prod(out.shape[:-1])
    kind = type(op).__name__
    return _weighted(builder, kind, x, out, weight, op.bias, attributes, positions=positions, suffix=suffix)


def _dilated(op: Conv1D | Conv2D) -> FixedArray:
    steps = (op.dilation,) if isinstance(op, Conv1D) else op.dilation
    values = op.weight.mantissa.values
    reach = [step * (taps - 1) + 1 for step, taps in zip(steps, values.shape, strict=False)]
    spread = np.zeros((*reach, *values.shape[-2:]), values.dtype)
    spread[tuple(slice(None, None, step) for step in steps)] = values
    return FixedArray.of(spread, op.weight.lsb)


def _weighted(
    builder: Builder,
    kind: str,
    x: Operand,
    out: Interval,
    weight: FixedArray,
    bias: FixedArray | None,
    attributes: dict[str, Any],
    *,
    strategy: Strategy | None = None,
    positions: int = 1,
    suffix: str = "",
) -> Operand:
    bias = bias or FixedArray.of(np.zeros(out.shape[-1:] or (1,), np.int64))
    if kind != "EinsumDense":
        bias = FixedArray.of(np.broadcast_to(bias.mantissa.values, out.shape[-1:]), bias.lsb)
    weights = {
        "weight_data": weight_values(weight),
        "bias_data": weight_values(bias),
    }
    strategy = strategy or builder.strategy
    reuse_factor = builder.reuse_factor
    if strategy is Strategy.RESOURCE:
        reuse_factor = attainable_reuse(
            reuse_factor, prod(weight.shape[:-1]), weight.shape[-1] if kind == "Dense" else 1
        )
    builder.built = strategy, 1 if kind == "EinsumDense" else reuse_factor
    types = {
        "accum": accumulator(out, x.type.lsb + weight.lsb, bias.lsb),
        "weight": weight_type(weight),
        "bias": weight_type(bias),
    }
    return builder.add(
        kind,
        (x,),
        out,
        suffix=suffix,
        types=types,
        attributes=attributes | weights,
        strategy=strategy,
        reuse_factor=reuse_factor,
        parallel_positions=positions,
        shape=attributes.get("out_shape"),
    )


def attainable_reuse(asked: int, n_in: int, n_out: int) -> int:
    """The largest reuse factor up to ``asked`` that hls4ml's ``Resource`` kernels are right for.

    It divides the inputs of one output, or is all of them times a divisor of the outputs. With any other their C++ ends
    the process.
    """
    divisors = [n for n in range(1, n_in + 1) if n_in % n == 0]
    divisors += [n_in * n for n in range(2, n_out + 1) if n_out % n == 0]
    return max(n for n in divisors if n <= asked)


def lower_sum(builder: Builder, op: Sum, x: Operand, out: Interval, *, suffix: str = "") -> Operand:
    """A kernel of ours: hls4ml would multiply by ones."""
    arrays, terms = {"index": groups(x.shape, op.axes)}, prod(x.shape[axis] for axis in op.axes)
    typedefs = {"accum_t": accumulator(out, x.type.lsb)}
    scalars = {"n_terms": terms}
    return builder.kernel(
        "sum", "reduce.h", (x,), out, suffix=suffix, arrays=arrays, scalars=scalars, typedefs=typedefs
    )


def groups(shape: tuple[int, ...], axes: tuple[int, ...]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """For each element that is left when ``axes`` vanish, the elements that it is made of: shape (left, terms)."""
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    terms = prod(shape[axis] for axis in axes)
    return np.arange(prod(shape), dtype=np.int64).reshape(shape).transpose(*kept, *axes).reshape(-1, terms)
