"""The nodes of a ``Map``'s body on all slices at once: the opposite of ``slicing``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import assert_never

import numpy as np

from trigforge.fixed import FixedArray, Integers, Interval
from trigforge.fixed.exact import IntArray
from trigforge.graph.equation import Equation
from trigforge.graph.infer import infer
from trigforge.graph.ops import (
    Concat,
    Constant,
    Conv1D,
    Conv2D,
    Dense,
    Einsum,
    EinsumDense,
    Gather,
    LeadingOne,
    Map,
    Node,
    Op,
    Pairwise,
    Reduction,
    Reshape,
    Select,
    Slice,
    Transpose,
    Unary,
)
from trigforge.passes.axes import rearranged, with_axis, with_parameter
from trigforge.passes.rewriting import free_name, only_value, redirected

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Stacked:
    """All slices of a body's tensor in one: its name, and the axis along which they stand."""

    name: str
    axis: int


class Vectorizer:
    """Emitter of nodes that do to all slices at once what a body does to one.

    ``inside`` holds the intervals of the body's tensors, ``outside`` those of all tensors around it, ``taken`` the
    names that are not free; ``copies`` is the number of slices of ``node``, the ``Map``. A body's tensor is found in
    ``stacked``; in ``shared``, under its name outside, where it is the same for every slice; or it is a constant and
    becomes a ``Constant`` where it is used.
    """

    def __init__(
        self, inside: Mapping[str, Interval], outside: dict[str, Interval], taken: set[str], copies: int, node: Node
    ) -> None:
        self.inside, self.outside, self.taken = inside, outside, taken
        self.copies, self.prefix, self.layers = copies, node.name, node.layers
        self.nodes: list[Node] = []
        self.stacked: dict[str, Stacked] = {}
        self.shared: dict[str, str] = {}
        self.constants: dict[str, FixedArray] = {}

    def bind(self, op: Map, operands: Sequence[str]) -> None:
        """Give the body's inputs."""
        for name, operand, cut in zip(op.body.inputs, operands, op.cuts, strict=True):
            if cut is None:
                self.shared[name] = operand
            else:
                self.stacked[name] = Stacked(operand, cut)

    def finish(self, outputs: Sequence[str], names: Sequence[str], axis: int) -> list[Node]:
        """All nodes; the body's outputs, their slices along ``axis``, bear the given names."""
        final: dict[str, str] = {}
        for output, wanted in zip(outputs, names, strict=True):
            name = self.all_slices(output, axis)
            if name in final or name not in {node.name for node in self.nodes}:
                name = self.emit(output, Transpose(tuple(range(len(self.outside[name].shape)))), name)
            final[name] = wanted
        for name, wanted in final.items():
            self.outside[wanted] = self.outside.pop(name)
        nodes = redirected(self.nodes, final)
        return [replace(node, name=final.get(node.name, node.name)) for node in nodes]

    def add(self, node: Node) -> None:
        """Vectorize one node of the body."""
        self.layers = node.layers
        if any(name in self.stacked for name in node.operands):
            self.stacked[node.name] = self._stacked(node)
            return
        if any(name in self.shared for name in node.operands):
            self.shared[node.name] = self._once(node)
            return
        value = only_value(self.inside[node.name])
        assert value is not None, "what depends on no input is a constant"
        self.constants[node.name] = value

    def emit(self, wanted: str, op: Op, *operands: str) -> str:
        """Append a node under a free name."""
        name = wanted if wanted not in self.taken else free_name(f"{self.prefix}.{wanted}", self.taken)
        self.taken.add(name)
        self.nodes.append(Node(name, op, operands, self.layers))
        self.outside[name] = infer(op, [self.outside[operand] for operand in operands])
        return name

    def _once(self, node: Node) -> str:
        """A node whose tensor is the same for every slice."""
        operands = [self._plain(operand) for operand in node.operands]
        if isinstance(node.op, LeadingOne):
            return self._leading_one(node, operands[0], self.inside[node.operands[0]].lsb.values)
        return self.emit(node.name, node.op, *operands)

    def _plain(self, name: str) -> str:
        """The name outside of a tensor that is the same for every slice."""
        if name in self.shared:
            return self.shared[name]
        return self.emit(name, Constant(self.constants[name]))

    def all_slices(self, name: str, axis: int) -> str:
        """A tensor with its slices along ``axis``."""
        if name in self.constants:
            return self.emit(name, Constant(self._copies(self.constants[name], axis)))
        if name in self.shared:
            shape = self._shape(name)
            one = self.emit(f"{name}.one", Reshape((*shape[:axis], 1, *shape[axis:])), self.shared[name])
            return self.emit(f"{name}.copies", Gather(Integers(np.zeros(self.copies, np.int64)), axis), one)
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
                return self._einsum_dense(name, EinsumDense(Equation.of_dense(len(out)), weight, bias), x, axis, out)
            case EinsumDense():
                return self._einsum_dense(name, op, x, axis, out)
            case Conv1D():
                return self._conv1d(name, op, first)
            case Conv2D():
                return self._conv2d(name, op, first)
            case Einsum(equation):
                return self._einsum(node, equation)
            case Pairwise() | Select():
                return self._elementwise(node, op)
            case Reduction():
                moved = tuple(a + (a >= axis) for a in op.axes)
                return Stacked(self.emit(name, type(op)(moved), x), axis - sum(a < axis for a in op.axes))
            case LeadingOne():
                here = self.stacked[first]
                return Stacked(self._leading_one(node, here.name, self._lsb(first)), here.axis)
            case Unary():
                whole = with_parameter(op, lambda parameter: with_axis(parameter, len(out), axis))
                assert whole is not None, "an axis of length 1 always fits"
                return Stacked(self.emit(name, whole, x), axis)
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
        to = min(axis, len(op.equation.output))
        equation = op.equation.with_axes((axis, None), to)
        bias = None if op.bias is None else with_axis(op.bias, len(out), to)
        return Stacked(self.emit(name, EinsumDense(equation, op.weight, bias), x), to)

    def _einsum(self, node: Node, equation: Equation) -> Stacked:
        axes = tuple(self.stacked[name].axis if name in self.stacked else None for name in node.operands)
        operands = [self.stacked[name].name if name in self.stacked else self._plain(name) for name in node.operands]
        return Stacked(self.emit(node.name, Einsum(equation.with_axes(axes, 0)), *operands), 0)

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
        if name in self.shared:
            stretched = (*((1,) * missing + shape)[:axis], 1, *((1,) * missing + shape)[axis:])
            return self.emit(f"{name}.aligned", Reshape(stretched), self.shared[name])
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

    def _lsb(self, name: str) -> IntArray:
        """The lsb that each element of a stacked tensor has inside."""
        here = self.stacked[name]
        return np.broadcast_to(np.expand_dims(self.inside[name].lsb.values, here.axis), self.outside[here.name].shape)

    def _leading_one(self, node: Node, x: str, lsb: IntArray) -> str:
        nodes = leading_one(node, x, self.outside[x], lsb, {node.name})
        names = {x: x}
        for one in nodes:
            names[one.name] = self.emit(one.name, one.op, *(names[operand] for operand in one.operands))
        return names[node.name]

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


def leading_one(node: Node, operand: str, found: Interval, lsb: IntArray, taken: set[str]) -> tuple[Node, ...]:
    """The nodes of a ``LeadingOne`` on a tensor that is now ``found`` and had elements of these lsbs before.

    The lsb is what it makes of 0. Names of helpers are added to ``taken``.
    """
    name, layers = node.name, node.layers
    if not bool(((found.lo.values == 0) & (found.lsb.values != lsb)).any()):
        return (Node(name, LeadingOne(), (operand,), layers),)
    exponent, of_zero = (free_name(f"{name}.{helper}", taken) for helper in ("exponent", "of_zero"))
    taken.update((exponent, of_zero))
    return (
        Node(exponent, LeadingOne(), (operand,), layers),
        Node(of_zero, Constant(FixedArray.of(lsb)), (), layers),
        Node(name, Select(FixedArray.of(1, found.hull.lsb)), (operand, exponent, of_zero), layers),
    )
