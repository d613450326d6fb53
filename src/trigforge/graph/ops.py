"""The closed set of operations: the whole language of a graph on one page.

Arithmetic is exact: the interval of an op's output follows from its operands (``graph.infer``; the rules stand in
``docs/numbers.md``) and is never chosen. Only ``Requantize`` may lose bits. Shapes leave out the event axis. Axes count
from 0. Tensors broadcast as in NumPy where "broadcast" is said, and nowhere else.
"""

from dataclasses import dataclass

from trigforge.fixed import FixedArray, FixedTypes, Integers, Overflow, Rounding


@dataclass(frozen=True)
class Constant:
    """No operands; always ``value``."""

    value: FixedArray


@dataclass(frozen=True)
class Dense:
    """``x[..., n_in] @ weight[n_in, n_out] + bias[n_out]``."""

    weight: FixedArray
    bias: FixedArray | None = None


@dataclass(frozen=True)
class EinsumDense:
    """``einsum(equation, x, weight) + bias``; ``equation`` as in NumPy, explicit, without ellipsis or repeated letters
    in one operand; the bias broadcasts to the output."""

    equation: str
    weight: FixedArray
    bias: FixedArray | None = None


@dataclass(frozen=True)
class Conv1D:
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
class Conv2D:
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
    """``einsum(equation, x, y)`` of two tensors that both vary; ``equation`` as for ``EinsumDense``."""

    equation: str


@dataclass(frozen=True)
class Add:
    """``x + y``, broadcast."""


@dataclass(frozen=True)
class Sub:
    """``x - y``, broadcast."""


@dataclass(frozen=True)
class Mul:
    """``x * y``, broadcast."""


@dataclass(frozen=True)
class Maximum:
    """The larger of ``x`` and ``y``, broadcast."""


@dataclass(frozen=True)
class Minimum:
    """The smaller of ``x`` and ``y``, broadcast."""


@dataclass(frozen=True)
class Sum:
    """The sum over ``axes`` (ascending), which vanish."""

    axes: tuple[int, ...]


@dataclass(frozen=True)
class Max:
    """The largest entry over ``axes`` (ascending), which vanish."""

    axes: tuple[int, ...]


@dataclass(frozen=True)
class Min:
    """The smallest entry over ``axes`` (ascending), which vanish."""

    axes: tuple[int, ...]


@dataclass(frozen=True)
class Select:
    """Operands ``c, x, y``, broadcast: ``x`` where ``c >= threshold``, else ``y``; ``threshold`` broadcasts too."""

    threshold: FixedArray


@dataclass(frozen=True)
class Relu:
    """The larger of ``x`` and 0."""


@dataclass(frozen=True)
class Table:
    """A unary function on the mantissas ``first, first + 1, ...`` at scale ``2**lsb``, one entry each."""

    first: int
    lsb: int
    values: FixedArray


@dataclass(frozen=True)
class Lookup:
    """Element ``e`` becomes ``tables[index[e]]`` of its mantissa at that table's scale.

    ``index`` broadcasts to the tensor; equal elements share a table. A table covers the element's whole interval and
    has at most 2**16 entries.
    """

    tables: tuple[Table, ...]
    index: Integers


@dataclass(frozen=True)
class Shift:
    """``x * 2**places``; ``places`` broadcasts to the tensor. No hardware: the binary point moves."""

    places: Integers


@dataclass(frozen=True)
class LeadingOne:
    """``floor(log2(x))`` of a tensor that is never negative; for ``x == 0`` the exponent of the element's last bit."""


@dataclass(frozen=True)
class ShiftBy:
    """Operands ``x, n``, broadcast: ``x * 2**n``, where ``n`` is a tensor of integers."""


@dataclass(frozen=True)
class Reshape:
    """The same elements, last axis fastest, in another shape."""

    shape: tuple[int, ...]


@dataclass(frozen=True)
class Transpose:
    """Axis ``a`` of the output is axis ``permutation[a]`` of the operand."""

    permutation: tuple[int, ...]


@dataclass(frozen=True)
class Slice:
    """``x[start:stop:step, ...]``, one triple for every axis, ``0 <= start < stop <= length`` and ``step >= 1``."""

    start: tuple[int, ...]
    stop: tuple[int, ...]
    step: tuple[int, ...]


@dataclass(frozen=True)
class Concat:
    """Two or more operands one behind the other along ``axis``."""

    axis: int


@dataclass(frozen=True)
class Gather:
    """``take(x, indices, axis)``: entries of one axis in any order, some of them often; ``indices`` has one axis."""

    indices: Integers
    axis: int


@dataclass(frozen=True)
class Requantize:
    """Each element becomes its type (``types`` broadcasts to the tensor): rounding first, then overflow.

    The only op that may lose bits.
    """

    types: FixedTypes
    rounding: Rounding
    overflow: Overflow


@dataclass(frozen=True)
class Map:
    """``body`` applied to every slice of ``axis``: as many copies of one piece of hardware as the axis is long.

    All operands are cut along ``axis`` and have the same length there; results are stacked along ``axis``. A body
    input's interval is the union over the slices, so that every slice sees the same types.
    """

    body: "Body"
    axis: int


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


@dataclass(frozen=True)
class Node:
    """One op applied to named tensors; its output tensor bears the node's name."""

    name: str
    op: Op
    operands: tuple[str, ...]


@dataclass(frozen=True)
class Body:
    """What a ``Map`` repeats: nodes in order, from ``inputs`` to one ``output``; sees no tensor from outside."""

    inputs: tuple[str, ...]
    nodes: tuple[Node, ...]
    output: str
