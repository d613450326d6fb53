"""Rounding and overflow against the plain model of ``tests/fixed/model.py``, in all 28 modes."""

from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixed.model import overflowed, power, quantized, rounded
from trigforge.fixed import FixedType, FixedTypes, Overflow, Rounding, exact, overflow_mantissa, requantize
from trigforge.fixed import round_mantissa as round_places

MODES = list(product(Rounding, Overflow))
wide = st.one_of(
    st.integers(-40, 40), st.integers(-(2**64), 2**64), st.sampled_from([2**62 - 1, 2**62, -(2**62), 2**63])
)
fixed_types = st.builds(FixedType, st.integers(0, 63), st.integers(-80, 80), st.booleans())


def array(values: list[int]) -> exact.IntArray:
    return exact.integers(np.array(values, dtype=object))


def types_of(types: list[FixedType]) -> FixedTypes:
    return FixedTypes.of([t.signed for t in types], [t.width for t in types], [t.integer_bits for t in types])


@pytest.mark.parametrize("rounding", Rounding)
def test_rounding_of_every_small_number(rounding: Rounding) -> None:
    cases = list(product(range(-33, 34), range(-2, 6)))
    found = round_places(array([m for m, _ in cases]), [n for _, n in cases], rounding)
    assert found.tolist() == [rounded(m * power(-n), rounding) for m, n in cases]


@pytest.mark.parametrize("overflow", Overflow)
def test_overflow_of_every_small_number(overflow: Overflow) -> None:
    types = [FixedType(w, w, s) for w in range(5) for s in (False, True)]
    cases = list(product(range(-40, 41), types))
    found = overflow_mantissa(array([m for m, _ in cases]), types_of([t for _, t in cases]), overflow)
    assert found.tolist() == [overflowed(m, t, overflow) for m, t in cases]


@given(
    st.lists(st.tuples(wide, st.integers(-80, 80), fixed_types), min_size=1, max_size=4),
    st.sampled_from(Rounding),
    st.sampled_from(Overflow),
)
def test_requantize_of_wide_mantissas_and_far_shifts(
    cases: list[tuple[int, int, FixedType]], rounding: Rounding, overflow: Overflow
) -> None:
    mantissas, lsb, types = (list(column) for column in zip(*cases, strict=True))
    found = requantize(array(mantissas), lsb, types_of(types), rounding, overflow)
    assert found.tolist() == [quantized(m * power(e), t, rounding, overflow) for m, e, t in cases]


@pytest.mark.parametrize(("rounding", "overflow"), MODES)
def test_every_mode_by_elements_and_by_events(rounding: Rounding, overflow: Overflow) -> None:
    """Types broadcast over the event axis, which is how the emulator calls it; 0-dimensional arrays work too."""
    types = [FixedType(0, 0, False), FixedType(3, 1, True), FixedType(2, 2, False), FixedType(4, 6, True)]
    events = np.arange(-90, 90)
    found = requantize(events[:, None].repeat(4, axis=1), -3, types_of(types), rounding, overflow)
    assert found.dtype == np.int64
    assert found.tolist() == [[quantized(Fraction(int(m), 8), t, rounding, overflow) for t in types] for m in events]
    scalar = requantize(np.array(-37), -3, FixedTypes.uniform(types[1]), rounding, overflow)
    assert scalar.tolist() == quantized(Fraction(-37, 8), types[1], rounding, overflow)


@pytest.mark.parametrize("places", [61, 62, 63, 64, 65, 200])
@pytest.mark.parametrize("rounding", Rounding)
def test_rounding_by_as_many_places_as_a_mantissa_has(rounding: Rounding, places: int) -> None:
    mantissas = [s * m for s in (-1, 1) for m in (0, 1, 2**60, 2**61 - 1, 2**61, 2**61 + 1, 2**62 - 1, 2**62)]
    found = round_places(array(mantissas), places, rounding)
    assert found.tolist() == [rounded(m * power(-places), rounding) for m in mantissas]


def test_the_tables_of_the_documentation_are_true(repository: Path) -> None:
    """docs/numbers.md: one row for each mode, one column for each value; every cell is what ``requantize`` gives."""
    lines = (repository / "docs" / "numbers.md").read_text(encoding="utf-8").splitlines()
    table = [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in lines if line.startswith("|")]
    roundings = next(row for row in table if row[0] == "rounding")
    overflows = next(row for row in table if row[0] == "overflow")
    values = [Fraction(cell) for cell in roundings[2:]]
    words = [column.split("`") for column in overflows[2:]]
    cases = [(int(before.split()[0]), FixedType.parse(spelling)) for before, spelling, *_ in words]
    for rounding in Rounding:
        row = next(row for row in table if row[0] == rounding)
        assert [int(cell) for cell in row[2:]] == [rounded(value, rounding) for value in values]
    for overflow in Overflow:
        row = next(row for row in table if row[0] == overflow)
        assert [int(cell) for cell in row[2:]] == [overflowed(m, t, overflow) for m, t in cases]
