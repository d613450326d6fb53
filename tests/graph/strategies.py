"""Random ops on tiny tensors, and random graphs made of them. Everything follows from a seed."""

from collections.abc import Callable
from typing import Any

import numpy as np

from trigforge.fixed import FixedArray, FixedTypes, Integers, Interval, Overflow, Rounding
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
    InputKind,
    LeadingOne,
    Lookup,
    Map,
    Max,
    Maximum,
    Min,
    Minimum,
    Mul,
    NanPolicy,
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
from trigforge.graph.equation import Equation

Rng = np.random.Generator
Shape = tuple[int, ...]
Case = tuple[Op, list[Interval]]


def tiny(rng: Rng, shape: Shape, bits: float = 9, lsb: tuple[int, int] = (-2, 2), least: int = -3) -> Interval:
    """A tensor whose elements together take at most ``2**bits`` values; some are constant, some always 0."""
    reach = rng.integers(0, 4, shape) * rng.integers(0, 2, shape)
    while np.log2(reach + 1.0).sum() > bits:
        reach = reach * rng.integers(0, 2, shape)
    lo = rng.integers(least, 3, shape)
    return Interval.of(lo, lo + reach, rng.integers(lsb[0], lsb[1] + 1, shape))


def constants(rng: Rng, *shape: int) -> FixedArray:
    """About a third of the entries are 0."""
    return FixedArray.of(rng.integers(-5, 6, shape) * rng.integers(0, 3, shape), int(rng.integers(-3, 3)))


def maybe_bias(rng: Rng, *shape: int) -> FixedArray | None:
    return constants(rng, *shape) if rng.random() < 0.5 else None


def types(rng: Rng, *shape: int) -> FixedTypes:
    """Widths from -1, which is 0, to 4."""
    grain = tuple(n if rng.random() < 0.7 else 1 for n in shape)
    return FixedTypes.of(rng.integers(0, 2, grain), rng.integers(-1, 5, grain), rng.integers(-1, 4, grain))


def pick(rng: Rng, *choices: Any) -> Any:
    return choices[int(rng.integers(len(choices)))]


def _dense(rng: Rng) -> Case:
    shape = pick(rng, (3,), (2, 2), (1, 2, 2))
    return Dense(constants(rng, shape[-1], 3), maybe_bias(rng, 3)), [tiny(rng, shape)]


def _einsum_dense(rng: Rng) -> Case:
    equation, x, weight, bias = pick(
        rng,
        ("ab,bc->ac", (2, 2), (2, 3), (3,)),
        ("ab,ab->b", (2, 3), (2, 3), (3,)),
        ("abc,cd->dab", (2, 1, 2), (2, 2), (2, 1, 1)),
        ("ab,c->abc", (2, 2), (2,), (2, 2, 2)),
        ("ab,c->c", (2, 2), (3,), (1,)),
    )
    return EinsumDense(Equation.parse(equation), constants(rng, *weight), maybe_bias(rng, *bias)), [tiny(rng, x)]


def _conv1d(rng: Rng) -> Case:
    stride, dilation, before, after = (int(n) for n in rng.integers((1, 1, 0, 0), (3, 3, 3, 3)))
    op = Conv1D(constants(rng, 2, 2, 2), maybe_bias(rng, 2), stride, (before, after), dilation)
    return op, [tiny(rng, (4, 2))]


def _conv2d(rng: Rng) -> Case:
    stride, dilation = (tuple(int(n) for n in rng.integers(1, 3, 2)) for _ in range(2))
    padding = tuple(int(n) for n in rng.integers(0, 2, 4))
    op = Conv2D(constants(rng, 2, 1, 2, 2), maybe_bias(rng, 2), stride, padding, dilation)
    return op, [tiny(rng, (3, 2, 2))]


