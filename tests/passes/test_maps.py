"""Outlining of per-element work, and its inverse."""

import numpy as np
import pytest

from tests.agreement.generator import random_graph
from tests.passes.graphs import (
    assert_same_bits,
    assert_surviving_tensors_keep_their_intervals,
    deep_sets,
    graph,
    requantize,
    weights,
)
from trigforge.emulator import random_stimuli, run
from trigforge.fixed import FixedArray, FixedTypes, Integers, Overflow, Rounding
from trigforge.graph import FixedPointGraph, GraphInput, body_tensors, ops, verify
from trigforge.passes.inline_maps import inline_maps
from trigforge.passes.outline_maps import outline_maps
from trigforge.passes.remove_dead_nodes import remove_dead_nodes


def maps(graph: FixedPointGraph) -> dict[str, ops.Map]:
    return {node.name: node.op for node in graph.nodes if isinstance(node.op, ops.Map)}


def op_of(graph: FixedPointGraph, name: str) -> ops.Op:
    return next(node.op for node in graph.nodes if node.name == name)


def assert_same_values(before: FixedPointGraph, after: FixedPointGraph) -> None:
    """Equal values where the scales of the mantissas may differ."""
    verify(after)
    stimuli = random_stimuli(before, 50, seed=3)
    expected, found = run(before, stimuli).outputs, run(after, stimuli).outputs
    for name in before.outputs:
        places = after.tensors[name].hull.lsb - before.tensors[name].hull.lsb
        assert places >= 0
        assert before.tensors[name].contains(after.tensors[name])
        assert np.array_equal(expected[name], found[name] << places), name


def test_deep_sets_become_one_map_with_the_sum_outside() -> None:
    before = deep_sets()
    after = remove_dead_nodes(outline_maps(before))
    assert_same_bits(before, after)
    assert_surviving_tensors_keep_their_intervals(before, after)
    names = ["masked", "sum", "rho_1", "rho_1.relu", "rho_1.q", "scores"]
    assert [node.name for node in after.nodes] == names
    (network,) = maps(after).values()
    assert (network.axis, network.body.inputs, network.body.output) == (0, ("jet",), "masked")
    names = "jet.q phi_1 phi_1.relu phi_1.q phi_2 phi_2.relu phi_2.q pt one zero mask masked".split()
    assert [node.name for node in network.body.nodes] == names
    inside = body_tensors(network, [after.tensors["jet"]])
    for node in network.body.nodes:
        if not isinstance(node.op, ops.Constant):
            for particle in range(16):
                whole = before.tensors[node.name]
                assert inside[node.name].lo.tolist() == whole.lo.tolist()[particle]
                assert inside[node.name].hi.tolist() == whole.hi.tolist()[particle]
                assert inside[node.name].lsb.tolist() == whole.lsb.tolist()[particle]


def test_permuted_particles_give_the_same_scores() -> None:
    after = outline_maps(deep_sets())
    stimuli = random_stimuli(after, 50, seed=1)["jet"]
    order = np.random.default_rng(2).permutation(16)
    first, second = (run(after, {"jet": jets}).outputs["scores"] for jets in (stimuli, stimuli[:, order]))
    assert np.array_equal(first, second)


def test_inlining_brings_every_node_back() -> None:
    before = deep_sets()
    after = inline_maps(remove_dead_nodes(outline_maps(before)))
    assert_same_bits(before, after)
    assert_surviving_tensors_keep_their_intervals(before, after)
    assert {node.name for node in after.nodes} == {node.name for node in before.nodes}
    assert not maps(after)


def test_a_second_exit_ends_a_run_of_its_own() -> None:
    before = graph(
        {"x": ("ap_fixed<6,3>", (4, 3))},
        [
            ("a", ops.Dense(weights(1, 3, 5)), "x"),
            ("b", ops.Relu(), "a"),
            ("c", ops.Dense(weights(2, 5, 2)), "b"),
            ("total", ops.Sum((0,)), "b"),
        ],
        "c",
        "total",
    )
    after = outline_maps(before)
    assert_same_bits(before, after)
    assert {name: op.body.inputs for name, op in maps(after).items()} == {"b": ("x",), "c": ("b",)}


