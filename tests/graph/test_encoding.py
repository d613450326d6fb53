"""``encode`` against rational arithmetic, and what it refuses."""

import re
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.fixed.model import quantized
from trigforge.errors import EventsError
from trigforge.fixed import FixedArray, FixedType, FixedTypes, Overflow, Rounding
from trigforge.graph import MAX_INPUT_BITS, GraphInput, HostUnits, InputEncoding, NanPolicy

floats = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-40, 40, width=16),
    st.integers(-600, 600).map(lambda n: n / 16),
    st.sampled_from([5e-324, -5e-324, 1e-30, -1e-30, 0.5 - 2**-54, -0.5 + 2**-54, 2.0**60 + 2**8, -0.0, 1.7e308]),
)
fixed_types = st.builds(FixedType, st.integers(0, MAX_INPUT_BITS), st.integers(-20, 20), st.booleans())


def one_input(fixed_type: FixedType, encoding: InputEncoding, shape: tuple[int, ...] = ()) -> GraphInput:
    return GraphInput("x", shape, FixedTypes.uniform(fixed_type), encoding)


def expected(value: Fraction, fixed_type: FixedType, rounding: Rounding, overflow: Overflow) -> int:
    return quantized(value, fixed_type, rounding, overflow) if fixed_type.width else 0


@example([-1.0], FixedType(38, -20, False), Rounding.TRN, Overflow.WRAP)
@example([-5e-324], FixedType(4, 9, True), Rounding.TRN, Overflow.SAT)
@given(st.lists(floats, min_size=1, max_size=6), fixed_types, st.sampled_from(Rounding), st.sampled_from(Overflow))
def test_encoding_is_exact(values: list[float], fixed_type: FixedType, rounding: Rounding, overflow: Overflow) -> None:
    found = one_input(fixed_type, InputEncoding(rounding=rounding, overflow=overflow)).encode(np.array(values))
    assert found.tolist() == [expected(Fraction(v), fixed_type, rounding, overflow) for v in values]


@pytest.mark.parametrize(("rounding", "overflow"), list(product(Rounding, Overflow)))
def test_every_mode_on_every_sixteenth(rounding: Rounding, overflow: Overflow) -> None:
    values = np.arange(-160, 161) / 16
    for fixed_type in (FixedType(4, 3, True), FixedType(3, 1, False), FixedType(2, 5, True), FixedType(1, 1, True)):
        found = one_input(fixed_type, InputEncoding(rounding=rounding, overflow=overflow)).encode(values)
        assert found.tolist() == [expected(Fraction(v), fixed_type, rounding, overflow) for v in values.tolist()]


def test_mantissas_are_at_the_scale_of_the_hull() -> None:
    types = FixedTypes.of([1, 0, 0], [4, 3, 0], [2, 5, 0])
    tensor = GraphInput("x", (3,), types, InputEncoding(scale=FixedArray.of([1, 1, 7])))
    assert str(tensor.interval.hull) == "ap_fixed<8,6>"
    assert tensor.encode(np.array([[0.75, 9.0, 5.0], [-2.0, -4.0, 1.0]])).tolist() == [[3, 32, 0], [-8, 0, 0]]


def test_the_scale_multiplies_before_rounding() -> None:
    encoding = InputEncoding(scale=FixedArray.of([[3], [1]], -2), rounding=Rounding.TRN)
    tensor = one_input(FixedType(6, 5, True), encoding, (2, 2))
    assert tensor.encode(np.array([[[1.0, -1.0], [1.0, -1.0]]])).tolist() == [[[1, -2], [0, -1]]]


def test_the_offset_is_taken_away_before_the_scale_multiplies() -> None:
    encoding = InputEncoding(scale=FixedArray.of([2, 1]), offset=FixedArray.of([3, -1], -1), rounding=Rounding.TRN)
    tensor = one_input(FixedType(6, 5, True), encoding, (2,))
    assert tensor.encode(np.array([[1.5, 0.0], [2.0, 0.5], [0, 0]])).tolist() == [[0, 1], [2, 2], [-6, 1]]


