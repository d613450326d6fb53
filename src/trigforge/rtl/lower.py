"""From ops to gates, node by node; ``Map``s are not met here (``rtl.regions`` takes them apart)."""

from collections.abc import Mapping, Sequence
from typing import assert_never

import numpy as np

from trigforge.fixed import Interval
from trigforge.graph.infer_structure import rearrange
from trigforge.graph.ops import (
    Add,
    Concat,
    Constant,
    Conv1D,
    Conv2D,
    Dense,
    Einsum,
    EinsumDense,
    Gather,
    LeadingOne,
    Lookup,
    Map,
    Max,
    Maximum,
    Min,
    Minimum,
    Mul,
    Node,
    Relu,
    Requantize,
    Reshape,
    Select,
    Shift,
    ShiftBy,
    Slice,
    Sub,
    Sum,
    Transpose,
)
from trigforge.rtl import lower_elementwise as elementwise
from trigforge.rtl import lower_linear as linear
from trigforge.rtl.circuit import Circuit
from trigforge.rtl.signals import Ends, Signal, Signals, constant, tensor


def lower_nodes(
    circuit: Circuit, nodes: Sequence[Node], known: Mapping[str, Signals], intervals: Mapping[str, Interval]
) -> dict[str, Signals]:
    """The signals of every node's tensor, and those of ``known``."""
    tensors = dict(known)
    for node in nodes:
        operands = [tensors[name] for name in node.operands]
        tensors[node.name] = _lower(circuit, node, operands, intervals[node.name])
    return tensors


def _lower(circuit: Circuit, node: Node, x: Sequence[Signals], out: Interval) -> Signals:
    op, name = node.op, node.name
    match op:
        case Constant(value):
            values = value.mantissa.values.reshape(-1).tolist()
            return tensor(circuit, name, out, lambda n, _: constant(circuit, int(values[n]), value.lsb))
        case Dense() | EinsumDense() | Conv1D() | Conv2D():
            return linear.lower_linear(circuit, op, name, x[0], out)
        case Sum():
            return linear.lower_sum(circuit, op, name, x[0], out)
        case Einsum():
            return linear.lower_einsum(circuit, op, name, x[0], x[1], out)
        case Add() | Sub() | Mul() | Maximum() | Minimum() | ShiftBy():
            return elementwise.lower_binary(circuit, op, name, x[0], x[1], out)
        case Max() | Min():
            return elementwise.lower_extremum(circuit, op, name, x[0], out)
        case Select():
            return elementwise.lower_select(circuit, op, name, x[0], x[1], x[2], out)
        case Relu() | LeadingOne():
            return elementwise.lower_unary(circuit, op, name, x[0], out)
        case Lookup():
            return elementwise.lower_lookup(circuit, op, name, x[0], out)
        case Requantize():
            return elementwise.lower_requantize(circuit, op, name, x[0], out)
        case Shift(places):
            moved = np.broadcast_to(places.values, x[0].shape)
            pairs = list(zip(x[0].reshape(-1), moved.reshape(-1).tolist(), strict=True))
            return tensor(circuit, name, out, lambda n, _: Signal(pairs[n][0].gate, pairs[n][0].lsb + pairs[n][1]))
        case Reshape() | Transpose() | Slice() | Gather():
            return _kept(circuit, name, rearrange(op, x[0]), out)
        case Concat(axis):
            return _kept(circuit, name, np.concatenate(list(x), axis=axis), out)
        case Map():
            raise ValueError("a Map is a region of its own")
        case _:
            assert_never(op)


def _kept(circuit: Circuit, name: str, signals: Signals, out: Interval) -> Signals:
    flat = list(signals.reshape(-1))

    def make(number: int, _: Ends) -> Signal:
        return flat[number]

    return tensor(circuit, name, out, make)
