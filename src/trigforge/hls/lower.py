"""From a graph to the layers that hls4ml prints."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import assert_never

import numpy as np

from trigforge.design import DesignPoint, HlsDesign, Strategy, hls_design
from trigforge.errors import GraphError, WidthError
from trigforge.fixed import Interval
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.infer import infer
from trigforge.graph.infer_structure import rearrange
from trigforge.graph.ops import (
    Add,
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
from trigforge.hls import lower_elementwise as elementwise
from trigforge.hls import lower_linear as linear
from trigforge.hls.layers import Builder, HlsLayer, Operand
from trigforge.hls.names import Identifiers
from trigforge.hls.reuse import multiplications_of
from trigforge.project import Multiplications

MAX_BITS = 63
"""Mantissas pass through the C bridge as int64."""


@dataclass(frozen=True)
class Lowered:
    """Layers in order. ``inputs`` and ``outputs`` are layer names in the order of the graph's; ``tensors`` maps every
    graph tensor to the layer that makes it."""

    layers: tuple[HlsLayer, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    tensors: dict[str, str]
    multiplications: tuple[Multiplications, ...]

    @property
    def is_dataflow(self) -> bool:
        """True where layers reuse multipliers: hls4ml then makes the top a ``DATAFLOW`` region of processes."""
        return any(layer.strategy is Strategy.RESOURCE for layer in self.layers)


def lower(graph: FixedPointGraph, design: DesignPoint) -> Lowered:
    """Every node as one or more layers. ``GraphError`` names the node that cannot be carried, ``DesignError`` a layer
    that cannot have its reuse factor."""
    names = Identifiers()
    known: dict[str, Operand] = {}
    layers: list[HlsLayer] = []
    products = multiplications_of(graph, design)
    built = {
        entry.node: HlsDesign(strategy=Strategy(entry.strategy), reuse_factor=entry.reuse_factor) for entry in products
    }
    for name, interval in graph.tensors.items():
        if interval.hull.width > MAX_BITS:
            raise WidthError(
                f"tensor {name!r} needs {interval.hull.width} bits, C simulation carries {MAX_BITS}; "
                "requantize its operands to fewer bits"
            )
    for tensor in graph.inputs:
        builder = Builder(names, tensor.name, design.hls)
        shape = list(tensor.shape or (1,))
        port = builder.add("InputLayer", (), tensor.interval, attributes={"input_shape": shape})
        known[tensor.name] = replace(port, is_port=True)
        layers += builder.layers
    for node in graph.nodes:
        builder = Builder(names, node.name, built.get(node.name) or hls_design(node, design))
        operands = tuple(known[name] for name in node.operands)
        try:
            _lower_node(builder, node, operands, graph.tensors[node.name], known[graph.inputs[0].name])
        except GraphError as error:
            raise type(error)(f"node {node.name!r} ({type(node.op).__name__}): {error}") from None
        layers += builder.layers
        known[node.name] = Operand(builder.layers[-1].name, graph.tensors[node.name])
    outputs = _separate_outputs(graph, names, known, layers)
    return Lowered(
        layers=tuple(layers),
        inputs=tuple(known[tensor.name].layer for tensor in graph.inputs),
        outputs=outputs,
        tensors={name: operand.layer for name, operand in known.items()},
        multiplications=products,
    )


def _separate_outputs(
    graph: FixedPointGraph, names: Identifiers, known: dict[str, Operand], layers: list[HlsLayer]
) -> tuple[str, ...]:
    """One layer for each output. A port of the top function must be an array that nothing else reads and that is no
    input, so that a copy (wires) is made where it is."""
    read = {operand for layer in layers for operand in layer.inputs}
    kinds = {layer.name: layer.kind for layer in layers}
    outputs: list[str] = []
    for name in dict.fromkeys(graph.outputs):
        operand = known[name]
        if operand.layer in read or kinds[operand.layer] in ("InputLayer", "Reshape"):
            builder = Builder(names, name, HlsDesign())
            operand = builder.copy(operand, operand.interval, suffix="out")
            layers += builder.layers
        outputs.append(operand.layer)
    return tuple(outputs)


def _lower_node(builder: Builder, node: Node, x: tuple[Operand, ...], out: Interval, anchor: Operand) -> None:
    match node.op:
        case Constant(value):
            # hls4ml wants every layer but an input to have one; the kernel does not look at it.
            builder.kernel("constant", "constant.h", (anchor,), out, weight=value, takes_inputs=False)
        case Dense() as op:
            linear.lower_dense(builder, op, x[0], out)
        case EinsumDense() as op:
            linear.lower_einsum_dense(builder, op, x[0], out)
        case Conv1D() | Conv2D() as op:
            linear.lower_conv(builder, op, x[0], out)
        case Einsum() as op:
            linear.lower_einsum(builder, op, x[0], x[1], out)
        case Add() | Sub() | Mul() | Maximum() | Minimum() as op:
            elementwise.lower_merge(builder, op, x[0], x[1], out)
        case Sum() as op:
            linear.lower_sum(builder, op, x[0], out)
        case Max() | Min() as op:
            _lower_extremum(builder, op, x[0], out)
        case Select() as op:
            elementwise.lower_select(builder, op, x, out)
        case Relu():
            elementwise.lower_relu(builder, x[0], out)
        case Lookup() as op:
            elementwise.lower_lookup(builder, op, x[0], out)
        case Shift() as op:
            elementwise.lower_shift(builder, op, x[0], out)
        case LeadingOne() as op:
            elementwise.lower_leading_one(builder, op, x[0], out)
        case ShiftBy():
            elementwise.lower_shift_by(builder, x[0], x[1], out)
        case Requantize() as op:
            elementwise.lower_requantize(builder, op, x[0], out)
        case Reshape() if x[0].is_port:
            # hls4ml makes no array for a reshaped tensor; the C simulation could not tell it from the input.
            builder.copy(x[0], out)
        case Reshape(shape):
            builder.reshape(x[0], shape)
        case Transpose() | Slice() | Gather() as op:
            index = rearrange(op, np.arange(x[0].size).reshape(x[0].shape))
            builder.index(x[0], index, out)
        case Concat(axis):
            _lower_concat(builder, axis, x, out)
        case Map():
            raise GraphError("the HLS route takes no Map; run trigforge.passes.inline_maps first")
        case _:
            assert_never(node.op)


def _lower_extremum(builder: Builder, op: Max | Min, x: Operand, out: Interval) -> None:
    index = linear.groups(x.shape, op.axes)
    function = "reduce_max" if isinstance(op, Max) else "reduce_min"
    builder.kernel(function, "reduce.h", (x,), out, arrays={"index": index}, scalars={"n_terms": index.shape[1]})


def _lower_concat(builder: Builder, axis: int, operands: tuple[Operand, ...], out: Interval) -> None:
    """hls4ml's ``Concatenate`` takes two operands, of up to three axes: more operands become a chain, more axes two."""
    if len(out.shape) > 3:
        rows = [builder.reshape(x, _matrix(x.shape, axis), suffix=f"operand_{n}") for n, x in enumerate(operands)]
        builder.copy(_chain(builder, 1, rows, "joined"), out)
    else:
        _chain(builder, axis, operands, "")


def _matrix(shape: tuple[int, ...], axis: int) -> tuple[int, int]:
    return prod(shape[:axis]), prod(shape[axis:])


def _chain(builder: Builder, axis: int, operands: Sequence[Operand], suffix: str) -> Operand:
    joined = operands[0]
    for n, operand in enumerate(operands[1:], start=2):
        together = infer(Concat(axis), [joined.interval, operand.interval])
        attributes = {"axis": axis + 1, "op": f"concatenate{len(together.shape)}d"}
        name = suffix if n == len(operands) else f"first_{n}"
        joined = builder.add("Concatenate", (joined, operand), together, suffix=name, attributes=attributes)
    return joined
