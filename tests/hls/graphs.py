"""Small graphs, one or more for each op and each corner of the C++ types, by name."""

from collections.abc import Sequence

import numpy as np

from trigforge.fixed import FixedArray, FixedTypes, Integers, Overflow, Rounding
from trigforge.graph.equation import Equation
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.inputs import GraphInput
from trigforge.graph.ops import (
    Add,
    Concat,
    Constant,
    Conv1D,
    Conv2D,
    Dense,
    Einsum,
    EinsumDense,
    Gather,
    LeadingOne,
    Lookup,
    Max,
    Maximum,
    Min,
    Minimum,
    Mul,
    Node,
    Op,
    Relu,
    Requantize,
    Reshape,
    Select,
    Shift,
    ShiftBy,
    Slice,
    Sub,
    Sum,
    Table,
    Transpose,
)

_RNG = np.random.default_rng(11)


def _input(name: str, shape: tuple[int, ...], *, unsigned: bool = False) -> GraphInput:
    """Types that differ along the last axis; some elements are always 0, some have negative integer bits."""
    grain = (*(1,) * (len(shape) - 1), shape[-1]) if shape else ()
    width, integer = _RNG.integers(0, 7, grain), _RNG.integers(-2, 5, grain)
    signed = np.zeros_like(width) if unsigned else _RNG.integers(0, 2, grain)
    return GraphInput(name, shape, FixedTypes.of(signed, width, integer))


def _constant(shape: tuple[int, ...], lsb: int = -3, bound: int = 7) -> FixedArray:
    return FixedArray.of(_RNG.integers(-bound, bound + 1, shape), lsb)


def _graph(name: str, inputs: Sequence[GraphInput], ops: Sequence[tuple[str, Op, tuple[str, ...]]]) -> FixedPointGraph:
    nodes = tuple(Node(*parts) for parts in ops)
    return FixedPointGraph(name, 1, tuple(inputs), nodes, tuple(node.name for node in nodes))


def _unary(name: str, shape: tuple[int, ...], *ops: Op, unsigned: bool = False) -> FixedPointGraph:
    """Each op on the same input; every result is an output."""
    x = _input("x", shape, unsigned=unsigned)
    return _graph(name, [x], [(f"y{n}", op, ("x",)) for n, op in enumerate(ops)])


def _binary(name: str, x: tuple[int, ...], y: tuple[int, ...], *ops: Op) -> FixedPointGraph:
    inputs = [_input("x", x), _input("y", y)]
    return _graph(name, inputs, [(f"z{n}", op, ("x", "y")) for n, op in enumerate(ops)])


def _lookups() -> FixedPointGraph:
    """Tables finer and coarser than the tensor, shared and not, reaching beyond what is used."""
    x = GraphInput("x", (2, 3), FixedTypes.of([1, 0, 1], [4, 3, 3], [2, 3, 5]))
    tables = (
        Table(-10, -2, _constant((22,), -5, 100)),
        Table(0, 0, _constant((8,), 1)),
        Table(-64, -2, _constant((128,), -7, 30)),
    )
    return _graph("lookup", [x], [("y", Lookup(tables, Integers([[0, 1, 2]])), ("x",))])


def _names() -> FixedPointGraph:
    """Names that are keywords of C++, attributes of hls4ml, differ in case only, or hold dots."""
    types = FixedTypes.of(1, 4, 2)
    inputs = [GraphInput(name, (2,), types) for name in ("float", "input", "w2", "layer3_out", "X")]
    requantize = Requantize(FixedTypes.of(1, 3, 2), Rounding.RND, Overflow.SAT)
    ops = [
        ("weight", requantize, ("float",)),
        ("x", requantize, ("X",)),
        ("trace", Add(), ("weight", "x")),
        ("dense.iq", Sub(), ("w2", "layer3_out")),
        ("dense_iq", Mul(), ("input", "trace")),
        ("std", requantize, ("dense_iq",)),
        ("config5", Relu(), ("std",)),
        ("out", Concat(0), ("dense.iq", "config5")),
    ]
    return _graph("names", inputs, ops)


def _ports() -> FixedPointGraph:
    """Outputs that are inputs, that are read further on, that are reshaped, and that are asked for twice."""
    inputs = (_input("x", (2, 3)), _input("y", (3,)))
    nodes = (
        Node("flat", Reshape((6,)), ("x",)),
        Node("r", Relu(), ("flat",)),
        Node("again", Reshape((3, 2)), ("r",)),
        Node("s", Sum((0, 1)), ("again",)),
        Node("t", Add(), ("s", "y")),
    )
    return FixedPointGraph("ports", 1, inputs, nodes, ("x", "flat", "r", "again", "s", "t", "r"))


def _requantize(name: str, signed: int, width: int, integer_bits: int) -> FixedPointGraph:
    """All 28 modes, from one type to random ones."""
    ops: list[tuple[str, Op, tuple[str, ...]]] = []
    for rounding in Rounding:
        for overflow in Overflow:
            types = FixedTypes.of(_RNG.integers(0, 2, 6), _RNG.integers(0, 6, 6), _RNG.integers(-4, 8, 6))
            ops.append((f"{rounding}_{overflow}", Requantize(types, rounding, overflow), ("x",)))
    return _graph(name, [GraphInput("x", (6,), FixedTypes.of(signed, width, integer_bits))], ops)


def _slices() -> FixedPointGraph:
    """All 28 modes over slices whose types repeat from one to the next, and from pair to pair."""
    ops: list[tuple[str, Op, tuple[str, ...]]] = []
    for rounding in Rounding:
        for overflow in Overflow:
            for count in (3, 6):
                fields = (_RNG.integers(0, 2, count), _RNG.integers(0, 6, count), _RNG.integers(-4, 8, count))
                types = FixedTypes.of(*(np.resize(field, 12).reshape(4, 3) for field in fields))
                ops.append((f"every_{count}_{rounding}_{overflow}", Requantize(types, rounding, overflow), ("x",)))
    return _graph("slices", [GraphInput("x", (4, 3), FixedTypes.of(1, 7, 3))], ops)


