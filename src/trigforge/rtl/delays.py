"""The delay of a gate, for the cut into pipeline stages.

A level of look-up tables with the wires to it is taken as ``LEVEL_NS``, a carry chain as ``CARRY_ENTRY_NS`` to get in
and out and ``CARRY_BIT_NS`` a bit: round figures for UltraScale+ of speed grade -2, of which the ratios matter. What
period a design then has is found on its mapped netlist (``timing``), not here.
"""

from collections.abc import Sequence
from math import ceil, log2
from typing import assert_never

from trigforge.fixed import Rounding
from trigforge.rtl.circuit import Circuit, Gate
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
    Positive,
    Rom,
    RoundUp,
    Saturate,
    ShiftLeft,
)

LEVEL_NS = 0.45
CARRY_ENTRY_NS = 0.15
CARRY_BIT_NS = 0.01
REGISTER_NS = 0.5
"""out of one register, along a wire, into the next"""
ROUNDING_NS = 1e-9
"""more than all errors of adding delays up"""
WIRE_MARGIN = 0.8
"""the share of a clock period that is planned for; the rest is left to wires that turn out longer"""


def stage_delay_ns(clock_period_ns: float) -> float:
    """The delay that fills a stage where the design point does not say: a part of the period, less the registers.

    >>> round(stage_delay_ns(5.0), 2)
    3.5
    """
    return max(WIRE_MARGIN * clock_period_ns - REGISTER_NS, LEVEL_NS)


def delay_ns(circuit: Circuit, gate: Gate) -> float:
    """From the operands of a gate to its result; 0 for wires."""
    operands = [circuit.gates[operand] for operand in gate.operands]
    match gate.op:
        case Input() | Literal() | Bits():
            return 0.0
        case Add():
            return 0.0 if _is_wired(gate.op, operands) else LEVEL_NS + _carry(gate.width)
        case AddThree():
            return 2 * LEVEL_NS + _carry(gate.width)
        case AtLeast(shift_a, shift_b):
            return LEVEL_NS + _carry(max(operands[0].width + shift_a, operands[1].width + shift_b))
        case Multiply():
            return product_delay_ns(operands, gate.width)
        case Choose() | Positive():
            return LEVEL_NS
        case RoundUp(drop, rounding):
            return 0.0 if rounding is Rounding.RND else _levels(drop + 2) * LEVEL_NS
        case Saturate(width):
            return (1 + _levels(max(operands[0].width - width + 1, 1))) * LEVEL_NS
        case LeadingOne():
            return (1 + ceil(log2(operands[0].width + 1) / 2)) * LEVEL_NS
        case ShiftLeft():
            return ceil(operands[1].width / 2) * LEVEL_NS
        case Rom():
            return (1 + ceil(max(operands[0].width - 6, 0) / 2)) * LEVEL_NS
        case _:
            assert_never(gate.op)


def product_delay_ns(operands: Sequence[Gate], width: int) -> float:
    """From two operands to so many bits of their product out of look-up tables: one row behind the other."""
    if _in_table(operands):
        return LEVEL_NS
    return len(_rows(operands, width)[0]) * (LEVEL_NS + CARRY_ENTRY_NS) + CARRY_BIT_NS * width


def _carry(bits: int) -> float:
    return CARRY_ENTRY_NS + CARRY_BIT_NS * bits


def _levels(inputs: int) -> int:
    """Levels of 6-input tables that a function of so many bits needs at least."""
    levels, reach = 1, 6
    while reach < inputs:
        levels, reach = levels + 1, reach * 6
    return levels


