"""The interval of every op's output. ``docs/numbers.md`` states each rule; nothing here is a choice."""

from collections.abc import Mapping, Sequence
from typing import assert_never

from trigforge.errors import GraphError
from trigforge.fixed import Interval
from trigforge.graph import infer_elementwise as elementwise
from trigforge.graph import infer_linear as linear
from trigforge.graph import infer_structure as structure
from trigforge.graph.ops import (
    Add,
    Body,
    Concat,
    Constant,
    Conv1D,
    Conv2D,
    Dense,
    Einsum,
    EinsumDense,
    Gather,
    LeadingOne,
    Lookup,
    Map,
    Max,
    Maximum,
    Min,
    Minimum,
    Mul,
    Node,
    Op,
    Relu,
    Requantize,
    Reshape,
    Select,
    Shift,
    ShiftBy,
    Slice,
    Sub,
    Sum,
    Transpose,
)


def arity(op: Op) -> int | None:
    """How many operands an op takes; None where it takes one or more (``Map``, ``Concat``)."""
    match op:
        case Constant():
            return 0
        case Einsum() | Add() | Sub() | Mul() | Maximum() | Minimum() | ShiftBy():
            return 2
        case Select():
            return 3
        case Concat() | Map():
            return None
        case _:
            return 1


def infer(op: Op, operands: Sequence[Interval]) -> Interval:
    """The exact interval of the output of one op.

    Raises ``GraphError`` without the node's name (the caller adds it) where operands and op do not fit together.
    """
    expected = arity(op)
    if (expected is None and not operands) or (expected is not None and len(operands) != expected):
        raise GraphError(f"takes {'one or more' if expected is None else expected} operands, found {len(operands)}")
    match op:
        case Constant(value):
            return Interval.of_constant(value)
        case Dense() | EinsumDense() | Conv1D() | Conv2D() | Sum():
            return linear.infer_linear(op, operands[0])
        case Einsum(equation):
            return linear.infer_einsum(equation, operands[0], operands[1])
        case Add() | Sub() | Mul() | Maximum() | Minimum() | ShiftBy():
            return elementwise.infer_binary(op, operands[0], operands[1])
        case Select():
            return elementwise.infer_select(op, operands[0], operands[1], operands[2])
        case Relu() | Lookup() | Shift() | LeadingOne() | Requantize():
            return elementwise.infer_unary(op, operands[0])
        case Reshape() | Transpose() | Slice() | Gather():
            return structure.infer_rearranged(op, operands[0])
        case Concat(axis):
            return structure.infer_concat(axis, operands)
        case Max() | Min():
            return structure.infer_extremum(op, operands[0])
        case Map():
            return _infer_map(op, operands)
        case _:
            assert_never(op)


def infer_nodes(nodes: Sequence[Node], known: Mapping[str, Interval]) -> dict[str, Interval]:
    """``known`` and the interval of every node's tensor, in order; ``GraphError`` names the node."""
    tensors = dict(known)
    for node in nodes:
        if node.name in tensors:
            raise GraphError(f"node {node.name!r}: the name is taken; rename one of the two")
        missing = [operand for operand in node.operands if operand not in tensors]
        if missing:
            raise GraphError(f"node {node.name!r}: operand {missing[0]!r} is not defined before it; reorder the nodes")
        try:
            tensors[node.name] = infer(node.op, [tensors[operand] for operand in node.operands])
        except GraphError as error:
            raise type(error)(f"node {node.name!r} ({type(node.op).__name__}): {error}") from None
    return tensors


def body_tensors(op: Map, operands: Sequence[Interval]) -> dict[str, Interval]:
    """The interval of every tensor inside a ``Map``'s body, the union over the slices."""
    body: Body = op.body
    if len(operands) != len(body.inputs):
        raise GraphError(f"the body has {len(body.inputs)} inputs, found {len(operands)} operands")
    if len(set(body.inputs)) != len(body.inputs):
        raise GraphError(f"the body's inputs {list(body.inputs)} share a name")
    lengths = {structure.axis_length(operand, op.axis) for operand in operands}
    if len(lengths) != 1:
        raise GraphError(f"operands differ in length along axis {op.axis}: {sorted(lengths)}")
    inputs = {name: structure.union_along(x, op.axis) for name, x in zip(body.inputs, operands, strict=True)}
    tensors = infer_nodes(body.nodes, inputs)
    if body.output not in tensors:
        raise GraphError(f"the body's output {body.output!r} is not one of its tensors")
    return tensors


def _infer_map(op: Map, operands: Sequence[Interval]) -> Interval:
    result = body_tensors(op, operands)[op.body.output]
    return structure.stack_copies(result, op.axis, structure.axis_length(operands[0], op.axis))
