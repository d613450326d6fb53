"""Every pass on its fixture and on random graphs; before and after are executed and compared bit by bit."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.agreement.generator import random_graph
from tests.passes.graphs import (
    assert_same_bits,
    assert_surviving_tensors_keep_their_intervals,
    deep_sets,
    graph,
    weights,
)
from trigforge.errors import GraphError
from trigforge.fixed import FixedArray, FixedTypes, Integers, Overflow, Rounding
from trigforge.graph import FixedPointGraph, Map, ops, parse_graph, print_graph, verify
from trigforge.graph.equation import Equation
from trigforge.passes import PASSES, inline_maps, optimize, steps
from trigforge.passes.compute_before_repeats import compute_before_repeats
from trigforge.passes.cut_windows import cut_windows
from trigforge.passes.fold_scale_and_bias import fold_scale_and_bias
from trigforge.passes.remove_identities import remove_identities
from trigforge.passes.remove_zero_width import remove_zero_width
from trigforge.passes.split_dense_over_concat import split_dense_over_concat

FIXTURES = Path(__file__).parent / "fixtures"
EACH = {rewrite.__name__: rewrite for rewrite in (*PASSES, inline_maps, cut_windows)}


@pytest.mark.parametrize("name", EACH)
def test_fixture(name: str, golden: Callable[[Path, str], None]) -> None:
    stored = (FIXTURES / f"{name}.before.txt").read_text(encoding="utf-8")
    before = parse_graph(stored)
    assert print_graph(before) == stored
    after = EACH[name](before)
    assert after != before
    golden(FIXTURES / f"{name}.after.txt", print_graph(after))
    assert_same_bits(before, after, 300)
    if name != "remove_zero_width":
        assert_surviving_tensors_keep_their_intervals(before, after)
    assert EACH[name](after) == after


@pytest.mark.parametrize("number", range(100, 125))
def test_every_pass_on_random_graphs(number: int) -> None:
    for step in steps(random_graph(number)):
        if step.after != step.before:
            assert_same_bits(step.before, step.after, 30)
            if step.name != "remove_zero_width":
                assert_surviving_tensors_keep_their_intervals(step.before, step.after)


def test_a_jet_tagger_keeps_one_map_and_its_sum() -> None:
    before = deep_sets()
    after = optimize(before)
    assert_same_bits(before, after, 300)
    assert [type(node.op).__name__ for node in after.nodes] == ["Map", "Sum", "Dense", "Requantize", "Dense"]
    network = after.nodes[0].op
    assert isinstance(network, Map)
    assert [node.name for node in network.body.nodes if isinstance(node.op, ops.Relu)] == ["phi_2.relu"]
    assert optimize(after) == after


def test_what_a_pass_did_can_be_read() -> None:
    said = [str(step) for step in steps(deep_sets(4))]
    assert said[:2] == ["compute_before_repeats: no change", "split_dense_over_concat: no change"]
    assert said[5] == "fuse_requantize: removed phi_1.relu, rho_1.relu; changed phi_1.q, rho_1.q"
    assert said[-1] == "remove_dead_nodes: removed one, zero"


def test_a_graph_that_is_not_sound_is_refused() -> None:
    wrong = graph({"x": ("ap_fixed<6,3>", (3,))}, [("y", ops.Dense(weights(1, 4, 2)), "x")])
    with pytest.raises(GraphError) as caught:
        optimize(wrong)
    assert str(caught.value) == "node 'y' (Dense): input [3] and weight [4, 2] do not fit"


def test_a_scale_is_not_folded_where_the_weights_are_shared() -> None:
    nodes: list[tuple[str, ops.Op, str]] = [
        ("y", ops.Dense(weights(1, 3, 2)), "x"),
        ("scale", ops.Constant(FixedArray.of([[1], [3]])), ""),
        ("z", ops.Mul(), "y scale"),
    ]
    before = graph({"x": ("ap_fixed<6,3>", (2, 3))}, nodes)
    assert fold_scale_and_bias(before) == before
    used_twice = graph(
        {"x": ("ap_fixed<6,3>", (2, 3))}, [*nodes[:1], ("half", ops.Shift(Integers(-1)), "y")], "y", "half"
    )
    assert fold_scale_and_bias(used_twice) == used_twice


def test_a_scale_follows_the_letters_of_an_equation() -> None:
    for equation, shape in {"ab,cb->ca": (4, 3), "ab,acb->ca": (2, 4, 3), "ab,abc->c": (2, 3, 4)}.items():
        output = equation.split("->")[1]
        lengths = {"a": 2, "b": 3, "c": 4}
        own = tuple(lengths[letter] if letter in equation.split("->")[0].split(",")[1] else 1 for letter in output)
        before = graph(
            {"x": ("ap_fixed<6,3>", (2, 3))},
            [
                ("y", ops.EinsumDense(Equation.parse(equation), weights(1, *shape), weights(2, *own)), "x"),
                ("scale", ops.Constant(powers(3, *own)), ""),
                ("scaled", ops.Mul(), "scale y"),
                ("bias", ops.Constant(weights(4, *(lengths[letter] for letter in output))), ""),
                ("z", ops.Sub(), "scaled bias"),
            ],
        )
        after = fold_scale_and_bias(before)
        assert_same_bits(before, after)
        assert [node.name for node in after.nodes if not isinstance(node.op, ops.Constant)] == ["z"]


def test_outputs_keep_their_names_when_identities_go() -> None:
    x = {"x": ("ap_ufixed<6,3>", (3,))}
    to_input = graph(x, [("y", ops.Relu(), "x")])
    assert remove_identities(to_input) == to_input
    both = graph(x, [("y", ops.Dense(weights(1, 3, 2)), "x"), ("z", ops.Reshape((2,)), "y")], "y", "z")
    assert remove_identities(both) == both
    chain: list[tuple[str, ops.Op, str]] = [
        ("a", ops.Sum((0,)), "x"),
        ("b", ops.Relu(), "a"),
        ("y", ops.Relu(), "b"),
        ("other", ops.Shift(Integers(1)), "a"),
    ]
    renamed = remove_identities(graph(x, chain, "y", "other"))
    assert_same_bits(graph(x, chain, "y", "other"), renamed)
    assert [(node.name, node.operands) for node in renamed.nodes] == [("y", ("x",)), ("other", ("y",))]


def test_global_features_are_multiplied_once() -> None:
    """Behind the split, the network of each particle is one Map, and the layer of the global features is outside."""
    before = graph(
        {"particles": ("ap_fixed<6,3>", (8, 3)), "jet": ("ap_fixed<7,4>", (1, 5))},
        [
            ("repeated", ops.Gather(Integers([0] * 8), 0), "jet"),
            ("joined", ops.Concat(1), "particles repeated"),
            ("layer", ops.EinsumDense(Equation.parse("ab,bc->ac"), weights(1, 8, 6), weights(2, 6)), "joined"),
            ("layer.relu", ops.Relu(), "layer"),
            ("next", ops.EinsumDense(Equation.parse("ab,bc->ac"), weights(3, 6, 4)), "layer.relu"),
            ("sum", ops.Sum((0,)), "next"),
        ],
    )
    after = optimize(before)
    assert_same_bits(before, after)
    assert [(node.name, type(node.op).__name__) for node in after.nodes] == [
        ("layer.part1.once", "EinsumDense"),
        ("layer.part1", "Gather"),
        ("next", "Map"),
        ("sum", "Sum"),
    ]


def test_a_concatenation_of_what_varies_stays() -> None:
    before = graph(
        {"a": ("ap_fixed<6,3>", (3,)), "b": ("ap_fixed<6,3>", (2,))},
        [("joined", ops.Concat(0), "a b"), ("y", ops.Dense(weights(1, 5, 2)), "joined")],
    )
    assert split_dense_over_concat(before) == before


def test_channels_stay_where_they_show() -> None:
    """A hidden channel that is an output, or is read by anything but a linear op, is no one's to remove."""
    nothing = FixedArray.of([[1, 2], [0, 0], [3, 4]])
    nodes: list[tuple[str, ops.Op, str]] = [("h", ops.Dense(weights(1, 4, 3)), "x"), ("y", ops.Dense(nothing), "h")]
    x = {"x": ("ap_fixed<6,3>", (2, 4))}
    shown = graph(x, nodes, "h", "y")
    assert remove_zero_width(shown) == shown
    compared = graph(x, [*nodes, ("m", ops.Max((1,)), "h")], "y", "m")
    assert remove_zero_width(compared) == compared
    hidden: FixedPointGraph = remove_zero_width(graph(x, nodes, "y"))
    assert_same_bits(graph(x, nodes, "y"), hidden)
    assert hidden.tensors["h"].shape == (2, 2)