def _einsum(rng: Rng) -> Case:
    """Each output meets an entry of an operand once, so that the ends are attained."""
    equation, x, y = pick(
        rng,
        ("ab,bc->ac", (2, 2), (2, 2)),
        ("ab,cb->ca", (2, 2), (1, 2)),
        ("a,a->", (3,), (3,)),
        ("ab,ba->b", (2, 2), (2, 2)),
    )
    return Einsum(Equation.parse(equation)), [tiny(rng, x, 5), tiny(rng, y, 5)]


def _pair(op: Op) -> Callable[[Rng], Case]:
    def make(rng: Rng) -> Case:
        x, y = pick(rng, ((3,), (3,)), ((2, 2), (2,)), ((2, 1), (1, 2)), ((), (2,)), ((), ()))
        return op, [tiny(rng, x, 5), tiny(rng, y, 5)]

    return make


def _reduction(kind: Callable[[tuple[int, ...]], Op]) -> Callable[[Rng], Case]:
    def make(rng: Rng) -> Case:
        shape, axes = pick(rng, ((3,), (0,)), ((2, 3), (1,)), ((2, 2), (0, 1)), ((2, 2, 2), (0, 2)))
        return kind(axes), [tiny(rng, shape)]

    return make


def _select(rng: Rng) -> Case:
    c, x, y = pick(rng, ((2,), (2,), (2,)), ((2, 1), (2,), ()), ((1,), (2,), (2,)))
    return Select(constants(rng, *pick(rng, (), (2,)))), [tiny(rng, c, 4), tiny(rng, x, 3), tiny(rng, y, 3)]


def _lookup(rng: Rng) -> Case:
    shape = pick(rng, (3,), (2, 2), ())
    x = tiny(rng, shape)
    scale = x.hull_lsb - int(rng.integers(0, 2))
    lo, hi = x.at(scale)
    first, last = int(lo.min()) - int(rng.integers(0, 3)), int(hi.max()) + int(rng.integers(0, 3))
    tables = tuple(Table(first, scale, constants(rng, last - first + 1)) for _ in range(2))
    return Lookup(tables, Integers(rng.integers(0, 2, pick(rng, shape, (1,) * len(shape))))), [x]


def _shift(rng: Rng) -> Case:
    return Shift(Integers(rng.integers(-3, 4, pick(rng, (2, 3), (3,), ())))), [tiny(rng, (2, 3))]


def _leading_one(rng: Rng) -> Case:
    return LeadingOne(), [tiny(rng, (3,), least=0)]


def _shift_by(rng: Rng) -> Case:
    x, n = pick(rng, ((3,), (3,)), ((2, 1), (2,)), ((2,), ()))
    return ShiftBy(), [tiny(rng, x, 5), tiny(rng, n, 4, lsb=(0, 1))]


def _reshape(rng: Rng) -> Case:
    return Reshape(pick(rng, (4,), (2, 1, 2), (4, 1))), [tiny(rng, (2, 2))]


def _transpose(rng: Rng) -> Case:
    return Transpose(tuple(int(n) for n in rng.permutation(3))), [tiny(rng, (2, 1, 3))]


def _slice(rng: Rng) -> Case:
    start = (int(rng.integers(0, 2)), int(rng.integers(0, 2)))
    return Slice(start, (2, 3), (1, int(rng.integers(1, 3)))), [tiny(rng, (2, 3))]


def _concat(rng: Rng) -> Case:
    return Concat(1), [tiny(rng, (2, n), 4) for n in (1, 2, 1)[: int(rng.integers(2, 4))]]


def _gather(rng: Rng) -> Case:
    return Gather(Integers(rng.integers(0, 3, 4)), 1), [tiny(rng, (2, 3))]


def _requantize(rng: Rng) -> Case:
    mode = Rounding(pick(rng, *Rounding)), Overflow(pick(rng, *Overflow))
    return Requantize(types(rng, 2, 3), *mode), [tiny(rng, (2, 3))]


