"""Bit operations: a size of a graph before anything is built, as EBOPs are, from widths alone."""

from math import prod

import numpy as np

from trigforge.diagnosis.seen_nodes import SeenNode, seen_nodes
from trigforge.fixed import FixedArray, Interval, exact
from trigforge.graph import Einsum, FixedPointGraph, Lookup, Mul, Table, Weighted

_LUT_INPUTS = 6
"""address bits of a table that one LUT holds for each bit of its entries"""


def bit_operations(graph: FixedPointGraph) -> dict[str, int]:
    """The bit operations of each layer, by name.

    A product counts the bits of one factor times those of the other, of a constant those from its first to its last 1;
    a table counts the LUTs that its entries fill. Sums are not counted: they follow from the products.
    """
    found = {layer.name: 0.0 for layer in graph.layers}
    for seen in seen_nodes(graph):
        found[seen.layer] = found.get(seen.layer, 0.0) + seen.copies * _cost(seen)
    return {name: round(cost) for name, cost in found.items()}


def _cost(seen: SeenNode) -> float:
    """The bit operations of one run of a node."""
    operands = seen.operands
    match seen.node.op:
        case Weighted() as op:
            positions = prod(seen.interval.shape) / max(op.weight.shape[-1], 1)
            return _bits(op.weight) * positions * _width(operands[0])
        case Einsum(equation):
            lengths = equation.lengths(*(operand.shape for operand in operands))
            return prod(lengths.values()) * _width(operands[0]) * _width(operands[1])
        case Mul():
            return prod(seen.interval.shape) * _width(operands[0]) * _width(operands[1])
        case Lookup(tables, index):
            used = np.broadcast_to(index.values, operands[0].shape).reshape(-1)
            return float(sum(_table(tables[n]) for n in map(int, used)))
        case _:
            return 0.0


def _bits(weights: FixedArray) -> int:
    """Bits of all constants, each from its first to its last 1."""
    found = weights.mantissa.values
    return int((exact.bit_length(found) - np.where(found == 0, 0, exact.trailing_zeros(found))).sum())


def _width(interval: Interval) -> float:
    """The bits of an element, on average."""
    lo, hi = (part.values for part in (interval.lo, interval.hi))
    signed = np.asarray(lo < 0, np.int64)
    return float((np.maximum(exact.bit_length(lo), exact.bit_length(hi)) + signed).mean()) if lo.size else 0.0


def _table(table: Table) -> float:
    address = max(len(table.values.mantissa.values) - 1, 1).bit_length()
    longest = int(exact.bit_length(table.values.mantissa.values).max(initial=0))
    return longest * 2.0 ** max(address - _LUT_INPUTS, 0)
