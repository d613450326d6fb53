"""``verify``: sound graphs pass, every fault is named, all faults at once."""

import re
from dataclasses import replace

import numpy as np
import pytest

from tests.agreement import generator
from tests.graph.strategies import random_graph
from tests.graph.test_text import TAGGER
from trigforge.errors import GraphError, WidthError
from trigforge.fixed import FixedArray, FixedType, FixedTypes, Integers, Overflow, Rounding
from trigforge.graph import (
    Add,
    Body,
    Concat,
    Constant,
    Conv1D,
    Conv2D,
    Dense,
    Einsum,
    EinsumDense,
    FixedPointGraph,
    Gather,
    GraphInput,
    InputEncoding,
    LeadingOne,
    Lookup,
    Map,
    Max,
    Mul,
    Node,
    Op,
    Relu,
    Requantize,
    Reshape,
    Route,
    Select,
    Shift,
    ShiftBy,
    Slice,
    Sum,
    Table,
    Transpose,
    verify,
)
from trigforge.graph.equation import Equation

AP_8_3 = FixedTypes.uniform(FixedType(8, 3, True))
X = GraphInput("x", (4, 3), AP_8_3)
GOOD = FixedPointGraph("good", 1, (X,), (Node("y", Relu(), ("x",)),), ("y",))
NARROW = FixedTypes.uniform(FixedType(2, 2, True))


def faults(graph: FixedPointGraph, route: Route | None = None) -> list[str]:
    with pytest.raises(GraphError) as error:
        verify(graph, route)
    return str(error.value).split("\n")


@pytest.mark.parametrize("seed", range(20))
def test_random_graphs_are_sound(seed: int) -> None:
    verify(random_graph(seed), Route.REFERENCE)


@pytest.mark.parametrize("number", range(0, 300, 50))
def test_graphs_of_the_fuzz_generator_are_sound(number: int) -> None:
    verify(generator.random_graph(number), Route.REFERENCE)


def test_an_input_may_be_an_output() -> None:
    verify(replace(GOOD, outputs=("y", "x")), Route.HLS)


GRAPHS: dict[str, tuple[FixedPointGraph, str]] = {
    "graph name": (
        replace(GOOD, name="jet-tagger"),
        "graph name 'jet-tagger' is not an identifier of C; use letters, digits and underscores",
    ),
    "version": (replace(GOOD, version=-1), "graph version -1 is negative; count versions from 0"),
    "no inputs": (
        replace(GOOD, inputs=(), nodes=(Node("y", Constant(FixedArray.of(1)), ()),)),
        "the graph has 0 inputs and 1 outputs; both are needed",
    ),
    "no outputs": (replace(GOOD, outputs=()), "the graph has 1 inputs and 0 outputs; both are needed"),
    "tensor name": (
        replace(GOOD, nodes=(Node("layer/y", Relu(), ("x",)),), outputs=("layer/y",)),
        "tensor name 'layer/y' is not made of identifiers joined by dots; rename it",
    ),
    "name in a body": (
        replace(GOOD, nodes=(Node("y", Map.along(0, Body(("1a",), (Node("b", Relu(), ("1a",)),), ("b",))), ("x",)),)),
        "tensor name '1a' is not made of identifiers joined by dots; rename it",
    ),
    "input twice": (replace(GOOD, inputs=(X, X)), "input 'x' is listed twice; list it once"),
    "output twice": (replace(GOOD, outputs=("y", "y")), "output 'y' is listed twice; list it once"),
    "name taken": (
        replace(GOOD, nodes=(*GOOD.nodes, Node("x", Relu(), ("y",)))),
        "node 'x': the name is taken; rename one of the two",
    ),
    "undefined operand": (
        replace(GOOD, nodes=(Node("y", Relu(), ("z",)),)),
        "node 'y': operand 'z' is not defined before it; reorder the nodes",
    ),
    "operand that comes later": (
        replace(GOOD, nodes=(Node("y", Relu(), ("z",)), Node("z", Relu(), ("x",))), outputs=("z",)),
        "node 'y': operand 'z' is not defined before it; reorder the nodes",
    ),
    "undefined output": (
        replace(GOOD, outputs=("y", "z")),
        "output 'z' is not a tensor of the graph; name an input or a node",
    ),
    "empty axis": (
        replace(GOOD, inputs=(replace(X, shape=(4, 0)),)),
        "input 'x' has shape [4, 0]; every axis needs an entry",
    ),
    "types that do not fit": (
        replace(GOOD, inputs=(replace(X, types=FixedTypes.of([1, 0], 4, 2)),)),
        "input 'x': shape of types [2] does not broadcast to [4, 3]",
    ),
    "scale that does not fit": (
        replace(GOOD, inputs=(replace(X, encoding=InputEncoding(scale=FixedArray.of([1, 2]))),)),
        "input 'x': shape of scale [2] does not broadcast to [4, 3]",
    ),
    "wide input": (
        replace(GOOD, inputs=(replace(X, types=FixedTypes.uniform(FixedType(59, 3, True))),)),
        "input 'x' needs 59 bits, at most 58 are possible; give it narrower types",
    ),
    "very wide input": (
        replace(GOOD, inputs=(replace(X, types=FixedTypes.uniform(FixedType(2000, 3, True))),)),
        "input 'x' needs 2000 bits, at most 58 are possible; give it narrower types",
    ),
    "scales far apart": (
        replace(
            GOOD,
            inputs=(replace(X, types=FixedTypes.of(0, [[8]] * 3 + [[7]], [[-30]] * 3 + [[30]]).broadcast((4, 1))),),
        ),
        "input 'x' needs 68 bits, at most 58 are possible; give it narrower types",
    ),
}