def _all() -> list[FixedPointGraph]:
    wide = GraphInput("x", (4,), FixedTypes.of(1, 58, 20))
    return [
        _requantize("requantize_signed", 1, 6, 3),
        _requantize("requantize_unsigned", 0, 5, 2),
        _requantize("requantize_one_bit", 1, 1, 0),
        _unary("dense", (5,), Dense(_constant((5, 3))), Dense(_constant((5, 4), 2), _constant((4,), -6))),
        _unary("dense_rows", (3, 4), Dense(_constant((4, 2)), _constant((2,)))),
        _unary("dense_nothing", (4,), Dense(_constant((4, 2), 0, 0)), Dense(FixedArray.of([[-1], [0], [-1], [-1]]))),
        _unary(
            "einsum_dense",
            (3, 4),
            EinsumDense(Equation.parse("ab,bc->ca"), _constant((4, 2)), _constant((2, 1))),
            EinsumDense(Equation.parse("ab,abc->ac"), _constant((3, 4, 2)), _constant((2,))),
            EinsumDense(Equation.parse("ab,ab->"), _constant((3, 4))),
            EinsumDense(Equation.parse("ab,cd->bd"), _constant((2, 3)), _constant((4, 1))),
            EinsumDense(Equation.parse("ab,->ba"), _constant(())),
        ),
        _binary(
            "einsum",
            (3, 4),
            (4, 2),
            Einsum(Equation.parse("ab,bc->ac")),
            Einsum(Equation.parse("ab,bc->cab")),
            Einsum(Equation.parse("ab,cd->bd")),
            Einsum(Equation.parse("ab,cd->")),
        ),
        _unary(
            "conv1d",
            (7, 2),
            Conv1D(_constant((3, 2, 2)), _constant((2,)), stride=2, padding=(1, 2)),
            Conv1D(_constant((2, 2, 3)), None, dilation=3),
            Conv1D(_constant((1, 2, 3)), _constant((3,))),
        ),
        _unary(
            "conv2d",
            (5, 4, 2),
            Conv2D(_constant((3, 2, 2, 2)), _constant((2,)), stride=(2, 1), padding=(1, 0, 0, 2)),
            Conv2D(_constant((2, 2, 2, 1)), None, dilation=(2, 1)),
            Conv2D(_constant((1, 1, 2, 2))),
        ),
        _binary("merges", (2, 3), (2, 3), Add(), Sub(), Mul(), Maximum(), Minimum()),
        _binary("broadcast", (3, 1), (2, 1, 4), Add(), Sub(), Mul(), Maximum(), Minimum()),
        _binary("scalars", (), (2,), Add(), Mul(), Maximum()),
        _unary("sums", (2, 3, 2), Sum((1,)), Sum((0, 2)), Sum((0, 1, 2))),
        _unary("extrema", (2, 3, 2), Max((1,)), Max((0, 2)), Min((0, 1, 2)), Min((0,))),
        _graph(
            "select",
            [_input("c", (2, 3)), _input("x", (3,)), _input("y", (2, 1))],
            [
                ("zero", Select(FixedArray.of(0)), ("c", "x", "y")),
                ("each", Select(_constant((3,), -4)), ("c", "y", "x")),
            ],
        ),
        _unary("relu", (2, 4), Relu()),
        _lookups(),
        _unary("shift", (2, 3), Shift(Integers([[3, -2, 0]])), Shift(Integers(-70)), Shift(Integers(70))),
        _unary("leading_one", (6,), LeadingOne(), unsigned=True),
        _graph(
            "shift_by",
            [_input("x", (2, 3)), GraphInput("n", (3,), FixedTypes.of([1, 0, 1], [3, 3, 2], [3, 4, 2]))],
            [("y", ShiftBy(), ("x", "n"))],
        ),
        _unary("transpose", (2, 3, 4), Transpose((2, 0, 1)), Transpose((0, 2, 1)), Transpose((0, 1, 2))),
        _unary(
            "pieces",
            (4, 3),
            Slice((1, 0), (4, 3), (2, 1)),
            Gather(Integers([3, 0, 0]), 0),
            Gather(Integers([2]), 1),
            Reshape((2, 6)),
        ),
        _graph(
            "vector", [_input("x", (4,))], [("y", Transpose((0,)), ("x",)), ("z", Gather(Integers([1]), 0), ("y",))]
        ),
        _graph(
            "concat",
            [_input("a", (2, 1, 2)), _input("b", (2, 3, 2)), _input("c", (2, 2, 2))],
            [
                ("middle", Concat(1), ("a", "b", "c")),
                ("first", Concat(0), ("b", "b")),
                ("last", Concat(2), ("a", "a", "a")),
            ],
        ),
        _graph(
            "concat_four_axes",
            [_input("a", (2, 1, 2, 2)), _input("b", (2, 3, 2, 2))],
            [("y", Concat(1), ("a", "b", "a"))],
        ),
        _graph(
            "constant",
            [_input("x", (2,))],
            [("c", Constant(_constant((3, 2), -9, 200)), ()), ("y", Mul(), ("x", "c"))],
        ),
        _graph("wide", [wide], [("y", Add(), ("x", "x")), ("z", Dense(FixedArray.of([[1], [-1], [1], [-1]])), ("x",))]),
        _names(),
        _ports(),
        _slices(),
    ]


GRAPHS = {graph.name: graph for graph in _all()}
