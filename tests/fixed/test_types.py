"""``FixedType`` and ``FixedTypes``: ranges, spellings, the one spelling of width 0."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigforge.fixed import FixedType, FixedTypes, Integers

fixed_types = st.builds(FixedType, st.integers(0, 200), st.integers(-80, 80), st.booleans())


@pytest.mark.parametrize(
    ("fixed_type", "text", "lo", "hi", "lsb"),
    [
        (FixedType(8, 3, True), "ap_fixed<8,3>", -128, 127, -5),
        (FixedType(8, 3, False), "ap_ufixed<8,3>", 0, 255, -5),
        (FixedType(1, 1, True), "ap_fixed<1,1>", -1, 0, 0),
        (FixedType(4, -2, False), "ap_ufixed<4,-2>", 0, 15, -6),
        (FixedType(4, 9, True), "ap_fixed<4,9>", -8, 7, 5),
        (FixedType(0, 3, True), "ap_fixed<0,3>", 0, 0, 3),
    ],
)
def test_a_type_and_its_spelling(fixed_type: FixedType, text: str, lo: int, hi: int, lsb: int) -> None:
    assert (str(fixed_type), fixed_type.lo, fixed_type.hi, fixed_type.lsb) == (text, lo, hi, lsb)
    assert fixed_type.fraction_bits == -lsb
    assert FixedType.parse(text) == fixed_type


@given(fixed_types)
def test_a_range_has_2_to_width_mantissas_and_a_spelling_that_parses_back(fixed_type: FixedType) -> None:
    assert fixed_type.hi - fixed_type.lo + 1 == 2**fixed_type.width
    assert FixedType.parse(str(fixed_type)) == fixed_type


@pytest.mark.parametrize("text", ["ap_fixed<8>", "ap_int<8>", "ap_fixed<-1,3>", "ap_fixed<8,3> x", ""])
def test_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"{text!r} is not of the form ap_fixed<W,I> or ap_ufixed<W,I>")):
        FixedType.parse(text)


def test_a_negative_width_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^a width of -1 bits is negative$"):
        FixedType(-1, 0, False)
    with pytest.raises(ValueError, match=r"^a width is negative$"):
        FixedTypes(Integers(0), Integers(-1), Integers(0))


@given(st.lists(fixed_types, min_size=1, max_size=5))
def test_types_have_the_ranges_of_their_elements(types: list[FixedType]) -> None:
    columns = ([t.signed for t in types], [t.width for t in types], [t.integer_bits for t in types])
    full = FixedTypes.of(*columns).broadcast((len(types),))
    assert full.lo.tolist() == [t.lo for t in types]
    assert full.hi.tolist() == [t.hi for t in types]
    assert full.lsb.tolist() == [t.lsb if t.width else 0 for t in types]


def test_an_axis_along_which_the_type_does_not_change_gets_length_1() -> None:
    types = FixedTypes.of([[1, 1], [0, 0]], 4, 2)
    assert types.shape == (2, 1)
    assert types == FixedTypes.of([[1], [0]], [[4], [4]], [[2], [2]])
    assert types.broadcast((5, 2, 3)).shape == (5, 2, 3)
    assert FixedTypes.of(1, [4, 4], 2).shape == (1,)


def test_all_widths_of_zero_or_less_are_one_type() -> None:
    assert FixedTypes.of([1, 0], [0, -3], [7, 2]) == FixedTypes.of([0], [0], [0])


def test_the_sign_is_an_integer_bit_here_and_not_in_hgq() -> None:
    assert FixedTypes.from_kif(1, 2, 5) == FixedTypes.uniform(FixedType(8, 3, True))
    assert FixedTypes.from_kif(0, 2, 5) == FixedTypes.uniform(FixedType(7, 2, False))


def test_fields_of_different_shape_are_refused() -> None:
    message = r"^signed, width and integer_bits differ in shape: \(2,\), \(\), \(\)$"
    with pytest.raises(ValueError, match=message):
        FixedTypes(Integers([0, 1]), Integers(3), Integers(2))
