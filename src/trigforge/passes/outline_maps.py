"""Sets stay sets: per-element work along an axis becomes one ``Map``."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from trigforge.errors import GraphError
from trigforge.fixed import FixedArray, Interval
from trigforge.graph.block import AnyBlock, Block
from trigforge.graph.infer_structure import union_along
from trigforge.graph.layers import joined_layers, map_name
from trigforge.graph.ops import (
    Body,
    Concat,
    Constant,
    Einsum,
    LeadingOne,
    Map,
    Node,
    Op,
    Pairwise,
    Requantize,
    Select,
    Weighted,
)
from trigforge.passes.axes import uniform, without_axis
from trigforge.passes.requantizing import joined_along
from trigforge.passes.rewriting import constants, free_name, redirected
from trigforge.passes.slicing import sliced

_MOST_BITS = 33 / 32
"""Joined types may cost so many times the bits of the slices' own."""


@dataclass(frozen=True)
class _Slice:
    """One node on one slice: its op, and the constants among its operands."""

    node: Node
    op: Op
    constants: dict[str, FixedArray]


@dataclass(frozen=True)
class _Run:
    """Nodes that become one body, in order; only the last one's tensor is used outside."""

    axis: int
    slices: tuple[_Slice, ...]

    @property
    def work(self) -> int:
        return sum(isinstance(part.node.op, Weighted | Einsum) for part in self.slices)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(part.node.name for part in self.slices)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The tensors that come from outside and are cut."""
        operands = [(part, name) for part in self.slices for name in part.node.operands]
        inside = {*self.names}
        return tuple(
            dict.fromkeys(name for part, name in operands if name not in inside and name not in part.constants)
        )


def outline_maps(graph: AnyBlock) -> AnyBlock:
    """Runs of nodes that treat every slice of an axis alike become one ``Map`` each.

    A run is as large as it can be with one tensor that is used outside; a second such tensor ends a run of its own. It
    holds at least one ``Dense``, ``EinsumDense``, ``Conv`` or ``Einsum``, and all its tensors have the axis in the same
    place and two or more slices along it. Where axes compete, the run with the most linear ops is taken first.

    Slices whose types differ are joined: each sees the union of all. That is done where no output of the graph gets
    another interval, no type changes a bit of a slice that it was not made for, and the union costs at most three per
    cent more bits. Else only slices with equal intervals make a ``Map``, and no interval changes.

    A ``Map`` is named after the first and last layer with weights that it holds, or bears the name of the run's last
    node where that is an output or no layer is known. Nodes and inputs of a body bear the names they had outside.
    Constants are copied into the bodies; ``remove_dead_nodes`` drops what is left of them.
    """
    for joining in (True, False):
        refused: set[tuple[str, ...]] = set()
        while (run := _best(graph, joining, refused)) is not None:
            outlined = _outlined(graph, run)
            if joining and not _same_outputs(outlined, graph):
                refused.add(run.names)
            else:
                graph = outlined
    return graph


def _best(graph: Block, joining: bool, refused: set[tuple[str, ...]]) -> _Run | None:
    runs = (run for run in _runs(graph, joining) if run.names not in refused)
    return max(runs, key=lambda run: (run.work, len(run.slices), -run.axis), default=None)


def _runs(graph: Block, joining: bool) -> Iterator[_Run]:
    """All runs worth a ``Map``, for every axis; those of different axes may overlap."""
    tensors, known = graph.tensors, constants(graph.nodes)
    readers: dict[str, list[str]] = {}
    for node in graph.nodes:
        for operand in node.operands:
            readers.setdefault(operand, []).append(node.name)
    for axis in range(max((len(x.shape) for x in tensors.values()), default=0)):
        found = (_sliced_node(node, graph, known, axis, joining) for node in graph.nodes)
        parts = {part.node.name: part for part in found if part is not None}
        members: dict[str, list[_Slice]] = {}
        last: dict[str, str] = {}
        for name in reversed(parts):
            ends = {last.get(reader) for reader in readers.get(name, [])}
            end = ends.pop() if len(ends) == 1 and name not in graph.outputs else None
            last[name] = end or name
            members.setdefault(last[name], []).append(parts[name])
        runs = (_Run(axis, tuple(reversed(slices))) for slices in members.values())
        yield from (run for run in runs if run.work and (not joining or _is_cheap(run, graph)))


def _sliced_node(node: Node, graph: Block, known: dict[str, FixedArray], axis: int, joining: bool) -> _Slice | None:
    if len(node.tensors) > 1:
        return None
    out = graph.tensors[node.name]
    operands = [graph.tensors[name] for name in node.operands if name not in known]
    if not operands or not all(_is_cut_alike(x, out, axis) for x in (out, *operands)):
        return None
    # What LeadingOne makes of 0 depends on the interval.
    if not (joining and not isinstance(node.op, LeadingOne)) and not all(uniform(x, axis) for x in (out, *operands)):
        return None
    fixed = {name: without_axis(known[name], len(out.shape), axis) for name in node.operands if name in known}
    cut = {name: value for name, value in fixed.items() if value is not None}
    if len(cut) != len(fixed) or (fixed and not isinstance(node.op, Pairwise | Select | Concat)):
        return None
    whole = joined_along(node.op, operands[0], axis) if isinstance(node.op, Requantize) and joining else node.op
    op = None if whole is None else sliced(whole, [x.shape for x in operands], out.shape, axis)
    return None if op is None else _Slice(node, op, cut)


def _is_cut_alike(x: Interval, out: Interval, axis: int) -> bool:
    """True if ``x`` is cut into as many slices as ``out``, two or more."""
    return len(out.shape) > axis < len(x.shape) and x.shape[axis] == out.shape[axis] > 1


def _is_cheap(run: _Run, graph: Block) -> bool:
    """True if the joined types of all tensors have at most ``_MOST_BITS`` times the bits of the slices' own."""
    intervals = [graph.tensors[name] for name in (*run.inputs, *run.names)]
    own = sum(_bits(x) for x in intervals)
    joined = sum(_bits(union_along(x, run.axis)) * x.shape[run.axis] for x in intervals)
    return joined <= _MOST_BITS * own