def test_types_that_differ_along_the_axis_stay_outside() -> None:
    mixed = FixedTypes.of(1, [[5], [6], [7]], 3)
    before = FixedPointGraph(
        "example",
        1,
        (GraphInput("x", (3, 2), mixed),),
        (
            ops.Node("q", requantize("ap_fixed<4,2>", "RND", "SAT_SYM"), ("x",)),
            ops.Node("own", ops.Dense(weights(1, 2, 3)), ("q",)),
            ops.Node("kept", ops.Requantize(mixed, Rounding.TRN, Overflow.WRAP), ("own",)),
        ),
        ("kept",),
    )
    after = outline_maps(before)
    assert_same_bits(before, after)
    assert [type(node.op).__name__ for node in after.nodes] == ["Requantize", "Map", "Requantize"]


def test_work_without_a_linear_op_stays_as_it_is() -> None:
    before = graph({"x": ("ap_fixed<6,3>", (8,))}, [("a", ops.Relu(), "x"), ("b", requantize("ap_ufixed<3,2>"), "a")])
    assert outline_maps(before) == before


def test_weights_of_their_own_for_each_slice_stay_outside() -> None:
    before = graph({"x": ("ap_fixed<6,3>", (4, 3))}, [("a", ops.EinsumDense("ab,abc->ac", weights(1, 4, 3, 2)), "x")])
    assert outline_maps(before) == before
    bias = FixedArray.of([[1], [2], [3], [4]])
    before = graph({"x": ("ap_fixed<6,3>", (4, 3))}, [("a", ops.EinsumDense("ab,bc->ac", weights(1, 3, 2), bias), "x")])
    assert outline_maps(before) == before


TABLE = ops.Table(-32, -3, FixedArray.of(np.arange(64) % 13))

BODIES: dict[str, tuple[ops.Op, ...]] = {
    "equal weights": (ops.EinsumDense("ab,abc->ac", FixedArray.of(np.ones((4, 6, 2), int))),),
    "bias of every axis": (ops.EinsumDense("ab,bc->ac", weights(1, 6, 2), FixedArray.of([[3, 1]] * 4)),),
    "pointwise convolution": (ops.Conv1D(weights(1, 1, 6, 3), weights(2, 3)),),
    "rows of a picture": (ops.Reshape((4, 3, 2)), ops.Conv2D(weights(1, 1, 2, 2, 3), weights(2, 3))),
    "columns of a picture": (ops.Reshape((2, 4, 3)), ops.Conv2D(weights(1, 2, 1, 3, 2), None, (1, 1), (1, 0, 0, 0))),
    "attention": (ops.Reshape((4, 3, 2)), ops.Einsum("abc,adc->abd"), ops.Max((2,))),
    "shared table": (ops.Lookup((TABLE,), Integers([[0]])), ops.Dense(weights(1, 6, 2))),
    "rearranged": (
        ops.Reshape((4, 3, 2)),
        ops.Transpose((0, 2, 1)),
        ops.Gather(Integers([2, 0, 1, 1]), 2),
        ops.Slice((0, 0, 1), (4, 2, 4), (1, 1, 2)),
        ops.Dense(weights(1, 2, 3)),
        ops.Shift(Integers([[[1], [0]]])),
        ops.Min((1,)),
    ),
}


@pytest.mark.parametrize("chain", BODIES.values(), ids=BODIES)
def test_what_a_body_can_hold(chain: tuple[ops.Op, ...]) -> None:
    nodes: list[tuple[str, ops.Op, str]] = []
    for number, op in enumerate(chain):
        before = f"n{number - 1}" if number else "x"
        nodes.append((f"n{number}", op, f"{before} {before}" if isinstance(op, ops.Einsum) else before))
    before = graph({"x": ("ap_fixed<6,3>", (4, 6))}, nodes)
    after = outline_maps(before)
    assert_same_bits(before, after)
    assert len(maps(after)) == 1
    assert_same_bits(before, inline_maps(after))
    assert_surviving_tensors_keep_their_intervals(before, inline_maps(after))


