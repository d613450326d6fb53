"""The interval of every op's output. ``docs/numbers.md`` states each rule; nothing here is a choice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from trigforge.errors import GraphError
from trigforge.fixed import Interval
from trigforge.graph import infer_elementwise as elementwise
from trigforge.graph import infer_linear as linear
from trigforge.graph import infer_structure as structure
from trigforge.graph.ops import (
    Body,
    Concat,
    Constant,
    Einsum,
    Linear,
    Map,
    Node,
    Op,
    Pairwise,
    Rearrangement,
    Reduction,
    Select,
    Unary,
)


def arity(op: Op) -> int | None:
    """The number of operands that an op takes; None where it takes one or more (``Map``, ``Concat``)."""
    match op:
        case Constant():
            return 0
        case Linear() | Unary() | Reduction() | Rearrangement():
            return 1
        case Einsum() | Pairwise():
            return 2
        case Select():
            return 3
        case Concat() | Map():
            return None
        case _:
            assert_never(op)


def infer(op: Op, operands: Sequence[Interval]) -> Interval:
    """The exact interval of the output of one op; of its first output, where a ``Map`` has several.

    Raises ``GraphError`` without the node's name (the caller adds it) where operands and op do not fit together.
    """
    return infer_outputs(op, operands)[0]


def infer_outputs(op: Op, operands: Sequence[Interval]) -> tuple[Interval, ...]:
    """The exact intervals of all outputs of one op; ``GraphError`` as ``infer``."""
    expected = arity(op)
    if (expected is None and not operands) or (expected is not None and len(operands) != expected):
        raise GraphError(f"takes {'one or more' if expected is None else expected} operands, found {len(operands)}")
    match op:
        case Constant(value):
            return (Interval.of_constant(value),)
        case Linear():
            return (linear.infer_linear(op, operands[0]),)
        case Einsum(equation):
            return (linear.infer_einsum(equation, operands[0], operands[1]),)
        case Pairwise():
            return (elementwise.infer_binary(op, operands[0], operands[1]),)
        case Select():
            return (elementwise.infer_select(op, operands[0], operands[1], operands[2]),)
        case Unary():
            return (elementwise.infer_unary(op, operands[0]),)
        case Rearrangement():
            return (structure.infer_rearranged(op, operands[0]),)
        case Concat(axis):
            return (structure.infer_concat(axis, operands),)
        case Reduction():
            return (structure.infer_extremum(op, operands[0]),)
        case Map():
            return _infer_map(op, operands)
        case _:
            assert_never(op)


@dataclass(frozen=True)
class Derived:
    """One node with the intervals of its operands and of its outputs."""

    node: Node
    operands: tuple[Interval, ...]
    outputs: tuple[Interval, ...]

    def holds_for(self, node: Node, operands: tuple[Interval, ...]) -> bool:
        """True if ``node`` has the same op on the very same intervals, so that its outputs need not be derived."""
        same = node.op is self.node.op and len(operands) == len(self.operands)
        return same and all(a is b for a, b in zip(operands, self.operands, strict=True))


@dataclass(frozen=True)
class Fault:
    """A node without intervals, and why; the error names the node."""

    node: str
    error: GraphError


@dataclass(frozen=True)
class Inferred:
    """The intervals of all tensors as far as nodes are sound.

    ``faults`` holds an entry for each faulty node; a node behind a faulty one is not looked at. ``broken`` names the
    tensors of both. ``derived`` holds the sound nodes by name.
    """

    tensors: Mapping[str, Interval]
    derived: Mapping[str, Derived]
    faults: tuple[Fault, ...]
    broken: frozenset[str]

    def sound(self) -> Mapping[str, Interval]:
        """The intervals, if all nodes are sound; else the first fault is raised."""
        if self.faults:
            raise self.faults[0].error
        return self.tensors


_NOTHING: Mapping[str, Derived] = {}


def infer_all(
    nodes: Sequence[Node],
    known: Mapping[str, Interval],
    broken: frozenset[str] = frozenset(),
    earlier: Mapping[str, Derived] = _NOTHING,
) -> Inferred:
    """``known`` and the interval of every tensor that the nodes make, in order.

    ``broken`` names tensors that have no interval because of a fault outside; ``earlier`` holds nodes, by name, whose
    intervals are taken over where they still hold.
    """
    tensors, bad = dict(known), set(broken)
    derived: dict[str, Derived] = {}
    faults: list[Fault] = []
    for node in nodes:
        if not bad.isdisjoint(node.operands):
            bad.update(node.tensors)
            continue
        try:
            _check_names(node, tensors)
            operands = tuple(tensors[name] for name in node.operands)
            before = earlier.get(node.name)
            if before is None or not before.holds_for(node, operands):
                before = Derived(node, operands, _derive(node, operands))
        except GraphError as error:
            faults.append(Fault(node.name, error))
            bad.update(node.tensors)
            continue
        derived[node.name] = before
        tensors.update(zip(node.tensors, before.outputs, strict=True))
    return Inferred(tensors, derived, tuple(faults), frozenset(bad))


def _check_names(node: Node, tensors: Mapping[str, Interval]) -> None:
    taken = [name for name in node.tensors if name in tensors]
    if taken:
        raise GraphError(f"node {taken[0]!r}: the name is taken; rename one of the two")
    missing = [operand for operand in node.operands if operand not in tensors]
    if missing:
        raise GraphError(f"node {node.name!r}: operand {missing[0]!r} is not defined before it; reorder the nodes")


def _derive(node: Node, operands: Sequence[Interval]) -> tuple[Interval, ...]:
    try:
        return infer_outputs(node.op, operands)
    except GraphError as error:
        raise type(error)(f"node {node.name!r} ({type(node.op).__name__}): {error}") from None


def infer_nodes(nodes: Sequence[Node], known: Mapping[str, Interval]) -> dict[str, Interval]:
    """``known`` and the interval of every tensor that the nodes make, in order; ``GraphError`` names the node."""
    return dict(infer_all(nodes, known).sound())


def slices_of(op: Map, operands: Sequence[Interval]) -> int:
    """The number of slices of a ``Map``; ``GraphError`` where its operands disagree."""
    if len(operands) != len(op.body.inputs) or len(operands) != len(op.cuts):
        raise GraphError(f"the body has {len(op.body.inputs)} inputs, found {len(operands)} operands")
    lengths = {structure.axis_length(x, cut) for x, cut in zip(operands, op.cuts, strict=True) if cut is not None}
    if not lengths:
        raise GraphError("cuts none of its operands; cut at least one")
    if len(lengths) != 1:
        axes = ", ".join(map(str, sorted({cut for cut in op.cuts if cut is not None})))
        raise GraphError(f"operands differ in length along axis {axes}: {sorted(lengths)}")
    return lengths.pop()


def body_tensors(op: Map, operands: Sequence[Interval]) -> dict[str, Interval]:
    """The interval of every tensor inside a ``Map``'s body, the union over the slices."""
    body: Body = op.body
    slices_of(op, operands)
    if len(set(body.inputs)) != len(body.inputs):
        raise GraphError(f"the body's inputs {list(body.inputs)} share a name")
    tensors = infer_nodes(body.nodes, dict(zip(body.inputs, _slice_intervals(op, operands), strict=True)))
    if not body.outputs:
        raise GraphError("the body has no output")
    for output in body.outputs:
        if output not in tensors:
            raise GraphError(f"the body's output {output!r} is not one of its tensors")
    return tensors


def _slice_intervals(op: Map, operands: Sequence[Interval]) -> Iterator[Interval]:
    for x, cut in zip(operands, op.cuts, strict=True):
        yield x if cut is None else structure.union_along(x, cut)


def _infer_map(op: Map, operands: Sequence[Interval]) -> tuple[Interval, ...]:
    inside, slices = body_tensors(op, operands), slices_of(op, operands)
    return tuple(structure.stack_copies(inside[output], op.axis, slices) for output in op.body.outputs)
