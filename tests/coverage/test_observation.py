"""Coverage counts what a plain loop over Python integers counts."""

import itertools
from fractions import Fraction
from math import floor

import numpy as np
import pytest

from tests.small_graph import SMALL
from trigforge.coverage import Coverage, Observation, QuantizerCoverage
from trigforge.emulator import watch
from trigforge.errors import EventsError
from trigforge.fixed import FixedArray, FixedTypes, Overflow, Rounding
from trigforge.graph import (
    Add,
    Body,
    FixedPointGraph,
    GraphInput,
    InputEncoding,
    InputKind,
    Map,
    NanPolicy,
    Node,
    Requantize,
)

MODES = list(itertools.product(Rounding, Overflow))


def observed(graph: FixedPointGraph, **events: np.ndarray) -> Coverage:
    observation = Observation(graph, watch)
    observation.add(events)
    return observation.coverage()


def one_quantizer(rounding: Rounding, overflow: Overflow, *, signed: int = 1) -> FixedPointGraph:
    narrow = FixedTypes.of(signed, [3, 3, 0], [2, 1, 0])
    return FixedPointGraph(
        "one",
        1,
        (GraphInput("x", (3,), FixedTypes.from_kif(1, 4, 3)),),
        (Node("y", Requantize(narrow, rounding, overflow), ("x",)),),
        ("y",),
    )


def rounded(value: Fraction, rounding: Rounding) -> int:
    down, half = floor(value), Fraction(1, 2)
    rest = value - down
    if rest != half or rounding in (Rounding.TRN, Rounding.TRN_ZERO):
        nearest = down + (rest > half)
        return {Rounding.TRN: down, Rounding.TRN_ZERO: down if value >= 0 else -floor(-value)}.get(rounding, nearest)
    up = {
        Rounding.RND: True,
        Rounding.RND_ZERO: value < 0,
        Rounding.RND_INF: value > 0,
        Rounding.RND_MIN_INF: False,
        Rounding.RND_CONV: down % 2 == 1,
    }
    return down + up[rounding]


@pytest.mark.parametrize(("rounding", "overflow"), MODES)
@pytest.mark.parametrize("signed", [0, 1])
def test_a_requantize_counts_as_a_plain_loop_does(rounding: Rounding, overflow: Overflow, signed: int) -> None:
    graph = one_quantizer(rounding, overflow, signed=signed)
    values = np.arange(-128, 128) / 8
    found = observed(graph, x=np.stack([values] * 3, axis=1)).quantizer("y")
    inexact = below = above = 0
    for value, lsb in itertools.product(values, (Fraction(1, 2), Fraction(1, 4))):
        exact = Fraction(value) / lsb
        mantissa = rounded(exact, rounding)
        low, high = (-4, 3) if signed else (0, 7)
        low = -3 if overflow is Overflow.SAT_SYM and signed else low
        inexact, below, above = inexact + (exact != mantissa), below + (mantissa < low), above + (mantissa > high)
    # The third element is pruned, and counted nowhere.
    assert found == QuantizerCoverage("y", rounding, overflow, 512, inexact, below, above, not signed)


@pytest.mark.parametrize(("rounding", "overflow"), MODES)
def test_an_encoding_counts_as_a_plain_loop_does(rounding: Rounding, overflow: Overflow) -> None:
    encoding = InputEncoding(FixedArray.from_float(0.75), rounding, overflow)
    graph = FixedPointGraph("e", 1, (GraphInput("x", (), FixedTypes.of(1, 4, 3), encoding),), (), ("x",))
    values = np.concatenate([np.arange(-200, 201) / 16, [5e-324, -5e-324, 1e300, -1e300]])
    found = observed(graph, x=values).quantizer("x")
    low = -7 if overflow is Overflow.SAT_SYM else -8
    exact = [Fraction(v) * Fraction(3, 4) * 2 for v in values.tolist()]
    mantissas = [rounded(v, rounding) for v in exact]
    inexact = sum(v != m for v, m in zip(exact, mantissas, strict=True))
    below, above = sum(m < low for m in mantissas), sum(m > 7 for m in mantissas)
    assert found == QuantizerCoverage("x", rounding, overflow, len(values), inexact, below, above, False)


def test_numbers_that_are_none() -> None:
    encoding = InputEncoding(nan_policy=NanPolicy.ZERO)
    graph = FixedPointGraph("e", 1, (GraphInput("x", (), FixedTypes.of(1, 4, 3), encoding),), (), ("x",))
    found = observed(graph, x=np.array([np.nan, np.inf, -np.inf, 1.0])).quantizer("x")
    assert found == QuantizerCoverage("x", "RND_CONV", "SAT", 4, 0, 1, 1, False, 1)
    with pytest.raises(EventsError) as error:
        observed(SMALL, x=np.array([[1, np.nan]]))
    assert str(error.value) == ("input 'x': event 0, element [1] is nan; remove such events or set nan_policy to ZERO")


