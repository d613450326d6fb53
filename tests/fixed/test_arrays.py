"""``Integers`` and ``FixedArray``: immutable, canonical, equal by value."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixed.model import power
from trigforge.fixed import FixedArray, Integers

numbers = st.lists(st.one_of(st.integers(-20, 20), st.integers(-(2**80), 2**80)), max_size=6)


@given(numbers)
def test_integers_compare_and_hash_by_content(values: list[int]) -> None:
    a, b = (Integers(np.array(values, dtype=object)) for _ in range(2))
    assert a == b
    assert hash(a) == hash(b)
    assert a.tolist() == values
    assert a != Integers(np.array([*values, 0], dtype=object))


def test_integers_with_one_content_in_two_shapes_differ() -> None:
    assert Integers([[1, 2]]) != Integers([1, 2])


def test_integers_cannot_be_changed_even_through_their_source() -> None:
    source = np.arange(3)
    integers = Integers(source)
    source[0] = 7
    assert integers.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match=r"read-only"):
        integers.values[0] = 1
    with pytest.raises(AttributeError, match=r"^Integers are immutable; cannot set values$"):
        integers.values = source


def test_integers_collapse_axes_along_which_nothing_changes() -> None:
    assert Integers([[3, 3], [4, 4]]).collapsed() == Integers([[3], [4]])
    assert Integers([[3, 3], [3, 3]]).collapsed() == Integers([[3]])


@given(numbers, st.integers(-70, 70))
def test_a_fixed_array_is_canonical_and_keeps_its_values(values: list[int], lsb: int) -> None:
    array = FixedArray.of(np.array(values, dtype=object), lsb)
    assert [m * power(array.lsb) for m in array.mantissa.tolist()] == [v * power(lsb) for v in values]
    assert any(m % 2 for m in array.mantissa.tolist()) or (array.lsb == 0 and not any(values))
    assert array == FixedArray.of(np.array([8 * v for v in values], dtype=object), lsb - 3)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=True), max_size=4))
def test_floats_become_their_exact_mantissas(values: list[float]) -> None:
    array = FixedArray.from_float(values)
    assert [m * power(array.lsb) for m in array.mantissa.tolist()] == [Fraction(v) for v in values]


def test_floats_of_one_scale_come_back() -> None:
    values = np.array([[0.5, -0.375], [0.0, 3.0]])
    assert FixedArray.from_float(values).to_float().tolist() == values.tolist()
    assert FixedArray.from_float(values) == FixedArray.of([[4, -3], [0, 24]], -3)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_a_number_has_no_mantissa(value: float) -> None:
    with pytest.raises(ValueError, match=r"^NaN or infinity has no mantissa$"):
        FixedArray.from_float([1.0, value])
