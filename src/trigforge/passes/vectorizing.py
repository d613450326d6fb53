"""The nodes of a ``Map``'s body on all slices at once: the opposite of ``slicing``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from string import ascii_letters
from typing import assert_never

import numpy as np

from trigforge.fixed import FixedArray, Interval
from trigforge.fixed.exact import IntArray
from trigforge.graph.equations import dense_equation
from trigforge.graph.infer import infer
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
    Map,
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
    Transpose,
)
from trigforge.passes.axes import rearranged, with_axis
from trigforge.passes.rewriting import free_name, only_value, redirected

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Stacked:
    """All slices of a body's tensor in one: its name, and the axis along which they stand."""

    name: str
    axis: int


class Vectorizer:
    """Emits nodes that do to all slices at once what a body does to one.

    ``inside`` holds the intervals of the body's tensors, ``outside`` those of all tensors around it, ``taken`` the
    names that are not free. A body's tensor is found in ``stacked``, or is a constant and becomes a ``Constant`` where
    it is used.
    """

    def __init__(
        self, inside: Mapping[str, Interval], outside: dict[str, Interval], taken: set[str], copies: int, prefix: str
    ) -> None:
        self.inside, self.outside, self.taken = inside, outside, taken
        self.copies, self.prefix = copies, prefix
        self.nodes: list[Node] = []
        self.stacked: dict[str, Stacked] = {}
        self.constants: dict[str, FixedArray] = {}

    def bind(self, inputs: Sequence[str], operands: Sequence[str], axis: int) -> None:
        """Give the body's inputs, whose slices stand along ``axis``."""
        for name, operand in zip(inputs, operands, strict=True):
            self.stacked[name] = Stacked(operand, axis)

    def finish(self, output: str, axis: int) -> list[Node]:
        """All nodes, the last of them under the name ``prefix``: the body's output, its slices along ``axis``."""
        name = self.all_slices(output, axis)
        if name not in {node.name for node in self.nodes}:
            name = self.emit(output, Transpose(tuple(range(len(self.outside[name].shape)))), name)
        self.outside[self.prefix] = self.outside.pop(name)
        nodes = redirected(self.nodes, {name: self.prefix})
        return [replace(node, name=self.prefix) if node.name == name else node for node in nodes]

    def add(self, node: Node) -> None:
        """Vectorize one node of the body."""
        if node.operands and any(name in self.stacked for name in node.operands):
            self.stacked[node.name] = self._stacked(node)
            return
        value = only_value(self.inside[node.name])
        assert value is not None, "what depends on no input is a constant"
        self.constants[node.name] = value

    def emit(self, wanted: str, op: Op, *operands: str) -> str:
        """Append a node under a free name."""
        name = wanted if wanted not in self.taken else free_name(f"{self.prefix}.{wanted}", self.taken)
        self.taken.add(name)
        self.nodes.append(Node(name, op, operands))
        self.outside[name] = infer(op, [self.outside[operand] for operand in operands])
        return name

    def all_slices(self, name: str, axis: int) -> str:
        """A tensor with its slices along ``axis``."""
        if name in self.constants:
            return self.emit(name, Constant(self._copies(self.constants[name], axis)))
        here = self.stacked[name]
        if here.axis == axis:
            return here.name
        order = list(range(len(self.inside[name].shape) + 1))
        order.insert(axis, order.pop(here.axis))
        return self.emit(f"{here.name}.moved", Transpose(tuple(order)), here.name)

    def _copies(self, value: FixedArray, axis: int) -> FixedArray:
        return rearranged(value, lambda v: np.stack([v] * self.copies, axis=axis))

    def _shape(self, name: str) -> Shape:
        return self.inside[name].shape

    def _stacked(self, node: Node) -> Stacked:
        """The whole node; ``axis`` is where the slices of its first operand that varies stand."""
        op, name, out = node.op, node.name, self._shape(node.name)
        first = next(operand for operand in node.operands if operand in self.stacked)
        axis, x = self.stacked[first].axis, self.stacked[first].name
        match op:
            case Dense(weight, bias):
                if axis < len(self._shape(first)):
                    return Stacked(self.emit(name, op, x), axis)
                return self._einsum_dense(name, EinsumDense(dense_equation(len(out)), weight, bias), x, axis, out)
            case EinsumDense():
                return self._einsum_dense(name, op, x, axis, out)
            case Conv1D():
                return self._conv1d(name, op, first)
            case Conv2D():
                return self._conv2d(name, op, first)
            case Einsum(equation):
                return self._einsum(node, equation)
            case Add() | Sub() | Mul() | Maximum() | Minimum() | ShiftBy() | Select():
                return self._elementwise(node, op)
            case Sum(axes) | Max(axes) | Min(axes):
                moved = tuple(a + (a >= axis) for a in axes)
                return Stacked(self.emit(name, type(op)(moved), x), axis - sum(a < axis for a in axes))
            case Relu():
                return Stacked(self.emit(name, op, x), axis)
            case LeadingOne():
                return self._leading_one(name, first)
            case Lookup(index=index):
                return Stacked(self.emit(name, replace(op, index=with_axis(index, len(out), axis)), x), axis)
            case Shift(places):
                return Stacked(self.emit(name, Shift(with_axis(places, len(out), axis)), x), axis)
            case Requantize(types):
                return Stacked(self.emit(name, replace(op, types=with_axis(types, len(out), axis)), x), axis)
            case Reshape(shape):
                return self._reshape(name, shape, first)
            case Transpose(permutation):
                order = [a + (a >= axis) for a in permutation]
                order.insert(axis, axis)
                return Stacked(self.emit(name, Transpose(tuple(order)), x), axis)
            case Slice(start, stop, step):
                whole = zip((start, stop, step), (0, self.copies, 1), strict=True)
                cuts = [(*entries[:axis], entry, *entries[axis:]) for entries, entry in whole]
                return Stacked(self.emit(name, Slice(*cuts), x), axis)
            case Concat(along):
                operands = [self.all_slices(operand, axis) for operand in node.operands]
                return Stacked(self.emit(name, Concat(along + (along >= axis)), *operands), axis)
            case Gather(indices, along):
                return Stacked(self.emit(name, Gather(indices, along + (along >= axis)), x), axis)
            case Constant() | Map():
                raise AssertionError("a Constant has no operands, and Maps inside of Maps are inlined first")
            case _:
                assert_never(op)

    def _einsum_dense(self, name: str, op: EinsumDense, x: str, axis: int, out: Shape) -> Stacked:
        left, _, output = op.equation.partition("->")
        term, weight_term = left.split(",")
        letter = next(free for free in ascii_letters if free not in left)
        to = min(axis, len(output))
        equation = f"{term[:axis]}{letter}{term[axis:]},{weight_term}->{output[:to]}{letter}{output[to:]}"
        bias = None if op.bias is None else with_axis(op.bias, len(out), to)
        return Stacked(self.emit(name, EinsumDense(equation, op.weight, bias), x), to)

    def _einsum(self, node: Node, equation: str) -> Stacked:
        left, _, output = equation.partition("->")
        letter = next(free for free in ascii_letters if free not in left)
        terms: list[str] = []
        operands: list[str] = []
        for term, operand in zip(left.split(","), node.operands, strict=True):
            if operand in self.constants:
                operands.append(self.emit(operand, Constant(self.constants[operand])))
                terms.append(term)
            else:
                axis = self.stacked[operand].axis
                operands.append(self.stacked[operand].name)
                terms.append(f"{term[:axis]}{letter}{term[axis:]}")
        name = self.emit(node.name, Einsum(f"{','.join(terms)}->{letter}{output}"), *operands)
        return Stacked(name, 0)

    def _elementwise(self, node: Node, op: Op) -> Stacked:
        """The axis stays where it stands in the widest operand; narrower ones get axes of length 1."""
        rank = len(self._shape(node.name))
        widest = [self.stacked[n].axis for n in node.operands if n in self.stacked and len(self._shape(n)) == rank]
        axis = widest[0] if widest else 0
        if isinstance(op, Select):
            op = Select(with_axis(op.threshold, rank, axis))
        operands = [self._aligned(operand, rank, axis) for operand in node.operands]
        return Stacked(self.emit(node.name, op, *operands), axis)

    def _aligned(self, name: str, rank: int, axis: int) -> str:
        """A tensor that broadcasts, as the original does to one of ``rank`` axes, with its slices along ``axis``."""
        if name in self.constants:
            return self.emit(name, Constant(with_axis(self.constants[name], rank, axis)))
        shape = self._shape(name)
        missing = rank - len(shape)
        if axis >= missing:
            return self.all_slices(name, axis - missing)
        stretched = (self.copies, *(1,) * (missing - axis), *shape)
        return self.emit(f"{self.stacked[name].name}.aligned", Reshape(stretched), self.all_slices(name, 0))

    def _reshape(self, name: str, shape: Shape, first: str) -> Stacked:
        before, axis = self._shape(first), self.stacked[first].axis
        for to in range(len(shape) + 1):
            if prod(shape[:to]) == prod(before[:axis]):
                stretched = (*shape[:to], self.copies, *shape[to:])
                return Stacked(self.emit(name, Reshape(stretched), self.stacked[first].name), to)
        return Stacked(self.emit(name, Reshape((self.copies, *shape)), self.all_slices(first, 0)), 0)

    def _leading_one(self, name: str, first: str) -> Stacked:
        here, meant = self.stacked[first], self.inside[first]
        lsb = np.broadcast_to(np.expand_dims(meant.lsb.values, here.axis), self.outside[here.name].shape)
        nodes = leading_one(name, here.name, self.outside[here.name], lsb, {name})
        names = {here.name: here.name}
        for node in nodes:
            names[node.name] = self.emit(node.name, node.op, *(names[operand] for operand in node.operands))
        return Stacked(names[name], here.axis)

    def _conv1d(self, name: str, op: Conv1D, first: str) -> Stacked:
        """A second spatial axis whose kernel has length 1."""
        axis = self.stacked[first].axis % 2
        x = self.all_slices(first, axis)
        (a, b), s, d = op.padding, op.stride, op.dilation
        weight = rearranged(op.weight, lambda v: np.expand_dims(v, axis))
        bias = None if op.bias is None else with_axis(op.bias, 2, axis)
        if axis == 0:
            return Stacked(self.emit(name, Conv2D(weight, bias, (1, s), (0, 0, a, b), (1, d)), x), 0)
        return Stacked(self.emit(name, Conv2D(weight, bias, (s, 1), (a, b, 0, 0), (d, 1)), x), 1)

    def _conv2d(self, name: str, op: Conv2D, first: str) -> Stacked:
        """One convolution for each slice: there are none over three axes."""
        x, shape, out = self.all_slices(first, 0), self._shape(first), self._shape(name)
        rows: list[str] = []
        for n in range(self.copies):
            cut = self.emit(f"{name}.cut{n}", Slice((n, 0, 0, 0), (n + 1, *shape), (1, 1, 1, 1)), x)
            image = self.emit(f"{name}.image{n}", Reshape(shape), cut)
            rows.append(self.emit(f"{name}.row{n}", Reshape((1, *out)), self.emit(f"{name}.conv{n}", op, image)))
        if len(rows) == 1:
            return Stacked(rows[0], 0)
        return Stacked(self.emit(name, Concat(0), *rows), 0)


def leading_one(name: str, operand: str, found: Interval, lsb: IntArray, taken: set[str]) -> tuple[Node, ...]:
    """``LeadingOne`` of a tensor that is now ``found`` and had elements of these lsbs before: what it made of 0.

    Names of helpers are added to ``taken``."""
    if not bool(((found.lo.values == 0) & (found.lsb.values != lsb)).any()):
        return (Node(name, LeadingOne(), (operand,)),)
    exponent, of_zero = (free_name(f"{name}.{helper}", taken) for helper in ("exponent", "of_zero"))
    taken.update((exponent, of_zero))
    return (
        Node(exponent, LeadingOne(), (operand,)),
        Node(of_zero, Constant(FixedArray.of(lsb)), ()),
        Node(name, Select(FixedArray.of(1, found.hull.lsb)), (operand, exponent, of_zero)),
    )
