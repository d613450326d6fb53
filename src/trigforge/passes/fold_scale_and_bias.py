"""Batch norm, and any other constant scale and bias, becomes part of the linear op before it."""

from dataclasses import replace
from typing import assert_never

import numpy as np

from trigforge.adders import signed_digits
from trigforge.errors import GraphError
from trigforge.fixed import FixedArray, exact
from trigforge.graph.block import AnyBlock, Block
from trigforge.graph.infer import infer
from trigforge.graph.layers import joined_layers
from trigforge.graph.ops import (
    Add,
    Conv1D,
    Conv2D,
    Dense,
    EinsumDense,
    Mul,
    Node,
    Shift,
    Sub,
    Weighted,
    WeightedOp,
)
from trigforge.passes.rewriting import constants, producers, uses

_LARGEST = 2**62
_LETTERS = "abcdefghijkl"


def fold_scale_and_bias(graph: AnyBlock) -> AnyBlock:
    """``Mul``, ``Add``, ``Sub`` with a ``Constant`` and ``Shift`` right after a linear op vanish into its weights.

    The linear op is a ``Dense``, ``EinsumDense`` or ``Conv`` that nothing else uses, and takes the name of the node
    that vanishes. The new weights are the exact products: as many bits wider as the scale has significant bits. A scale
    stays where it is if the terms ``± 2**n`` of the new weights are more than those of the old ones and of the scale,
    or if it differs between elements that share a weight; so does a bias that differs between such elements.
    No interval changes.
    """
    counts, known = uses(graph), constants(graph.nodes)
    nodes = producers(graph.nodes)
    for node in graph.nodes:
        operands = [name for name in node.operands if name not in known]
        before = nodes.get(operands[0]) if len(operands) == 1 else None
        if before is None or counts[before.name] != 1 or not isinstance(before.op, Weighted):
            continue
        constant = next((known[name] for name in node.operands if name in known), None)
        op = _combined(before.op, node, constant, graph)
        if op is None or not _equal(op, before, node, graph):
            continue
        del nodes[before.name]
        nodes[node.name] = Node(node.name, op, before.operands, joined_layers(before, node))
    return graph.with_nodes(tuple(nodes[node.name] for node in graph.nodes if node.name in nodes))


def _equal(op: WeightedOp, before: Node, node: Node, graph: Block) -> bool:
    """True if the combined op can be carried, and has the interval that the two ops had."""
    sizes = [np.abs(part.mantissa.values).max(initial=0) for part in (op.weight, op.bias) if part is not None]
    if max(sizes) >= _LARGEST:
        return False
    try:
        return infer(op, [graph.tensors[name] for name in before.operands]) == graph.tensors[node.name]
    except GraphError:
        return False


def _combined(op: WeightedOp, node: Node, constant: FixedArray | None, graph: Block) -> WeightedOp | None:
    shape = graph.tensors[node.name].shape
    minus_one = FixedArray.of(-1)
    match node.op:
        case Mul() if constant is not None:
            return _scaled(op, constant, shape)
        case Shift(places):
            least = int(places.values.min(initial=0))
            powers = exact.shift(np.ones(places.shape, np.int64), places.values.astype(np.int64) - least)
            return _scaled(op, FixedArray.of(powers, least), shape)
        case Add() if constant is not None:
            return _biased(op, constant, shape)
        case Sub() if constant is not None:
            if node.operands[0] in constants(graph.nodes):
                negative = _scaled(op, minus_one, shape)
                return None if negative is None else _biased(negative, constant, shape)
            return _biased(op, _product(constant, minus_one), shape)
        case _:
            return None


def _terms(op: WeightedOp, rank: int) -> tuple[str, str]:
    """One letter for each axis of the output and of the weight; a letter in both is an axis that both share."""
    match op:
        case Dense():
            return f"{_LETTERS[: rank - 1]}z", "yz"
        case EinsumDense(equation):
            return equation.output, equation.terms[1]
        case Conv1D():
            return "az", "kyz"
        case Conv2D():
            return "abz", "klyz"
        case _:
            assert_never(op)


def _scaled(op: WeightedOp, scale: FixedArray, shape: tuple[int, ...]) -> WeightedOp | None:
    output, weight_term = _terms(op, len(shape))
    values = _along(scale, output, "".join(letter for letter in output if letter in weight_term))
    if values is None or np.broadcast_shapes(shape, scale.shape) != shape:
        return None
    shared = [letter for letter in weight_term if letter in output]
    ordered = np.moveaxis(values, [output.index(letter) for letter in shared], range(len(shared)))
    missing = tuple(n for n, letter in enumerate(weight_term) if letter not in output)
    fitting = np.expand_dims(ordered.reshape(ordered.shape[: len(shared)]), missing)
    weight = _product(op.weight, FixedArray.of(fitting, scale.lsb))
    lengths = [n if letter in output else 1 for letter, n in zip(weight_term, op.weight.shape, strict=True)]
    apart = _terms_of(op.weight.mantissa.values) + _terms_of(np.broadcast_to(fitting, lengths))
    if _terms_of(weight.mantissa.values) > apart:
        return None
    if op.bias is None:
        return replace(op, weight=weight)
    own = scale if isinstance(op, EinsumDense) else FixedArray.of(values.reshape(-1), scale.lsb)
    return replace(op, weight=weight, bias=_product(op.bias, own))


def _terms_of(constants: exact.IntArray) -> int:
    return int(signed_digits(constants).sum())


def _biased(op: WeightedOp, bias: FixedArray, shape: tuple[int, ...]) -> WeightedOp | None:
    if np.broadcast_shapes(shape, bias.shape) != shape:
        return None
    if not isinstance(op, EinsumDense):
        output, _ = _terms(op, len(shape))
        values = _along(bias, output, "z")
        if values is None:
            return None
        bias = FixedArray.of(np.broadcast_to(values.reshape(-1), shape[-1:]), bias.lsb)
    return replace(op, bias=bias if op.bias is None else _sum(op.bias, bias))


def _along(constant: FixedArray, output: str, varying: str) -> exact.IntArray | None:
    """The mantissas with one axis for each letter, of length 1 but for ``varying``; None where others vary too."""
    values = constant.mantissa.values
    if values.ndim > len(output):
        return None
    values = values.reshape((1,) * (len(output) - values.ndim) + values.shape)
    for axis, letter in enumerate(output):
        if letter not in varying:
            first = values.take([0], axis=axis)
            if bool((values != first).any()):
                return None
            values = first
    return values


def _product(a: FixedArray, b: FixedArray) -> FixedArray:
    return FixedArray.of(exact.multiply(a.mantissa.values, b.mantissa.values), a.lsb + b.lsb)


def _sum(a: FixedArray, b: FixedArray) -> FixedArray:
    lsb = min(a.lsb, b.lsb)
    aligned = (exact.shift(part.mantissa.values, part.lsb - lsb) for part in (a, b))
    return FixedArray.of(exact.add(*aligned), lsb)
