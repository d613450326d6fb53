"""``Circuit``: gates in order, and the builder that makes each gate once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

import numpy as np

from trigforge.fixed import FixedType, Overflow
from trigforge.rtl import gates
from trigforge.rtl.gates import (
    Add,
    AddThree,
    AtLeast,
    Bits,
    Choose,
    Input,
    LeadingOne,
    Literal,
    Multiply,
    Op,
    Positive,
    Rom,
    RoundUp,
    Saturate,
    ShiftLeft,
)


@dataclass(frozen=True)
class Gate:
    """One value: how it is made from earlier gates, all that it can be, and the graph's tensor it is part of."""

    op: Op
    operands: tuple[int, ...]
    lo: int
    hi: int
    tensor: str

    @property
    def width(self) -> int:
        return gates.width_of(self.lo, self.hi)[0]

    @property
    def signed(self) -> bool:
        return self.lo < 0


@dataclass
class Circuit:
    """Gates in an order in which operands come first. A builder: gates are only ever appended.

    Equal gates are made once, gates of constants become constants, and a gate that changes nothing is its operand.
    """

    gates: list[Gate] = field(default_factory=list[Gate])
    tensor: str = ""
    """the tensor that new gates are part of"""
    _known: dict[tuple[Op, tuple[int, ...]], int] = field(default_factory=dict[tuple[Op, tuple[int, ...]], int])

    def input(self, port: int, lo: int, hi: int) -> int:
        """The value of a port."""
        return self._make(Input(port), (), lo, hi)

    def literal(self, value: int) -> int:
        """A constant."""
        return self._make(Literal(value), (), value, value)

    def make(self, op: Op, operands: Sequence[int], bounds: tuple[int, int] | None = None) -> int:
        """The gate ``op``; ``bounds`` are tighter ends that the caller can prove."""
        known = [self.gates[operand] for operand in operands]
        lo, hi = natural_bounds(op, known)
        if bounds is not None:
            lo, hi = max(lo, bounds[0]), min(hi, bounds[1])
        if lo > hi:
            raise ValueError(f"{op} of {self.tensor!r} has no value; bounds {bounds}")
        if lo == hi:
            return self.literal(lo)
        if all(isinstance(gate.op, Literal) for gate in known):
            return self.literal(int(gates.evaluate(op, [np.array([gate.lo], dtype=object) for gate in known])[0]))
        return self._simple(op, operands, lo, hi)

    def again(self, gate: Gate, operands: Sequence[int]) -> int:
        """A gate of another circuit, on operands of this one."""
        self.tensor = gate.tensor
        match gate.op:
            case Input(port):
                return self.input(port, gate.lo, gate.hi)
            case Literal(value):
                return self.literal(value)
            case _:
                return self.make(gate.op, operands, (gate.lo, gate.hi))

    def _simple(self, op: Op, operands: Sequence[int], lo: int, hi: int) -> int:
        first = self.gates[operands[0]]
        match op:
            case Bits(low):
                source, own = (low, operands[0]), gates.width_of(lo, hi)[0]
                if isinstance(first.op, Bits) and low >= 0 and low + own <= first.width:
                    source = (first.op.low + low, first.operands[0])
                if source[0] == 0 and (self.gates[source[1]].lo, self.gates[source[1]].hi) == (lo, hi):
                    return source[1]
                return self._make(Bits(source[0], own, lo < 0), (source[1],), lo, hi)
            case Add(shift_a, shift_b, subtract):
                second = self.gates[operands[1]]
                if second.lo == second.hi == 0:
                    return self.shifted(operands[0], shift_a)
                if first.lo == first.hi == 0 and not subtract:
                    return self.shifted(operands[1], shift_b)
                if isinstance(second.op, Literal) and self._is_offset(first):
                    offset = -second.lo if subtract else second.lo
                    return self._with_offset(first, shift_a, offset << shift_b, lo, hi)
            case Positive() if first.lo >= 0:
                return operands[0]
            case Choose(shift_a, shift_b) if first.lo == first.hi:
                return self.shifted(operands[1], shift_a) if first.lo else self.shifted(operands[2], shift_b)
            case Choose(shift_a, shift_b) if operands[1] == operands[2] and shift_a == shift_b:
                return self.shifted(operands[1], shift_a)
            case ShiftLeft():
                places = self.gates[operands[1]]
                if places.lo == places.hi:
                    return self.shifted(operands[0], places.lo)
            case (
                Input()
                | Literal()
                | AddThree()
                | Multiply()
                | AtLeast()
                | Choose()
                | Positive()
                | RoundUp()
                | Saturate()
                | LeadingOne()
                | Rom()
            ):
                pass
            case _:
                assert_never(op)
        return self._make(op, tuple(operands), lo, hi)

    def _is_offset(self, gate: Gate) -> bool:
        """True if a gate adds a constant to one value, or subtracts the value from it."""
        return isinstance(gate.op, Add) and any(isinstance(self.gates[n].op, Literal) for n in gate.operands)

    def has_offset(self, x: int) -> bool:
        """True if another constant can be added to ``x`` without another adder."""
        return self._is_offset(self.gates[x])

    def _with_offset(self, gate: Gate, places: int, more: int, lo: int, hi: int) -> int:
        """``gate * 2**places + more`` with the constant of ``gate`` and ``more`` in one."""
        assert isinstance(gate.op, Add)
        (first, second), op = gate.operands, gate.op
        sign = -1 if op.subtract else 1
        if isinstance(self.gates[second].op, Literal):
            value, shift, negative = first, op.shift_a, False
            offset = (sign * self.gates[second].lo << op.shift_b + places) + more
        else:
            value, shift, negative = second, op.shift_b, op.subtract
            offset = (self.gates[first].lo << op.shift_a + places) + more
        shift += places
        common = min(shift, (offset & -offset).bit_length() - 1) if offset else shift
        literal = self.literal(offset >> common)
        ends = (lo >> common, hi >> common)
        if negative:
            made = self.make(Add(0, shift - common, True), (literal, value), ends)
        else:
            made = self.make(Add(shift - common, 0, False), (value, literal), ends)
        return self.shifted(made, common)

    def shifted(self, x: int, places: int) -> int:
        """``floor(x * 2**places)``."""
        gate = self.gates[x]
        if places == 0:
            return x
        lo, hi = (_moved(end, places) for end in (gate.lo, gate.hi))
        width, signed = gates.width_of(lo, hi)
        return self.make(Bits(-places, width, signed), (x,), (lo, hi))

    def narrowed(self, x: int, lo: int, hi: int) -> int:
        """``x`` without upper bits that are never used: the caller can prove that it lies from ``lo`` to ``hi``."""
        gate = self.gates[x]
        lo, hi = max(lo, gate.lo), min(hi, gate.hi)
        if (lo, hi) == (gate.lo, gate.hi):
            return x
        if lo < hi and not isinstance(gate.op, Input | Rom):
            return self._make(gate.op, gate.operands, lo, hi)
        width, signed = gates.width_of(lo, hi)
        return self.make(Bits(0, width, signed), (x,), (lo, hi))

    def _make(self, op: Op, operands: tuple[int, ...], lo: int, hi: int) -> int:
        key = (op, operands)
        found = self._known.get(key)
        if found is not None and (self.gates[found].lo, self.gates[found].hi) == (lo, hi):
            return found
        self.gates.append(Gate(op, operands, lo, hi, self.tensor))
        self._known[key] = len(self.gates) - 1
        return len(self.gates) - 1


