"""``remove_zero_width``: weights and channels that training pruned to width 0 are not built."""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

import numpy as np
import numpy.typing as npt

from trigforge.fixed import FixedArray, Interval
from trigforge.graph.block import AnyBlock, Block
from trigforge.graph.ops import (
    Concat,
    Constant,
    Conv1D,
    Conv2D,
    Dense,
    Einsum,
    EinsumDense,
    Map,
    Node,
    Op,
    Pairwise,
    Rearrangement,
    Reduction,
    Select,
    Sum,
    Unary,
    Weighted,
    WeightedOp,
)
from trigforge.passes.axes import Parameter, rearranged, with_parameter

Mask = npt.NDArray[np.bool_]


def remove_zero_width(graph: AnyBlock) -> AnyBlock:
    """Weights that meet nothing but zeros become 0, and hidden channels that nothing needs vanish.

    A channel is an entry of the last axis between linear ops: made by a ``Dense``, ``EinsumDense``, ``Conv`` or
    ``Constant``, perhaps changed element by element or summed over other axes, and read by linear ops only. It
    vanishes, with its columns and rows of weights, if all that read it multiply it by 0. The channels that stay keep
    their intervals; no other tensor changes, and at least one channel stays.
    """
    graph = graph.with_nodes(tuple(_without_idle_weights(node, graph.tensors) for node in graph.nodes))
    kept = _kept_channels(graph)
    return graph.with_nodes(tuple(_without_channels(node, kept, graph.tensors) for node in graph.nodes))


def _without_idle_weights(node: Node, tensors: Mapping[str, Interval]) -> Node:
    if not isinstance(node.op, Weighted):
        return node
    live = ~tensors[node.operands[0]].is_zero
    term, weight_term = _terms(node.op, live.ndim)
    meets = live.any(axis=tuple(axis for axis, letter in enumerate(term) if letter not in weight_term))
    shared = [letter for letter in term if letter in weight_term]
    ordered = np.transpose(meets, [shared.index(letter) for letter in weight_term if letter in shared])
    fitting = np.expand_dims(ordered, tuple(n for n, letter in enumerate(weight_term) if letter not in shared))
    weight = node.op.weight
    return replace(
        node, op=replace(node.op, weight=FixedArray.of(np.where(fitting, weight.mantissa.values, 0), weight.lsb))
    )


def _terms(op: WeightedOp, rank: int) -> tuple[str, str]:
    """One letter for each axis of operand and weight; a letter in both is an axis along which each has its weights."""
    letters = "abcdefghijkl"[: rank - 1]
    match op:
        case Dense():
            return f"{letters}y", "yz"
        case Conv1D():
            return f"{letters}y", "kyz"
        case Conv2D():
            return f"{letters}y", "klyz"
        case EinsumDense(equation):
            term, weight_term = equation.terms
            return term, weight_term
        case _:
            assert_never(op)


def _makes_channels(op: Op) -> bool:
    """True if the last axis of the output is new: an axis of a weight alone, or of a constant."""
    return isinstance(op, Constant) or (isinstance(op, Weighted) and _made_channels(op) is not None)


def _made_channels(op: WeightedOp) -> int | None:
    """The axis of the weight that becomes the last axis of the output alone."""
    match op:
        case Dense() | Conv1D() | Conv2D():
            return len(op.weight.shape) - 1
        case EinsumDense(equation):
            (term, weight_term), output = equation.terms, equation.output
            return weight_term.index(output[-1]) if output and output[-1] not in term else None
        case _:
            assert_never(op)


def _reads_channels(op: WeightedOp) -> int | None:
    """The axis of the weight over which the operand's last axis is summed."""
    match op:
        case Dense() | Conv1D() | Conv2D():
            return len(op.weight.shape) - 2
        case EinsumDense(equation):
            (term, weight_term), output = equation.terms, equation.output
            summed = bool(term) and term[-1] in weight_term and term[-1] not in output
            return weight_term.index(term[-1]) if summed else None
        case _:
            assert_never(op)


