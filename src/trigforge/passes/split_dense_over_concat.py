"""``split_dense_over_concat``: products of repeated entries, such as nodes that send to many edges, are made once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trigforge.fixed import Integers
from trigforge.graph.block import AnyBlock, Block
from trigforge.graph.equation import Equation
from trigforge.graph.infer import infer_nodes
from trigforge.graph.ops import Add, Concat, Constant, Dense, EinsumDense, Gather, Node
from trigforge.passes.axes import rearranged, without_axis
from trigforge.passes.rewriting import free_name, producers, repeats_entries


@dataclass(frozen=True)
class _Part:
    """Operands of the concatenation and the weights that they meet."""

    operands: tuple[str, ...]
    rows: tuple[int, ...]
    repeats: "_Repeat | None"


@dataclass(frozen=True)
class _Repeat:
    """A tensor whose entries are taken along an axis, about twice or more often.

    ``axis_behind`` is that axis behind the layer.
    """

    source: str
    indices: tuple[int, ...]
    axis: int
    axis_behind: int

    @property
    def used(self) -> tuple[int, ...]:
        """The entries that are taken, each once."""
        return tuple(sorted(set(self.indices)))

    @property
    def positions(self) -> Integers:
        """For each index, its place in ``used``."""
        return Integers(np.searchsorted(self.used, self.indices))


def split_dense_over_concat(graph: AnyBlock) -> AnyBlock:
    """``Dense(Concat(a, b)) = Dense_a(a) + Dense_b(b)``, where ``b`` is a ``Constant`` or repeats itself along an axis.

    Also for an ``EinsumDense`` that sums over the concatenated axis. A tensor repeats itself that a ``Gather`` makes of
    half as many entries or fewer (or a ``Concat`` of one): global features next to those of each particle, sender and
    receiver of each edge of a graph. The layer is applied to each entry once, and its results are taken in place of
    the entries: one product a node of the graph, and a sum an edge. A ``Constant`` becomes a bias in ``fold_constants``
    and ``fold_scale_and_bias``. Other concatenations stay: to split them would only add sums. The last sum bears the
    layer's name; its parts are ``layer.part0`` and so on. No interval changes.
    """
    nodes = producers(graph.nodes)
    known = dict(graph.tensors)
    out: list[Node] = []
    for node in graph.nodes:
        new = _split(node, nodes, graph, set(known))
        if new:
            wanted = known.pop(node.name)
            made = infer_nodes(new, known)
            new = new if made[node.name] == wanted else []
            known = made if new else {**known, node.name: wanted}
        out += new or [node]
    return graph.with_nodes(tuple(out))


def _split(node: Node, nodes: Mapping[str, Node], graph: Block, taken: set[str]) -> list[Node]:
    """The nodes in place of ``node``; none where it stays."""
    joined = nodes.get(node.operands[0]) if node.operands else None
    if joined is None or not isinstance(joined.op, Concat) or not isinstance(node.op, Dense | EinsumDense):
        return []
    along = joined.op.axis
    term, weight_term, output = _terms(node.op, len(graph.tensors[joined.name].shape))
    if term[along] in output or term[along] not in weight_term:
        return []
    parts = _parts(joined, (term, weight_term, output), nodes, graph)
    if len(parts) < 2:
        return []
    out: list[Node] = []

    def add(wanted: str, op: Add | Concat | Dense | EinsumDense | Gather, *operands: str) -> str:
        name = free_name(wanted, taken)
        taken.add(name)
        out.append(Node(name, op, operands, node.layers))
        return name

    results: list[str] = []
    for number, part in enumerate(parts):
        name = f"{node.name}.part{number}"
        weight = rearranged(node.op.weight, lambda v, rows=part.rows: v.take(rows, axis=weight_term.index(term[along])))
        bias = None if number else node.op.bias
        if bias is not None and part.repeats is not None:
            bias = without_axis(bias, len(output), part.repeats.axis_behind)
            if bias is None:
                return []
        op = replace(node.op, weight=weight, bias=bias)
        if part.repeats is None:
            x = part.operands[0] if len(part.operands) == 1 else add(f"{name}.in", Concat(along), *part.operands)
            results.append(add(name, op, x))
            continue
        repeats = part.repeats
        source = repeats.source
        if graph.tensors[source].shape[repeats.axis] > len(repeats.used):
            source = add(f"{name}.in", Gather(Integers(repeats.used), repeats.axis), source)
        once = add(f"{name}.once", op, source)
        results.append(add(name, Gather(repeats.positions, repeats.axis_behind), once))
    total = results[0]
    for other in results[1:]:
        total = add(f"{node.name}.sum", Add(), total, other)
    out[-1] = replace(out[-1], name=node.name)
    return out


def _terms(op: Dense | EinsumDense, rank: int) -> tuple[str, str, str]:
    """One letter for each axis of operand, weight and output."""
    equation = Equation.of_dense(rank) if isinstance(op, Dense) else op.equation
    return equation.terms[0], equation.terms[1], equation.output


def _parts(joined: Node, terms: tuple[str, str, str], nodes: Mapping[str, Node], graph: Block) -> Sequence[_Part]:
    """Parts of a concatenation: all that varies as one, then each ``Constant``, then each part that repeats itself."""
    assert isinstance(joined.op, Concat)
    along, first = joined.op.axis, 0
    varying: list[str] = []
    rows: list[int] = []
    others: list[_Part] = []
    for name in joined.operands:
        mine = tuple(range(first, first := first + graph.tensors[name].shape[along]))
        producer = nodes.get(name)
        repeats = None if producer is None else _repeat(producer, along, terms, graph)
        if repeats is not None or (producer is not None and isinstance(producer.op, Constant)):
            others.append(_Part((name,), mine, repeats))
        else:
            varying.append(name)
            rows += mine
    return [
        *([_Part(tuple(varying), tuple(rows), None)] if varying else []),
        *sorted(others, key=lambda part: part.repeats is not None),
    ]


def _repeat(node: Node, along: int, terms: tuple[str, str, str], graph: Block) -> _Repeat | None:
    """The way in which a tensor repeats itself along an axis that the layer leaves alone; None if it does not."""
    term, weight_term, output = terms
    match node.op:
        case Gather(indices, axis) if repeats_entries(node.op):
            taken = tuple(map(int, indices.values))
        case Concat(axis) if len({*node.operands}) == 1 and graph.tensors[node.operands[0]].shape[axis] == 1:
            taken = (0,) * len(node.operands)
        case _:
            return None
    if axis == along or term[axis] not in output or term[axis] in weight_term:
        return None
    return _Repeat(node.operands[0], taken, axis, output.index(term[axis]))