def test_unused_bits_and_ranges() -> None:
    types = FixedTypes.of([1, 1, 0, 1], [6, 6, 6, 0], [4, 5, 3, 0])
    graph = FixedPointGraph("u", 1, (GraphInput("x", (4,), types),), (), ("x",))
    # in units of each element's last bit: never beyond 3 bits; always even and positive; always 0; pruned
    own = np.array([[-4, 2, 0, 0], [3, 6, 0, 0], [1, 4, 0, 0]])
    tensor = observed(graph, x=own * np.array([0.25, 0.5, 0.125, 0])).tensors[0]
    assert (tensor.width, tensor.unused_high, tensor.unused_low) == ((6, 6, 6, 0), (3, 3, 6, 0), (0, 1, 0, 0))
    assert (tensor.lsb, tensor.lsb_used, tensor.type) == (-3, 1, "ap_fixed<8,5>")
    assert (tensor.lo, tensor.observed_lo) == ((-64, -128, 0, 0), (-8, 8, 0, 0))
    assert (tensor.hi, tensor.observed_hi) == ((62, 124, 63, 0), (6, 24, 0, 0))
    assert (tensor.representable, tensor.observed, tensor.silent) == ((-16.0, 15.5), (-1.0, 3.0), 1)


def mapped() -> FixedPointGraph:
    """The output of the body is not its last node."""
    narrow = Requantize(FixedTypes.of(1, 4, 4), Rounding.TRN, Overflow.WRAP)
    body = Body(
        ("p",), (Node("twice", Add(), ("p", "p")), Node("q", narrow, ("twice",)), Node("o", Add(), ("q", "q"))), ("q",)
    )
    return FixedPointGraph(
        "m",
        1,
        (GraphInput("x", (3, 2), FixedTypes.of(1, 5, 5)),),
        (Node("each", Map.along(0, body), ("x",)),),
        ("each",),
    )


def test_inside_a_map_all_copies_count_together() -> None:
    values = np.arange(-12, 12).reshape(4, 3, 2)
    found = observed(mapped(), x=values)
    assert [(t.name, t.copies, t.shape) for t in found.tensors] == [
        ("x", 1, (3, 2)),
        ("each/twice", 3, (2,)),
        ("each/q", 3, (2,)),
        ("each/o", 3, (2,)),
        ("each", 1, (3, 2)),
    ]
    twice = found.tensors[1]
    assert (twice.observed_lo, twice.observed_hi) == ((-24, -22), (20, 22))
    assert found.quantizer("each/q") == QuantizerCoverage("each/q", "TRN", "WRAP", 24, 0, 8, 8, False)


def test_blocks_make_no_difference() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(0, 4, (9000, 2))
    whole, parts = Observation(SMALL, watch), Observation(SMALL, watch)
    whole.add({"x": values})
    for start, stop in ((0, 1), (1, 5000), (5000, 8999), (8999, 9000)):
        parts.add({"x": values[start:stop]})
    assert parts.coverage() == whole.coverage()
    assert whole.coverage().events == 9000


def test_a_register_is_counted_once_a_block() -> None:
    inputs = (
        GraphInput("x", (), FixedTypes.of(1, 4, 4)),
        GraphInput("w", (), FixedTypes.of(1, 4, 4), kind=InputKind.REGISTER),
    )
    graph = FixedPointGraph("r", 1, inputs, (Node("y", Add(), ("x", "w")),), ("y",))
    found = observed(graph, x=np.arange(-8, 8), w=np.array([3]))
    assert [q.values for q in found.quantizers] == [16, 1]
    assert found.tensors[2].observed_hi == (10,)


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ({}, "input 'x' is not among the events, which hold []; give it too"),
        ({"x": np.zeros((0, 2))}, "there are no events; give at least one"),
        (
            {"x": np.zeros((3, 3))},
            "input 'x': events have shape [3, 3], the model takes [events, 2]; reshape or select the columns",
        ),
    ],
)
def test_what_is_refused(events: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(EventsError) as error:
        Observation(SMALL, watch).add(events)
    assert str(error.value) == message
    with pytest.raises(EventsError) as error:
        Observation(SMALL, watch).coverage()
    assert str(error.value) == "there are no events; give at least one"
