"""Requantize no more than can happen."""

from dataclasses import replace

import numpy as np

from trigforge.fixed import FixedTypes, Interval, Overflow, exact
from trigforge.fixed.exact import IntArray
from trigforge.graph.block import AnyBlock, Block
from trigforge.graph.infer import infer
from trigforge.graph.ops import Node, Requantize
from trigforge.passes.requantizing import kept_range, rounded_range, simplest_overflow, simplest_rounding


def canonicalize_requantize(graph: AnyBlock) -> AnyBlock:
    """Each ``Requantize`` gets the simplest modes and narrowest types that do the same to its operand's interval.

    Where no bit is dropped the rounding is TRN, where nothing can overflow the overflow is WRAP; SAT of what is never
    negative is unsigned; types shrink to what the interval reaches, to width 0 where nothing is left. Elements that
    share a type go on sharing one. No interval changes.
    """
    return graph.with_nodes(tuple(_canonical_node(node, graph) for node in graph.nodes))


def _canonical_node(node: Node, graph: Block) -> Node:
    if not isinstance(node.op, Requantize):
        return node
    return replace(node, op=canonical(node.op, graph.tensors[node.operands[0]]))


def canonical(op: Requantize, x: Interval) -> Requantize:
    """The canonical form of one ``Requantize`` of ``x``."""
    while (simpler := _simpler(op, x)) != op:
        op = simpler
    return op


def _simpler(op: Requantize, x: Interval) -> Requantize:
    out = infer(op, [x])
    full = op.types.broadcast(x.shape)
    rounding = simplest_rounding(x, full, op.rounding)
    overflow = simplest_overflow(x, full, rounding, op.overflow)
    modes = Requantize(op.types, rounding, overflow)
    narrow = replace(modes, types=_narrowed(modes, x, out))
    # The interval of a saturated tensor remembers coarse steps in some modes only.
    return next((new for new in (narrow, modes) if infer(new, [x]) == out), op)


def _narrowed(op: Requantize, x: Interval, out: Interval) -> FixedTypes:
    types, shape = op.types, op.types.shape
    lo, hi = rounded_range(x, types.broadcast(x.shape), op.rounding)
    coarse = np.where(x.is_zero, 63, np.maximum(x.lsb.values - types.lsb, 0))
    lo, hi, coarse = (
        _grouped(lo, np.minimum, shape),
        _grouped(hi, np.maximum, shape),
        _grouped(coarse, np.minimum, shape),
    )
    live = _grouped(~out.is_zero, np.logical_or, shape)
    least, largest = kept_range(types, op.overflow)
    fits = (lo >= least) & (hi <= largest)

    coarse = np.where(fits & (coarse < 63), coarse, 0)
    low, high = (exact.shift(np.where(fits, end, 0), -coarse) for end in (lo, hi))
    magnitude = np.maximum(high, -low if op.overflow is Overflow.SAT_SYM else -low - 1)
    signed = (low < 0).astype(np.int64)
    width = exact.bit_length(exact.integers(np.maximum(magnitude, 0))) + signed
    narrow = (signed, width, width + types.lsb + coarse)

    clips = op.overflow in (Overflow.SAT, Overflow.SAT_SYM)
    drops_sign = (types.signed.values * clips * (lo >= 0)).astype(np.int64)
    wide = tuple(part.values - drops_sign for part in (types.signed, types.width, types.integer_bits))
    parts = [np.where(live, np.where(fits, a, b), 0) for a, b in zip(narrow, wide, strict=True)]
    return FixedTypes.of(*parts)


def _grouped(values: IntArray, reduction: np.ufunc, shape: tuple[int, ...]) -> IntArray:
    """Reduced over the elements that share a type, for types of ``shape``."""
    lead = values.ndim - len(shape)
    axes = (*range(lead), *(lead + n for n, length in enumerate(shape) if length == 1))
    return np.asarray(reduction.reduce(values, axis=axes, keepdims=True)).reshape(shape)
