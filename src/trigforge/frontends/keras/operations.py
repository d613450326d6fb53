"""Operations of ``keras.ops`` and Python operators between layers of a functional model."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.building import (
    Refusal,
    Tensor,
    concat,
    constant,
    cut,
    negative,
    pairwise,
    reduced,
    relu,
    reshape,
    short_constants,
    take,
    transpose,
)
from trigforge.frontends.keras.axes import without_event_axis
from trigforge.frontends.keras.call import Call
from trigforge.frontends.keras.options import Reader, options
from trigforge.frontends.keras.structure import lower_reshape
from trigforge.graph import Add, Max, Maximum, Min, Minimum, Mul, PairwiseOp, Sub, Sum

_EVENTS = Refusal("touches the event axis", "leave axis 0 alone, as in x[:, ...]")


def lower_get_item(call: Call) -> Tensor:
    """``x[:, key...]``: integers, slices, ``None`` and ``...``."""
    arguments = call.named("x", "key")
    x: Tensor = arguments["x"]
    key: Any = arguments["key"]
    entries: list[Any] = [*key] if isinstance(key, list | tuple) else [key]
    if any(not isinstance(entry, int | slice | None) and entry is not Ellipsis for entry in entries):
        raise Refusal("is indexed by a tensor or an array", "use integers and slices, or keras.ops.take")
    named = sum(entry is not None and entry is not Ellipsis for entry in entries)
    if Ellipsis not in entries:
        entries.append(Ellipsis)
    position = entries.index(Ellipsis)
    entries[position : position + 1] = [slice(None)] * (x.rank + 1 - named)
    if entries[0] != slice(None):
        raise _EVENTS
    for axis, key in enumerate(entry for entry in entries[1:] if entry is not None):
        x = cut(x, axis, key)
    return reshape(x, call.output_shape, "shaped")


def _pairwise(op: PairwiseOp) -> Callable[[Call], Tensor]:
    def lower(call: Call) -> Tensor:
        given = call.named("x1", "x2")
        rank = max(t.rank for t in call.tensors)
        if any(t.rank != rank for t in call.tensors):
            raise Refusal("joins tensors of different rank", "use hgq.layers.QAdd and its like")
        like = call.tensors[0]
        x, y = (t if isinstance(t, Tensor) else _fixed(like, t) for t in (given["x1"], given["x2"]))
        return pairwise(op, x, y)

    return lower


def _fixed(like: Tensor, value: Any) -> Tensor:
    values: npt.NDArray[np.float64] = np.asarray(value, dtype=np.float64)
    if values.ndim == like.rank + 1 and len(values) == 1:
        values = values[0]
    if values.ndim > like.rank:
        raise _EVENTS
    return constant(like, short_constants(values, "its constant operand"))


def _reduction(op: type[Sum] | type[Max] | type[Min]) -> Callable[[Call], Tensor]:
    def lower(call: Call) -> Tensor:
        layer = call.layer
        if layer.axis is None or getattr(layer, "initial", None) is not None:
            raise _EVENTS
        axes = [without_event_axis(axis, call.x, "reduces") for axis in layer.axis]
        return reduced(op, call.x, axes, bool(layer.keepdims))

    return lower


def lower_transpose(call: Call) -> Tensor:
    """``keras.ops.transpose`` that leaves the event axis first."""
    rank = call.x.rank + 1
    axes = [int(axis) % rank for axis in (call.layer.axes or range(rank)[::-1])]
    if axes[0] != 0:
        raise _EVENTS
    return transpose(call.x, [axis - 1 for axis in axes[1:]])


def lower_concatenate(call: Call) -> Tensor:
    """``keras.ops.concatenate``."""
    tensors = call.tensors
    return concat(*tensors, axis=without_event_axis(call.layer.axis, tensors[0], "concatenates along"))


def lower_take(call: Call) -> Tensor:
    """``keras.ops.take`` with fixed indices along one axis."""
    x, layer = call.x, call.layer
    if layer.axis is None:
        raise _EVENTS
    axis = without_event_axis(layer.axis, x, "takes entries of")
    indices = np.asarray(call.named("x", "indices")["indices"])
    if indices.dtype.kind not in "iu" or indices.ndim > 1:
        raise Refusal("takes indices that are no list of integers", "use one list of integers")
    return reshape(take(x, indices.reshape(-1).tolist(), axis), call.output_shape, "shaped")


def lower_negative(call: Call) -> Tensor:
    """``-x``."""
    return negative(call.x)


def lower_relu(call: Call) -> Tensor:
    """``keras.ops.relu``."""
    return relu(call.x)


OPERATIONS: dict[str, Reader] = {
    "GetItem": Reader(lower_get_item),
    "Add": Reader(_pairwise(Add())),
    "Subtract": Reader(_pairwise(Sub())),
    "Multiply": Reader(_pairwise(Mul())),
    "Maximum": Reader(_pairwise(Maximum())),
    "Minimum": Reader(_pairwise(Minimum())),
    "Negative": Reader(lower_negative),
    "Relu": Reader(lower_relu),
    "Sum": Reader(_reduction(Sum), **options("axis keepdims")),
    "Max": Reader(_reduction(Max), **options("axis keepdims initial")),
    "Min": Reader(_reduction(Min), **options("axis keepdims initial")),
    "Reshape": Reader(lower_reshape, **options("newshape")),
    "ExpandDims": Reader(lower_reshape, **options("axis")),
    "Squeeze": Reader(lower_reshape, **options("axis")),
    "Transpose": Reader(lower_transpose, **options("axes")),
    "Concatenate": Reader(lower_concatenate, **options("axis")),
    "Take": Reader(lower_take, **options("axis")),
}
"""operations of ``keras.ops`` by class name"""
