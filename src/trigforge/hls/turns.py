"""``RESOURCE`` where hls4ml has no such kernel: contractions that share multipliers turn by turn."""

from collections.abc import Mapping
from math import gcd, prod

import numpy as np
import numpy.typing as npt

from trigforge.design import Strategy
from trigforge.fixed import FixedArray, Interval
from trigforge.graph.matrices import matrices_of
from trigforge.graph.ops import EinsumDense
from trigforge.hls.layers import Builder, Operand, accumulator


def linear_in_turns(builder: Builder, op: EinsumDense, x: Operand, out: Interval) -> None:
    """Outputs of one weight follow each other over the positions, so that their multipliers keep it."""
    found = matrices_of(op, x.shape, out.shape)
    n_terms, n_sums = found.matrices.shape[1:]
    weight, bias = FixedArray.of(found.matrices, found.weight_lsb), FixedArray.of(found.bias.T, found.bias_lsb)
    arrays: dict[str, npt.NDArray[np.int64]] = {
        "x_start": np.broadcast_to(found.terms[:, 0], found.sums.T.shape),
        "x_step": found.terms[0] - found.terms[0, 0],
        "y_start": found.block * n_terms * n_sums + np.arange(n_sums)[:, None],
        "y_step": np.arange(n_terms) * n_sums,
        "place": found.sums.T,
    }
    builder.kernel(
        "linear_in_turns",
        "turns.h",
        (x,),
        out,
        arrays=arrays,
        scalars={"n_in_y": found.matrices.size} | _turns(builder.reuse_factor, prod(out.shape), n_terms),
        typedefs={"accum_t": accumulator(out, x.type.lsb + weight.lsb, bias.lsb)},
        weight=weight,
        bias=bias,
        strategy=Strategy.RESOURCE,
    )


def contract_in_turns(
    builder: Builder, x: Operand, y: Operand, out: Interval, places: Mapping[str, npt.NDArray[np.int64]]
) -> None:
    """Output by output, the last axis fastest; ``places`` are those of the kernel ``contract``."""
    n_out = prod(out.shape)
    builder.kernel(
        "contract_in_turns",
        "turns.h",
        (x, y),
        out,
        arrays={**places, "place": np.arange(n_out)},
        scalars={"n_in_y": y.size} | _turns(builder.reuse_factor, n_out, len(places["x_step"])),
        typedefs={"accum_t": accumulator(out, x.type.lsb + y.type.lsb)},
        strategy=Strategy.RESOURCE,
    )


def _turns(reuse_factor: int, n_out: int, n_terms: int) -> dict[str, int]:
    """A sum makes as many outputs as divide the turns, one after the other, each in what is left of the turns."""
    n_groups = gcd(reuse_factor, n_out)
    n_parts = reuse_factor // n_groups
    sizes = {"n_sums": n_out // n_groups, "n_terms": n_terms // n_parts}
    return {"reuse_factor": reuse_factor, "n_groups": n_groups, "n_parts": n_parts} | sizes
