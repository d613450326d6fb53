"""Windows, constants and types of slices inside of ``Map``s: no value changes, and what stands together."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from tests.agreement.convolutions import random_network
from tests.passes.graphs import assert_surviving_tensors_keep_their_intervals, graph, requantize, weights
from trigforge.emulator import random_stimuli, run
from trigforge.fixed import FixedArray, FixedTypes, Overflow, Rounding
from trigforge.graph import Body, FixedPointGraph, GraphInput, Map, Node, ops, verify
from trigforge.passes.cut_windows import cut_windows
from trigforge.passes.spread_maps import Spread, spread_maps

TABLES = Spread(tables=True)


def assert_same_values(before: FixedPointGraph, after: FixedPointGraph, events: int = 60) -> None:
    """Equal values of every output, whatever the scales of the mantissas."""
    verify(after)
    stimuli = random_stimuli(before, events, seed=5)
    expected, found = run(before, stimuli).outputs, run(after, stimuli).outputs
    for name, values in expected.items():
        places = before.tensors[name].hull_lsb - after.tensors[name].hull_lsb
        assert np.array_equal(values << max(places, 0), found[name] << max(-places, 0)), name


def bodies(spread: FixedPointGraph) -> list[list[str]]:
    maps = [node.op for node in spread.nodes if isinstance(node.op, Map)]
    return [[node.name for node in found.body.nodes] for found in maps]


@pytest.mark.parametrize("number", range(42))
def test_networks_of_convolutions_keep_their_values(number: int) -> None:
    before = random_network(number)
    cut = cut_windows(before)
    assert_same_values(before, cut)
    assert_surviving_tensors_keep_their_intervals(before, cut)
    for spread in (Spread(), TABLES):
        assert_same_values(before, spread_maps(before, spread))


def test_what_follows_a_convolution_joins_its_map() -> None:
    found = graph(
        {"x": ("ap_fixed<6,3>", (6, 2))},
        [
            ("conv", ops.Conv1D(weights(1, 3, 2, 4), None, 1, (1, 1)), "x"),
            ("relu", ops.Relu(), "conv"),
            ("q", requantize("ap_ufixed<6,3>"), "relu"),
            ("next", ops.Conv1D(weights(2, 2, 4, 3), None, 2), "q"),
            ("sum", ops.Sum((0,)), "next"),
        ],
    )
    assert bodies(spread_maps(found)) == [["conv", "relu", "q"], ["next"]]
    assert bodies(spread_maps(found, Spread(whole=frozenset({"next"})))) == [["conv", "relu", "q"]]


def with_types(types: FixedTypes, rounding: Rounding, overflow: Overflow) -> FixedPointGraph:
    requantized = ops.Requantize(types, rounding, overflow)
    return graph(
        {"x": ("ap_fixed<7,3>", (5, 3))},
        [
            ("dense", ops.Dense(weights(1, 3, 4)), "x"),
            ("q", requantized, "dense"),
            ("y", ops.Dense(weights(2, 4, 2)), "q"),
        ],
    )


@pytest.mark.parametrize(("rounding", "overflow"), [*product(Rounding, Overflow)])
def test_types_of_slices_of_every_mode(rounding: Rounding, overflow: Overflow) -> None:
    """Rounding to the nearest, halves up, and cutting off come out of tables, as do all overflows but to zero."""
    random = np.random.default_rng(7)
    sign, integer = random.integers(0, 2, (5, 4)), random.integers(-3, 5, (5, 4))
    types = FixedTypes.from_kif(sign, integer, random.integers(-2, 4, (5, 4)))
    found = with_types(types, rounding, overflow)
    spread = spread_maps(found, TABLES)
    assert_same_values(found, spread, 400)
    joins = rounding in (Rounding.TRN, Rounding.RND) and overflow is not Overflow.SAT_ZERO
    assert len(bodies(spread)) == (1 if joins else 2)
    assert len(bodies(spread_maps(found))) == 2


def test_constants_of_slices_are_operands() -> None:
    offset = FixedArray.of(np.arange(20).reshape(5, 4), -2)
    found = graph(
        {"x": ("ap_fixed<7,3>", (5, 3))},
        [
            ("dense", ops.Dense(weights(1, 3, 4)), "x"),
            ("place", ops.Constant(offset), ""),
            ("y", ops.Add(), "dense place"),
        ],
    )
    assert bodies(spread_maps(found)) == [["dense"]]
    spread = spread_maps(found, TABLES)
    assert bodies(spread) == [["dense", "y"]]
    assert_same_values(found, spread)


def test_a_leading_one_keeps_the_last_bits_of_each_slice() -> None:
    """Rows of a and b have last bits of their own, and those of their product are alike: a Map would not know that."""
    types = [FixedTypes.from_kif(0, 3, [[first], [3 - first]]) for first in (1, 2)]
    a, b = (GraphInput(name, (2, 3), found) for name, found in zip("ab", types, strict=True))
    each = FixedArray.of(np.arange(1, 10).reshape(3, 3))
    names = [("c", ops.Dense(each), "a"), ("d", ops.Dense(each), "b"), ("e", ops.Mul(), "c d")]
    nodes = [Node(name, op, tuple(operands.split())) for name, op, operands in names]
    own = FixedPointGraph("own", 1, (a, b), (*nodes, Node("y", ops.LeadingOne(), ("e",))), ("y",))
    inner = Map.along(0, Body(("p",), (Node("l", ops.LeadingOne(), ("p",)),), ("l",)))
    for found in (own, replace(own, nodes=(*nodes, Node("y", inner, ("e",))))):
        zero = {name: np.zeros((1, 2, 3), np.int64) for name in "ab"}
        assert np.array_equal(run(found, zero).outputs["y"], run(spread_maps(found), zero).outputs["y"])
        assert_same_values(found, spread_maps(found))