@given(st.floats(-1e6, 1e6), st.floats(-1e3, 1e3), st.floats(1e-3, 1e3))
def test_an_offset_and_a_scale_are_what_a_standard_scaler_does(value: float, mean: float, deviation: float) -> None:
    encoding = InputEncoding(scale=FixedArray.from_float(1 / deviation), offset=FixedArray.from_float(mean))
    fixed_type = FixedType(40, 30, True)
    scaled = (value - mean) * (1 / deviation)
    found = one_input(fixed_type, encoding).encode(np.array([value])).tolist()
    assert found == [expected(Fraction(scaled), fixed_type, encoding.rounding, encoding.overflow)]


@given(st.lists(st.integers(-(2**15), 2**15), min_size=1, max_size=4), st.integers(-8, 8), st.integers(-3, 3))
def test_host_values_of_values_of_the_model(values: list[int], offset: int, power: int) -> None:
    encoding = InputEncoding(scale=FixedArray.of(1, power), offset=FixedArray.of(offset))
    of_model = np.array(values, np.float64) / 8
    assert encoding.of_model(encoding.of_host(of_model)).tolist() == of_model.tolist()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "int64", "uint16", "uint64", "bool"])
def test_numbers_of_any_dtype(dtype: str) -> None:
    tensor = one_input(FixedType(8, 7, True), InputEncoding(), (2,))
    assert tensor.encode(np.array([[0, 1], [1, 0]]).astype(dtype)).tolist() == [[0, 2], [2, 0]]


def test_no_events_give_no_mantissas() -> None:
    assert one_input(FixedType(8, 7, True), InputEncoding(), (2, 3)).encode(np.zeros((0, 2, 3))).shape == (0, 2, 3)


def test_what_is_not_a_number_becomes_zero_and_infinities_the_ends_where_asked() -> None:
    encoding = InputEncoding(nan_policy=NanPolicy.ZERO)
    tensor = one_input(FixedType(4, 4, True), encoding, (2,))
    values = np.array([[np.nan, np.inf], [-np.inf, 3.0]])
    assert tensor.encode(values).tolist() == [[0, 7], [-8, 3]]
    symmetric = InputEncoding(nan_policy=NanPolicy.ZERO, overflow=Overflow.SAT_SYM)
    assert one_input(FixedType(4, 4, True), symmetric, (2,)).encode(values).tolist() == [[0, 7], [-7, 3]]


REFUSED: dict[str, tuple[Any, str]] = {
    "not a number": (
        [[0.0, 1.0], [2.0, np.nan]],
        "input 'x': event 1, element [1] is nan; remove such events or set nan_policy to ZERO",
    ),
    "an infinity": (
        [[-np.inf, 1.0]],
        "input 'x': event 0, element [0] is -inf; remove such events or set nan_policy to ZERO",
    ),
    "too many columns": (
        [[0.0, 1.0, 2.0]],
        "input 'x': events have shape [1, 3], the model takes [events, 2]; reshape or select the columns",
    ),
    "no event axis": (
        [0.0, 1.0],
        "input 'x': events have shape [2], the model takes [events, 2]; reshape or select the columns",
    ),
    "strings": (
        [["0", "1"]],
        "input 'x': events of dtype <U1 are not numbers; give float or integer arrays",
    ),
    "complex numbers": (
        [[0j, 1j]],
        "input 'x': events of dtype complex128 are not numbers; give float or integer arrays",
    ),
    "objects": (
        np.array([[0, None]]),
        "input 'x': events of dtype object are not numbers; give float or integer arrays",
    ),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_events_are_refused_by_name(fault: str) -> None:
    values, message = REFUSED[fault]
    with pytest.raises(EventsError, match=f"^{re.escape(message)}$"):
        one_input(FixedType(8, 3, True), InputEncoding(), (2,)).encode(np.array(values))


def test_what_the_framework_takes_is_what_the_integers_stand_for() -> None:
    """Offset and scale, without the gain of the encoding; 0 for what is no number, whatever the offset."""
    encoding = replace(
        HostUnits(FixedArray.from_float(0.5), NanPolicy.ZERO, FixedArray.from_float(3.0)).on(InputEncoding()),
        gain=FixedArray.from_float(4.0),
    )
    assert encoding.of_framework(np.array([3.0, 5.0, np.nan])).tolist() == [0.0, 1.0, 0.0]
