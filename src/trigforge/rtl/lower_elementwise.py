"""Ops on single elements: comparisons, selections, tables, shifts and requantizations."""

from typing import assert_never

import numpy as np

from trigforge.fixed import FixedType, Interval, Overflow, Rounding, exact, round_integer
from trigforge.graph.infer_linear import check_axes
from trigforge.graph.ops import (
    Add,
    LeadingOne,
    Lookup,
    Max,
    Maximum,
    Min,
    Minimum,
    Mul,
    Relu,
    Requantize,
    Select,
    ShiftBy,
    Sub,
)
from trigforge.rtl import gates
from trigforge.rtl.circuit import Circuit
from trigforge.rtl.gates import Bits, Positive, Rom, RoundUp, Saturate, ShiftLeft
from trigforge.rtl.lower_linear import multiply
from trigforge.rtl.signals import Ends, Signal, Signals, add, at_least, choose, constant, extremum, larger, tensor


def lower_binary(
    circuit: Circuit,
    op: Add | Sub | Mul | Maximum | Minimum | ShiftBy,
    name: str,
    x: Signals,
    y: Signals,
    out: Interval,
) -> Signals:
    """Two operands, broadcast."""
    circuit.tensor = name
    first, second = (list(np.broadcast_to(operand, out.shape).reshape(-1)) for operand in (x, y))
    return tensor(circuit, name, out, lambda number, _: _binary(circuit, op, first[number], second[number]))


def _binary(circuit: Circuit, op: Add | Sub | Mul | Maximum | Minimum | ShiftBy, x: Signal, y: Signal) -> Signal:
    match op:
        case Add():
            return add(circuit, x, y)
        case Sub():
            return add(circuit, x, y, subtract=True)
        case Mul():
            return multiply(circuit, x, y)
        case Maximum():
            return larger(circuit, x, y)
        case Minimum():
            return larger(circuit, x, y, smaller=True)
        case ShiftBy():
            return _shifted_by(circuit, x, y)
        case _:
            assert_never(op)


def _shifted_by(circuit: Circuit, x: Signal, n: Signal) -> Signal:
    """``x * 2**n``: to the left by as much as ``n`` is above its least value."""
    places = circuit.shifted(n.gate, n.lsb)
    least = circuit.gates[places].lo
    above = add(circuit, Signal(places, 0), constant(circuit, -least, 0))
    return Signal(circuit.make(ShiftLeft(), (x.gate, above.gate)), x.lsb + least)


def lower_extremum(circuit: Circuit, op: Max | Min, name: str, x: Signals, out: Interval) -> Signals:
    """A tree of comparisons for each element that is left."""
    circuit.tensor = name
    check_axes(op.axes, x.shape)
    kept = [axis for axis in range(x.ndim) if axis not in op.axes]
    groups = x.transpose(*kept, *op.axes).reshape(out.lo.size, -1)

    smaller = isinstance(op, Min)
    return tensor(circuit, name, out, lambda number, _: extremum(circuit, list(groups[number]), smaller=smaller))


def lower_select(circuit: Circuit, op: Select, name: str, c: Signals, x: Signals, y: Signals, out: Interval) -> Signals:
    """A comparison with a constant, and a choice."""
    circuit.tensor = name
    condition, first, second, thresholds = (
        list(np.broadcast_to(array, out.shape).reshape(-1)) for array in (c, x, y, op.threshold.mantissa.values)
    )

    def make(number: int, _: Ends) -> Signal:
        threshold = constant(circuit, int(thresholds[number]), op.threshold.lsb)
        taken = at_least(circuit, condition[number], _reachable(circuit, condition[number], threshold))
        return choose(circuit, taken, first[number], second[number])

    return tensor(circuit, name, out, make)


def _reachable(circuit: Circuit, x: Signal, threshold: Signal) -> Signal:
    """The threshold, rounded up to the scale of ``x``: no value of ``x`` lies between the two."""
    value = circuit.gates[threshold.gate].lo
    return constant(circuit, -int(exact.shift(np.array(-value, dtype=object), threshold.lsb - x.lsb)), x.lsb)


