"""The builder of circuits: each gate once, and none that does nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trigforge.fixed import Overflow, Rounding
from trigforge.rtl import gates
from trigforge.rtl.circuit import Circuit
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

PLUS = Add(0, 0, False)


def test_equal_gates_are_made_once() -> None:
    circuit = Circuit()
    x, y = circuit.input(0, -8, 7), circuit.input(1, 0, 3)
    assert circuit.input(0, -8, 7) == x
    assert circuit.literal(5) == circuit.literal(5)
    assert circuit.make(PLUS, (x, y)) == circuit.make(PLUS, (x, y))
    assert circuit.make(PLUS, (x, y), (-3, 3)) != circuit.make(PLUS, (x, y))
    assert circuit.make(PLUS, (x, y)) != circuit.make(Add(0, 0, True), (x, y))


def test_a_gate_bears_the_tensor_it_was_first_made_for() -> None:
    circuit = Circuit()
    x, y = circuit.input(0, -8, 7), circuit.input(1, 0, 3)
    circuit.tensor = "first"
    made = circuit.make(PLUS, (x, y))
    circuit.tensor = "second"
    assert circuit.gates[circuit.make(PLUS, (x, y))].tensor == "first"
    assert circuit.gates[circuit.make(Multiply(), (made, y))].tensor == "second"


@pytest.mark.parametrize(
    ("op", "operands", "value"),
    (
        (Add(1, 0, True), (5, 3), 7),
        (AddThree(1, 0, 2, 2), (5, 3, 1), 3),
        (Multiply(), (5, -3), -15),
        (AtLeast(0, 1), (5, 3), 0),
        (Choose(0, 2), (0, 5, 3), 12),
        (Positive(), (-5,), 0),
        (RoundUp(2, Rounding.RND_CONV), (6,), 1),
        (Saturate(3, True, Overflow.SAT), (99,), 3),
        (Bits(1, 3, True), (13,), -2),
        (LeadingOne(), (9,), 3),
        (ShiftLeft(), (3, 4), 48),
        (Rom(4, (8, 9)), (5,), 9),
    ),
    ids=str,
)
def test_gates_of_constants_are_constants(op: gates.Op, operands: tuple[int, ...], value: int) -> None:
    circuit = Circuit()
    made = circuit.make(op, [circuit.literal(operand) for operand in operands])
    assert circuit.gates[made].op == Literal(value)


def test_a_gate_with_one_value_is_a_constant() -> None:
    circuit = Circuit()
    x, small = circuit.input(0, -8, 7), circuit.input(1, 20, 30)
    assert circuit.make(AtLeast(0, 0), (x, small)) == circuit.literal(0)
    assert circuit.make(AtLeast(0, 0), (small, x)) == circuit.literal(1)
    assert circuit.make(Positive(), (circuit.input(2, -5, 0),)) == circuit.literal(0)
    assert circuit.make(Saturate(3, False, Overflow.SAT), (small,)) == circuit.literal(7)
    assert circuit.make(Multiply(), (x, circuit.literal(0))) == circuit.literal(0)
    assert circuit.make(PLUS, (x, x), (4, 4)) == circuit.literal(4)


def test_what_changes_nothing_is_its_operand() -> None:
    circuit = Circuit()
    x, positive, c = circuit.input(0, -8, 7), circuit.input(1, 1, 3), circuit.input(2, 0, 1)
    zero = circuit.literal(0)
    assert circuit.make(PLUS, (x, zero)) == x
    assert circuit.make(PLUS, (zero, x)) == x
    assert circuit.make(Add(0, 0, True), (x, zero)) == x
    assert circuit.make(Add(0, 2, False), (zero, x)) == circuit.shifted(x, 2)
    assert circuit.make(Add(3, 0, False), (x, zero)) == circuit.shifted(x, 3)
    assert circuit.make(Positive(), (positive,)) == positive
    assert circuit.make(Choose(0, 0), (c, x, x)) == x
    assert circuit.make(Choose(2, 2), (c, x, x)) == circuit.shifted(x, 2)
    assert circuit.make(Choose(1, 0), (circuit.literal(1), x, positive)) == circuit.shifted(x, 1)
    assert circuit.make(Choose(1, 0), (zero, x, positive)) == positive
    assert circuit.make(ShiftLeft(), (x, circuit.literal(3))) == circuit.shifted(x, 3)
    assert circuit.make(Bits(0, 4, True), (x,)) == x
    assert circuit.shifted(x, 0) == x
    assert circuit.narrowed(x, -100, 100) == x


def test_a_difference_from_nothing_and_a_choice_of_shifts_remain() -> None:
    circuit = Circuit()
    x, c, zero = circuit.input(0, -8, 7), circuit.input(1, 0, 1), circuit.literal(0)
    assert isinstance(circuit.gates[circuit.make(Add(0, 0, True), (zero, x))].op, Add)
    assert isinstance(circuit.gates[circuit.make(Choose(1, 0), (c, x, x))].op, Choose)
    assert isinstance(circuit.gates[circuit.make(Positive(), (x,))].op, Positive)


def test_wires_cut_out_of_wires_come_from_their_source() -> None:
    circuit = Circuit()
    x = circuit.input(0, -128, 127)
    upper = circuit.make(Bits(2, 6, True), (x,))
    assert circuit.gates[circuit.make(Bits(1, 3, False), (upper,))].op == Bits(3, 3, False)
    assert circuit.gates[circuit.make(Bits(1, 3, False), (upper,))].operands == (x,)
    assert circuit.shifted(circuit.shifted(x, 3), -3) == x
    low = circuit.make(Bits(0, 3, False), (x,))
    assert circuit.gates[circuit.make(Bits(-1, 4, False), (low,))].operands == (low,)


def test_values_that_are_proved_to_be_few_take_few_bits() -> None:
    circuit = Circuit()
    x = circuit.input(0, -128, 127)
    narrow = circuit.gates[circuit.narrowed(x, -3, 2)]
    assert (narrow.op, narrow.width, narrow.signed, narrow.lo, narrow.hi) == (Bits(0, 3, True), 3, True, -3, 2)
    assert circuit.narrowed(x, 5, 5) == circuit.literal(5)
    tight = circuit.gates[circuit.make(PLUS, (x, x), (0, 200))]
    assert (tight.lo, tight.hi, tight.width) == (0, 200, 8)


def test_bounds_that_leave_nothing_are_refused() -> None:
    circuit = Circuit(tensor="jet")
    x = circuit.input(0, 0, 7)
    with pytest.raises(ValueError) as error:
        circuit.make(PLUS, (x, x), (20, 30))
    assert str(error.value) == f"{PLUS} of 'jet' has no value; bounds (20, 30)"


ENDS = st.tuples(st.integers(-20, 20), st.integers(0, 12)).map(lambda pair: (pair[0], sum(pair)))
MAKERS = st.one_of(
    st.builds(Bits, st.integers(-3, 5), st.integers(1, 7), st.booleans()),
    st.builds(Add, st.integers(0, 3), st.just(0), st.booleans()),
    st.builds(Add, st.just(0), st.integers(0, 3), st.booleans()),
    st.just(Multiply()),
    st.builds(AtLeast, st.integers(0, 2), st.integers(0, 2)),
    st.just(Positive()),
    st.builds(RoundUp, st.integers(1, 4), st.sampled_from(list(Rounding))),
    st.builds(
        Saturate,
        st.integers(1, 6),
        st.booleans(),
        st.sampled_from((Overflow.SAT, Overflow.SAT_SYM, Overflow.SAT_ZERO)),
    ),
)


@settings(max_examples=150)
@given(st.tuples(ENDS, ENDS), st.lists(st.tuples(MAKERS, st.integers(0, 30), st.integers(0, 30)), max_size=6))
def test_whatever_is_simplified_computes_the_same(
    ends: tuple[tuple[int, int], tuple[int, int]], steps: list[tuple[gates.Op, int, int]]
) -> None:
    """A chain of random gates, each also held to what it can be, evaluated by itself and as the circuit holds it."""
    circuit = Circuit()
    grid = np.array([[a, b] for a in range(ends[0][0], ends[0][1] + 1) for b in range(ends[1][0], ends[1][1] + 1)])
    constants = (3, -5, 8)
    made = [circuit.input(port, *ends[port]) for port in (0, 1)] + [circuit.literal(value) for value in constants]
    plain = [grid[:, 0], grid[:, 1], *(np.full(len(grid), value) for value in constants)]
    for op, first, second in steps:
        picked = [first % len(made), second % len(made)][: 2 if isinstance(op, Add | Multiply | AtLeast) else 1]
        made.append(circuit.make(op, [made[n] for n in picked]))
        plain.append(np.broadcast_to(gates.evaluate(op, [plain[n] for n in picked]), len(grid)))
        made.append(circuit.narrowed(made[-1], int(plain[-1].min()), int(plain[-1].max())))
        plain.append(plain[-1])
    held: list[np.ndarray] = []
    for gate in circuit.gates:
        match gate.op:
            case Input(port):
                held.append(grid[:, port])
            case _:
                held.append(np.broadcast_to(gates.evaluate(gate.op, [held[n] for n in gate.operands]), len(grid)))
        assert gate.lo <= held[-1].min() and held[-1].max() <= gate.hi
    for number, values in zip(made, plain, strict=True):
        assert np.array_equal(held[number], values)


def test_constants_that_are_added_one_after_the_other_are_one() -> None:
    circuit = Circuit()
    x = circuit.input(0, -8, 7)
    first = circuit.make(PLUS, (x, circuit.literal(3)))
    assert circuit.has_offset(first) and not circuit.has_offset(x)
    assert circuit.make(PLUS, (first, circuit.literal(5))) == circuit.make(PLUS, (x, circuit.literal(8)))
    assert circuit.make(Add(0, 0, True), (first, circuit.literal(3))) == x
