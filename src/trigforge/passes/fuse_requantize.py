"""Two ops that round or clip become one where that is exactly the same."""

from dataclasses import replace

import numpy as np

from trigforge.fixed import FixedTypes, Interval, Overflow, Rounding, round_mantissa
from trigforge.graph.block import AnyBlock
from trigforge.graph.infer import infer
from trigforge.graph.layers import joined_layers
from trigforge.graph.ops import Node, Op, Relu, Requantize
from trigforge.passes.requantizing import dropped_bits, kept_range, rounded_range, simplest_rounding
from trigforge.passes.rewriting import producers, uses

_CLIPS = (Overflow.SAT, Overflow.SAT_SYM, Overflow.SAT_ZERO)
_COMPOSABLE = (Rounding.TRN, Rounding.RND)


def fuse_requantize(graph: AnyBlock) -> AnyBlock:
    """``Relu`` and ``Requantize`` in a row, the first used by the second only, become one ``Requantize``.

    - ``Relu``, then a saturating requantization to unsigned types: the requantization, since it clips at 0 itself.
    - A saturating requantization, then ``Relu``: the requantization to the unsigned part of its types.
    - Two requantizations: the second, from the operand of the first, where the first rounds by TRN or not at all, or
      the second not at all, and where the first overflows only in ways in which the second would.

    The node that stays bears the second's name; no interval changes.
    """
    nodes = producers(graph.nodes)
    counts = uses(graph)
    for node in graph.nodes:
        before = nodes.get(node.operands[0]) if node.operands else None
        if before is None or counts[before.name] != 1 or not isinstance(node.op, Relu | Requantize):
            continue
        x = graph.tensors[before.operands[0]] if before.operands else None
        op = None if x is None else _fused(before.op, node.op, x)
        if op is not None and x is not None and infer(op, [x]) == graph.tensors[node.name]:
            del nodes[before.name]
            nodes[node.name] = Node(node.name, op, before.operands, joined_layers(before, node))
    return graph.with_nodes(tuple(nodes[node.name] for node in graph.nodes if node.name in nodes))


def _fused(first: Op, second: Relu | Requantize, x: Interval) -> Op | None:
    match first, second:
        case Relu(), Relu():
            return Relu()
        case Relu(), Requantize(types, overflow=overflow):
            return second if overflow in _CLIPS and not types.signed.values.any() else None
        case Requantize(types, overflow=overflow), Relu():
            if overflow not in _CLIPS:
                return None
            signed = types.signed.values
            halves = FixedTypes.of(0 * signed, types.width.values - signed, types.integer_bits.values - signed)
            return replace(first, types=halves)
        case Requantize(), Requantize():
            return merged(first, second, x)
        case _:
            return None


def merged(first: Requantize, second: Requantize, x: Interval) -> Requantize | None:
    """One ``Requantize`` that does to ``x`` what ``first`` and ``second`` in a row do, if the rules here show it."""
    between = infer(first, [x])
    types, types_again = first.types.broadcast(x.shape), second.types.broadcast(x.shape)
    rounding = simplest_rounding(x, types, first.rounding)
    again = simplest_rounding(between, types_again, second.rounding)
    drops, drops_again = dropped_bits(x, types) > 0, dropped_bits(between, types_again) > 0
    if ((types.width.values == 0) & ~x.is_zero).any():
        return None
    if not _overflows_compose(first, second, x) or (drops_again.any() and again not in _COMPOSABLE):
        return None
    if not drops.any():
        return replace(second, rounding=again)
    if drops_again.any():
        once = drops & ~drops_again & (types_again.width.values > 0)
        alike = again is Rounding.TRN and bool((types.lsb == types_again.lsb)[once].all())
        return replace(second, rounding=again) if rounding is Rounding.TRN and (alike or not once.any()) else None
    # The second type may be finer than the first; rounding then happens at the last bit of the first.
    lsb = np.where(drops, types.lsb, types_again.lsb)
    width = np.where(types_again.width.values == 0, 0, types_again.integer_bits.values - lsb)
    keeps_ends = second.overflow is Overflow.WRAP or _fits(second, between) or bool((lsb == types_again.lsb).all())
    if (width < 0).any() or not keeps_ends:
        return None
    types = FixedTypes.of(types_again.signed.values, width, types_again.integer_bits.values)
    return Requantize(types, rounding, second.overflow)


def _fits(op: Requantize, x: Interval) -> bool:
    types = op.types.broadcast(x.shape)
    lo, hi = rounded_range(x, types, op.rounding)
    least, largest = kept_range(types, op.overflow)
    return bool(((lo >= least) & (hi <= largest)).all())


def _overflows_compose(first: Requantize, second: Requantize, x: Interval) -> bool:
    """True if the overflow of ``first`` changes nothing that the overflow of ``second`` does not do as well.

    Where both wrap, ``second`` must round alike everywhere.
    """
    if _fits(first, x):
        return True
    types, types_again = first.types.broadcast(x.shape), second.types.broadcast(x.shape)
    if first.overflow is Overflow.WRAP and second.overflow is Overflow.WRAP:
        # Whole turns of the first are whole turns of the second.
        return bool((types_again.integer_bits.values <= types.integer_bits.values).all())
    saturates = (Overflow.SAT, Overflow.SAT_SYM)
    if first.overflow not in saturates or second.overflow not in saturates:
        return False
    # The ends at which the first saturates must be beyond those of the second, for everything beyond to end there.
    lo, hi = rounded_range(x, types, first.rounding)
    least, largest = kept_range(types, first.overflow)
    low, high = (round_mantissa(end, types_again.lsb - types.lsb, second.rounding) for end in (least, largest))
    least_again, largest_again = kept_range(types_again, second.overflow)
    ends_alike = ((lo >= least) | (low <= least_again)) & ((hi <= largest) | (high >= largest_again))
    return bool(ends_alike.all())