def _map(rng: Rng) -> Case:
    weight = constants(rng, 2, 2)
    inner = Map.along(0, Body(("v",), (Node("v.relu", Relu(), ("v",)),), ("v.relu",)))
    nodes = (
        Node("dense", Dense(weight, maybe_bias(rng, 2)), ("a",)),
        Node("each", inner, ("dense",)),
        Node("sum", Add(), ("each", "b")),
    )
    axis = int(rng.integers(0, 2))
    shape = (3, 2) if axis == 0 else (2, 3)
    return Map.along(axis, Body(("a", "b"), nodes, ("sum",))), [tiny(rng, shape, 5), tiny(rng, shape, 4)]


MAKERS: dict[str, Callable[[Rng], Case]] = {
    "Constant": lambda rng: (Constant(constants(rng, 2, 2)), []),
    "Dense": _dense,
    "EinsumDense": _einsum_dense,
    "Conv1D": _conv1d,
    "Conv2D": _conv2d,
    "Einsum": _einsum,
    "Add": _pair(Add()),
    "Sub": _pair(Sub()),
    "Mul": _pair(Mul()),
    "Maximum": _pair(Maximum()),
    "Minimum": _pair(Minimum()),
    "Sum": _reduction(Sum),
    "Max": _reduction(Max),
    "Min": _reduction(Min),
    "Select": _select,
    "Relu": lambda rng: (Relu(), [tiny(rng, (2, 2))]),
    "Lookup": _lookup,
    "Shift": _shift,
    "LeadingOne": _leading_one,
    "ShiftBy": _shift_by,
    "Reshape": _reshape,
    "Transpose": _transpose,
    "Slice": _slice,
    "Concat": _concat,
    "Gather": _gather,
    "Requantize": _requantize,
    "Map": _map,
}
"""a maker of random cases for each op, by its name"""


def random_case(name: str, seed: int) -> Case:
    """An op of the class ``name`` and operands that it takes."""
    return MAKERS[name](np.random.default_rng([seed, list(MAKERS).index(name)]))


def random_graph(seed: int, ops: int = 6) -> FixedPointGraph:
    """A few random ops, each behind inputs of its own, in shapes and types that it takes; several outputs.

    What each op needs of its operands beyond that (no negative numbers, a table that covers them) a ``Requantize``, or
    the type of the input, provides.
    """
    rng = np.random.default_rng(seed)
    inputs: list[GraphInput] = []
    nodes: list[Node] = []
    for n in range(ops):
        op, operands = MAKERS[pick(rng, *MAKERS)](rng)
        names = [f"in{n}.{m}" for m in range(len(operands))]
        if isinstance(op, Lookup):
            op = Lookup(tuple(Table(-64, -5, constants(rng, 128)) for _ in op.tables), op.index)
        for name, operand in zip(names, operands, strict=True):
            inputs.append(_input(rng, name, operand, isinstance(op, Lookup)))
        nodes.append(Node(f"node{n}.{type(op).__name__.lower()}", op, tuple(names)))
    outputs = tuple(node.name for node in nodes if rng.random() < 0.7) or (nodes[-1].name,)
    return FixedPointGraph(f"random_{seed}", int(rng.integers(0, 9)), tuple(inputs), tuple(nodes), outputs)


def _input(rng: Rng, name: str, operand: Interval, narrow: bool) -> GraphInput:
    """The type of each element holds its interval, so it is as fit for the op as that is."""
    encoding = InputEncoding(
        scale=pick(rng, FixedArray.of(1), FixedArray.of(3, -4), constants(rng, *operand.shape)),
        rounding=pick(rng, *Rounding),
        overflow=pick(rng, *Overflow),
        nan_policy=pick(rng, *NanPolicy),
    )
    own = FixedTypes.of(1, 4, 2) if narrow else operand.types
    return GraphInput(name, operand.shape, own, encoding, pick(rng, *InputKind))
