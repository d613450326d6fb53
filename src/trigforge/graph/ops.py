"""The closed set of operations: the whole language of a graph on one page.

Arithmetic is exact: the interval of an op's output follows from its operands (``graph.infer``; the rules stand in
``docs/numbers.md``) and is never chosen. Only ``Requantize`` may lose bits. Shapes leave out the event axis. Axes count
from 0. Tensors broadcast as in NumPy where "broadcast" is said, and nowhere else.
"""

from dataclasses import dataclass, field
from typing import assert_never

from trigforge.fixed import FixedArray, FixedTypes, Integers, Overflow, Rounding
from trigforge.graph.equation import Equation


class Linear:
    """Family of contractions with constants: one operand, and each output element a weighted sum of its elements."""


class Weighted(Linear):
    """Family of the linear ops that carry weights, and perhaps a bias."""

    weight: FixedArray
    bias: FixedArray | None


class Unary:
    """Family of ops that change each element of their one operand on its own."""


class Pairwise:
    """Family of ops on two operands that broadcast to each other."""


class Reduction:
    """Family of ops that join all entries of some ``axes`` (ascending), which vanish."""

    axes: tuple[int, ...]


class Rearrangement:
    """Family of ops that move the elements of their one operand, and compute nothing."""


@dataclass(frozen=True)
class Constant:
    """No operands; always ``value``."""

    value: FixedArray


@dataclass(frozen=True)
class Dense(Weighted):
    """``x[..., n_in] @ weight[n_in, n_out] + bias[n_out]``."""

    weight: FixedArray
    bias: FixedArray | None = None


@dataclass(frozen=True)
class EinsumDense(Weighted):
    """``einsum(equation, x, weight) + bias``; the bias broadcasts to the output."""

    equation: Equation
    weight: FixedArray
    bias: FixedArray | None = None


@dataclass(frozen=True)
class Conv1D(Weighted):
    """``x[length, c_in]`` with ``weight[kernel, c_in, c_out]``, a cross-correlation as in every framework.

    ``padding`` zeros stand before and after; output length is
    ``(length + sum(padding) - dilation * (kernel - 1) - 1) // stride + 1``.
    """

    weight: FixedArray
    bias: FixedArray | None = None
    stride: int = 1
    padding: tuple[int, int] = (0, 0)
    dilation: int = 1


@dataclass(frozen=True)
class Conv2D(Weighted):
    """``x[height, width, c_in]`` with ``weight[k_h, k_w, c_in, c_out]``; as ``Conv1D`` in both axes.

    ``padding`` is (top, bottom, left, right).
    """

    weight: FixedArray
    bias: FixedArray | None = None
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilation: tuple[int, int] = (1, 1)


@dataclass(frozen=True)
class Einsum:
    """``einsum(equation, x, y)`` of two tensors that both vary."""

    equation: Equation


@dataclass(frozen=True)
class Add(Pairwise):
    """``x + y``, broadcast."""


@dataclass(frozen=True)
class Sub(Pairwise):
    """``x - y``, broadcast."""


@dataclass(frozen=True)
class Mul(Pairwise):
    """``x * y``, broadcast."""


@dataclass(frozen=True)
class Maximum(Pairwise):
    """The larger of ``x`` and ``y``, broadcast."""


@dataclass(frozen=True)
class Minimum(Pairwise):
    """The smaller of ``x`` and ``y``, broadcast."""


@dataclass(frozen=True)
class Sum(Linear, Reduction):
    """The sum over ``axes`` (ascending), which vanish."""

    axes: tuple[int, ...]


@dataclass(frozen=True)
class Max(Reduction):
    """The largest entry over ``axes`` (ascending), which vanish."""

    axes: tuple[int, ...]


@dataclass(frozen=True)
class Min(Reduction):
    """The smallest entry over ``axes`` (ascending), which vanish."""

    axes: tuple[int, ...]


@dataclass(frozen=True)
class Select:
    """Operands ``c, x, y``, broadcast: ``x`` where ``c >= threshold``, else ``y``; ``threshold`` broadcasts too."""

    threshold: FixedArray


@dataclass(frozen=True)
class Relu(Unary):
    """The larger of ``x`` and 0."""


@dataclass(frozen=True)
class Table:
    """A unary function on the mantissas ``first, first + 1, ...`` at scale ``2**lsb``, one entry each."""

    first: int
    lsb: int
    values: FixedArray


@dataclass(frozen=True)
class Lookup(Unary):
    """Element ``e`` becomes ``tables[index[e]]`` of its mantissa at that table's scale.

    ``index`` broadcasts to the tensor; equal elements share a table. A table covers the element's whole interval and
    has at most 2**16 entries.
    """

    tables: tuple[Table, ...]
    index: Integers