def powers(seed: int, *shape: int) -> FixedArray:
    """Constants of one term ``± 2**n`` each."""
    random = np.random.default_rng(seed)
    return FixedArray.of(random.choice([-1, 1], shape) << random.integers(0, 4, shape), -2)


def test_a_scale_stays_where_it_costs_less_than_wider_weights() -> None:
    for factor, left in {96: ["z"], 107: ["y", "z"]}.items():
        before = graph(
            {"x": ("ap_fixed<6,3>", (5,))},
            [
                ("y", ops.Dense(FixedArray.of([[5, 3], [7, -11], [13, 1], [9, -6], [-3, 19]])), "x"),
                ("scale", ops.Constant(FixedArray.of([factor])), ""),
                ("z", ops.Mul(), "y scale"),
            ],
        )
        after = fold_scale_and_bias(before)
        assert_same_bits(before, after)
        assert [node.name for node in after.nodes if not isinstance(node.op, ops.Constant)] == left


def test_batch_norm_behind_convolutions_and_dense_layers() -> None:
    layers: dict[ops.Op, tuple[int, ...]] = {
        ops.Dense(weights(1, 2, 3), weights(2, 3)): (4, 2),
        ops.Conv1D(weights(1, 2, 2, 3), weights(2, 3), padding=(1, 0)): (4, 2),
        ops.Conv2D(weights(1, 2, 2, 2, 3), stride=(2, 1)): (4, 5, 2),
    }
    for layer, shape in layers.items():
        before = graph(
            {"x": ("ap_fixed<6,3>", shape)},
            [
                ("y", layer, "x"),
                ("gamma", ops.Constant(powers(3, 3)), ""),
                ("beta", ops.Constant(weights(4, 1, 3, lsb=-9)), ""),
                ("scaled", ops.Mul(), "y gamma"),
                ("z", ops.Add(), "beta scaled"),
            ],
        )
        after = fold_scale_and_bias(before)
        assert_same_bits(before, after)
        assert [node.name for node in after.nodes if not isinstance(node.op, ops.Constant)] == ["z"]


