"""Operations of ``keras.ops`` that move elements, and compute nothing."""

from collections.abc import Callable
from typing import Any

import numpy as np

from trigforge.building import (
    Refusal,
    Tensor,
    check_elements,
    concat,
    cut,
    padded,
    repeated,
    reshape,
    short_constant,
    take,
    transpose,
)
from trigforge.frontends.keras.axes import EVENTS, without_event_axes, without_event_axis
from trigforge.frontends.keras.call import Call
from trigforge.frontends.keras.options import Reader, options
from trigforge.frontends.keras.structure import lower_identity, lower_reshape


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
        raise EVENTS
    for axis, key in enumerate(entry for entry in entries[1:] if entry is not None):
        x = cut(x, axis, key)
    return reshape(x, call.output_shape, "shaped")


def lower_transpose(call: Call) -> Tensor:
    """``keras.ops.transpose`` that leaves the event axis first."""
    rank = call.x.rank + 1
    axes = [int(axis) % rank for axis in (call.layer.axes or range(rank)[::-1])]
    if axes[0] != 0:
        raise EVENTS
    return transpose(call.x, [axis - 1 for axis in axes[1:]])


def lower_concatenate(call: Call) -> Tensor:
    """``keras.ops.concatenate``."""
    tensors = call.tensors
    return concat(*tensors, axis=without_event_axis(call.layer.axis, tensors[0], "concatenates along"))


def lower_take(call: Call) -> Tensor:
    """``keras.ops.take`` with fixed indices along one axis."""
    x, layer = call.x, call.layer
    if layer.axis is None:
        raise EVENTS
    axis = without_event_axis(layer.axis, x, "takes entries of")
    indices = np.asarray(call.named("x", "indices")["indices"])
    if indices.dtype.kind not in "iu" or indices.ndim > 1:
        raise Refusal("takes indices that are no list of integers", "use one list of integers")
    return reshape(take(x, indices.reshape(-1).tolist(), axis), call.output_shape, "shaped")


def _swapped(call: Call) -> Tensor:
    a, b = (without_event_axis(axis, call.x, "swaps") for axis in (call.layer.axis1, call.layer.axis2))
    order = [*range(call.x.rank)]
    order[a], order[b] = b, a
    return transpose(call.x, order)


def _moved(call: Call) -> Tensor:
    x, layer = call.x, call.layer
    sources, targets = (without_event_axes(axes, x, "moves") for axes in (layer.source, layer.destination))
    order = [axis for axis in range(x.rank) if axis not in sources]
    for target, source in sorted(zip(targets, sources, strict=True)):
        order.insert(target, source)
    return transpose(x, order)


def _stacked(call: Call) -> Tensor:
    tensors = call.tensors
    axis = int(call.layer.axis) % (tensors[0].rank + 2) - 1
    if axis < 0:
        raise EVENTS
    return concat(*(reshape(x, (*x.shape[:axis], 1, *x.shape[axis:]), "row") for x in tensors), axis=axis)


def _split(call: Call) -> Tensor:
    """One of the parts of ``split``: the one whose number is ``call.output``."""
    x, parts = call.x, call.layer.indices_or_sections
    axis = without_event_axis(call.layer.axis, x, "splits")
    length = x.shape[axis]
    ends = [n * length // parts for n in range(1, parts)] if isinstance(parts, int) else [int(n) for n in parts]
    bounds = [0, *ends, length]
    return cut(x, axis, slice(bounds[call.output], bounds[call.output + 1]))


def _unstacked(call: Call) -> Tensor:
    axis = without_event_axis(call.layer.axis, call.x, "unstacks")
    return reshape(cut(call.x, axis, call.output), call.output_shape, "shaped")


def _flipped(call: Call) -> Tensor:
    x = call.x
    for axis in without_event_axes(call.layer.axis, x, "flips"):
        x = cut(x, axis, slice(None, None, -1))
    return x


def _rolled(call: Call) -> Tensor:
    x, shifts = call.x, call.layer.shift
    axes = without_event_axes(call.layer.axis, x, "rolls")
    for axis, places in zip(axes, [shifts] * len(axes) if isinstance(shifts, int) else shifts, strict=True):
        x = take(x, np.roll(np.arange(x.shape[axis]), int(places)).tolist(), axis)
    return x


def _repeated(call: Call) -> Tensor:
    if not isinstance(call.layer.repeats, int):
        raise Refusal("repeats each entry in another way", "repeat all of them one number of times")
    (axis,) = without_event_axes(call.layer.axis, call.x, "repeats entries of")
    return repeated(call.x, axis, call.layer.repeats)


def _tiled(call: Call) -> Tensor:
    x, counts = call.x, [int(n) for n in call.layer.repeats]
    if len(counts) > x.rank + 1 or (len(counts) == x.rank + 1 and counts[0] != 1):
        raise EVENTS
    check_elements((*counts, *x.shape))
    for axis, count in enumerate(counts[-x.rank :], max(0, x.rank - len(counts))):
        x = take(x, [*range(x.shape[axis])] * count, axis) if count != 1 else x
    return x


def _padded(call: Call) -> Tensor:
    value = call.named("x", "constant_values").get("constant_values")
    events, *ends = [(int(before), int(after)) for before, after in call.layer.pad_width]
    if events != (0, 0):
        raise EVENTS
    if call.layer.mode == "constant":
        return padded(call.x, ends, None if value is None else short_constant(float(value), "constant_values"))
    x = call.x
    check_elements([length + sum(end) for length, end in zip(x.shape, ends, strict=True)])
    for axis, end in enumerate(ends):
        numbers = np.pad(np.arange(x.shape[axis]), end, mode=call.layer.mode)
        x = take(x, numbers.tolist(), axis) if any(end) else x
    return x


def _ordered(handler: Callable[[Call], Tensor], reads: str = "axis") -> Reader:
    return Reader(handler, **options(reads))


OPERATIONS: dict[str, Reader] = {
    "GetItem": Reader(lower_get_item),
    "Reshape": _ordered(lower_reshape, "newshape"),
    "ExpandDims": _ordered(lower_reshape),
    "Squeeze": _ordered(lower_reshape),
    "Transpose": _ordered(lower_transpose, "axes"),
    "Swapaxes": _ordered(_swapped, "axis1 axis2"),
    "Moveaxis": _ordered(_moved, "source destination"),
    "Concatenate": _ordered(lower_concatenate),
    "Stack": _ordered(_stacked),
    "Split": Reader(_split, **options("indices_or_sections axis"), several=True),
    "Unstack": Reader(_unstacked, **options("num axis"), several=True),
    "Take": _ordered(lower_take),
    "Flip": _ordered(_flipped),
    "Roll": _ordered(_rolled, "shift axis"),
    "Repeat": _ordered(_repeated, "repeats axis"),
    "Tile": _ordered(_tiled, "repeats"),
    "Pad": Reader(_padded, **options("pad_width", {"mode": ["constant", "reflect", "symmetric"]})),
    "StopGradient": Reader(lower_identity, **options("variable")),
    "Copy": Reader(lower_identity),
}
"""by class name"""
