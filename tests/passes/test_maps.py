"""Outlining of per-element work, and its inverse."""

from dataclasses import replace

import numpy as np
import pytest

from tests.agreement.generator import random_graph
from tests.passes.graphs import (
    assert_same_bits,
    assert_surviving_tensors_keep_their_intervals,
    assert_surviving_tensors_keep_their_values,
    deep_sets,
    graph,
    requantize,
    weights,
)
from trigforge.emulator import random_stimuli, run
from trigforge.fixed import FixedArray, FixedTypes, Integers, Overflow, Rounding
from trigforge.graph import FixedPointGraph, GraphInput, body_tensors, ops, parse_graph, print_graph, verify
from trigforge.graph.equation import Equation
from trigforge.passes import optimize
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
    assert (network.axis, network.body.inputs, network.body.outputs) == (0, ("jet",), ("masked",))
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


def test_types_that_differ_along_the_axis_are_joined_where_that_changes_no_bit() -> None:
    mixed = FixedTypes.of(1, [[15], [16], [16]], 3)
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
    assert [type(node.op).__name__ for node in after.nodes] == ["Map"]


def test_work_without_a_linear_op_stays_as_it_is() -> None:
    before = graph({"x": ("ap_fixed<6,3>", (8,))}, [("a", ops.Relu(), "x"), ("b", requantize("ap_ufixed<3,2>"), "a")])
    assert outline_maps(before) == before


def test_weights_of_their_own_for_each_slice_stay_outside() -> None:
    before = graph(
        {"x": ("ap_fixed<6,3>", (4, 3))},
        [("a", ops.EinsumDense(Equation.parse("ab,abc->ac"), weights(1, 4, 3, 2)), "x")],
    )
    assert outline_maps(before) == before
    bias = FixedArray.of([[1], [2], [3], [4]])
    before = graph(
        {"x": ("ap_fixed<6,3>", (4, 3))},
        [("a", ops.EinsumDense(Equation.parse("ab,bc->ac"), weights(1, 3, 2), bias), "x")],
    )
    assert outline_maps(before) == before


TABLE = ops.Table(-32, -3, FixedArray.of(np.arange(64) % 13))