def _bits(x: Interval) -> int:
    return int(np.broadcast_to(x.types.width.values, x.shape).sum())


def _same_outputs(after: Block, before: Block) -> bool:
    """True if wider types inside leave every output its interval."""
    try:
        return all(after.tensors[name] == before.tensors[name] for name in before.outputs)
    except GraphError:  # a table that does not reach as far as the union
        return False


def _outlined(graph: AnyBlock, run: _Run) -> AnyBlock:
    inside, taken = {*run.names}, {*run.names, *run.inputs}
    nodes: list[Node] = []
    copies: dict[tuple[str, FixedArray], str] = {}
    for part in run.slices:
        for name, value in part.constants.items():
            if (name, value) not in copies:
                copies[name, value] = free_name(name, taken)
                taken.add(copies[name, value])
                nodes.append(Node(copies[name, value], Constant(value), (), part.node.layers))
        operands = (
            copies[name, part.constants[name]] if name in part.constants else name for name in part.node.operands
        )
        nodes.append(replace(part.node, op=part.op, operands=tuple(operands)))
    end, layers = run.names[-1], joined_layers(*nodes)
    working = joined_layers(*(node for node in nodes if isinstance(node.op, Weighted | Einsum))) or layers
    others = {name for node in graph.nodes for name in (node.name, *node.tensors)} | {*graph.given}
    name = end if end in graph.outputs or not layers else free_name(map_name(working), others - inside)
    body = Body(run.inputs, tuple(nodes), (end,))
    outlined = Node(name, Map.along(run.axis, body), run.inputs, layers)
    rest = (
        outlined if node.name == end else node for node in graph.nodes if node.name == end or node.name not in inside
    )
    return graph.with_nodes(redirected(tuple(rest), {end: name}))