def test_every_way_to_repeat_a_slice_is_seen() -> None:
    """One row of several, and a row joined to itself; an axis with weights of its own cannot be left for later."""
    particles, rows = {"x": ("ap_fixed<6,3>", (3, 2))}, {"g": ("ap_fixed<5,2>", (2, 2))}
    second: list[tuple[str, ops.Op, str]] = [("r", ops.Gather(Integers([1, 1, 1]), 0), "g")]
    joined: list[tuple[str, ops.Op, str]] = [
        ("row", ops.Slice((0, 0), (1, 2), (1, 1)), "g"),
        ("r", ops.Concat(0), "row row row"),
    ]
    shared = ops.Dense(weights(1, 4, 3), weights(2, 3))
    for repeat in (second, joined):
        nodes: list[tuple[str, ops.Op, str]] = [*repeat, ("c", ops.Concat(1), "x r"), ("y", shared, "c")]
        before = graph({**particles, **rows}, nodes)
        after = split_dense_over_concat(before)
        assert_same_bits(before, after)
        assert after.tensors["y.part1.once"].shape == (1, 3)
        own = graph(
            {**particles, **rows},
            [*nodes[:-1], ("y", ops.EinsumDense(Equation.parse("ab,abc->ac"), weights(1, 3, 4, 3)), "c")],
        )
        assert split_dense_over_concat(own) == own


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("shape", [(), (2,), (3, 1), (3, 2), (2, 3, 2), (2, 1, 1), (1, 3, 1), (2, 3, 1)])
def test_parameters_of_every_shape_move_before_a_gather(axis: int, shape: tuple[int, ...]) -> None:
    types = FixedTypes.of(1, 5 + np.arange(int(np.prod(shape))).reshape(shape) % 3, 3)
    before = graph(
        {"x": ("ap_fixed<9,4>", (2, 3, 2))},
        [
            ("many", ops.Gather(Integers([0, 1] * 3), axis), "x"),
            ("q", ops.Requantize(types, Rounding.RND, Overflow.SAT), "many"),
        ],
    )
    try:
        verify(before)
    except GraphError:
        return  # the types do not broadcast to what the Gather gives
    after = compute_before_repeats(before)
    assert_same_bits(before, after, 100)
    assert_surviving_tensors_keep_their_intervals(before, after)
