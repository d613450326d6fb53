"""``Interval``: canonical form, union, hull, types."""

from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixed.model import power
from trigforge.fixed import FixedArray, FixedType, FixedTypes, Integers, Interval

ends = st.one_of(st.integers(-9, 9), st.integers(-(2**66), 2**66))
elements = st.tuples(ends, ends, st.integers(-9, 9)).map(lambda t: (min(t[:2]), max(t[:2]), t[2]))
rows = st.lists(elements, min_size=1, max_size=4)


def interval(row: list[tuple[int, int, int]]) -> Interval:
    lo, hi, lsb = (np.array(column, dtype=object) for column in zip(*row, strict=True))
    return Interval.of(lo, hi, lsb.astype(np.int64))


def values(x: Interval, n: int) -> set[object]:
    """The set of one element's values, of a narrow interval."""
    unit = power(int(x.lsb.values[n]))
    return {m * unit for m in range(int(x.lo.values[n]), int(x.hi.values[n]) + 1)}


@given(rows)
def test_the_canonical_form_keeps_the_set_and_makes_single_values_odd(row: list[tuple[int, int, int]]) -> None:
    x = interval(row)
    for n, (lo, hi, lsb) in enumerate(row):
        low, high, places = (int(part.values[n]) for part in (x.lo, x.hi, x.lsb))
        assert (low * power(places), high * power(places)) == (lo * power(lsb), hi * power(lsb))
        assert (low, high, places) == (0, 0, 0) or low % 2 == 1 if lo == hi else places == lsb


def test_equal_sets_are_equal_intervals() -> None:
    assert Interval.of([4, 0], [4, 0], [0, 5]) == Interval.of([1, 0], [1, 0], [2, 0])
    assert Interval.of(0, 4, 0) != Interval.of(0, 1, 2)


def test_an_interval_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^an interval ends before it begins$"):
        Interval.of([0, 3], [1, 2], 0)


@given(rows)
def test_the_hull_is_the_narrowest_type_that_holds_every_element(row: list[tuple[int, int, int]]) -> None:
    x = interval(row)
    hull = x.hull
    lo, hi = x.at(hull.lsb)
    assert hull.lo <= min(lo.tolist())
    assert hull.hi >= max(hi.tolist())
    if hull != FixedType(1, 1, False):
        narrower = [FixedType(hull.width - 1, hull.integer_bits - 1, hull.signed)]
        narrower += [FixedType(hull.width - 1, hull.integer_bits - 1, False)] if hull.signed else []
        assert not any(t.lo <= min(lo.tolist()) and max(hi.tolist()) <= t.hi for t in narrower)
        assert any(e % 2 for e in (*lo.tolist(), *hi.tolist())) or (x.lo.values < x.hi.values).any()


def test_a_tensor_that_is_always_zero_has_a_hull_of_one_bit() -> None:
    assert Interval.of([0, 0], 0, 7).hull == FixedType(1, 1, False)
    assert Interval.of(np.zeros(0, int), np.zeros(0, int), 0).hull == FixedType(1, 1, False)


@given(st.integers(0, 64), st.integers(-9, 9), st.booleans())
def test_the_hull_of_a_type_is_the_type(width: int, integer_bits: int, signed: bool) -> None:
    fixed_type = FixedType(width, integer_bits, signed)
    x = Interval.of_types(FixedTypes.uniform(fixed_type), (2,))
    assert x.hull == (fixed_type if width else FixedType(1, 1, False))
    assert x.types == FixedTypes.of([int(signed)], [width], [integer_bits])


def test_types_of_elements_need_not_hold_each_other() -> None:
    x = Interval.of([-3, 0, 5, 0], [2, 0, 5, 9], [-1, 0, 0, 3])
    assert x.types == FixedTypes.of([1, 0, 0, 0], [3, 0, 3, 4], [2, 0, 3, 7])


@given(rows, st.data())
def test_union_holds_both_and_nothing_narrower_does(row: list[tuple[int, int, int]], data: st.DataObject) -> None:
    small = st.tuples(st.integers(-6, 6), st.integers(0, 6), st.integers(-2, 2))
    a, b = (
        interval([(lo, lo + reach, lsb) for lo, reach, lsb in data.draw(st.lists(small, min_size=2, max_size=2))])
        for _ in range(2)
    )
    both = a.union(b)
    assert both.contains(a)
    assert both.contains(b)
    assert both == b.union(a)
    assert a.union(a) == a
    for n in range(2):
        together = values(a, n) | values(b, n)
        assert together <= values(both, n)
        assert min(together) == min(values(both, n))
        assert max(together) == max(values(both, n))
        unit = power(int(both.lsb.values[n]) + 1)
        assert len(together) == 1 or any(v % unit for v in together)


def test_zero_joins_any_scale() -> None:
    x = Interval.of([4], [6], [3])
    assert Interval.of([0], [0], [0]).union(x) == Interval.of([0], [6], [3])
    assert x.contains(Interval.of([5], [5], [3]))
    assert not x.contains(Interval.of([9], [9], [2]))
    assert not x.contains(Interval.of([0], [0], [0]))


def test_a_scale_that_is_too_coarse_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^lsb 2\^1 is coarser than an element's$"):
        Interval.of([1, 0], [2, 0], [0, 5]).at(1)


def test_constants_are_intervals_of_one_value() -> None:
    x = Interval.of_constant(FixedArray.of([6, -8, 0], -2))
    assert x == Interval.of([3, -1, 0], [3, -1, 0], [-1, 1, 0])


@given(
    st.integers(1, 3).flatmap(lambda n: st.lists(st.lists(elements, min_size=n, max_size=n), min_size=1, max_size=5))
)
def test_the_union_along_an_axis_is_that_of_its_slices_one_by_one(table: list[list[tuple[int, int, int]]]) -> None:
    slices = [interval(row) for row in table]
    stacked = Interval.of(*(np.stack([part.values for part in ends]) for ends in zip(*map(parts, slices), strict=True)))
    turned = Interval.of(*(part.values.T for part in parts(stacked)))
    assert stacked.union_along(0) == turned.union_along(1) == reduce(Interval.union, slices)


def parts(x: Interval) -> tuple[Integers, Integers, Integers]:
    return x.lo, x.hi, x.lsb