@pytest.mark.parametrize("fault", GRAPHS)
def test_a_fault_of_the_graph_is_named(fault: str) -> None:
    graph, message = GRAPHS[fault]
    assert faults(graph) == [message]


OPS: dict[str, tuple[Op, str]] = {
    "Constant": (Constant(FixedArray.of(1)), "takes 0 operands, found 1"),
    "Add": (Add(), "takes 2 operands, found 1"),
    "Select": (Select(FixedArray.of(0)), "takes 3 operands, found 1"),
    "Dense": (Dense(FixedArray.of([[1]])), "input [4, 3] and weight [1, 1] do not fit"),
    "Dense, bias": (
        Dense(FixedArray.of(np.ones((3, 2), int)), FixedArray.of([1, 2, 3])),
        "shape [3] does not broadcast to [4, 2]",
    ),
    "EinsumDense, terms": (
        EinsumDense(Equation.parse("ab->b"), FixedArray.of(np.ones((3, 2), int))),
        "equation 'ab->b' has 1 operands, found 2",
    ),
    "EinsumDense, length": (
        EinsumDense(Equation.parse("ab,bc->ac"), FixedArray.of(np.ones((2, 2), int))),
        "equation 'ab,bc->ac': 'b' is both 3 and 2 long",
    ),
    "EinsumDense, rank": (
        EinsumDense(Equation.parse("b,bc->c"), FixedArray.of(np.ones((3, 2), int))),
        "equation 'b,bc->c': 'b' does not fit an operand of shape [4, 3]",
    ),
    "Conv1D": (Conv1D(FixedArray.of([[[1]]])), "input [4, 3] and weight [1, 1, 1] do not fit"),
    "Conv1D, kernel": (
        Conv1D(FixedArray.of(np.ones((3, 3, 1), int)), dilation=2),
        "a kernel of 3 (dilation 2) is longer than the padded input of 4",
    ),
    "Conv1D, stride": (
        Conv1D(FixedArray.of(np.ones((3, 3, 1), int)), stride=0),
        "stride (1, 0), dilation (1, 1) or padding (0, 0, 0, 0) is too small",
    ),
    "Conv2D": (Conv2D(FixedArray.of([[[[1]]]])), "input [4, 3] and weight [1, 1, 1, 1] do not fit"),
    "Einsum": (Einsum(Equation.parse("ab,bc->ac")), "takes 2 operands, found 1"),
    "Sum": (Sum((1, 0)), "axes [1, 0] do not ascend within a tensor of shape [4, 3]"),
    "Max": (Max((2,)), "axes [2] do not ascend within a tensor of shape [4, 3]"),
    "Lookup, shape": (
        Lookup((Table(0, 0, FixedArray.of([1])),), Integers([0, 0])),
        "table indices of shape [2] do not broadcast to [4, 3]",
    ),
    "Lookup, index": (
        Lookup((Table(0, 0, FixedArray.of([1])),), Integers(1)),
        "table indices run from 1 to 1, but there are 1 tables",
    ),
    "Lookup, scale": (
        Lookup((Table(0, 0, FixedArray.of([1])),), Integers(0)),
        "element 0 has lsb 2^-5, finer than table 0 with 2^0",
    ),
    "Lookup, reach": (
        Lookup((Table(0, -5, FixedArray.of([1])),), Integers(0)),
        "element 0 reaches outside table 0: entries -128 to 127 of 1",
    ),
    "Lookup, size": (
        Lookup((Table(0, -5, FixedArray.of(np.arange(2**16 + 1))),), Integers(0)),
        "table 0 has shape [65537]; 1 to 65536 entries in one axis are possible",
    ),
    "Lookup, no entries": (
        Lookup((Table(0, -5, FixedArray.of(3)),), Integers(0)),
        "table 0 has shape []; 1 to 65536 entries in one axis are possible",
    ),
    "Shift": (Shift(Integers([1, 2])), "places of shape [2] do not broadcast to [4, 3]"),
    "LeadingOne": (LeadingOne(), "the operand can be negative; take its magnitude or a Relu first"),
    "Reshape": (Reshape((5,)), "[4, 3] cannot be reshaped to [5]"),
    "Reshape, sign": (Reshape((-1, 3)), "[4, 3] cannot be reshaped to [-1, 3]"),
    "Transpose": (Transpose((1, 1)), "[1, 1] is no permutation of the axes of [4, 3]"),
    "Slice": (Slice((0, 3), (4, 3), (1, 1)), "start [0, 3], stop [4, 3], step [1, 1] do not cut [4, 3]"),
    "Concat": (Concat(0), "needs two or more operands"),
    "Gather": (Gather(Integers([0, 3]), 1), "indices must be a list of numbers from 0 to 2, found [0, 3]"),
    "Gather, axis": (Gather(Integers([0]), 2), "axis 2 does not exist in shape [4, 3]"),
    "Requantize": (
        Requantize(FixedTypes.of([1, 0], 4, 2), Rounding.RND, Overflow.SAT),
        "types of shape [2] do not broadcast to [4, 3]",
    ),
    "Requantize, width": (
        Requantize(FixedTypes.uniform(FixedType(64, 2, True)), Rounding.RND, Overflow.SAT),
        "a type of 64 bits is asked for; at most 63 are possible",
    ),
    "Map, inputs": (Map.along(0, Body((), (), ("r",))), "the body has 0 inputs, found 1 operands"),
    "Map, axis": (Map.along(2, Body(("a",), (), ("a",))), "axis 2 does not exist in shape [4, 3]"),
    "Map, output": (Map.along(0, Body(("a",), (), ("r",))), "the body's output 'r' is not one of its tensors"),
    "Map, result": (
        Map.along(1, Body(("a",), (Node("s", Sum((0,)), ("a",)),), ("s",))),
        "axis 1 does not exist in the result of the body, of shape []",
    ),
    "Map, body": (
        Map.along(1, Body(("a",), (Node("s", Relu(), ("x",)),), ("s",))),
        "node 's': operand 'x' is not defined before it; reorder the nodes",
    ),
    "Map, input twice": (
        Map.along(0, Body(("a", "a"), (), ("a",))),
        "the body has 2 inputs, found 1 operands",
    ),
}