def test_inlining_of_ops_that_move_the_axis() -> None:
    """Operands of fewer axes, constants everywhere, a convolution over two axes, a Map inside a Map."""
    inner = ops.Body(("row",), (ops.Node("y", ops.Dense(weights(1, 2, 3)), ("row",)),), "y")
    body = ops.Body(
        ("x", "g"),
        (
            ops.Node("c", ops.Constant(FixedArray.of([1, 2, -3])), ()),
            ops.Node("rows", ops.Map(inner, 0), ("x",)),
            ops.Node("shifted", ops.Add(), ("rows", "c")),
            ops.Node("plus", ops.Add(), ("shifted", "g")),
            ops.Node("flat", ops.Reshape((12,)), ("plus",)),
            ops.Node("image", ops.Reshape((2, 3, 2)), ("flat",)),
            ops.Node("conv", ops.Conv2D(weights(2, 2, 2, 2, 3)), ("image",)),
            ops.Node("most", ops.Max((0, 1)), ("conv",)),
            ops.Node("joined", ops.Concat(0), ("most", "c", "g")),
        ),
        "joined",
    )
    for axis, shapes in {0: ((5, 4, 2), (5, 3)), 1: ((4, 5, 2), (3, 5))}.items():
        inputs = {"x": ("ap_fixed<5,2>", shapes[0]), "g": ("ap_ufixed<4,2>", shapes[1])}
        before = graph(inputs, [("all", ops.Map(body, axis), "x g"), ("c", ops.Relu(), "all")])
        after = inline_maps(before)
        assert not maps(after)
        assert_same_bits(before, after)
        assert {node.name for node in after.nodes} >= {"all", "all.c", "rows", "flat", "conv.cut4"}


@pytest.mark.parametrize("axis", [0, 1])
def test_a_body_that_does_nothing_or_knows_everything(axis: int) -> None:
    identity = ops.Body(("x",), (), "x")
    constant = ops.Body(("x",), (ops.Node("c", ops.Constant(FixedArray.of([3, 5])), ()),), "c")
    before = graph(
        {"x": ("ap_fixed<5,2>", (3, 2))},
        [("same", ops.Map(identity, axis), "x"), ("other", ops.Map(constant, axis), "x")],
        "same",
        "other",
    )
    assert_same_bits(before, inline_maps(before))


def test_inlining_keeps_the_leading_one_of_zero() -> None:
    """The exponent of 0 is the last bit of the body's tensor, also where a slice's own last bit weighs more."""
    body = ops.Body(("x",), (ops.Node("e", ops.LeadingOne(), ("x",)),), "e")
    before = FixedPointGraph(
        "example",
        1,
        (GraphInput("x", (2, 2), FixedTypes.of(0, [[3], [5]], [[3], [3]])),),
        (ops.Node("e", ops.Map(body, 0), ("x",)),),
        ("e",),
    )
    assert_same_values(before, inline_maps(before))
    relu = ops.Body(("x",), (ops.Node("r", ops.Relu(), ("x",)),), "r")
    outside = before.with_nodes((ops.Node("r", ops.Map(relu, 0), ("x",)), ops.Node("e", ops.LeadingOne(), ("r",))))
    assert_same_values(outside, inline_maps(outside))


@pytest.mark.parametrize("number", range(40))
def test_random_graphs(number: int) -> None:
    before = random_graph(number)
    after = outline_maps(before)
    assert_same_bits(before, after, 20)
    assert_surviving_tensors_keep_their_intervals(before, after)
    assert_same_values(before, inline_maps(before))
    assert_same_values(before, inline_maps(after))
