"""Every gate against Python integers, and the bounds of what it makes against all that it can make."""

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trigforge.fixed import FixedType, Overflow, Rounding
from trigforge.fixed.quantize import round_mantissa
from trigforge.rtl import gates
from trigforge.rtl.circuit import Gate, natural_bounds
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

Ranges = tuple[tuple[int, int], ...]


def wrapped(x: int, width: int, signed: bool) -> int:
    """The last bits of x as two's complement has them, digit by digit."""
    bits = [x >> n & 1 for n in range(width)]
    return sum(bit << n for n, bit in enumerate(bits)) - (bits[-1] << width if signed else 0)


def saturated(x: int, width: int, signed: bool, overflow: Overflow) -> int:
    lo, hi = (-(2 ** (width - 1)), 2 ** (width - 1) - 1) if signed else (0, 2**width - 1)
    lo = -hi if overflow is Overflow.SAT_SYM and signed else lo
    nearest = min(max(x, lo), hi)
    return 0 if overflow is Overflow.SAT_ZERO and nearest != x else nearest


def rounded(x: int, drop: int, rounding: Rounding) -> int:
    return int(round_mantissa(np.array(x, dtype=object), np.array(drop), rounding))


SMALL: Sequence[tuple[Op, Ranges, Callable[..., int]]] = [
    *(
        (Bits(low, width, signed), ((-9, 13),), lambda x, n=low, w=width, s=signed: wrapped(x * 2**9 >> n + 9, w, s))
        for low, width, signed in product((-3, 0, 2, 6), (1, 2, 5, 9), (False, True))
    ),
    *(
        (Add(i, j, minus), ((-5, 3), (2, 9)), lambda a, b, i=i, j=j, m=minus: a * 2**i + (-b if m else b) * 2**j)
        for i, j, minus in product((0, 2), (0, 3), (False, True))
    ),
    *(
        (
            AddThree(*shifts, subtracted),
            ((-3, 2), (2, 5), (-4, 1)),
            lambda a, b, c, n=shifts, m=subtracted: (
                a * 2 ** n[0] + (-b if m > 1 else b) * 2 ** n[1] + (-c if m else c) * 2 ** n[2]
            ),
        )
        for shifts in ((0, 0, 0), (0, 1, 3), (3, 0, 2), (1, 4, 0))
        for subtracted in (0, 1, 2)
    ),
    *(
        (Multiply(), ranges, lambda a, b: a * b)
        for ranges in (((-5, 3), (2, 9)), ((-4, -1), (-3, 6)), ((0, 3), (1, 1)))
    ),
    *(
        (AtLeast(i, j), ((-5, 3), ends), lambda a, b, i=i, j=j: int(a * 2**i >= b * 2**j))
        for i, j, ends in product((0, 2), (0, 1), ((-3, 4), (4, 9), (-99, -50)))
    ),
    *(
        (Choose(i, j), ((0, 1), (-5, 3), (2, 9)), lambda c, a, b, i=i, j=j: a * 2**i if c else b * 2**j)
        for i, j in product((0, 2), (0, 1))
    ),
    *((Positive(), (ends,), lambda x: max(x, 0)) for ends in ((-5, 3), (-5, -2), (2, 9))),
    *(
        (Saturate(width, signed, mode), (ends,), lambda x, w=width, s=signed, m=mode: saturated(x, w, s, m))
        for width, signed, mode, ends in product(
            (1, 3, 5),
            (False, True),
            (Overflow.SAT, Overflow.SAT_SYM, Overflow.SAT_ZERO),
            ((-9, 13), (3, 5), (-7, -5), (40, 60)),
        )
    ),
    *((LeadingOne(), (ends,), lambda x: max(x.bit_length() - 1, 0)) for ends in ((0, 17), (5, 64), (0, 1))),
    *(
        (ShiftLeft(), ranges, lambda x, n: x * 2**n)
        for ranges in (((-5, 3), (0, 4)), ((2, 9), (1, 3)), ((-3, -1), (2, 5)))
    ),
    (Rom(-2, (7, -3, 0, 5, 5)), ((-2, 2),), lambda x: (7, -3, 0, 5, 5)[x + 2]),
]


def every_value(ranges: Ranges) -> list[list[int]]:
    """All combinations of operands, as one column for each operand."""
    grid = product(*(range(lo, hi + 1) for lo, hi in ranges))
    return [list(column) for column in zip(*grid, strict=True)]