@pytest.mark.parametrize("fault", OPS)
def test_an_op_that_does_not_fit_is_named(fault: str) -> None:
    op, message = OPS[fault]
    graph = replace(GOOD, nodes=(Node("y", op, ("x",)),))
    assert faults(graph) == [f"node 'y' ({type(op).__name__}): {message}"]


TWO: dict[str, tuple[Op, tuple[int, ...], str]] = {
    "broadcast": (Add(), (2, 3), "shapes [4, 3], [2, 3] do not broadcast to each other"),
    "concat": (Concat(0), (2, 2), "shapes [[4, 3], [2, 2]] differ outside axis 0"),
    "concat axis": (Concat(2), (4, 3), "axis 2 does not exist in shape [4, 3]"),
    "einsum": (Einsum(Equation.parse("ab,bc->ac")), (4, 3), "equation 'ab,bc->ac': 'b' is both 3 and 4 long"),
    "shift by": (ShiftBy(), (3,), "the second operand must be whole numbers, found ap_fixed<8,3>"),
    "map": (Map.along(0, Body(("a", "b"), (), ("a",))), (3, 3), "operands differ in length along axis 0: [3, 4]"),
    "body inputs": (Map.along(0, Body(("a", "a"), (), ("a",))), (4, 3), "the body's inputs ['a', 'a'] share a name"),
}


