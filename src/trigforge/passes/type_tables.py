"""A requantization whose types differ from slice to slice, as ops that are alike for all slices but for constants."""

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from trigforge.fixed import FixedArray, FixedTypes, Interval, Overflow, Rounding, exact
from trigforge.fixed.exact import IntArray
from trigforge.graph.infer import infer_nodes
from trigforge.graph.ops import Add, Constant, Maximum, Minimum, Node, Op, Requantize, Select
from trigforge.passes.requantizing import dropped_bits, kept_range, rounded_range
from trigforge.passes.rewriting import free_name


def type_tables(node: Node, op: Requantize, x: Interval, axis: int, taken: Collection[str]) -> list[Node] | None:
    """The nodes that do to each slice of ``axis`` of ``x`` what a ``Requantize`` does; None for modes without such.

    Half of the last bit that a slice keeps is added, in its place; the bits that a slice keeps are selected by its
    number among the types of an element; and saturation compares with the ends of the slice's type. The last node bears
    the name of ``node``.
    """
    if op.rounding not in (Rounding.TRN, Rounding.RND) or op.overflow is Overflow.SAT_ZERO:
        return None
    types = op.types.broadcast(x.shape)
    build = _Nodes(node, x, taken)
    if op.rounding is Rounding.RND:
        half = (types.width.values > 0) & (dropped_bits(x, types) > 0)
        if half.any():
            build.add("half", Add(), build.constant("half", half.astype(np.int64), types.lsb - 1))
    saturates = op.overflow is not Overflow.WRAP
    kinds = _wide(types, build.interval, axis) if saturates else types
    number, each = _distinct(kinds, axis)
    build.keep_bits(each, number)
    if saturates:
        _saturate(build, op, x, types, axis)
    return build.finished()


class _Nodes:
    """The nodes as they are added, each on the one before."""

    def __init__(self, node: Node, x: Interval, taken: Collection[str]) -> None:
        self._node, self._taken = node, {*taken}
        self._operand = node.operands[0]
        self._tensors = {self._operand: x}
        self._nodes: list[Node] = []

    @property
    def interval(self) -> Interval:
        """All that the last one can be."""
        return self._tensors[self._operand]

    def _made(self, title: str, op: Op, *operands: str) -> str:
        name = free_name(f"{self._node.name}.{title}", self._taken)
        self._taken.add(name)
        self._nodes.append(Node(name, op, operands, self._node.layers))
        self._tensors = infer_nodes(self._nodes[-1:], self._tensors)
        return name

    def constant(self, title: str, mantissas: IntArray, lsb: npt.NDArray[np.int64]) -> str:
        """A constant of the tensor's shape whose elements have scales of their own."""
        finest = int(np.where(mantissas == 0, lsb.max(), lsb).min())
        places = np.where(mantissas == 0, 0, lsb - finest)
        return self._made(f"{title}_of", Constant(FixedArray.of(exact.shift(mantissas, places), finest)))

    def add(self, title: str, op: Op, other: str) -> None:
        """A pairwise op of the last one and another tensor."""
        self._operand = self._made(title, op, self._operand, other)

    def keep_bits(self, kinds: list[FixedTypes], number: npt.NDArray[np.int64]) -> None:
        """Of each slice the bits of its kind."""
        source, which = self._operand, self.constant("kind", number, np.zeros_like(number))
        for n, kind in enumerate(kinds):
            bits = self._made("bits", Requantize(kind, Rounding.TRN, Overflow.WRAP), source)
            kept = self._made("kept", Select(FixedArray.of(n)), which, bits, self._operand) if n else bits
            self._operand = kept

    def finished(self) -> list[Node]:
        """All nodes, the last one under the name of what they take the place of."""
        *before, last = self._nodes
        return [*before, Node(self._node.name, last.op, last.operands, last.layers)]


def _distinct(types: FixedTypes, axis: int) -> tuple[npt.NDArray[np.int64], list[FixedTypes]]:
    """The number of each slice's type among those of its element, and the types by number, alike for all slices."""
    fields = [np.moveaxis(part.values, axis, 0) for part in (types.signed, types.width, types.integer_bits)]
    slices, shape = fields[0].shape[0], fields[0].shape[1:]
    columns = np.stack([part.reshape(slices, -1) for part in fields], axis=-1)
    number = np.zeros(columns.shape[:2], np.int64)
    found: list[npt.NDArray[np.int64]] = []
    for element in range(columns.shape[1]):
        kinds, places = np.unique(columns[:, element], axis=0, return_inverse=True)
        number[:, element] = places.reshape(-1)
        found.append(kinds)
    most = max(len(kinds) for kinds in found)
    each = [np.stack([kinds[min(n, len(kinds) - 1)] for kinds in found]) for n in range(most)]
    shaped = [[np.expand_dims(kind[:, n].reshape(shape), axis) for n in range(3)] for kind in each]
    return np.moveaxis(number.reshape(slices, *shape), 0, axis), [FixedTypes.of(*parts) for parts in shaped]


def _wide(types: FixedTypes, x: Interval, axis: int) -> FixedTypes:
    """Types with the last bits of ``types`` that hold all values; those of no bits have last bits of another slice."""
    live = types.width.values > 0
    least = np.where(live, types.lsb, types.lsb.max() + 1).min(axis=axis, keepdims=True)
    lsb = np.where(live, types.lsb, least)
    integer = max(x.hull.integer_bits - x.hull.signed, int(lsb.max())) + 1
    return FixedTypes.of(np.ones_like(lsb), integer + 1 - lsb, np.full_like(lsb, integer + 1))


def _saturate(build: _Nodes, op: Requantize, x: Interval, types: FixedTypes, axis: int) -> None:
    """The last one within the ends of each slice's type, where some slice of an element leaves them."""
    lo, hi = rounded_range(x, types, op.rounding)
    least, largest = kept_range(types, op.overflow)
    empty, far = types.width.values == 0, build.interval.hull.integer_bits
    for title, pair, ends, leaves, beyond in (
        ("most", Minimum(), largest, (hi > largest) | empty, 1),
        ("least", Maximum(), least, (lo < least) | empty, -1),
    ):
        needed = leaves.any(axis=axis, keepdims=True)
        if needed.any():
            lsb = np.where(needed, types.lsb, far)
            build.add(title, pair, build.constant(title, np.where(needed, ends, beyond), lsb))
