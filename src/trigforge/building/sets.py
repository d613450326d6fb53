"""Words for sets and graphs: the same thing for each particle, for each pair of them, and the hardest ones first."""

from collections.abc import Callable, Sequence
from typing import cast, overload

import numpy as np

from trigforge.building.arithmetic import add, constant, select, subtract
from trigforge.building.linear import dense
from trigforge.building.quantization import Quantization
from trigforge.building.refusals import Refusal
from trigforge.building.structure import concat, cut, take
from trigforge.building.tensor import Tensor, Weight
from trigforge.fixed import FixedArray, FixedTypes, Interval, Overflow, Rounding
from trigforge.graph import Body, Map, joined_layers, map_name
from trigforge.graph.infer_structure import union_along

Words = Callable[..., Tensor | tuple[Tensor, ...]]
"""The work of a body: tensors in, one or several out."""


@overload
def each(
    operands: Tensor | Sequence[Tensor], body: Callable[..., Tensor], axis: int = 0, name: str | None = None
) -> Tensor: ...
@overload
def each(
    operands: Tensor | Sequence[Tensor],
    body: Callable[..., tuple[Tensor, ...]],
    axis: int = 0,
    name: str | None = None,
) -> tuple[Tensor, ...]: ...
def each(
    operands: Tensor | Sequence[Tensor], body: Words, axis: int = 0, name: str | None = None
) -> Tensor | tuple[Tensor, ...]:
    """``body`` applied to every slice of an axis of the operands: one piece of hardware for all slices.

    ``body`` takes one slice of each operand, without the axis, and gives one or several tensors; these come back with
    all slices along ``axis``. A tensor from outside that ``body`` names is seen whole by every slice. The loop is named
    after the layers inside of it.
    """
    cut_along = [operands] if isinstance(operands, Tensor) else [*operands]
    builder = cut_along[0].builder
    seen = [(f"{x.name}.slice", _slice(x, axis)) for x in cut_along]
    with builder.body(seen) as (scope, slices):
        made = body(*slices)
    results = made if isinstance(made, tuple) else (made,)
    foreign = [tensor.name for tensor in results if tensor not in scope.own]
    if foreign:
        raise Refusal(f"gives {foreign[0]!r}, which its body did not make", "give what depends on the slice")
    nodes = tuple(draft.node() for draft in scope.drafts)
    inputs = (*(x.name for x in slices), *(inner.name for inner in scope.captured.values()))
    inner = Body(inputs, nodes, tuple(tensor.name for tensor in results))
    op = Map(inner, (axis,) * len(slices) + (None,) * len(scope.captured), axis)
    layers = joined_layers(*nodes)
    made_here = builder.add_outputs(name or (map_name(layers) if layers else "each"), op, (*cut_along, *scope.captured))
    for inside, stacked in zip(results, made_here, strict=True):
        if inside.deferred is not None and not inside.deferred.uniform:
            raise cast(Refusal, inside.unfinished)
        stacked.divisor, stacked.deferred = inside.divisor, inside.deferred
    return tuple(made_here) if isinstance(made, tuple) else made_here[0]


def _slice(x: Tensor, axis: int) -> Interval:
    if not 0 <= axis < x.rank:
        raise Refusal(f"cuts axis {axis} of {x.name!r}, which has shape {[*x.shape]}", "name an axis that exists")
    return union_along(x.interval, axis)


def pairs(
    nodes: Tensor,
    senders: Sequence[int],
    receivers: Sequence[int],
    body: Callable[[Tensor], Tensor],
    weight: Weight,
    bias: Weight | None = None,
    name: str = "pairs",
) -> Tensor:
    """``body`` for each directed edge of a graph, on a dense layer over ``concat(receiver, sender)``.

    ``nodes[n, features]`` are the nodes; edge ``e`` goes from ``senders[e]`` to ``receivers[e]``. The layer, of
    ``weight[2 features, width]``, is a product for each half and node, and an addition an edge: the result equals the
    layer on the pair (interaction networks, arXiv 1612.00222). Gives ``[edges, ...]``.
    """
    if len(senders) != len(receivers):
        raise Refusal(f"has {len(senders)} senders and {len(receivers)} receivers", "give one of each for every edge")
    half = nodes.shape[-1]
    first, second = (_half(weight, rows) for rows in (slice(0, half), slice(half, 2 * half)))

    def received(x: Tensor) -> Tensor:
        return dense(x, first, bias, "received")

    def sent(x: Tensor) -> Tensor:
        return dense(x, second, None, "sent")

    def edge(to: Tensor, sender: Tensor) -> Tensor:
        return body(add(to, sender, name="edge"))

    to = take(each(nodes, received, name=f"{name}.receivers"), receivers, name=f"{name}.receiver")
    out = take(each(nodes, sent, name=f"{name}.senders"), senders, name=f"{name}.sender")
    return each([to, out], edge, name=name)


