"""``Scope``: the tensors of a graph or of a ``Map``'s body, element by element."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.emulator.native.instructions import Row, bytes_for, lanes_for
from trigforge.errors import WidthError
from trigforge.fixed import Interval, exact
from trigforge.graph.infer_structure import rearrange
from trigforge.graph.matrices import Matrices, matrices_of
from trigforge.graph.ops import (
    Concat,
    Einsum,
    LinearOp,
    Max,
    Min,
    Node,
    RearrangementOp,
)

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Elements:
    """The elements of one tensor, last axis fastest: bounds at the scale of the hull, and each element's own scale."""

    name: str
    shape: tuple[int, ...]
    lsb: int
    lo: Sequence[int]
    hi: Sequence[int]
    own_lsb: Sequence[int]

    @classmethod
    def of(cls, name: str, interval: Interval) -> "Elements":
        """Raises ``WidthError`` for more than 64 bits."""
        lsb = interval.hull_lsb
        lo, hi = interval.at(lsb)
        flat = [[int(v) for v in np.asarray(part).reshape(-1)] for part in (lo, hi, interval.lsb.values)]
        if lanes_for(min(flat[0], default=0), max(flat[1], default=0)) > 64:
            raise WidthError(
                f"tensor {name!r} needs {interval.hull.width} bits, the native emulator carries 64; "
                "requantize its operands to fewer bits"
            )
        return cls(name, interval.shape, lsb, *flat)

    @cached_property
    def size(self) -> int:
        """Bytes of one element of one event."""
        return bytes_for(min(self.lo, default=0), max(self.hi, default=0))

    @property
    def count(self) -> int:
        return prod(self.shape)

    def bounds(self, element: int, lsb: int) -> tuple[int, int]:
        """Bounds of an element at any scale: of the multiples of ``2**lsb`` among its values."""
        places = self.lsb - lsb
        lo, hi = self.lo[element], self.hi[element]
        return (lo << places, hi << places) if places >= 0 else (-(-lo >> -places), hi >> -places)

    def row(self, element: int) -> Row:
        """The element's place in memory."""
        return Row(self.name, element * self.size, self.size)


@dataclass(frozen=True)
class LinearTable:
    """A linear op by element: output ``e`` is column ``column[e]`` at position ``position[e]``."""

    matrices: Matrices
    position: Indices
    column: Indices
    nonzero: int
    """weights that are not 0, over all positions"""

    @classmethod
    def of(cls, op: LinearOp, shape: tuple[int, ...], out_shape: tuple[int, ...]) -> "LinearTable":
        matrices = matrices_of(op, shape, out_shape)
        sums = matrices.sums
        position, column = np.empty(prod(out_shape), np.int64), np.empty(prod(out_shape), np.int64)
        rows, columns = np.indices(sums.shape)
        position[sums], column[sums] = rows, columns
        per_block = (matrices.matrices != 0).sum(axis=(1, 2))
        return cls(matrices, position, column, int(per_block[matrices.block].sum()))


class Scope:
    """Nodes, the elements of their tensors, and which element comes from which."""

    def __init__(self, nodes: Sequence[Node], tensors: Mapping[str, Interval]) -> None:
        self.nodes = {node.name: node for node in nodes}
        self.intervals = tensors
        self._elements: dict[str, Elements] = {}
        self._linear: dict[str, LinearTable] = {}
        self._sources: dict[str, list[Indices]] = {}
        self._parameters: dict[str, list[list[int]]] = {}

    def elements(self, name: str) -> Elements:
        """The elements of a tensor."""
        if name not in self._elements:
            self._elements[name] = Elements.of(name, self.intervals[name])
        return self._elements[name]

    def linear(self, name: str, op: LinearOp) -> LinearTable:
        """The matrices of the node ``name``."""
        if name not in self._linear:
            shape = self.intervals[self.nodes[name].operands[0]].shape
            self._linear[name] = LinearTable.of(op, shape, self.intervals[name].shape)
        return self._linear[name]

    def parameters(self, name: str, make: Callable[[], list[list[int]]]) -> list[list[int]]:
        """Parameters of the node ``name`` by element, as ``make`` makes them, once."""
        if name not in self._parameters:
            self._parameters[name] = make()
        return self._parameters[name]

    def sources(self, name: str) -> list[Indices]:
        """For each operand of a broadcasting op, the element that output element ``e`` reads."""
        if name not in self._sources:
            shape = self.intervals[name].shape
            shapes = [self.intervals[operand].shape for operand in self.nodes[name].operands]
            self._sources[name] = [
                np.broadcast_to(np.arange(prod(own)).reshape(own), shape).reshape(-1) for own in shapes
            ]
        return self._sources[name]

    def moved(self, name: str, op: RearrangementOp) -> Indices:
        """The operand's element that output element ``e`` is."""
        if name not in self._sources:
            shape = self.intervals[self.nodes[name].operands[0]].shape
            self._sources[name] = [rearrange(op, np.arange(prod(shape)).reshape(shape)).reshape(-1)]
        return self._sources[name][0]

    def joined(self, name: str, op: Concat) -> tuple[Indices, Indices]:
        """The operand's number and its element, for each output element."""
        if name not in self._sources:
            shapes = [self.intervals[operand].shape for operand in self.nodes[name].operands]
            parts = [np.full(shape, n) for n, shape in enumerate(shapes)]
            elements = [np.arange(prod(shape)).reshape(shape) for shape in shapes]
            self._sources[name] = [np.concatenate(group, axis=op.axis).reshape(-1) for group in (parts, elements)]
        return self._sources[name][0], self._sources[name][1]

    def reduced(self, name: str, op: Max | Min) -> Indices:
        """(outputs, entries): the operand's elements of each output element."""
        if name not in self._sources:
            shape = self.intervals[self.nodes[name].operands[0]].shape
            kept = [axis for axis in range(len(shape)) if axis not in op.axes]
            order = np.arange(prod(shape)).reshape(shape).transpose(*kept, *op.axes)
            self._sources[name] = [order.reshape(prod(shape[axis] for axis in kept), -1)]
        return self._sources[name][0]

    def pairs(self, name: str, op: Einsum) -> tuple[Indices, Indices]:
        """(outputs, terms): the elements of both operands that are multiplied."""
        if name not in self._sources:
            letters, output = op.equation.terms, op.equation.output
            shapes = [self.intervals[operand].shape for operand in self.nodes[name].operands]
            length = op.equation.lengths(*shapes)
            order = [*output, *sorted(set(length) - set(output))]
            outputs = prod(length[letter] for letter in output)
            lengths = [length[letter] for letter in order]
            grid = np.indices(lengths).reshape(len(order), prod(lengths))
            self._sources[name] = [
                np.ravel_multi_index([grid[order.index(x)] for x in own], shape).reshape(outputs, -1)
                if own
                else np.zeros((outputs, grid.shape[1] // max(outputs, 1)), np.int64)
                for own, shape in zip(letters, shapes, strict=True)
            ]
        return self._sources[name][0], self._sources[name][1]


def broadcast(values: npt.NDArray[Any], shape: tuple[int, ...]) -> list[int]:
    """The values as Python integers, one an element of ``shape``."""
    return [int(v) for v in np.broadcast_to(values, shape).reshape(-1)]


def table_entries(values: exact.IntArray, places: int) -> list[int]:
    """Table entries moved to another scale."""
    return [int(v) for v in exact.shift(values, places)]