BODIES: dict[str, tuple[ops.Op, ...]] = {
    "equal weights": (ops.EinsumDense(Equation.parse("ab,abc->ac"), FixedArray.of(np.ones((4, 6, 2), int))),),
    "bias of every axis": (
        ops.EinsumDense(Equation.parse("ab,bc->ac"), weights(1, 6, 2), FixedArray.of([[3, 1]] * 4)),
    ),
    "pointwise convolution": (ops.Conv1D(weights(1, 1, 6, 3), weights(2, 3)),),
    "rows of a picture": (ops.Reshape((4, 3, 2)), ops.Conv2D(weights(1, 1, 2, 2, 3), weights(2, 3))),
    "columns of a picture": (ops.Reshape((2, 4, 3)), ops.Conv2D(weights(1, 2, 1, 3, 2), None, (1, 1), (1, 0, 0, 0))),
    "attention": (ops.Reshape((4, 3, 2)), ops.Einsum(Equation.parse("abc,adc->abd")), ops.Max((2,))),
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
    inner = ops.Body(("row",), (ops.Node("y", ops.Dense(weights(1, 2, 3)), ("row",)),), ("y",))
    body = ops.Body(
        ("x", "g"),
        (
            ops.Node("c", ops.Constant(FixedArray.of([1, 2, -3])), ()),
            ops.Node("rows", ops.Map.along(0, inner), ("x",)),
            ops.Node("shifted", ops.Add(), ("rows", "c")),
            ops.Node("plus", ops.Add(), ("shifted", "g")),
            ops.Node("flat", ops.Reshape((12,)), ("plus",)),
            ops.Node("image", ops.Reshape((2, 3, 2)), ("flat",)),
            ops.Node("conv", ops.Conv2D(weights(2, 2, 2, 2, 3)), ("image",)),
            ops.Node("most", ops.Max((0, 1)), ("conv",)),
            ops.Node("joined", ops.Concat(0), ("most", "c", "g")),
        ),
        ("joined",),
    )
    for axis, shapes in {0: ((5, 4, 2), (5, 3)), 1: ((4, 5, 2), (3, 5))}.items():
        inputs = {"x": ("ap_fixed<5,2>", shapes[0]), "g": ("ap_ufixed<4,2>", shapes[1])}
        before = graph(inputs, [("all", ops.Map.along(axis, body), "x g"), ("c", ops.Relu(), "all")])
        after = inline_maps(before)
        assert not maps(after)
        assert_same_bits(before, after)
        assert {node.name for node in after.nodes} >= {"all", "all.c", "rows", "flat", "conv.cut4"}


@pytest.mark.parametrize("axis", [0, 1])
def test_a_body_that_does_nothing_or_knows_everything(axis: int) -> None:
    identity = ops.Body(("x",), (), ("x",))
    constant = ops.Body(("x",), (ops.Node("c", ops.Constant(FixedArray.of([3, 5])), ()),), ("c",))
    before = graph(
        {"x": ("ap_fixed<5,2>", (3, 2))},
        [("same", ops.Map.along(axis, identity), "x"), ("other", ops.Map.along(axis, constant), "x")],
        "same",
        "other",
    )
    assert_same_bits(before, inline_maps(before))


def test_inlining_keeps_the_leading_one_of_zero() -> None:
    """The exponent of 0 is the last bit of the body's tensor, also where a slice's own last bit weighs more."""
    body = ops.Body(("x",), (ops.Node("e", ops.LeadingOne(), ("x",)),), ("e",))
    before = FixedPointGraph(
        "example",
        1,
        (GraphInput("x", (2, 2), FixedTypes.of(0, [[3], [5]], [[3], [3]])),),
        (ops.Node("e", ops.Map.along(0, body), ("x",)),),
        ("e",),
    )
    assert_same_values(before, inline_maps(before))
    relu = ops.Body(("x",), (ops.Node("r", ops.Relu(), ("x",)),), ("r",))
    outside = before.with_nodes(
        (ops.Node("r", ops.Map.along(0, relu), ("x",)), ops.Node("e", ops.LeadingOne(), ("r",)))
    )
    assert_same_values(outside, inline_maps(outside))


@pytest.mark.parametrize("number", range(40))
def test_random_graphs(number: int) -> None:
    before = random_graph(number)
    after = outline_maps(before)
    assert_same_bits(before, after, 20)
    assert_surviving_tensors_keep_their_values(before, after)
    assert_same_values(before, inline_maps(before))
    assert_same_values(before, inline_maps(after))


def per_particle(*body: ops.Node, outputs: tuple[str, ...], whole: bool = False) -> FixedPointGraph:
    """A ``Map`` of ``body`` over the four slices ``p`` of ``x``; every slice sees all of ``g`` if ``whole``."""
    x = GraphInput("x", (4, 3), FixedTypes.of(1, 6, 3))
    g = GraphInput("g", (3,), FixedTypes.of(1, 5, 2))
    inputs = ("p", "g") if whole else ("p",)
    op = ops.Map(ops.Body(inputs, body, outputs), (0, None) if whole else (0,), 0)
    node = ops.Node("each", op, ("x", "g") if whole else ("x",))
    return FixedPointGraph("example", 1, (x, g), (node,), node.tensors)


def test_passes_work_inside_of_bodies() -> None:
    before = per_particle(
        ops.Node("d", ops.Dense(weights(1, 3, 5)), ("p",)),
        ops.Node("r", ops.Relu(), ("d",)),
        ops.Node("q", requantize("ap_ufixed<4,2>", "RND", "SAT"), ("r",)),
        outputs=("q",),
    )
    after = optimize(before)
    assert_same_bits(before, after)
    assert [type(node.op).__name__ for node in maps(after)["each"].body.nodes] == ["Dense", "Requantize"]


def test_slices_that_see_a_tensor_whole_and_several_outputs() -> None:
    before = per_particle(
        ops.Node("once", ops.Dense(weights(2, 3, 5)), ("g",)),
        ops.Node("d", ops.Dense(weights(1, 3, 5)), ("p",)),
        ops.Node("sum", ops.Add(), ("d", "once")),
        ops.Node("pairs", ops.Einsum(Equation.parse("a,b->ab")), ("p", "g")),
        ops.Node("joined", ops.Concat(0), ("sum", "g")),
        outputs=("joined", "pairs", "p", "once"),
        whole=True,
    )
    assert before.outputs == ("each.joined", "each.pairs", "each.p", "each.once")
    assert {name: x.shape for name, x in before.tensors.items() if name in before.outputs} == {
        "each.joined": (4, 8),
        "each.pairs": (4, 3, 3),
        "each.p": (4, 3),
        "each.once": (4, 5),
    }
    assert parse_graph(print_graph(before)) == before
    assert_same_values(before, inline_maps(before))
    assert not maps(inline_maps(before))
    assert_same_bits(before, optimize(before))


def test_outputs_and_operands_that_nobody_needs_go() -> None:
    before = per_particle(
        ops.Node("d", ops.Dense(weights(1, 3, 5)), ("p",)),
        ops.Node("sum", ops.Add(), ("p", "g")),
        outputs=("d", "sum"),
        whole=True,
    )
    after = optimize(replace(before, outputs=("each.d",)))
    (node,) = after.nodes
    assert (node.name, node.operands, node.tensors) == ("each.d", ("x",), ("each.d",))
    assert_same_bits(replace(before, outputs=("each.d",)), after)


def narrow_last(width: int) -> FixedPointGraph:
    """Four slices of eight bits, the last one of ``width``."""
    types = FixedTypes.of(1, [[8], [8], [8], [width]], 4)
    nodes = (
        ops.Node("d", ops.Dense(weights(1, 3, 5)), ("x",)),
        ops.Node("q", requantize("ap_ufixed<6,4>"), ("d",)),
    )
    return FixedPointGraph("example", 1, (GraphInput("x", (4, 3), types),), nodes, ("q",))


def test_a_slice_that_is_a_bit_narrower_joins_the_others() -> None:
    before = narrow_last(7)
    after = outline_maps(before)
    assert_same_bits(before, after)
    assert list(maps(after)) == ["q"]
    assert_same_values(before, inline_maps(after))
    assert not maps(outline_maps(narrow_last(2)))


def test_leading_one_of_slices_that_differ_stays_outside() -> None:
    """It makes of 0 the exponent of the last bit, which is another one in each slice."""
    types = FixedTypes.of(0, [[8], [8], [8], [7]], 4)
    nodes = (
        ops.Node("e", ops.LeadingOne(), ("x",)),
        ops.Node("d", ops.Dense(weights(1, 3, 5)), ("e",)),
        ops.Node("q", requantize("ap_ufixed<6,4>"), ("d",)),
    )
    before = FixedPointGraph("example", 1, (GraphInput("x", (4, 3), types),), nodes, ("q",))
    after = outline_maps(before)
    assert_same_bits(before, after)
    assert [type(node.op) for node in after.nodes] == [ops.LeadingOne, ops.Map]


def test_a_map_is_named_after_its_layers() -> None:
    nodes = (
        ops.Node("phi1.dense", ops.Dense(weights(1, 3, 5)), ("x",), ("phi1",)),
        ops.Node("phi1", requantize("ap_ufixed<6,4>"), ("phi1.dense",), ("phi1",)),
        ops.Node("phi_2", ops.Dense(weights(2, 5, 2)), ("phi1",), ("phi 2",)),
        ops.Node("pool", ops.Sum((0,)), ("phi_2",), ("pool",)),
    )
    before = FixedPointGraph("example", 1, (GraphInput("x", (4, 3), FixedTypes.of(1, 6, 3)),), nodes, ("pool",))
    after = outline_maps(before)
    assert_same_bits(before, after)
    assert [(node.name, node.layers) for node in after.nodes] == [
        ("phi1_to_phi_2", ("phi1", "phi 2")),
        ("pool", ("pool",)),
    ]
