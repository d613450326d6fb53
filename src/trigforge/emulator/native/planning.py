"""``plan``: a graph cut into stages.

Most nodes are run side by side, as many as make one ``Run`` of some length. A node that is big alone is a ``Run`` of
its own; its units (the elements, or the positions of a linear op) differ in literals only, so that loops run them.
Dense linear ops become a ``Dot``, and a ``Map`` becomes ``Copies``: the stages of its body, once for each slice.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import assert_never

import numpy as np
import numpy.typing as npt

from trigforge.emulator.native.dots import Dot, dot_of, suits
from trigforge.emulator.native.lowering import Tables, WorkUnit
from trigforge.emulator.native.scope import Elements, LinearTable, Scope
from trigforge.emulator.native.stages import Copies, KernelStage, Loop, Program, Run, Unit
from trigforge.fixed import Interval
from trigforge.graph.infer import body_tensors, slices_of
from trigforge.graph.ops import (
    Body,
    Concat,
    Constant,
    Einsum,
    Linear,
    LinearOp,
    Map,
    Node,
    Pairwise,
    Rearrangement,
    Reduction,
    Requantize,
    Select,
    Transpose,
    Unary,
    only_wires,
)

LONGEST_STRAIGHT = 1500
"""the most instructions of nodes that are run side by side, about: a function that stays in the first cache"""
ROLLED_FROM = 1200
"""the fewest instructions of a node that is run by loops"""
View = Callable[[str], Elements]
"""a tensor's name -> its elements, as a unit sees them"""


def _cost(node: Node, scope: Scope) -> int:
    """Instructions of a node, about."""
    match node.op:
        case Linear():
            return 2 * scope.linear(node.name, node.op).nonzero
        case Einsum():
            return 2 * scope.pairs(node.name, node.op)[0].size
        case Reduction():
            return scope.reduced(node.name, node.op).size
        case Requantize():
            return 6 * scope.elements(node.name).count
        case Constant() | Pairwise() | Select() | Unary() | Rearrangement() | Concat():
            return 2 * scope.elements(node.name).count
        case Map():
            return 0
        case _:
            assert_never(node.op)


def plan(
    nodes: Sequence[Node],
    tensors: Mapping[str, Interval],
    inputs: Sequence[str],
    demanded: Mapping[str, set[int]],
    tables: Tables,
    placed: Mapping[str, Mapping[int, int]] | None = None,
) -> tuple[Program, dict[str, set[int]]]:
    """The stages that make the ``demanded`` elements of some tensors, and the elements of the inputs they need.

    Stages are made from the last to the first, so that nothing is computed that nobody needs.
    """
    scope = Scope(nodes, tensors)
    kept = set(demanded)
    for node in nodes:
        if isinstance(node.op, Map) or _alone(node, scope):
            kept.update(node.operands)
    groups = _grouped(nodes, scope, kept)
    made_by = {tensor: n for n, group in enumerate(groups) for node in group for tensor in node.tensors}
    needed: dict[str, set[int]] = {name: set(elements) for name, elements in demanded.items()}
    stages: list[KernelStage] = []
    for number in range(len(groups) - 1, -1, -1):
        group = groups[number]
        node = group[0]
        if isinstance(node.op, Map):
            stage = _copies(node, node.op, scope, needed, tables, placed or {})
        elif len(group) == 1 and isinstance(node.op, Linear) and suits(node, node.op, scope):
            stage = _dot(node, node.op, scope, needed)
        else:
            early = {name for name in tensors if name in inputs or made_by.get(name, number) < number}
            stage = _run(group, scope, needed, tables, early)
        if stage is not None:
            stages.append(stage)
    stored = {name: scope.elements(name) for name in needed if needed[name]}
    own = {name: elements for name, elements in needed.items() if name in inputs}
    return Program(tuple(reversed(stages)), stored, frozenset(demanded), placed or {}), own


def _grouped(nodes: Sequence[Node], scope: Scope, kept: set[str]) -> list[list[Node]]:
    """The nodes of each stage. Nodes that only rearrange belong to none unless their tensor is ``kept`` in memory."""
    groups: list[list[Node]] = []
    open_cost = 0
    is_open = False
    for node in nodes:
        if only_wires(node.op) and node.name not in kept:
            continue
        cost = _cost(node, scope)
        if isinstance(node.op, Map) or _alone(node, scope) or _unrolled_is_long(node, scope):
            groups.append([node])
            is_open = False
            continue
        if is_open and open_cost + cost <= LONGEST_STRAIGHT:
            groups[-1].append(node)
            open_cost += cost
        else:
            groups.append([node])
            open_cost, is_open = cost, True
    return groups


