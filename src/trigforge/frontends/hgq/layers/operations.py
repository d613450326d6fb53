"""Operations of ``keras.ops`` and Python operators between layers of a functional model."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.fixed import FixedArray, Integers
from trigforge.frontends.hgq.layers.merge import Pairwise
from trigforge.frontends.hgq.layers.reductions import reduced
from trigforge.frontends.hgq.layers.structure import lower_reshape
from trigforge.frontends.hgq.lowering import Call, Tensor
from trigforge.frontends.hgq.quantizers import short_constant
from trigforge.frontends.hgq.refusal import Refusal
from trigforge.graph import (
    Add,
    Concat,
    Gather,
    Max,
    Maximum,
    Min,
    Minimum,
    Mul,
    Relu,
    Slice,
    Sub,
    Sum,
    Transpose,
)

_EVENTS = Refusal("touches the event axis", "leave axis 0 alone, as in x[:, ...]")


def lower_get_item(call: Call) -> Tensor:
    """``x[:, key...]``: integers, slices, ``None`` and ``...``."""
    arguments = {**dict(zip(("x", "key"), call.args, strict=False)), **call.kwargs}
    x: Tensor = arguments["x"]
    key: Any = arguments["key"]
    entries: list[Any] = [*key] if isinstance(key, list | tuple) else [key]
    if any(not isinstance(entry, int | slice | None) and entry is not Ellipsis for entry in entries):
        raise Refusal("is indexed by a tensor or an array", "use integers and slices, or keras.ops.take")
    rank = len(x.shape) + 1
    named = sum(entry is not None and entry is not Ellipsis for entry in entries)
    if Ellipsis not in entries:
        entries.append(Ellipsis)
    position = entries.index(Ellipsis)
    entries[position : position + 1] = [slice(None)] * (rank - named)
    if entries[0] != slice(None):
        raise _EVENTS
    cuts = [entry for entry in entries[1:] if entry is not None]
    for axis, cut in enumerate(cuts):
        x = _cut(call, x, axis, cut)
    return call.reshape("shaped", x, call.output_shape)


def _cut(call: Call, x: Tensor, axis: int, cut: int | slice) -> Tensor:
    """One axis cut; an integer leaves length 1."""
    numbers = range(x.shape[axis])[cut]
    taken = [numbers] if isinstance(numbers, int) else list(numbers)
    if taken == list(range(x.shape[axis])):
        return x
    if not taken:
        raise Refusal("takes an empty slice", "take at least one element")
    step = taken[1] - taken[0] if len(taken) > 1 else 1
    if step < 0:
        return call.emit("gather", Gather(Integers(taken), axis), x)
    bounds = [(0, length, 1) for length in x.shape]
    bounds[axis] = (taken[0], taken[-1] + 1, step)
    start, stop, steps = zip(*bounds, strict=True)
    return call.emit("slice", Slice(start, stop, steps), x)


def _pairwise(op: Pairwise) -> Callable[[Call], Tensor]:
    def lower(call: Call) -> Tensor:
        given = {**dict(zip(("x1", "x2"), call.args, strict=False)), **call.kwargs}
        x, y = given["x1"], given["x2"]
        rank = max(len(t.shape) for t in call.tensors)
        if any(len(t.shape) != rank for t in call.tensors):
            raise Refusal("joins tensors of different rank", "use hgq.layers.QAdd and its like")
        x, y = (t if isinstance(t, Tensor) else _fixed(call, t, rank) for t in (x, y))
        return call.emit("merged", op, x, y)

    return lower


def _fixed(call: Call, value: Any, rank: int) -> Tensor:
    values: npt.NDArray[np.float64] = np.asarray(value, dtype=np.float64)
    if values.ndim == rank + 1 and len(values) == 1:
        values = values[0]
    if values.ndim > rank:
        raise _EVENTS
    for number in np.unique(values):
        short_constant(float(number), "its constant operand")
    return call.constant("constant", FixedArray.from_float(values))


def lower_negative(call: Call) -> Tensor:
    """``-x``."""
    return call.emit("negative", Mul(), call.x, call.constant("minus_one", FixedArray.of(-1)))


def lower_relu(call: Call) -> Tensor:
    """``keras.ops.relu``."""
    return call.emit("relu", Relu(), call.x)


def _reduction(op: type[Sum] | type[Max] | type[Min]) -> Callable[[Call], Tensor]:
    def lower(call: Call) -> Tensor:
        x, layer = call.x, call.layer
        if layer.axis is None or getattr(layer, "initial", None) is not None:
            raise _EVENTS
        axes = tuple(sorted(int(axis) % (len(x.shape) + 1) - 1 for axis in layer.axis))
        return reduced(call, op, x, axes, bool(layer.keepdims))

    return lower


def lower_transpose(call: Call) -> Tensor:
    """``keras.ops.transpose`` that leaves the event axis first."""
    rank = len(call.x.shape) + 1
    axes = [int(axis) % rank for axis in (call.layer.axes or range(rank)[::-1])]
    if axes[0] != 0:
        raise _EVENTS
    return call.emit("transpose", Transpose(tuple(axis - 1 for axis in axes[1:])), call.x)


def lower_concatenate(call: Call) -> Tensor:
    """``keras.ops.concatenate``."""
    axis = int(call.layer.axis) % (len(call.tensors[0].shape) + 1) - 1
    if axis < 0:
        raise _EVENTS
    return call.emit("concat", Concat(axis), *call.tensors)


def lower_take(call: Call) -> Tensor:
    """``keras.ops.take`` with fixed indices along one axis."""
    given = {**dict(zip(("x", "indices"), call.args, strict=False)), **call.kwargs}
    x, layer = call.x, call.layer
    axis = -1 if layer.axis is None else int(layer.axis) % (len(x.shape) + 1) - 1
    if axis < 0:
        raise _EVENTS
    indices = np.asarray(given["indices"])
    if indices.dtype.kind not in "iu" or indices.ndim > 1:
        raise Refusal("takes indices that are no list of integers", "use one list of integers")
    wrapped = indices.reshape(-1).astype(np.int64) % x.shape[axis]
    return call.reshape("shaped", call.emit("gather", Gather(Integers(wrapped), axis), x), call.output_shape)


OPERATIONS = {
    ("keras.ops", "GetItem"): lower_get_item,
    ("keras.ops", "Add"): _pairwise(Add()),
    ("keras.ops", "Subtract"): _pairwise(Sub()),
    ("keras.ops", "Multiply"): _pairwise(Mul()),
    ("keras.ops", "Maximum"): _pairwise(Maximum()),
    ("keras.ops", "Minimum"): _pairwise(Minimum()),
    ("keras.ops", "Negative"): lower_negative,
    ("keras.ops", "Relu"): lower_relu,
    ("keras.ops", "Sum"): _reduction(Sum),
    ("keras.ops", "Max"): _reduction(Max),
    ("keras.ops", "Min"): _reduction(Min),
    ("keras.ops", "Reshape"): lower_reshape,
    ("keras.ops", "ExpandDims"): lower_reshape,
    ("keras.ops", "Squeeze"): lower_reshape,
    ("keras.ops", "Transpose"): lower_transpose,
    ("keras.ops", "Concatenate"): lower_concatenate,
    ("keras.ops", "Take"): lower_take,
}
