"""One maker an op: it picks operands that fit (making them where there are none) and draws the op's parameters."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from trigforge.fixed import FixedArray, FixedTypes, Integers, Interval, Overflow, Rounding
from trigforge.graph import ops
from trigforge.graph.equation import Equation
from trigforge.graph.infer import infer_outputs
from trigforge.graph.ops import Body, Map, Node, Op

COMFORTABLE_BITS = 16
_TABLE_BITS = 8

Choice = tuple[Op, tuple[str, ...]]


class Draft:
    """A graph that grows: nodes so far, the interval of every tensor, and the modes that are still to be used."""

    def __init__(
        self,
        rng: np.random.Generator,
        tensors: Mapping[str, Interval],
        modes: list[tuple[Rounding, Overflow]],
        prefix: str = "n",
    ) -> None:
        self.rng = rng
        self.tensors = dict(tensors)
        self.modes = modes
        self.nodes: list[Node] = []
        self.prefix = prefix

    def append(self, op: Op, operands: tuple[str, ...]) -> str:
        """Add a node; the name of its tensor, of the first where there are several."""
        node = Node(f"{self.prefix}{len(self.nodes)}", op, operands)
        found = infer_outputs(op, [self.tensors[operand] for operand in operands])
        self.tensors.update(zip(node.tensors, found, strict=True))
        self.nodes.append(node)
        return node.tensors[0]

    def any_tensor(self, *, rank: int | None = None, widest: int = 24) -> str:
        """A tensor of at most ``widest`` bits, of ``rank`` axes if asked; reshaped and requantized to fit."""
        names = [n for n, t in self.tensors.items() if rank is None or len(t.shape) == rank]
        if not names:
            return self._reshaped(rank or 1)
        # Late tensors are likelier, so that graphs become deep.
        weights = np.arange(1, len(names) + 1, dtype=float)
        name = str(self.rng.choice(names, p=weights / weights.sum()))
        return name if self.tensors[name].hull.width <= widest else self.requantize(name, widest=widest)

    def _reshaped(self, rank: int) -> str:
        """The smallest tensor of more than one element, its elements spread over ``rank`` axes."""
        sizes = {name: tensor.lo.size for name, tensor in self.tensors.items()}
        name = min(sizes, key=lambda n: (sizes[n] == 1, sizes[n]))
        shape, rest = [], sizes[name]
        for _ in range(rank - 1):
            factor = next((f for f in (2, 3, 5, 7) if rest % f == 0), 1)
            shape.append(factor)
            rest //= factor
        return self.append(ops.Reshape((*shape, rest)), (name,))

    def requantize(self, name: str, widest: int = COMFORTABLE_BITS) -> str:
        """A ``Requantize`` of random per-element types near the tensor's own range, in the next mode."""
        interval, rng = self.tensors[name], self.rng
        mode = self.modes.pop() if self.modes else (rng.choice(list(Rounding)), rng.choice(list(Overflow)))
        grain = tuple(length if rng.random() < 0.7 else 1 for length in interval.shape)
        hull = interval.hull
        integer = hull.integer_bits - hull.signed + rng.integers(-4, 2, grain)
        fraction = hull.fraction_bits + rng.integers(-5, 3, grain)
        sign = np.where(rng.random(grain) < 0.7, int(hull.signed), rng.integers(0, 2, grain))
        fraction = np.minimum(fraction, widest - 2 - int(np.max(integer)))
        types = FixedTypes.from_kif(sign, integer, fraction)
        return self.append(ops.Requantize(types, Rounding(mode[0]), Overflow(mode[1])), (name,))

    def small(self, shape: tuple[int, ...], reach: int = 7) -> FixedArray:
        """Random constants of a few bits, a quarter of them 0."""
        values = self.rng.integers(-reach, reach + 1, shape)
        return FixedArray.of(np.where(self.rng.random(shape) < 0.25, 0, values), int(self.rng.integers(-4, 2)))

    def bias(self, length: int) -> FixedArray | None:
        """A bias or none."""
        return self.small((length,)) if self.rng.random() < 0.7 else None

    def partner(self, name: str) -> str:
        """A second operand that broadcasts with the first: another tensor of the shape, a part of it, or a constant."""
        shape = self.tensors[name].shape
        equal = [n for n, t in self.tensors.items() if t.shape == shape and n != name and t.hull.width <= 24]
        if equal and self.rng.random() < 0.7:
            return str(self.rng.choice(equal))
        if len(shape) > 1 and self.rng.random() < 0.5:
            axis = int(self.rng.integers(len(shape)))
            stop = tuple(1 if n == axis else length for n, length in enumerate(shape))
            return self.append(ops.Slice((0,) * len(shape), stop, (1,) * len(shape)), (name,))
        return self.append(ops.Constant(self.small(shape)), ())

    def axis(self, name: str) -> int:
        """A random axis of a tensor."""
        return int(self.rng.integers(len(self.tensors[name].shape)))

    def axes(self, name: str) -> tuple[int, ...]:
        """One or more axes of a tensor, ascending, not all of them unless there is one."""
        rank = len(self.tensors[name].shape)
        count = int(self.rng.integers(1, max(2, rank)))
        return tuple(sorted(int(a) for a in self.rng.choice(rank, count, replace=False)))