def _unrolled_is_long(node: Node, scope: Scope) -> bool:
    return not isinstance(node.op, Linear) and _cost(node, scope) >= ROLLED_FROM


def _alone(node: Node, scope: Scope) -> bool:
    """True for a linear op that is a stage of its own."""
    return isinstance(node.op, Linear) and (suits(node, node.op, scope) or _positions(node, scope))


def _dot(node: Node, op: LinearOp, scope: Scope, needed: dict[str, set[int]]) -> Dot | None:
    wanted = needed.get(node.name)
    if not wanted:
        return None
    dot = dot_of(node, op, scope, wanted)
    needed[node.name] = {e for row in dot.out_rows for e in row if e >= 0}
    needed.setdefault(dot.operand.name, set()).update(e for row in dot.rows for e in row if e >= 0)
    return dot


def _positions(node: Node, scope: Scope) -> bool:
    """True for a linear op that is long, with the same weights at several positions."""
    if not isinstance(node.op, Linear):
        return False
    table = scope.linear(node.name, node.op)
    return 2 * table.nonzero >= ROLLED_FROM and len(table.matrices.matrices) < len(table.matrices.block)


def _run(group: list[Node], scope: Scope, needed: dict[str, set[int]], tables: Tables, early: set[str]) -> Run | None:
    wanted = [(node, sorted(needed.get(node.name, ()))) for node in group]
    wanted = [(node, elements) for node, elements in wanted if elements]
    if not wanted:
        return None
    units: list[Unit] = []
    read: set[tuple[str, int]] = set()
    for part, elements in _parts(group, wanted, scope, needed):
        lowering = WorkUnit(scope, early.__contains__, tables, elements)
        for name, element in part:
            lowering.store(name, element)
        units.append(Unit(tuple(lowering.builder.alive())))
        read |= lowering.read
    for name, element in read:
        needed.setdefault(name, set()).add(element)
    loops: dict[tuple[object, ...], list[Unit]] = {}
    for unit in units:
        loops.setdefault(unit.skeleton, []).append(unit)
    return Run(
        tuple(Loop(tuple(alike)) for alike in loops.values()),
        frozenset(name for name, _ in read),
        frozenset(node.name for node, _ in wanted),
    )