def _passes_channels(node: Node, tensors: Mapping[str, Interval]) -> bool:
    """True if each channel of the output depends on the same channel of the operands and no other."""
    match node.op:
        case Pairwise() | Select() | Unary():
            return True
        case Reduction():
            return node.op.axes[-1] < len(tensors[node.operands[0]].shape) - 1
        case Constant() | Weighted() | Einsum() | Rearrangement() | Concat() | Map():
            return False
        case _:
            assert_never(node.op)


def _kept_channels(graph: Block) -> dict[str, Mask]:
    """For each tensor that can lose channels, which of them stay."""
    tensors = graph.tensors
    group = {name: name for name in tensors}

    def root(name: str) -> str:
        while group[name] != name:
            name = group[name]
        return name

    # Inputs and outputs are the interface, and what is read by anything but a linear op stays as it is.
    fixed = {*graph.outputs, *graph.given}
    fixed.update(name for name, x in tensors.items() if not x.shape)
    read: dict[str, Mask] = {}
    for node in graph.nodes:
        if not _makes_channels(node.op):
            if _passes_channels(node, tensors):
                for name in node.operands:
                    if tensors[name].shape[-1:] == tensors[node.name].shape[-1:]:
                        group[root(name)] = root(node.name)
                continue
            fixed.update(node.tensors)
        axis = _reads_channels(node.op) if isinstance(node.op, Weighted) else None
        for name in node.operands:
            if axis is None or not isinstance(node.op, Weighted):
                fixed.add(name)
            else:
                values = np.moveaxis(node.op.weight.mantissa.values, axis, 0)
                read[name] = read.get(name, False) | (values.reshape(len(values), -1) != 0).any(axis=1)
    fixed_groups = {root(name) for name in fixed}
    needed: dict[str, Mask] = {}
    for name, mask in read.items():
        needed[root(name)] = needed.get(root(name), False) | mask
    kept = {name: needed[root(name)] for name in tensors if root(name) in needed and root(name) not in fixed_groups}
    return {name: mask for name, mask in kept.items() if mask.any() and not mask.all()}


def _without_channels(node: Node, kept: Mapping[str, Mask], tensors: Mapping[str, Interval]) -> Node:
    op = node.op
    if isinstance(op, Weighted) and node.operands[0] in kept:
        axis = _reads_channels(op)
        assert axis is not None, "only linear ops read channels that vanish"
        op = replace(op, weight=_taken(op.weight, kept[node.operands[0]], axis))
    if node.name not in kept:
        return replace(node, op=op)
    mask = kept[node.name]
    match op:
        case Weighted():
            axis = _made_channels(op)
            assert axis is not None, "only ops that make channels can do without them"
            bias = None if op.bias is None else _last_taken(op.bias, mask)
            op = replace(op, weight=_taken(op.weight, mask, axis), bias=bias)
        case Constant(value):
            op = Constant(_last_taken(value, mask))
        case Unary():
            changed = with_parameter(op, lambda parameter: _last_taken(parameter, mask))
            assert changed is not None, "some entries of a parameter are a parameter"
            op = changed
        case Select(threshold):
            op = Select(_last_taken(threshold, mask))
        case Sum() | Einsum() | Pairwise() | Reduction() | Rearrangement() | Concat() | Map():
            pass
        case _:
            assert_never(op)
    return replace(node, op=op)


def _taken(weight: FixedArray, mask: Mask, axis: int) -> FixedArray:
    return rearranged(weight, lambda values: values.take(np.flatnonzero(mask), axis=axis))


def _last_taken(parameter: Parameter, mask: Mask) -> Parameter:
    """A parameter that broadcasts to a tensor whose last axis keeps the entries of ``mask``."""
    if parameter.shape[-1:] != mask.shape:
        return parameter
    return rearranged(parameter, lambda values: values.take(np.flatnonzero(mask), axis=-1))