def lower_lookup(circuit: Circuit, op: Lookup, name: str, x: Signals, out: Interval) -> Signals:
    """A table over the interval of the element; elements with the same table and range share its text."""
    circuit.tensor = name
    index: list[int] = np.broadcast_to(op.index.values, x.shape).reshape(-1).tolist()
    flat: list[Signal] = list(x.reshape(-1))

    def make(number: int, _: Ends) -> Signal:
        table = op.tables[index[number]]
        signal, entries = flat[number], table.values.mantissa.values.tolist()
        gate = circuit.gates[signal.gate]
        places = signal.lsb - table.lsb
        values = tuple(
            entries[(v << places if places >= 0 else v >> -places) - table.first] for v in range(gate.lo, gate.hi + 1)
        )
        return Signal(circuit.make(Rom(gate.lo, values), (signal.gate,)), table.values.lsb)

    return tensor(circuit, name, out, make)


def lower_unary(circuit: Circuit, op: Relu | LeadingOne, name: str, x: Signals, out: Interval) -> Signals:
    """One operand, one gate."""
    circuit.tensor = name
    flat = list(x.reshape(-1))

    def make(number: int, _: Ends) -> Signal:
        signal = flat[number]
        match op:
            case Relu():
                return Signal(circuit.make(Positive(), (signal.gate,)), signal.lsb)
            case LeadingOne():
                position = Signal(circuit.make(gates.LeadingOne(), (signal.gate,)), 0)
                return add(circuit, position, constant(circuit, signal.lsb, 0))
            case _:
                assert_never(op)

    return tensor(circuit, name, out, make)


def lower_requantize(circuit: Circuit, op: Requantize, name: str, x: Signals, out: Interval) -> Signals:
    """Each element becomes its type: rounding, then overflow."""
    circuit.tensor = name
    types = op.types.broadcast(x.shape)
    each = [
        FixedType(int(w), int(i), bool(s))
        for w, i, s in zip(
            types.width.values.reshape(-1),
            types.integer_bits.values.reshape(-1),
            types.signed.values.reshape(-1),
            strict=True,
        )
    ]
    flat = list(x.reshape(-1))
    return tensor(circuit, name, out, lambda n, _: _requantized(circuit, flat[n], each[n], op.rounding, op.overflow))


def _requantized(circuit: Circuit, x: Signal, kind: FixedType, rounding: Rounding, overflow: Overflow) -> Signal:
    if kind.width == 0:
        return constant(circuit, 0, 0)
    rounded = _rounded(circuit, x, kind.lsb, rounding)
    gate = circuit.gates[rounded.gate]
    places = rounded.lsb - kind.lsb
    least, greatest = kind.ends(overflow)
    if least <= gate.lo << places and gate.hi << places <= greatest:
        return rounded
    if overflow is Overflow.WRAP:
        if places >= kind.width:
            return constant(circuit, 0, 0)
        cut = circuit.make(Bits(0, kind.width - places, kind.signed), (rounded.gate,))
        return Signal(cut, rounded.lsb)
    fine = circuit.shifted(rounded.gate, places)
    return Signal(circuit.make(Saturate(kind.width, kind.signed, overflow), (fine,)), kind.lsb)


def _rounded(circuit: Circuit, x: Signal, lsb: int, rounding: Rounding) -> Signal:
    """``x`` at a scale of at least ``2**lsb``: cut off, and one added where the rounding says so.

    ``RND`` is ``floor(x + 1/2)``, and rounding commutes with ReLU. So the 1/2 is added to an existing bias and
    costs no adder.
    """
    drop = lsb - x.lsb
    if drop <= 0:
        return x
    gate = circuit.gates[x.gate]
    lo, hi = (round_integer(end, drop, rounding) for end in (gate.lo, gate.hi))
    if rounding is Rounding.RND and isinstance(gate.op, Positive):
        inner = _rounded(circuit, Signal(gate.operands[0], x.lsb), lsb, rounding)
        return Signal(circuit.make(Positive(), (inner.gate,), (lo, hi)), lsb)
    if rounding is Rounding.RND and circuit.has_offset(x.gate):
        half = add(circuit, x, constant(circuit, 1, lsb - 1))
        return Signal(circuit.narrowed(circuit.shifted(half.gate, half.lsb - lsb), lo, hi), lsb)
    floor = circuit.shifted(x.gate, -drop)
    if rounding is Rounding.TRN:
        return Signal(floor, lsb)
    up = circuit.make(RoundUp(drop, rounding), (x.gate,))
    made = circuit.make(gates.Add(0, 0, False), (floor, up), (lo, hi))
    return Signal(made, lsb)