@pytest.mark.parametrize("fault", TWO)
def test_two_operands_that_do_not_fit_are_named(fault: str) -> None:
    op, shape, message = TWO[fault]
    graph = replace(GOOD, inputs=(X, GraphInput("z", shape, AP_8_3)), nodes=(Node("y", op, ("x", "z")),))
    assert faults(graph) == [f"node 'y' ({type(op).__name__}): {message}"]


def test_all_faults_are_named_at_once_and_what_stands_behind_them_is_not() -> None:
    graph = FixedPointGraph(
        "2 much",
        1,
        (X, GraphInput("w", (2,), FixedTypes.uniform(FixedType(60, 3, False)))),
        (
            Node("a", Reshape((7,)), ("x",)),
            Node("b", Relu(), ("a",)),
            Node("c", Add(), ("b", "w")),
            Node("d", Sum((5,)), ("x",)),
        ),
        ("c", "none"),
    )
    assert faults(graph) == [
        "graph name '2 much' is not an identifier of C; use letters, digits and underscores",
        "input 'w' needs 60 bits, at most 58 are possible; give it narrower types",
        "node 'a' (Reshape): [4, 3] cannot be reshaped to [7]",
        "node 'd' (Sum): axes [5] do not ascend within a tensor of shape [4, 3]",
        "output 'none' is not a tensor of the graph; name an input or a node",
    ]


WIDE = replace(
    GOOD,
    inputs=(replace(X, types=FixedTypes.uniform(FixedType(32, 3, True))),),
    nodes=(Node("square", Mul(), ("x", "x")), Node("y", Requantize(NARROW, Rounding.RND, Overflow.SAT), ("square",))),
)


def test_a_tensor_that_is_too_wide_is_named_with_the_limit_of_the_route() -> None:
    verify(WIDE)
    for route, title in ((Route.REFERENCE, "the reference emulator"), (Route.HLS, "the HLS route")):
        message = f"tensor 'square' needs 64 bits (ap_fixed<64,6>), {title} carries 63; put a Requantize before it"
        with pytest.raises(WidthError, match=f"^{re.escape(message)}$"):
            verify(WIDE, route)


def test_a_wide_tensor_inside_a_map_is_named_by_its_path() -> None:
    body = Body(("x",), WIDE.nodes, ("y",))
    graph = replace(WIDE, nodes=(Node("each", Map.along(0, body), ("x",)),), outputs=("each",))
    assert faults(graph, Route.REFERENCE) == [
        "tensor 'each/square' needs 64 bits (ap_fixed<64,6>), the reference emulator carries 63; "
        "put a Requantize before it"
    ]


def test_the_hls_route_takes_no_map() -> None:
    verify(TAGGER, Route.REFERENCE)
    assert faults(TAGGER, Route.HLS) == [
        "node 'hidden' is a Map, which the HLS route does not take; run the pass inline_maps first"
    ]
