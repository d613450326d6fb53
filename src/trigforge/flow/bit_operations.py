"""Bit operations: a size of a graph before anything is built, as EBOPs are, from widths alone."""

from collections.abc import Iterator, Mapping, Sequence
from math import prod

import numpy as np

from trigforge.fixed import FixedArray, Interval, exact
from trigforge.graph import Einsum, FixedPointGraph, Lookup, Map, Mul, Node, Table, Weighted
from trigforge.graph.infer import body_tensors, slices_of

_LUT_INPUTS = 6
"""address bits of a table that one LUT holds for each bit of its entries"""


def bit_operations(graph: FixedPointGraph) -> dict[str, int]:
    """The bit operations of each layer, by name.

    A product counts the bits of one factor times those of the other, of a constant those from its first to its last 1;
    a table counts the LUTs that its entries fill. Sums are not counted: they follow from the products.
    """
    found = {layer.name: 0.0 for layer in graph.layers}
    for node, cost in _costs(graph.nodes, graph.tensors):
        name = node.layers[0] if node.layers else node.name
        found[name] = found.get(name, 0.0) + cost
    return {name: round(cost) for name, cost in found.items()}


def _costs(nodes: Sequence[Node], tensors: Mapping[str, Interval]) -> Iterator[tuple[Node, float]]:
    for node in nodes:
        operands = [tensors[name] for name in node.operands]
        match node.op:
            case Map() as op:
                count = slices_of(op, operands)
                for inner, cost in _costs(op.body.nodes, body_tensors(op, operands)):
                    yield inner, count * cost
            case Weighted() as op:
                positions = prod(tensors[node.name].shape) / max(op.weight.shape[-1], 1)
                yield node, _bits(op.weight) * positions * _width(operands[0])
            case Einsum(equation):
                lengths = equation.lengths(*(operand.shape for operand in operands))
                yield node, prod(lengths.values()) * _width(operands[0]) * _width(operands[1])
            case Mul():
                yield node, prod(tensors[node.name].shape) * _width(operands[0]) * _width(operands[1])
            case Lookup(tables, index):
                used = np.broadcast_to(index.values, operands[0].shape).reshape(-1)
                yield node, float(sum(_table(tables[n]) for n in map(int, used)))
            case _:
                pass


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