@dataclass(frozen=True)
class Shift(Unary):
    """``x * 2**places``; ``places`` broadcasts to the tensor. No hardware: the binary point moves."""

    places: Integers


@dataclass(frozen=True)
class LeadingOne(Unary):
    """``floor(log2(x))`` of a tensor that is never negative; for ``x == 0`` the exponent of the element's last bit."""


@dataclass(frozen=True)
class ShiftBy(Pairwise):
    """Operands ``x, n``, broadcast: ``x * 2**n``, where ``n`` is a tensor of integers."""


@dataclass(frozen=True)
class Reshape(Rearrangement):
    """The same elements, last axis fastest, in another shape."""

    shape: tuple[int, ...]


@dataclass(frozen=True)
class Transpose(Rearrangement):
    """Axis ``a`` of the output is axis ``permutation[a]`` of the operand."""

    permutation: tuple[int, ...]


@dataclass(frozen=True)
class Slice(Rearrangement):
    """``x[start:stop:step, ...]``, one triple for every axis, ``0 <= start < stop <= length`` and ``step >= 1``."""

    start: tuple[int, ...]
    stop: tuple[int, ...]
    step: tuple[int, ...]


@dataclass(frozen=True)
class Concat:
    """Two or more operands one behind the other along ``axis``."""

    axis: int


@dataclass(frozen=True)
class Gather(Rearrangement):
    """``take(x, indices, axis)``: entries of one axis in any order, some of them often; ``indices`` has one axis."""

    indices: Integers
    axis: int


@dataclass(frozen=True)
class Requantize(Unary):
    """Each element becomes its type (``types`` broadcasts to the tensor): rounding first, then overflow.

    The only op that may lose bits.
    """

    types: FixedTypes
    rounding: Rounding
    overflow: Overflow


@dataclass(frozen=True)
class Map:
    """The body of a loop: ``body`` applied to every slice, as many copies of one piece of hardware as there are slices.

    Operand ``n`` is cut along axis ``cuts[n]``, or seen whole by every slice where that is None. All cut axes have the
    same length, and there is at least one. Results are stacked along ``axis``. The interval of a body's input is the
    union over the slices, so that every slice sees the same types.
    """

    body: "Body"
    cuts: tuple[int | None, ...]
    axis: int

    @classmethod
    def along(cls, axis: int, body: "Body") -> "Map":
        """A ``Map`` whose operands are all cut, and whose results are stacked, along one axis."""
        return cls(body, (axis,) * len(body.inputs), axis)


Op = (
    Constant
    | Dense
    | EinsumDense
    | Conv1D
    | Conv2D
    | Einsum
    | Add
    | Sub
    | Mul
    | Maximum
    | Minimum
    | Sum
    | Max
    | Min
    | Select
    | Relu
    | Lookup
    | Shift
    | LeadingOne
    | ShiftBy
    | Reshape
    | Transpose
    | Slice
    | Concat
    | Gather
    | Requantize
    | Map
)


LinearOp = Dense | EinsumDense | Conv1D | Conv2D | Sum
"""a ``Linear`` op, as the type checker counts them"""
WeightedOp = Dense | EinsumDense | Conv1D | Conv2D
"""a ``Weighted`` op"""
PairwiseOp = Add | Sub | Mul | Maximum | Minimum | ShiftBy
"""a ``Pairwise`` op"""
UnaryOp = Relu | Lookup | Shift | LeadingOne | Requantize
"""a ``Unary`` op"""
RearrangementOp = Reshape | Transpose | Slice | Gather
"""a ``Rearrangement``"""


def only_wires(op: Op) -> bool:
    """True for an op without logic: it moves elements or the binary point, or never changes."""
    match op:
        case Constant() | Rearrangement() | Concat() | Shift():
            return True
        case Linear() | Einsum() | Pairwise() | Select() | Reduction() | Unary() | Map():
            return False
        case _:
            assert_never(op)


@dataclass(frozen=True)
class Node:
    """One op applied to named tensors.

    ``layers`` names the layers of the user's model that the node comes from; two nodes that differ in nothing else are
    equal.
    """

    name: str
    op: Op
    operands: tuple[str, ...]
    layers: tuple[str, ...] = field(default=(), compare=False)

    @property
    def tensors(self) -> tuple[str, ...]:
        """The names of the tensors that the node makes: its own; ``name.output`` for each of a ``Map``'s several."""
        if isinstance(self.op, Map) and len(self.op.body.outputs) > 1:
            return tuple(f"{self.name}.{output}" for output in self.op.body.outputs)
        return (self.name,)


@dataclass(frozen=True)
class Body:
    """The inside of a ``Map``: nodes in order, from ``inputs`` to ``outputs``; sees no tensor from outside."""

    inputs: tuple[str, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]