def _parts(
    group: list[Node], wanted: list[tuple[Node, list[int]]], scope: Scope, needed: dict[str, set[int]]
) -> Iterator[tuple[list[tuple[str, int]], View]]:
    """The units of a stage: the elements each stores, and how it sees tensors."""
    node = group[0]
    if len(group) == 1 and isinstance(node.op, Linear) and _positions(node, scope):
        table = scope.linear(node.name, node.op)
        view = _uniform(node, table, scope)
        columns = sorted({int(table.column[e]) for e in wanted[0][1]})
        for sums in table.matrices.sums:
            part = [(node.name, int(sums[c])) for c in columns]
            needed[node.name].update(element for _, element in part)
            yield part, view
    elif len(group) == 1 and _unrolled_is_long(node, scope):
        for element in wanted[0][1]:
            yield [(node.name, element)], scope.elements
    elif len(group) == 1:
        # Registers are given out in quadratic time, and values that wait for a far sum are spilled.
        ((_, elements),) = wanted
        pieces = min(-(-_cost(node, scope) // LONGEST_STRAIGHT), len(elements)) or 1
        share = -(-len(elements) // pieces)
        for start in range(0, len(elements), share):
            yield [(node.name, element) for element in elements[start : start + share]], scope.elements
    else:
        yield [(node.name, element) for node, elements in wanted for element in elements], scope.elements


def _uniform(node: Node, table: LinearTable, scope: Scope) -> View:
    """Tensors as all positions may see them: the operand's elements alike, the output's alike along a column."""
    x, out = scope.elements(node.operands[0]), scope.elements(node.name)
    m = table.matrices
    padded = [*(lo == hi for lo, hi in zip(x.lo, x.hi, strict=True)), True]
    dead = np.array(padded)[m.terms].all(axis=0)
    always = np.ones(x.count + 1, bool)
    always[m.terms[:, ~dead]] = False
    low, high = min(x.lo), max(x.hi)
    if low == high:
        always[:] = True
    seen = Elements(
        x.name,
        x.shape,
        x.lsb,
        [lo if kept else low for lo, kept in zip(x.lo, always, strict=False)],
        [hi if kept else high for hi, kept in zip(x.hi, always, strict=False)],
        x.own_lsb,
    )
    lo, hi = np.array(out.lo, object)[m.sums].min(axis=0), np.array(out.hi, object)[m.sums].max(axis=0)
    made = Elements(
        out.name,
        out.shape,
        out.lsb,
        [int(lo[c]) for c in table.column],
        [int(hi[c]) for c in table.column],
        out.own_lsb,
    )
    views = {x.name: seen, out.name: made}

    def view(name: str) -> Elements:
        return views.get(name) or scope.elements(name)

    return view


def _copies(
    node: Node,
    op: Map,
    scope: Scope,
    needed: dict[str, set[int]],
    tables: Tables,
    placed_here: Mapping[str, Mapping[int, int]],
) -> Copies | None:
    wanted = {tensor: needed[tensor] for tensor in node.tensors if needed.get(tensor)}
    if not wanted:
        return None
    operands = [scope.intervals[name] for name in node.operands]
    slices = slices_of(op, operands)
    body = _with_own_outputs(op.body, [len(scope.intervals[tensor].shape) - 1 for tensor in node.tensors])
    inner = body_tensors(replace(op, body=body), operands)
    seen = [
        *((name, outer, cut) for name, outer, cut in zip(body.inputs, node.operands, op.cuts, strict=True)),
        *((name, outer, op.axis) for name, outer in zip(body.outputs, node.tensors, strict=True)),
    ]
    rows = {name: _slice_rows(scope.intervals[outer].shape, cut, slices) for name, outer, cut in seen}
    placed = {name: _placed(rows[name][0].tolist(), placed_here.get(outer)) for name, outer, _ in seen}
    bound = {name: (outer, _stride(scope.intervals[outer].shape, cut)) for name, outer, cut in seen}
    demanded = {
        name: {e for e in range(rows[name].shape[1]) if not wanted[outer].isdisjoint(rows[name][:, e].tolist())}
        for name, outer in zip(body.outputs, node.tensors, strict=True)
        if outer in wanted
    }
    program, own = plan(body.nodes, inner, body.inputs, demanded, tables, placed)
    for name, outer, _ in seen:
        read = demanded.get(name, own.get(name, set()))
        needed.setdefault(outer, set()).update(rows[name][:, sorted(read)].reshape(-1).tolist())
    return Copies(node.name, slices, program, bound, frozenset(node.operands), frozenset(wanted))


def _placed(row: Sequence[int], where: Mapping[int, int] | None) -> Mapping[int, int]:
    """For each element of a slice its place in the memory of the outermost tensor that holds it."""
    return {element: outer if where is None else where[outer] for element, outer in enumerate(row)}


def _with_own_outputs(body: Body, ranks: Sequence[int]) -> Body:
    """A body whose outputs differ from its inputs and from each other: it copies those that do not."""
    nodes, outputs = list(body.nodes), list[str]()
    for output, rank in zip(body.outputs, ranks, strict=True):
        name = output
        while name in body.inputs or name in outputs:
            name = f"{name}'"
        if name != output:
            nodes.append(Node(name, Transpose(tuple(range(rank))), (output,)))
        outputs.append(name)
    return Body(body.inputs, tuple(nodes), tuple(outputs))


def _slice_rows(shape: tuple[int, ...], cut: int | None, slices: int) -> npt.NDArray[np.int64]:
    """(slices, elements): the elements of a tensor that each slice sees, all where the tensor is not cut."""
    numbers = np.arange(int(np.prod(shape, dtype=np.int64))).reshape(shape)
    if cut is None:
        return np.broadcast_to(numbers.reshape(-1), (slices, numbers.size))
    return np.moveaxis(numbers, cut, 0).reshape(slices, -1)


def _stride(shape: tuple[int, ...], cut: int | None) -> int:
    """The elements from one slice to the next."""
    return 0 if cut is None else int(np.prod(shape[cut + 1 :], dtype=np.int64))