def _half(weight: Weight, rows: slice) -> Weight:
    if isinstance(weight, Tensor):
        return cut(weight, 0, rows, "half")
    return FixedArray.of(weight.mantissa.values[rows], weight.lsb)


def top_n(x: Tensor, n: int, by: int = 0, name: str = "sorted") -> Tensor:
    """The ``n`` entries of axis 0 of ``x[candidates, features]`` with the largest feature ``by``, largest first.

    Entries with equal ``by`` keep their order. Batcher's odd-even merge sort (AFIPS 32, 1968): comparisons of disjoint
    pairs, stage by stage; what no result needs is not built. Bits below the last one of ``by`` number the entries, so
    that no two are equal.
    """
    if x.rank != 2 or not 0 < n <= x.shape[0]:
        raise Refusal(f"takes the first {n} of a tensor of shape {[*x.shape]}", "give [candidates, features]")
    entries = x.shape[0]
    keys = _hull(cut(x, 1, slice(by, by + 1), f"{name}.key"))
    places = np.zeros(x.shape, np.int64)
    places[:, by] = np.arange(entries)[::-1]
    numbered = FixedArray.of(places, int(keys.types.lsb) - (entries - 1).bit_length())
    x = add(x, constant(x, numbered, f"{name}.place"), name=f"{name}.numbered")
    for stage in _comparisons(entries):
        x = _exchanged(x, stage, by, name)
    parts = [cut(x, 1, slice(k, k + 1), f"{name}.column") for k in range(x.shape[1])]
    parts[by] = x.builder.requantize(f"{name}.unnumbered", parts[by], keys)
    return cut(concat(*parts, axis=1, name=f"{name}.joined"), 0, slice(0, n), name)


def _hull(x: Tensor) -> Quantization:
    """The type of all that ``x`` can be; what lies below its last bit is dropped."""
    return Quantization(FixedTypes.uniform(x.interval.hull), Rounding.TRN, Overflow.WRAP)


def _exchanged(x: Tensor, stage: list[tuple[int, int]], by: int, name: str) -> Tensor:
    """The candidates with the larger one first in each pair of a stage."""
    upper, lower = (take(x, side, name=f"{name}.pick") for side in zip(*stage, strict=True))
    key = subtract(cut(upper, 1, by, f"{name}.key"), cut(lower, 1, by, f"{name}.key"), f"{name}.order")
    larger, smaller = (select(key, a, b, name=f"{name}.swap") for a, b in ((upper, lower), (lower, upper)))
    place = {line: n for n, line in enumerate([a for a, _ in stage] + [b for _, b in stage])}
    rest = [line for line in range(x.shape[0]) if line not in place]
    parts = [larger, smaller, *([take(x, rest, name=f"{name}.rest")] if rest else [])]
    place |= {line: len(place) + n for n, line in enumerate(rest)}
    return take(concat(*parts, axis=0, name=f"{name}.joined"), [place[line] for line in range(x.shape[0])], name=name)


def _comparisons(lines: int) -> list[list[tuple[int, int]]]:
    """The stages of the network for any number of lines: pairs ``(a, b)`` with ``a < b``."""
    stages: list[list[tuple[int, int]]] = []
    p = 1
    while p < lines:
        k = p
        while k >= 1:
            stage = [
                (i + j, i + j + k)
                for j in range(k % p, lines - k, 2 * k)
                for i in range(min(k, lines - j - k))
                if (i + j) // (2 * p) == (i + j + k) // (2 * p)
            ]
            stages.append(stage)
            k //= 2
        p *= 2
    return [stage for stage in stages if stage]