def _moved(value: int, places: int) -> int:
    return value << places if places >= 0 else value >> -places


def natural_bounds(op: Op, operands: Sequence[Gate]) -> tuple[int, int]:
    """The least and the greatest result of a gate on independent operands, and of the square of one."""
    match op:
        case Input() | Literal():
            raise ValueError("an input or literal has no operands")
        case Bits(low, width, signed):
            lo, hi = _moved(operands[0].lo, -low), _moved(operands[0].hi, -low)
            least, greatest = FixedType(width, width, signed).ends(Overflow.WRAP)
            return (lo, hi) if least <= lo and hi <= greatest else (least, greatest)
        case Add(shift_a, shift_b, subtract):
            a, b = operands
            low, high = (-b.hi, -b.lo) if subtract else (b.lo, b.hi)
            return (a.lo << shift_a) + (low << shift_b), (a.hi << shift_a) + (high << shift_b)
        case AddThree():
            terms = [
                (min(ends), max(ends))
                for gate, places, sign in zip(operands, op.shifts, op.signs, strict=True)
                for ends in [(sign * gate.lo << places, sign * gate.hi << places)]
            ]
            return sum(lo for lo, _ in terms), sum(hi for _, hi in terms)
        case Multiply():
            a, b = operands
            ends = [x * y for x in (a.lo, a.hi) for y in (b.lo, b.hi)]
            return max(min(ends), 0) if a is b else min(ends), max(ends)
        case AtLeast(shift_a, shift_b):
            a, b = operands
            return int(a.lo << shift_a >= b.hi << shift_b), int(a.hi << shift_a >= b.lo << shift_b)
        case Choose(shift_a, shift_b):
            _, a, b = operands
            return min(a.lo << shift_a, b.lo << shift_b), max(a.hi << shift_a, b.hi << shift_b)
        case Positive():
            return max(operands[0].lo, 0), max(operands[0].hi, 0)
        case RoundUp():
            return 0, 1
        case Saturate(width, signed, overflow):
            least, greatest = FixedType(width, width, signed).ends(overflow)
            lo, hi = max(operands[0].lo, least), min(operands[0].hi, greatest)
            if overflow is Overflow.SAT_ZERO and (lo, hi) != (operands[0].lo, operands[0].hi):
                return (min(lo, 0), max(hi, 0)) if lo <= hi else (0, 0)
            return min(lo, greatest), max(hi, least)
        case LeadingOne():
            return max(operands[0].lo.bit_length() - 1, 0), max(operands[0].hi.bit_length() - 1, 0)
        case ShiftLeft():
            x, n = operands
            ends = [end << places for end in (x.lo, x.hi) for places in (n.lo, n.hi)]
            return min(ends), max(ends)
        case Rom(_, values):
            return min(values), max(values)
        case _:
            assert_never(op)
