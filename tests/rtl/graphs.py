"""Small graphs at the corners of the RTL route, by name; ``GOLDEN`` has its Verilog stored."""

from collections.abc import Sequence

import numpy as np

from trigforge.fixed import FixedArray, FixedTypes, Integers, Overflow, Rounding
from trigforge.graph import (
    Add,
    Body,
    Constant,
    Dense,
    Einsum,
    EinsumDense,
    FixedPointGraph,
    GraphInput,
    InputKind,
    Lookup,
    Map,
    Maximum,
    Mul,
    Node,
    Op,
    Relu,
    Requantize,
    Reshape,
    Select,
    Sub,
    Sum,
    Table,
    Transpose,
)
from trigforge.graph.equation import Equation

kif = FixedTypes.from_kif
PAIR = GraphInput("x", (2,), kif(1, 3, 1))
ROWS = GraphInput("x", (3, 2), kif(1, 3, 1))


def graph(
    name: str, inputs: Sequence[GraphInput], ops: Sequence[tuple[str, Op, tuple[str, ...]]], *outputs: str
) -> FixedPointGraph:
    """A graph of named ops; the last one is the output where none is named."""
    nodes = tuple(Node(*parts) for parts in ops)
    return FixedPointGraph(name, 1, tuple(inputs), nodes, outputs or (nodes[-1].name,))


def constant(*values: int) -> Constant:
    return Constant(FixedArray.of(values))


def mapped(axis: int, inputs: Sequence[str], *ops: tuple[str, Op, tuple[str, ...]]) -> Map:
    """A ``Map`` whose body ends in the last of its ops."""
    return Map.along(axis, Body(tuple(inputs), tuple(Node(*parts) for parts in ops), (ops[-1][0],)))


def requantize(k: int, i: int, f: int, rounding: Rounding = Rounding.RND, overflow: Overflow = Overflow.SAT) -> Op:
    return Requantize(kif(k, i, f), rounding, overflow)


def _modes() -> FixedPointGraph:
    rng = np.random.default_rng(5)
    ops: list[tuple[str, Op, tuple[str, ...]]] = []
    for rounding in Rounding:
        for overflow in Overflow:
            types = FixedTypes.of(rng.integers(0, 2, 6), rng.integers(0, 6, 6), rng.integers(-3, 6, 6))
            ops.append((f"{rounding}_{overflow}", Requantize(types, rounding, overflow), ("x",)))
    types = FixedTypes.of([1, 0, 1, 0, 1, 1], [6, 5, 4, 6, 1, 7], [3, 3, 4, 1, 0, 2])
    return graph("modes", [GraphInput("x", (6,), types)], ops, *(name for name, _, _ in ops))


def _summed_alone(*weights: Sequence[int]) -> EinsumDense:
    """Weights whose rows are added up before they meet ``x``: the graph bounds each product, the circuit their sum."""
    return EinsumDense(Equation.parse("ab,cd->bd"), FixedArray.of(weights))


_INNER = mapped(0, ["q"], ("f", requantize(1, 2, 1, Rounding.RND_CONV), ("q",)), ("g", Relu(), ("f",)))
_SQUARE = FixedArray.of([[1, 2, 3, 0], [0, 1, -1, 2], [5, 0, 3, 1], [1, 1, 1, 1]])
_REGISTER = InputKind.REGISTER

