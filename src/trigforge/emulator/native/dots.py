"""Dense linear ops as dot products of packed bytes or 16-bit integers; the kernels stand in ``dot.h``."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trigforge.emulator.native.instructions import lanes_for
from trigforge.emulator.native.scope import Elements, LinearTable, Scope
from trigforge.fixed import exact
from trigforge.graph.ops import LinearOp, Node

TILE = 4
_FEWEST_WEIGHTS = 400


@dataclass(frozen=True)
class Dot:
    """``out[p] = (x[p] @ weights[block[p]] + bias[p]) >> places`` in 32-bit lanes.

    ``rows`` (positions, steps * factors) are elements of the operand, -1 for a 0; ``out_rows`` (positions, sums) are
    elements of the output, -1 for none. ``weights`` (blocks, sums, steps) are packed, 4 bytes or 2 times 16 bits each.
    """

    name: str
    operand: Elements
    out: Elements
    quads: bool
    signed: bool
    rows: Sequence[Sequence[int]]
    out_rows: Sequence[Sequence[int]]
    weights: Sequence[Sequence[Sequence[int]]]
    block: Sequence[int]
    bias: Sequence[Sequence[int]]
    places: int

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({self.operand.name})

    @property
    def writes(self) -> frozenset[str]:
        return frozenset({self.out.name})


def suits(node: Node, op: LinearOp, scope: Scope) -> bool:
    """True if dot products are the fastest way: few weights are 0, and factors and sums are short."""
    table = scope.linear(node.name, op)
    alive = _alive(table, scope.elements(node.operands[0]))
    m = table.matrices
    used = m.matrices[:, alive, :]
    total = used.shape[1] * used.shape[2] * len(m.block)
    if total < _FEWEST_WEIGHTS:
        return False
    kind = _kind(table, scope.elements(node.operands[0]), scope.elements(node.name))
    if kind is None:
        return False
    density = float((used != 0).sum()) / used.size
    out = scope.elements(node.name)
    short = lanes_for(min(out.lo), max(out.hi)) == 16
    least = (0.4 if short else 0.2) if kind[0] else (0.8 if short else 0.4)
    return density >= least


def _alive(table: LinearTable, x: Elements) -> npt.NDArray[np.bool_]:
    """The terms that are not 0 at every position."""
    dead = np.array([*(lo == hi == 0 for lo, hi in zip(x.lo, x.hi, strict=True)), True])
    return np.logical_not(np.all(dead[table.matrices.terms], axis=0))


def _kind(table: LinearTable, x: Elements, out: Elements) -> tuple[bool, int, int] | None:
    """``(fits in int8, lsb of the sums, left shift of the weights)``; None if 32-bit sums are not enough."""
    m = table.matrices
    lsb = m.weight_lsb + x.lsb
    has_bias = bool(np.any(m.bias != 0))
    scale = min(lsb, m.bias_lsb, out.lsb) if has_bias else min(lsb, out.lsb)
    weights = exact.shift(m.matrices, lsb - scale)
    low, high = min(x.lo), max(x.hi)
    sums = out.lsb - scale
    if lanes_for(min(out.lo) << sums, max(out.hi) << sums) > 32:
        return None
    least, most = int(weights.min()), int(weights.max())
    if low >= -128 and least >= -128 and most <= 127 and (high <= 127 or (low >= 0 and high <= 255)):
        return True, scale, lsb - scale
    if lanes_for(low, high) == 16 and lanes_for(least, most) == 16:
        return False, scale, lsb - scale
    return None


def dot_of(node: Node, op: LinearOp, scope: Scope, wanted: set[int]) -> Dot:
    """The dot products of a node that they suit; ``wanted`` are elements of its output."""
    table, x, out = scope.linear(node.name, op), scope.elements(node.operands[0]), scope.elements(node.name)
    kind = _kind(table, x, out)
    assert kind is not None
    quads, scale, places = kind
    m = table.matrices
    alive = np.flatnonzero(_alive(table, x))
    factors = 4 if quads else 2
    steps = -(-len(alive) // factors)
    columns = np.array(sorted({int(table.column[e]) for e in wanted}))
    sums = -(-len(columns) // TILE) * TILE
    rows = np.full((len(m.block), steps * factors), -1, np.int64)
    rows[:, : len(alive)] = m.terms[:, alive]
    weights = np.zeros((len(m.matrices), sums, steps * factors), np.int64)
    moved = exact.shift(m.matrices, places)[:, alive][:, :, columns].astype(np.int64)
    weights[:, : len(columns), : len(alive)] = moved.transpose(0, 2, 1)
    out_rows = np.full((len(m.block), sums), -1, np.int64)
    out_rows[:, : len(columns)] = m.sums[:, columns]
    bias = np.zeros((len(m.block), sums), np.int64)
    if np.any(m.bias != 0):
        bias[:, : len(columns)] = exact.shift(m.bias[:, columns], m.bias_lsb - scale).astype(np.int64)
    signed = quads and min(x.lo) < 0
    if signed:
        bias -= 128 * weights.sum(axis=2)[m.block]
    return Dot(
        node.name,
        x,
        out,
        quads,
        signed,
        rows.tolist(),
        out_rows.tolist(),
        _packed(weights, factors).tolist(),
        m.block.tolist(),
        _wrapped(bias).tolist(),
        out.lsb - scale,
    )


def _packed(weights: npt.NDArray[np.int64], factors: int) -> npt.NDArray[np.int32]:
    """Neighbouring weights in one 32-bit integer, the first in its lowest bits."""
    bits = 32 // factors
    parts = weights.reshape(*weights.shape[:-1], -1, factors) & ((1 << bits) - 1)
    return _wrapped((parts << (bits * np.arange(factors))).sum(axis=-1))


def _wrapped(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    return values.astype(np.uint64).astype(np.uint32).astype(np.int32)
