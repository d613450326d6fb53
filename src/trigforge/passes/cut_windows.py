"""Convolutions whose windows along one axis lie beside each other, so that positions can be slices of a ``Map``."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from math import prod

import numpy as np
import numpy.typing as npt

from trigforge.fixed import FixedArray, Integers
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.ops import Concat, Constant, Conv1D, Conv2D, Gather, Node, Op, Reshape
from trigforge.graph.windows import tap_positions
from trigforge.passes.axes import rearranged
from trigforge.passes.rewriting import free_name
from trigforge.passes.slicing import sliced

Shape = tuple[int, ...]


def cut_windows(graph: FixedPointGraph, whole: Collection[str] = ()) -> FixedPointGraph:
    """The same graph with convolutions, but for those of ``whole``, that work position by position along one axis.

    That is their first axis of several positions. The kernel along it stands among the channels: all that lies under it
    is gathered in front of a convolution whose kernel is 1 long there. Padding along it is gathered as zeros. No
    interval changes.
    """
    taken = {*graph.given, *(name for node in graph.nodes for name in (node.name, *node.tensors))}
    nodes: list[Node] = []
    for node in graph.nodes:
        if isinstance(node.op, Conv1D | Conv2D) and node.name not in whole:
            nodes += _cut(node, node.op, graph.tensors[node.operands[0]].shape, graph.tensors[node.name].shape, taken)
        else:
            nodes.append(node)
    return graph.with_nodes(nodes)


def _cut(node: Node, op: Conv1D | Conv2D, shape: Shape, out: Shape, taken: set[str]) -> Iterator[Node]:
    axis = next((axis for axis, length in enumerate(out[:-1]) if length > 1), None)
    if axis is None or sliced(op, [shape], out, axis) is not None:
        yield node
        return
    index, narrow = _gathered(op, shape, axis), _along_other_axes(op, axis)

    def helper(title: str, op: Op, *operands: str) -> Node:
        name = free_name(f"{node.name}.{title}", taken)
        taken.add(name)
        return Node(name, op, operands, node.layers)

    yield (made := helper("flat", Reshape((prod(shape),)), *node.operands))
    if (index < 0).any():
        yield (zero := helper("zero", Constant(FixedArray.of([0]))))
        yield (made := helper("padded", Concat(0), made.name, zero.name))
    entries = Integers(np.where(index < 0, prod(shape), index).reshape(-1))
    yield (made := helper("taps", Gather(entries, 0), made.name))
    yield (made := helper("windows", Reshape(index.shape), made.name))
    yield replace(node, op=narrow, operands=(made.name,))


def _gathered(op: Conv1D | Conv2D, shape: Shape, axis: int) -> npt.NDArray[np.int64]:
    """The element of the flattened input at each place of what is gathered, -1 for a zero."""
    if isinstance(op, Conv1D):
        stride, dilation, padding = op.stride, op.dilation, op.padding
    else:
        stride, dilation, padding = op.stride[axis], op.dilation[axis], op.padding[2 * axis : 2 * axis + 2]
    positions, count = tap_positions(shape[axis], op.weight.shape[axis], stride, dilation, padding)
    border = [(0, int(n == axis)) for n in range(len(shape))]
    numbers = np.pad(np.arange(prod(shape)).reshape(shape), border, constant_values=-1)
    taps = np.moveaxis(numbers.take(positions, axis=axis), axis + 1, -2)
    return taps.reshape(*shape[:axis], count, *shape[axis + 1 : -1], -1)


def _along_other_axes(op: Conv1D | Conv2D, axis: int) -> Conv1D | Conv2D:
    """The convolution of what is gathered."""

    def among_channels(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        rest = np.moveaxis(values, axis, -3)
        return np.expand_dims(rest.reshape(*rest.shape[:-3], -1, rest.shape[-1]), axis)

    weight = rearranged(op.weight, among_channels)
    if isinstance(op, Conv1D):
        return Conv1D(weight, op.bias)
    other = 1 - axis
    before, after = op.padding[2 * other : 2 * other + 2]
    if axis == 0:
        return Conv2D(weight, op.bias, (1, op.stride[1]), (0, 0, before, after), (1, op.dilation[1]))
    return Conv2D(weight, op.bias, (op.stride[0], 1), (before, after, 0, 0), (op.dilation[0], 1))
