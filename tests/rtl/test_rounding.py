"""Rounding to the nearest: the half is one more term of a sum wherever that takes no adder."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rtl.test_sums import LONG, gates_of, improved, inputs, outputs, stages
from trigforge.fixed import Rounding
from trigforge.rtl.circuit import Circuit
from trigforge.rtl.gates import Add, AddThree, Bits, RoundUp
from trigforge.rtl.hierarchy import Element, Region
from trigforge.rtl.signals import Ends


def rounded(circuit: Circuit, x: int, drop: int, rounding: Rounding = Rounding.RND, cut: int = 0) -> int:
    """``x / 2**drop`` rounded as it is lowered, after so many lower bits of ``x`` were cut off."""
    kept = circuit.shifted(x, -cut)
    up = circuit.make(RoundUp(drop - cut, rounding), (kept,))
    return circuit.make(Add(0, 0, False), (circuit.shifted(kept, cut - drop), up))


def region_of(
    places: tuple[int, ...], drop: int, signs: str = "++++++", rounding: Rounding = Rounding.RND, cut: int = 0
) -> Region:
    """The rounded sum of inputs of 4 bits, each with its places and its sign."""
    circuit, elements, entered = inputs(len(places))
    total = circuit.shifted(entered[0], places[0])
    for x, shift, sign in zip(entered[1:], places[1:], signs[1:], strict=False):
        total = circuit.make(Add(0, shift, sign == "-"), (total, x))
    made = rounded(circuit, total, drop, rounding, cut)
    return Region("y", circuit, elements, (made,), {total: ("sum", 0), made: ("y", 0)})


@pytest.mark.parametrize(
    ("region", "adders", "behind"),
    [
        pytest.param(region_of((0, 0), 2), 1, 0, id="beside two terms"),
        pytest.param(region_of((0, 0, 0, 0), 2), 2, 0, id="beside four"),
        pytest.param(region_of((0, 0, 0, 0), 3, cut=1), 2, 0, id="behind bits that were cut off"),
        pytest.param(region_of((0, 0, 3), 2), 2, 0, id="in the zeros of the third"),
        pytest.param(region_of((0, 0), 2, "+-"), 1, 0, id="beside a difference"),
        pytest.param(region_of((0, 0, 0), 2), 2, 1, id="three terms, no zeros: rounded behind them"),
        pytest.param(region_of((0, 0, 3), 2, "++-"), 3, 1, id="zeros of what is subtracted are no place"),
        pytest.param(region_of((0, 0), 2, rounding=Rounding.RND_CONV), 2, 1, id="halves to even are no constant"),
    ],
)
def test_the_half_of_a_rounding(region: Region, adders: int, behind: int) -> None:
    after = improved(region)
    assert outputs(after) == outputs(region)
    found = gates_of(after)
    assert (found[Add] + found[AddThree], found[RoundUp]) == (adders, behind)
    assert after.names[after.outputs[0]] == ("y", 0)


def test_the_half_in_zeros_is_wired() -> None:
    after = improved(region_of((0, 0, 3), 2))
    assert gates_of(after)[RoundUp] == 0
    assert stages(after, 1.3) == 1


def test_a_sum_that_is_read_unrounded_too_is_rounded_behind_it() -> None:
    region = region_of((0, 0), 2)
    (total,) = (number for number, (name, _) in region.names.items() if name == "sum")
    assert gates_of(improved(replace(region, outputs=(*region.outputs, total))))[RoundUp] == 1


def test_a_value_that_wraps_before_it_is_rounded() -> None:
    circuit, elements, (a, b) = inputs(2)
    total = circuit.make(Add(0, 0, False), (a, b))
    wrapped = circuit.make(Bits(1, 2, True), (total,))
    region = Region("y", circuit, elements, (rounded(circuit, wrapped, 1),), {})
    after = improved(region)
    assert outputs(after) == outputs(region)
    assert gates_of(after)[RoundUp] == 1


def test_a_rounded_value_is_rounded_again() -> None:
    circuit, elements, (a, b) = inputs(2)
    once = rounded(circuit, circuit.make(Add(0, 0, False), (a, b)), 2)
    region = Region("y", circuit, elements, (rounded(circuit, once, 1),), {})
    assert outputs(improved(region)) == outputs(region)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_roundings_of_sums(data: st.DataObject) -> None:
    """Random sums of earlier values, rounded by random drops, read by others and not."""
    ends = data.draw(st.lists(st.tuples(st.integers(-9, 0), st.integers(1, 9)), min_size=2, max_size=6))
    circuit = Circuit(tensor="y")
    elements = tuple(Element("x", n, Ends(lo, hi, 0)) for n, (lo, hi) in enumerate(ends))
    values = [circuit.input(n, lo, hi) for n, (lo, hi) in enumerate(ends)]
    for _ in range(data.draw(st.integers(1, 8))):
        made = data.draw(st.sampled_from(values))
        for _ in range(data.draw(st.integers(1, 4))):
            places = data.draw(st.sampled_from([(0, 0), (0, 2), (3, 0), (0, 5)]))
            made = circuit.make(Add(*places, data.draw(st.booleans())), (made, data.draw(st.sampled_from(values))))
        drop = data.draw(st.integers(1, 4))
        rounding = data.draw(st.sampled_from([Rounding.RND, Rounding.RND, Rounding.RND_CONV]))
        values.append(rounded(circuit, made, drop, rounding, data.draw(st.integers(0, drop - 1))))
        if data.draw(st.integers(0, 4)) == 0:
            values.append(made)
    last = data.draw(st.lists(st.sampled_from(values[len(ends) :]), min_size=1, max_size=3, unique=True))
    region = Region("y", circuit, elements, tuple(last), {})
    limit = data.draw(st.sampled_from([0.5, 1.2, 2.5, LONG]))
    after = improved(region, limit)
    assert outputs(after) == outputs(region)
    assert stages(after, limit) <= stages(region, limit)
