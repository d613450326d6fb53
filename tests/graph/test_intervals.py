"""The interval rule of every op: nothing that can happen is outside, and every bound is met by something.

All combinations of values of tiny tensors are tried, so both are exact statements about the tensor at hand.
"""

from typing import get_args

import numpy as np
import pytest

from tests.graph.model import Values, all_values, evaluate
from tests.graph.strategies import MAKERS, random_case
from trigforge.fixed import FixedArray, FixedType, FixedTypes, Interval, Overflow, Rounding, requantize
from trigforge.graph import (
    Add,
    Body,
    Dense,
    Einsum,
    EinsumDense,
    Map,
    Mul,
    Node,
    Op,
    Relu,
    Requantize,
    Select,
    Sum,
    body_tensors,
)
from trigforge.graph.equation import Equation
from trigforge.graph.infer import infer

SEEDS = 40
LOOSE_ENDS = {"Map"}
"""the union over the slices may hold what no one slice attains"""
LOOSE_LSB = {"Map", "Maximum", "Minimum", "Max", "Min", "Select", "Lookup", "Requantize", "ShiftBy", "LeadingOne"}
"""the finest of several scales, where the value at that scale need not come through"""


def test_every_op_has_a_maker() -> None:
    assert list(MAKERS) == [op.__name__ for op in get_args(Op)]


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_intervals_are_sound_and_tight(name: str, seed: int) -> None:
    op, operands = random_case(name, seed)
    found = infer(op, operands)
    mantissas = attained(op, operands, found)
    if name not in LOOSE_ENDS:
        assert mantissas.min(axis=0).tolist() == found.lo.tolist()
        assert mantissas.max(axis=0).tolist() == found.hi.tolist()
    # Constant terms that share the finest scale may add up to a coarser one.
    constant = any(((x.lo.values == x.hi.values) & ~x.is_zero).any() for x in operands)
    if name not in LOOSE_LSB and not constant:
        odd = (mantissas % 2 == 1).any(axis=0)
        assert (odd | found.is_zero).all(), "a coarser lsb would do"


def attained(op: Op, operands: list[Interval], found: Interval) -> Values:
    """Every value of the output as a mantissa of its element, all of them checked to be inside ``found``."""
    values = evaluate(op, all_values(operands), operands)
    assert values.shape[1:] == found.shape
    mantissas = np.ldexp(values, -found.lsb.values.astype(np.int64))
    assert (mantissas == np.floor(mantissas)).all(), "not on the grid"
    assert (mantissas >= found.lo.values.astype(float)).all(), "below"
    assert (mantissas <= found.hi.values.astype(float)).all(), "above"
    return mantissas


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("overflow", Overflow)
def test_requantize_exhaustively(rounding: Rounding, overflow: Overflow) -> None:
    """Every interval within -6 to 6 at 8 scales, into every type of up to 4 bits at one scale: both ends are met.

    Only the scales relative to each other matter.
    """
    ends = [(lo, hi) for lo in range(-6, 7) for hi in range(lo, 7)]
    kinds = [(sign, width) for sign in (0, 1) for width in range(5)]
    cases = np.array([(*e, lsb, *k) for e in ends for lsb in range(-3, 5) for k in kinds])
    lo, hi, lsb, signed, width = cases.T
    operand = Interval.of(lo, hi, lsb)
    types = FixedTypes.of(signed, width, width)
    found = infer(Requantize(types, rounding, overflow), [operand])
    scale = np.minimum(found.lsb.values, 0)
    low, high = found.scaled(scale)
    least, most = np.full(len(cases), 99), np.full(len(cases), -99)
    for offset in range(13):
        mantissa = np.minimum(lo + offset, hi)
        out = requantize(mantissa, lsb, types, rounding, overflow) << -scale
        least, most = np.minimum(least, out), np.maximum(most, out)
        unit = np.where(found.is_zero, 1, 1 << (found.lsb.values - scale))
        assert (out % unit == 0).all()
    assert (least == low).all()
    assert (most == high).all()


def test_a_type_without_loss_changes_no_interval() -> None:
    x = Interval.of([-5, 3, 1], [6, 3, 4], [-2, 1, 0])
    for rounding in Rounding:
        for overflow in Overflow:
            assert infer(Requantize(FixedTypes.uniform(FixedType(9, 5, True)), rounding, overflow), [x]) == x


def test_an_einsum_that_meets_an_entry_twice_stays_sound() -> None:
    operands = [Interval.of(np.full((2, 2), -1), 1, 0), Interval.of([-1, -1], [1, 1], 0)]
    attained(Einsum(Equation.parse("ab,b->")), operands, infer(Einsum(Equation.parse("ab,b->")), operands))
    weight = FixedArray.of([[1, -1]])
    op = EinsumDense(Equation.parse("ab,cd->c"), weight)
    assert infer(op, operands[:1]) == Interval.of([-8], [8], 0)
    assert attained(op, operands[:1], infer(op, operands[:1])).tolist() == [[0.0]] * 81


def test_a_decided_select_is_one_branch() -> None:
    c, x, y = Interval.of([0, 3, 0], [2, 5, 5], 0), Interval.of(0, 7, -1), Interval.of(-1, 0, 3)
    found = infer(Select(FixedArray.of(3)), [c, x, y])
    assert [found.lo.tolist(), found.hi.tolist(), found.lsb.tolist()] == [[-1, 0, -16], [0, 7, 7], [3, -1, -1]]


def test_every_slice_of_a_map_sees_the_union_of_the_slices() -> None:
    body = Body(("a",), (Node("r", Relu(), ("a",)),), ("r",))
    x = Interval.of([[-3], [0], [1]], [[1], [0], [5]], [[0], [0], [1]])
    assert body_tensors(Map.along(0, body), [x]) == {"a": Interval.of([-3], [10], 0), "r": Interval.of([0], [10], 0)}
    assert infer(Map.along(0, body), [x]) == Interval.of([[0]] * 3, [[10]] * 3, 0)


def test_intervals_far_beyond_64_bits_stay_exact() -> None:
    x = Interval.of([-(2**61)], [2**61 - 1], -30)
    square = infer(Mul(), [x, x])
    assert (square.lo.tolist(), square.hi.tolist()) == ([-(2**122) + 2**61], [2**122])
    assert infer(Mul(), [square, square]).hi.tolist() == [2**244]
    total = infer(Sum((0,)), [Interval.of([-(2**61)] * 6, [2**61] * 6, 0)])
    assert total == Interval.of(-6 * 2**61, 6 * 2**61, 0)
    weight = FixedArray.of(np.array([[2**61 - 1], [-(2**61)]]))
    dense = infer(Dense(weight), [Interval.of([-1, -(2**61)], [2**61, 1], [0, 7])])
    assert dense.hi.tolist() == [2**61 * (2**61 - 1) + 2**129]


def test_zeros_take_no_part_in_scales() -> None:
    """A pruned weight or element has no least significant bit that could make a sum finer."""
    x = Interval.of([0, 1], [3, 2], [-9, 2])
    assert infer(Dense(FixedArray.of([[0], [4]])), [x]) == Interval.of([1], [2], [4])
    dead = Interval.of([0, 0], [0, 3], [-9, 2])
    assert infer(Sum((0,)), [dead]) == Interval.of(0, 3, 2)
    assert infer(Add(), [dead, dead]) == Interval.of([0, 0], [0, 6], [0, 2])
