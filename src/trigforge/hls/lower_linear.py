"""Layers for the ops that multiply, contract and add up."""

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.design import Strategy
from trigforge.fixed import FixedArray, Interval
from trigforge.graph.equation import Equation
from trigforge.graph.infer import infer
from trigforge.graph.matrices import matrices_of
from trigforge.graph.ops import Conv1D, Conv2D, Dense, Einsum, EinsumDense, Sum
from trigforge.hls import distributed_arithmetic
from trigforge.hls.layers import Builder, Operand, accumulator, weight_type, weight_values
from trigforge.hls.reuse import spread_shape
from trigforge.hls.turns import contract_in_turns, linear_in_turns


def lower_dense(builder: Builder, op: Dense, x: Operand, out: Interval) -> None:
    """A matrix of constants at each position; where one vector reuses multipliers, hls4ml's ``Dense``."""
    if builder.strategy is Strategy.RESOURCE and len(x.shape) == 1:
        n_in, n_out = op.weight.shape
        _reused(builder, "Dense", x, out, op.weight, op.bias, {"n_in": n_in, "n_out": n_out})
    else:
        lower_einsum_dense(builder, EinsumDense(Equation.of_dense(len(x.shape)), op.weight, op.bias), x, out)


def lower_einsum_dense(builder: Builder, op: EinsumDense, x: Operand, out: Interval) -> None:
    """A matrix of constants at each position. A letter that only the tensor has and that is summed is summed before."""
    (term, weight_term), output = op.equation.terms, op.equation.output
    x, term = _without_lone(builder, x, term, weight_term + output, "summed")
    summed = EinsumDense(Equation((term, weight_term), output), op.weight, op.bias)
    if builder.takes_turns:
        linear_in_turns(builder, summed, x, out)
    else:
        _matrices(builder, summed, x, out)


def _matrices(builder: Builder, op: EinsumDense | Conv1D | Conv2D, x: Operand, out: Interval) -> Operand:
    """Adder graphs, or a kernel of ours: hls4ml limits the multipliers of a layer to those of one position, and adds in
    chains."""
    if builder.strategy is Strategy.DISTRIBUTED_ARITHMETIC:
        return distributed_arithmetic.lower(builder, op, x, out)
    found = matrices_of(op, x.shape, out.shape)
    weight, bias = FixedArray.of(found.matrices, found.weight_lsb), FixedArray.of(found.bias, found.bias_lsb)
    products = (found.matrices != 0).sum(axis=2)[found.block] * (found.terms >= 0)
    sizes = {"n_positions": len(found.terms), "n_terms": found.terms.shape[1], "n_sums": found.sums.shape[1]}
    return builder.kernel(
        "linear",
        "linear.h",
        (x,),
        out,
        arrays={"term": found.terms, "sum": found.sums, "block": found.block},
        scalars=sizes | {"n_weights": found.matrices.size} | _multipliers(builder, int(products.sum())),
        typedefs={"accum_t": accumulator(out, x.type.lsb + weight.lsb, bias.lsb)},
        weight=weight,
        bias=bias,
    )


def _multipliers(builder: Builder, products: int) -> dict[str, int]:
    """The scalars of a kernel that multiplies ``products`` times an event."""
    return {
        "reuse_factor": builder.reuse_factor,
        "multiplier_limit": max(1, -(-products // builder.reuse_factor)),
    }


def lower_einsum(builder: Builder, op: Einsum, x: Operand, y: Operand, out: Interval) -> None:
    """A kernel of ours: hls4ml adds in chains. Letters that only one operand has and that are summed go first."""
    (first, second), output = op.equation.terms, op.equation.output
    x, first = _without_lone(builder, x, first, second + output, "first_summed")
    y, second = _without_lone(builder, y, second, first + output, "second_summed")
    contracted = "".join(letter for letter in first if letter not in output)
    lengths = dict(zip(first + second, x.shape + y.shape, strict=True))
    arrays = {
        f"{name}_{place}": _places(letters, term, lengths)
        for name, term in (("x", first), ("y", second))
        for place, letters in (("start", output), ("step", contracted))
    }
    if builder.takes_turns:
        contract_in_turns(builder, x, y, out, arrays)
        return
    terms = prod(lengths[letter] for letter in contracted)
    builder.kernel(
        "contract",
        "contract.h",
        (x, y),
        out,
        arrays=arrays,
        scalars={"n_in_y": y.size, "n_terms": terms} | _multipliers(builder, terms * prod(out.shape)),
        typedefs={"accum_t": accumulator(out, x.type.lsb + y.type.lsb)},
    )


def _places(letters: str, term: str, lengths: dict[str, int]) -> npt.NDArray[np.int64]:
    """For each index of ``letters``, the last fastest, the distance that it makes in a tensor of axes ``term``."""
    found = np.zeros((), np.int64)
    for letter in letters:
        step = prod(lengths[after] for after in term[term.index(letter) + 1 :]) if letter in term else 0
        found = found[..., None] + step * np.arange(lengths[letter], dtype=np.int64)
    return found.reshape(-1)


def _without_lone(builder: Builder, x: Operand, term: str, others: str, suffix: str) -> tuple[Operand, str]:
    axes = tuple(n for n, letter in enumerate(term) if letter not in others)
    if not axes:
        return x, term
    kept = "".join(letter for n, letter in enumerate(term) if n not in axes)
    return lower_sum(builder, Sum(axes), x, infer(Sum(axes), [x.interval]), suffix=suffix), kept


def lower_conv(builder: Builder, op: Conv1D | Conv2D, x: Operand, out: Interval, *, suffix: str = "") -> Operand:
    """A matrix of constants at all positions at once; where multipliers are reused hls4ml's ``Conv1D`` and ``Conv2D``,
    one position after the other.

    hls4ml ignores dilation: the kernel is written out with the zeros between its taps.
    """
    if builder.strategy is not Strategy.RESOURCE:
        return _matrices(builder, op, x, out)
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
    return _reused(builder, type(op).__name__, x, out, weight, op.bias, attributes, suffix=suffix)


def _dilated(op: Conv1D | Conv2D) -> FixedArray:
    steps = (op.dilation,) if isinstance(op, Conv1D) else op.dilation
    values = op.weight.mantissa.values
    spread = np.zeros(spread_shape(op), values.dtype)
    spread[tuple(slice(None, None, step) for step in steps)] = values
    return FixedArray.of(spread, op.weight.lsb)


def _reused(
    builder: Builder,
    kind: str,
    x: Operand,
    out: Interval,
    weight: FixedArray,
    bias: FixedArray | None,
    attributes: dict[str, Any],
    *,
    suffix: str = "",
) -> Operand:
    """A layer of hls4ml that reuses multipliers, as often as ``reuse.attainable_reuse`` has found that it can."""
    bias = bias or FixedArray.of(0)
    bias = FixedArray.of(np.broadcast_to(bias.mantissa.values, out.shape[-1:]), bias.lsb)
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
        attributes=attributes | {"weight_data": weight_values(weight), "bias_data": weight_values(bias)},
        strategy=Strategy.RESOURCE,
    )


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
