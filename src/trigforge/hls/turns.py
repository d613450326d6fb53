"""``RESOURCE`` where hls4ml has no such kernel: contractions that share multipliers turn by turn."""

from collections.abc import Mapping
from math import gcd, prod

import numpy as np
import numpy.typing as npt

from trigforge.design import Strategy
from trigforge.fixed import FixedArray, FixedType, Interval
from trigforge.graph.matrices import matrices_of
from trigforge.graph.ops import EinsumDense
from trigforge.hls.layers import Builder, Operand, accumulator


def weights_in_turns(builder: Builder, op: EinsumDense, x: Operand, out: Interval) -> None:
    """Outputs of one weight follow each other over the positions, so that their multipliers keep it."""
    found = matrices_of(op, x.shape, out.shape)
    n_terms, n_sums = found.matrices.shape[1:]
    arrays: dict[str, npt.NDArray[np.int64]] = {
        "x_start": np.broadcast_to(found.terms[:, 0], found.sums.T.shape),
        "x_step": found.terms[0] - found.terms[0, 0],
        "y_start": found.block * n_terms * n_sums + np.arange(n_sums)[:, None],
        "y_step": np.arange(n_terms) * n_sums,
        "place": found.sums.T,
    }
    weight = FixedArray.of(found.matrices, found.weight_lsb)
    bias = FixedArray.of(found.bias.T, found.bias_lsb)
    scalars = {"n_in_y": found.matrices.size}
    accum = accumulator(out, x.type.lsb + weight.lsb, bias.lsb)
    _contract(builder, (x,), out, arrays, scalars, accum, weight, bias)


def tensors_in_turns(
    builder: Builder, x: Operand, y: Operand, out: Interval, places: Mapping[str, npt.NDArray[np.int64]]
) -> None:
    """Output by output, the last axis fastest; ``places`` are those of the kernel ``contract``."""
    n_out = prod(out.shape)
    arrays = {**places, "place": np.arange(n_out)}
    accum = accumulator(out, x.type.lsb + y.type.lsb)
    zeros = FixedArray.of(np.zeros(n_out, np.int64))
    _contract(builder, (x, y), out, arrays, {"n_in_y": y.size}, accum, None, zeros)


def _contract(
    builder: Builder,
    operands: tuple[Operand, ...],
    out: Interval,
    arrays: Mapping[str, npt.NDArray[np.int64]],
    scalars: Mapping[str, int],
    accum: FixedType,
    weight: FixedArray | None,
    bias: FixedArray,
) -> None:
    """Each of the sums makes as many outputs as divide the turns, and each output in what is left of them."""
    n_out, n_terms = prod(out.shape), len(arrays["x_step"])
    n_groups = gcd(builder.reuse_factor, n_out)
    n_parts = builder.reuse_factor // n_groups
    split = {"n_groups": n_groups, "n_parts": n_parts, "n_sums": n_out // n_groups, "n_terms": n_terms // n_parts}
    builder.kernel(
        "contract_in_turns",
        "turns.h",
        operands,
        out,
        arrays=arrays,
        scalars={**scalars, **split, "reuse_factor": builder.reuse_factor},
        typedefs={"accum_t": accum},
        weight=weight,
        bias=bias,
        strategy=Strategy.RESOURCE,
    )