def _dense(d: Draft) -> Choice:
    x = d.any_tensor()
    n_out = int(d.rng.integers(1, 7))
    return ops.Dense(d.small((d.tensors[x].shape[-1], n_out)), d.bias(n_out)), (x,)


def _einsum_dense(d: Draft) -> Choice:
    x = d.any_tensor(rank=2)
    a, b = d.tensors[x].shape
    n_out = int(d.rng.integers(1, 6))
    equations = {"ab,bc->ac": (b, n_out), "ab,abc->c": (a, b, n_out), "ab,ac->cb": (a, n_out), "ab,cb->ca": (n_out, b)}
    equation = str(d.rng.choice(list(equations)))
    last = {"a": a, "b": b, "c": n_out}[equation[-1]]
    return ops.EinsumDense(Equation.parse(equation), d.small(equations[equation]), d.bias(last)), (x,)


def _conv1d(d: Draft) -> Choice:
    x = d.any_tensor(rank=2)
    length, channels = d.tensors[x].shape
    filters, dilation = int(d.rng.integers(1, 4)), 1 + int(length > 4 and d.rng.random() < 0.3)
    padding = (int(d.rng.integers(0, 2)), int(d.rng.integers(0, 2)))
    kernel = min(int(d.rng.integers(1, 4)), (length + sum(padding) - 1) // dilation + 1)
    weight = d.small((kernel, channels, filters))
    return ops.Conv1D(weight, d.bias(filters), int(d.rng.integers(1, 3)), padding, dilation), (x,)


def _conv2d(d: Draft) -> Choice:
    x = d.any_tensor(rank=3)
    height, width, channels = d.tensors[x].shape
    filters = int(d.rng.integers(1, 4))
    padding = tuple(int(p) for p in d.rng.integers(0, 2, 4))
    kernel = (min(2, height + sum(padding[:2])), min(int(d.rng.integers(1, 4)), width + sum(padding[2:])))
    stride = (int(d.rng.integers(1, 3)), int(d.rng.integers(1, 3)))
    weight = d.small((*kernel, channels, filters))
    return ops.Conv2D(weight, d.bias(filters), stride, (padding[0], padding[1], padding[2], padding[3])), (x,)


def _einsum(d: Draft) -> Choice:
    x = d.any_tensor(rank=2, widest=12)
    a, b = d.tensors[x].shape
    other = [n for n, t in d.tensors.items() if t.shape == (a, b) and t.hull.width <= 12]
    y = str(d.rng.choice(other or [x]))
    equation = str(d.rng.choice(["ab,cb->ac", "ab,ac->bc", "ab,ab->a", "ab,ab->ab"]))
    return ops.Einsum(Equation.parse(equation)), (x, y)


def _pairwise(make: Callable[[], Op]) -> Callable[[Draft], Choice]:
    def maker(d: Draft) -> Choice:
        x = d.any_tensor(widest=16)
        return make(), (x, d.partner(x))

    return maker


def _constant(d: Draft) -> Choice:
    x = d.any_tensor(widest=16)
    return ops.Add(), (x, d.append(ops.Constant(d.small(d.tensors[x].shape)), ()))


def _reduction(make: Callable[[tuple[int, ...]], Op]) -> Callable[[Draft], Choice]:
    def maker(d: Draft) -> Choice:
        x = d.any_tensor(rank=int(d.rng.integers(2, 4)))
        return make(d.axes(x)), (x,)

    return maker


def _select(d: Draft) -> Choice:
    c = d.any_tensor(widest=16)
    x = d.partner(c)
    threshold = d.small(d.tensors[c].shape if d.rng.random() < 0.5 else (1,) * len(d.tensors[c].shape), 3)
    return ops.Select(threshold), (c, x, c if d.rng.random() < 0.5 else d.partner(c))


def _relu(d: Draft) -> Choice:
    return ops.Relu(), (d.any_tensor(),)


def _lookup(d: Draft) -> Choice:
    x = d.any_tensor()
    interval = d.tensors[x]
    if interval.hull.width > _TABLE_BITS:
        x = d.requantize(x, widest=_TABLE_BITS)
        interval = d.tensors[x]
    lo, hi = interval.at(interval.hull.lsb)
    first, entries = int(lo.min()), int(hi.max() - lo.min()) + 1
    tables = tuple(
        ops.Table(first, interval.hull.lsb, d.small((entries,), 40)) for _ in range(int(d.rng.integers(1, 4)))
    )
    grain = tuple(length if d.rng.random() < 0.6 else 1 for length in interval.shape)
    return ops.Lookup(tables, Integers(d.rng.integers(0, len(tables), grain))), (x,)


def _shift(d: Draft) -> Choice:
    x = d.any_tensor(widest=16)
    grain = tuple(length if d.rng.random() < 0.5 else 1 for length in d.tensors[x].shape)
    return ops.Shift(Integers(d.rng.integers(-3, 4, grain))), (x,)


def _positive(d: Draft) -> str:
    x = d.any_tensor(widest=12)
    return x if (d.tensors[x].lo.values >= 0).all() else d.append(ops.Relu(), (x,))


def _leading_one(d: Draft) -> Choice:
    return ops.LeadingOne(), (_positive(d),)


def _shift_by(d: Draft) -> Choice:
    positive = _positive(d)
    places = d.append(ops.LeadingOne(), (positive,))
    x = positive if d.rng.random() < 0.5 else d.partner(positive)
    if d.rng.random() < 0.5:
        places = d.append(
            ops.Sub(), (d.append(ops.Constant(FixedArray.of(np.zeros(d.tensors[places].shape, int))), ()), places)
        )
    return ops.ShiftBy(), (x, places)


def _reshape(d: Draft) -> Choice:
    x = d.any_tensor(rank=int(d.rng.integers(2, 4)))
    shape = d.tensors[x].shape
    return ops.Reshape((int(np.prod(shape)),) if d.rng.random() < 0.5 else tuple(reversed(shape))), (x,)


def _transpose(d: Draft) -> Choice:
    x = d.any_tensor(rank=int(d.rng.integers(2, 4)))
    return ops.Transpose(tuple(int(a) for a in d.rng.permutation(len(d.tensors[x].shape)))), (x,)


def _slice(d: Draft) -> Choice:
    x = d.any_tensor()
    shape = d.tensors[x].shape
    start = tuple(int(d.rng.integers(0, max(1, n // 2))) for n in shape)
    stop = tuple(int(d.rng.integers(a + 1, n + 1)) for a, n in zip(start, shape, strict=True))
    return ops.Slice(start, stop, tuple(int(s) for s in d.rng.integers(1, 3, len(shape)))), (x,)


def _concat(d: Draft) -> Choice:
    x = d.any_tensor()
    others = [n for n, t in d.tensors.items() if t.shape == d.tensors[x].shape and t.hull.width <= 24]
    count = int(d.rng.integers(1, 3))
    return ops.Concat(d.axis(x)), (x, *(str(n) for n in d.rng.choice(others or [x], count)))


def _gather(d: Draft) -> Choice:
    x = d.any_tensor()
    axis = d.axis(x)
    length = d.tensors[x].shape[axis]
    return ops.Gather(Integers(d.rng.integers(0, length, int(d.rng.integers(1, length + 2)))), axis), (x,)


def _requantize(d: Draft) -> Choice:
    node_name = d.requantize(d.any_tensor())
    node = d.nodes.pop()
    del d.tensors[node_name]
    return node.op, node.operands


def _map(d: Draft) -> Choice:
    x = d.any_tensor(rank=2)
    axis = int(d.rng.integers(2))
    inner = _union(d.tensors[x], axis)
    whole = d.any_tensor(widest=12) if d.rng.random() < 0.5 else None
    seen = {"p": inner} | ({} if whole is None else {"g": d.tensors[whole]})
    body = Draft(d.rng, seen, d.modes, prefix="b")
    layer = body.append(ops.Dense(body.small((inner.shape[0], int(d.rng.integers(1, 5))))), ("p",))
    if whole is not None:
        layer = body.append(d.rng.choice([ops.Add, ops.Maximum])(), (layer, _summary(body)))
    relu = body.append(ops.Relu(), (layer,))
    outputs = (body.requantize(relu),)
    if d.rng.random() < 0.4:
        outputs = (*outputs, str(d.rng.choice([*seen, body.requantize(layer)])))
    cuts = (axis,) if whole is None else (axis, None)
    stacked = axis if min(len(body.tensors[name].shape) for name in outputs) >= axis else 0
    return Map(Body(tuple(seen), tuple(body.nodes), outputs), cuts, stacked), (x,) if whole is None else (x, whole)


def _summary(body: Draft) -> str:
    """The largest entry of the tensor ``g`` that every slice sees, with an axis of length 1 or none."""
    rank = len(body.tensors["g"].shape)
    most = body.append(ops.Max(tuple(range(rank))), ("g",)) if rank else "g"
    if body.rng.random() < 0.5:
        return most
    return body.append(ops.Reshape((1,)), (most,))


def _union(interval: Interval, axis: int) -> Interval:
    parts: npt.NDArray[np.int64] = np.arange(interval.shape[axis])
    slices = [
        Interval.of(*(v.values.take(n, axis=axis) for v in (interval.lo, interval.hi, interval.lsb))) for n in parts
    ]
    union = slices[0]
    for other in slices[1:]:
        union = union.union(other)
    return union


FEATURED: dict[str, Callable[[Draft], Choice]] = {
    "Constant": _constant,
    "Dense": _dense,
    "EinsumDense": _einsum_dense,
    "Conv1D": _conv1d,
    "Conv2D": _conv2d,
    "Einsum": _einsum,
    "Add": _pairwise(ops.Add),
    "Sub": _pairwise(ops.Sub),
    "Mul": _pairwise(ops.Mul),
    "Maximum": _pairwise(ops.Maximum),
    "Minimum": _pairwise(ops.Minimum),
    "Sum": _reduction(ops.Sum),
    "Max": _reduction(ops.Max),
    "Min": _reduction(ops.Min),
    "Select": _select,
    "Relu": _relu,
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
"""A maker for every op of ``graph.ops``, by its name."""