def cost_bits(circuit: Circuit, gate: Gate) -> float:
    """The logic of a gate in bits of adders (about one look-up table each); 0 for wires.

    Adders of two as in ``AdderGraph.bits``, adders of three from the lowest bit that is added on; a choice, a rectifier
    and a saturation take half a table a bit (two outputs of one table), a table what its truth table fills. A product
    is counted out of look-up tables, bit by bit of its rows, whatever the design point makes it of.
    """
    operands = [circuit.gates[operand] for operand in gate.operands]
    match gate.op:
        case Input() | Literal() | Bits():
            return 0.0
        case Add() if _is_wired(gate.op, operands):
            return 0.0
        case Add(shift_a, shift_b):
            tops = (operands[0].width + shift_a, operands[1].width + shift_b)
            constant = any(isinstance(operand.op, Literal) for operand in operands)
            return max(max(tops) - max(shift_a, shift_b), 1) * (0.5 if constant else 1.0)
        case AddThree():
            top = max(operand.width + places for operand, places in zip(operands, gate.op.shifts, strict=True)) + 2
            return max(min(top, gate.width) - first_added_bit(gate.op), 1)
        case AtLeast(shift_a, shift_b):
            return max(operands[0].width + shift_a, operands[1].width + shift_b) * 0.5
        case Multiply():
            return float(gate.width) if _in_table(operands) else _row_bits(operands, gate.width)
        case Choose() | Positive():
            return 0.5 * gate.width
        case RoundUp(drop, rounding):
            return 0.0 if rounding is Rounding.RND else ceil((drop + 2) / 5)
        case Saturate(width):
            return 0.5 * gate.width + ceil(max(operands[0].width - width, 0) / 5)
        case LeadingOne():
            return float(operands[0].width)
        case ShiftLeft():
            return gate.width * ceil(operands[1].width / 2)
        case Rom():
            return gate.width * max(2.0 ** (operands[0].width - 6), 0.5)
        case _:
            assert_never(gate.op)


def _is_wired(op: Add, operands: Sequence[Gate]) -> bool:
    """True for an operand, never negative, that is added in the zeros to the right of the other one: both are wired."""
    a, b = operands
    beside = (0 <= b.lo and b.hi << op.shift_b < 1 << op.shift_a) or (
        0 <= a.lo and a.hi << op.shift_a < 1 << op.shift_b
    )
    return beside and not op.subtract


def _in_table(operands: Sequence[Gate]) -> bool:
    """True for a product that ``tf_multiply`` looks up: a function of 6 bits."""
    return sum(operand.width for operand in operands) <= 6


def _rows(operands: Sequence[Gate], width: int) -> tuple[list[int], Gate]:
    """The bits of each row of a product, as ``tf_multiply`` builds it, and the operand that the rows add."""
    added, by = operands if multiplier(operands) else operands[::-1]
    digits = digits_of(by)
    top = min(added.width + by.width, width)
    return [min(added.width + 2 * k + 2, top) - 2 * k for k in range(digits) if 2 * k < top], added


def multiplier(operands: Sequence[Gate]) -> int:
    """Which of two operands is taken in digits: that of fewer; of as many, the one beside the narrower operand.

    >>> wide, narrow = Gate(Input(0), (), -128, 127, "x"), Gate(Input(1), (), -8, 7, "x")
    >>> multiplier((wide, narrow)), multiplier((narrow, wide))
    (1, 0)
    """
    a, b = operands
    return int((digits_of(b), a.width) <= (digits_of(a), b.width))


def digits_of(by: Gate) -> int:
    """The digits from -2 to 2 (Booth, radix 4) of a value."""
    return (by.width + (1 if by.signed else 2)) // 2


def _row_bits(operands: Sequence[Gate], width: int) -> float:
    """The look-up tables of a product: one a bit of its rows, but one for two bits that a sign makes equal."""
    rows, added = _rows(operands, width)
    equal = sum(bits > added.width for bits in (rows if added.signed else rows[:1]))
    return float(sum(rows) - equal)


def first_added_bit(op: AddThree) -> int:
    """The lowest bit of a sum that the adder makes: below it stands one operand alone, which is wired.

    >>> first_added_bit(AddThree(0, 3, 5, 0)), first_added_bit(AddThree(3, 5, 0, 1))
    (3, 0)
    """
    _, second, _ = sorted(op.shifts)
    return min([second, *(places for places, sign in zip(op.shifts, op.signs, strict=True) if sign < 0)])
