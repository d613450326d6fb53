"""``exact`` never wraps: every result equals that of Python integers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigforge.errors import WidthError
from trigforge.fixed import exact

integers = st.one_of(
    st.integers(-9, 9),
    st.integers(-(2**70), 2**70),
    st.sampled_from([s * 2**n + d for s in (-1, 1) for n in (31, 52, 53, 61, 62, 63, 64) for d in (-1, 0, 1)]),
)
pairs = st.lists(st.tuples(integers, integers), min_size=1, max_size=5)


def array(values: list[int]) -> exact.IntArray:
    return exact.integers(np.array(values, dtype=object))


@given(st.lists(integers, max_size=5))
def test_integers_keeps_every_value_and_carries_it_in_int64_below_2_to_62(values: list[int]) -> None:
    carried = array(values)
    assert carried.tolist() == values
    assert (carried.dtype == np.int64) == all(abs(v) < 2**62 for v in values)


def test_integers_takes_unsigned_and_boolean_arrays() -> None:
    assert exact.integers(np.array([2**64 - 1], np.uint64)).tolist() == [2**64 - 1]
    assert exact.integers(np.array([True, False])).tolist() == [1, 0]


def test_integers_refuses_floats() -> None:
    with pytest.raises(TypeError, match=r"^expected integers, found dtype float64$"):
        exact.integers(np.array([1.0]))


@given(pairs)
def test_add_and_multiply(values: list[tuple[int, int]]) -> None:
    a, b = array([x for x, _ in values]), array([y for _, y in values])
    assert exact.add(a, b).tolist() == [x + y for x, y in values]
    assert exact.multiply(a, b).tolist() == [x * y for x, y in values]


@given(st.lists(st.tuples(integers, st.integers(-90, 90)), min_size=1, max_size=5))
def test_shift(values: list[tuple[int, int]]) -> None:
    shifted = exact.shift(array([x for x, _ in values]), [n for _, n in values])
    assert shifted.tolist() == [x << n if n >= 0 else x >> -n for x, n in values]


def test_shift_far() -> None:
    assert exact.shift(array([3, -3, 0]), [2000, -2000, 2000]).tolist() == [3 << 2000, -1, 0]
    assert exact.shift(np.int64(3), -1).tolist() == 1
    with pytest.raises(WidthError, match=r"^a shift by 65537 places needs more bits than any type has; at most 65536$"):
        exact.shift(array([1]), 2**16 + 1)


@given(pairs, pairs)
def test_contract(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> None:
    out = exact.contract(
        "ab,cb->ac",
        array([v for p in left for v in p]).reshape(-1, 2),
        array([v for p in right for v in p]).reshape(-1, 2),
    )
    assert out.tolist() == [[x * u + y * v for u, v in right] for x, y in left]


@given(st.lists(integers, max_size=5))
def test_trailing_zeros_and_bit_length(values: list[int]) -> None:
    carried = array(values)
    assert exact.bit_length(carried).tolist() == [v.bit_length() for v in values]
    for value, zeros in zip(values, exact.trailing_zeros(carried).tolist(), strict=True):
        assert (zeros == 0) if value == 0 else (value % 2**zeros == 0 and value // 2**zeros % 2 == 1)