CORNERS = {
    found.name: found
    for found in (
        _modes(),
        graph("port_and_instance", [PAIR], [("x_1", Sum((0,)), ("x",))]),
        graph(
            "copy_and_instance",
            [ROWS],
            [("m", mapped(0, ["p"], ("r", Relu(), ("p",))), ("x",)), ("m_1", Sum((0, 1)), ("m",))],
        ),
        graph(
            "input_and_stage",
            [PAIR, GraphInput("s1_x", (2,), kif(1, 3, 1))],
            [("a", Add(), ("x", "s1_x")), ("b", Maximum(), ("a", "x")), ("c", Mul(), ("b", "s1_x"))],
        ),
        graph(
            "keywords",
            [GraphInput("event", (2,), kif(1, 3, 1)), GraphInput("reg", (2,), kif(1, 3, 1))],
            [
                ("small", Relu(), ("event",)),
                ("class", mapped(0, ["clk"], ("probe", Relu(), ("clk",))), ("reg",)),
                ("type", Sum((0,)), ("class",)),
                ("unused", Add(), ("small", "type")),
            ],
        ),
        graph(
            "one_identifier",
            [GraphInput("jet.pt", (2,), kif(1, 3, 1)), GraphInput("jet_pt", (2,), kif(0, 2, 2))],
            [("a.b", Add(), ("jet.pt", "jet_pt")), ("a_b", Mul(), ("a.b", "jet_pt")), ("z", Sub(), ("a.b", "a_b"))],
            "a.b",
            "a_b",
            "z",
        ),
        graph("graph_graph", [PAIR], [("a_graph", Sum((0,)), ("x",))]),
        graph("unread", [PAIR, GraphInput("y", (2,), kif(1, 4, 0))], [("a", Relu(), ("x",))]),
        graph("constants", [PAIR], [("c", constant(5, -3), ())]),
        graph("wires", [ROWS], [("r", Reshape((2, 3)), ("x",)), ("t", Transpose((1, 0)), ("r",))]),
        graph(
            "passed_through",
            [PAIR, GraphInput("k", (), kif(1, 2, 0))],
            [
                ("r", Relu(), ("x",)),
                ("c", constant(5, 0, -3), ()),
                ("again", Reshape((2, 1)), ("x",)),
                ("s", Sub(), ("r", "k")),
            ],
            *("x", "r", "c", "again", "s", "k"),
        ),
        graph(
            "known_better",
            [GraphInput("x", (2, 3), kif(0, 3, 1))],
            [("y", _summed_alone([1, 3], [-1, -2]), ("x",)), ("z", Transpose((1, 0)), ("y",))],
            *("y", "z"),
        ),
        graph(
            "known_better_in_map",
            [GraphInput("x", (2, 2, 3), kif(0, 3, 1))],
            [
                ("m", mapped(0, ["p"], ("y", _summed_alone([1, 3], [-1, -2]), ("p",))), ("x",)),
                ("z", Add(), ("m", "m")),
                ("n", mapped(1, ["p"], ("r", requantize(1, 2, 0), ("p",))), ("z",)),
            ],
            *("m", "z", "n"),
        ),
        graph(
            "always_chosen",
            [PAIR, GraphInput("y", (2,), kif(1, 2, 0))],
            [("c", constant(5, 3), ()), ("s", Select(FixedArray.of(-100)), ("x", "c", "y"))],
        ),
        graph(
            "map_in_map",
            [GraphInput("x", (3, 4), kif(1, [[3], [2], [2]], [[1], [0], [3]]))],
            [
                (
                    "m",
                    mapped(0, ["p"], ("d", Dense(_SQUARE), ("p",)), ("i", _INNER, ("d",)), ("h", Sum((0,)), ("i",))),
                    ("x",),
                )
            ],
        ),
        graph(
            "constant_in_one_slice",
            [
                GraphInput(
                    "x", (3, 2), kif([[1, 1], [0, 0], [1, 1]], [[3, 2], [0, 2], [3, 1]], [[1, 0], [0, 2], [1, 1]])
                )
            ],
            [
                ("c", Constant(FixedArray.of([[1, 2], [3, 2], [0, 2]], -1)), ()),
                (
                    "m",
                    mapped(0, ["p", "k"], ("d", Relu(), ("p",)), ("i", Sub(), ("p", "d")), ("j", Mul(), ("i", "k"))),
                    ("x", "c"),
                ),
            ],
        ),
        graph(
            "long_constants",
            [GraphInput("x", (3,), kif(1, 5, 0))],
            [
                (
                    "d",
                    Dense(
                        FixedArray.of([[2**30 - 1, -(2**29) - 12345], [123456789, 1], [-987654321, 2**30 - 7]]),
                        FixedArray.of([2**35 + 1, -3]),
                    ),
                    ("x",),
                )
            ],
        ),
        graph(
            "sixty_three_bits",
            [GraphInput("x", (2,), FixedTypes.of(1, 58, 30))],
            [
                ("a", Dense(FixedArray.of([[3, 1], [-1, 17]])), ("x",)),
                ("q", Requantize(FixedTypes.of(1, 63, 33), Rounding.RND, Overflow.SAT_SYM), ("a",)),
                ("r", Requantize(FixedTypes.of(0, 40, 12), Rounding.RND_CONV, Overflow.SAT_ZERO), ("a",)),
            ],
            *("a", "q", "r"),
        ),
    )
}
"""Graphs of event inputs."""

RELOADED = {
    found.name: found
    for found in (
        graph(
            "reloaded",
            [PAIR, GraphInput("w", (2, 2), kif(1, 2, 2), kind=_REGISTER)],
            [
                ("y", Einsum(Equation.parse("a,ab->b")), ("x", "w")),
                ("w_flat", Reshape((4,)), ("w",)),
                ("v", Relu(), ("w_flat",)),
            ],
            *("y", "w_flat", "v"),
        ),
        graph(
            "reloaded_in_map",
            [ROWS, GraphInput("w", (3, 2), kif(1, [[2], [2], [3]], [[2], [1], [0]]), kind=_REGISTER)],
            [("m", mapped(0, ["p", "k"], ("y", Mul(), ("p", "k")), ("s", Sum((0,)), ("y",))), ("x", "w"))],
        ),
    )
}
"""Graphs whose input ``w`` is a register."""

STORED = graph(
    "stored",
    [GraphInput("x", (2, 3), kif(1, [3, 2, 2], [1, 2, 0]))],
    [
        (
            "particles",
            mapped(
                0,
                ["particle"],
                (
                    "phi",
                    Dense(FixedArray.of([[3, -5], [7, 0], [-2, 11]], -2), FixedArray.of([1, -1], -3)),
                    ("particle",),
                ),
                ("relu", Relu(), ("phi",)),
                ("short", requantize(0, 3, 1, Rounding.RND_CONV), ("relu",)),
            ),
            ("x",),
        ),
        ("pooled", Sum((0,)), ("particles",)),
        ("clipped", requantize(0, 2, 1, Rounding.TRN), ("pooled",)),
        (
            "square",
            Lookup((Table(0, -1, FixedArray.of([n * n % 13 - 6 for n in range(8)], -2)),), Integers([0])),
            ("clipped",),
        ),
        ("rho", Dense(FixedArray.of([[5], [-3]], -1)), ("square",)),
    ],
)
"""A ``Map``, a table, a requantization and an adder graph: its Verilog is stored."""