def operands(ranges: Ranges) -> list[Gate]:
    return [Gate(Input(port), (), lo, hi, "x") for port, (lo, hi) in enumerate(ranges)]


@pytest.mark.parametrize(("op", "ranges", "model"), SMALL, ids=[f"{op} of {ranges}" for op, ranges, _ in SMALL])
def test_every_value_of_a_small_gate(op: Op, ranges: Ranges, model: Callable[..., int]) -> None:
    columns = every_value(ranges)
    made = gates.evaluate(op, [np.array(column) for column in columns]).tolist()
    assert made == [model(*values) for values in zip(*columns, strict=True)]
    lo, hi = natural_bounds(op, operands(ranges))
    if isinstance(op, Bits):
        assert lo <= min(made) and max(made) <= hi and gates.width_of(lo, hi)[0] <= op.width
    else:
        assert (lo, hi) == (min(made), max(made))


@pytest.mark.parametrize("rounding", Rounding)
def test_rounding_is_cutting_off_and_adding_one(rounding: Rounding) -> None:
    x = np.arange(-40, 40)
    for drop in range(1, 9):
        up = gates.evaluate(RoundUp(drop, rounding), [x])
        assert ((x >> drop) + up).tolist() == [rounded(int(v), drop, rounding) for v in x]
    assert natural_bounds(RoundUp(3, rounding), operands(((-40, 39),))) == (0, 1)


@given(
    st.integers(-(2**90), 2**90),
    st.integers(-(2**90), 2**90),
    st.integers(1, 70),
    st.booleans(),
    st.sampled_from(list(Rounding)),
)
@settings(max_examples=100)
def test_gates_are_exact_at_any_width(a: int, b: int, n: int, flag: bool, rounding: Rounding) -> None:
    x, y = np.array([a], dtype=object), np.array([b], dtype=object)
    cases: list[tuple[Op, list[np.ndarray], int]] = [
        (Bits(n, n, flag), [x], wrapped(a >> n, n, flag)),
        (Bits(-n, n + 40, flag), [x], wrapped(a << n, n + 40, flag)),
        (Add(0, n, flag), [x, y], a + (-b if flag else b) * 2**n),
        (Multiply(), [x, y], a * b),
        (AtLeast(n, 0), [x, y], int(a * 2**n >= b)),
        (Choose(n, 0), [np.array([int(flag)]), x, y], a * 2**n if flag else b),
        (Positive(), [x], max(a, 0)),
        (RoundUp(n, rounding), [x], rounded(a, n, rounding) - (a >> n)),
        (Saturate(n, flag, Overflow.SAT), [x], saturated(a, n, flag, Overflow.SAT)),
        (LeadingOne(), [abs(x)], max(abs(a).bit_length() - 1, 0)),
        (ShiftLeft(), [x, np.array([n])], a << n),
    ]
    for op, values, wanted in cases:
        assert gates.evaluate(op, values).tolist() == [wanted], op


@pytest.mark.parametrize("overflow", (Overflow.SAT, Overflow.SAT_SYM, Overflow.SAT_ZERO))
def test_saturation_to_more_bits_than_an_int64(overflow: Overflow) -> None:
    x = np.array([-5, 0, 7])
    assert gates.evaluate(Saturate(80, False, overflow), [x]).tolist() == [0, 0, 7]
    assert gates.evaluate(Saturate(80, True, overflow), [x]).tolist() == [-5, 0, 7]


def test_widths_and_ranges() -> None:
    for lo, hi in product(range(-9, 9), range(-9, 9)):
        if lo <= hi:
            width, signed = gates.width_of(lo, hi)
            least, greatest = FixedType(width, width, signed).ends(Overflow.WRAP)
            assert least <= lo and hi <= greatest and signed == (lo < 0)
            if width > 1:
                least, greatest = FixedType(width - 1, width - 1, signed).ends(Overflow.WRAP)
                assert lo < least or hi > greatest


def test_what_is_no_gate_of_operands() -> None:
    with pytest.raises(ValueError, match=r"^an input's value comes from outside$"):
        gates.evaluate(Input(0), [])
    with pytest.raises(ValueError, match=r"^WRAP is a choice of Bits$"):
        gates.evaluate(Saturate(3, True, Overflow.WRAP), [np.array([1])])
    with pytest.raises(ValueError, match=r"^an input or literal has no operands$"):
        natural_bounds(Literal(3), [])
    assert gates.evaluate(Literal(3), []).tolist() == 3
