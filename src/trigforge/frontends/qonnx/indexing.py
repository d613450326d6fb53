"""Ops that take entries by constant lists: ``GatherND``, ``GatherElements``, and ``Pad`` by entries."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from trigforge.building import Refusal, check_elements, reshape, take, transpose
from trigforge.frontends.qonnx.call import Call, Operand, without_events
from trigforge.frontends.scales.values import Value


@dataclass(frozen=True, eq=False)
class Reordered:
    """``value`` with its axes, the events' among them as 0, in another ``order``: a ``GatherND`` may follow.

    torch takes entries by lists of indices in this way: it moves their axes to the front, and back.
    """

    value: Value
    order: tuple[int, ...]
    unread: tuple[str, str] = ("takes a tensor whose events are not its first axis", "keep axis 0 in its place")

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.value.shape[axis - 1] for axis in self.order if axis)


def transpose_op(call: Call) -> Operand | Reordered:
    """``Transpose``: where it moves the events, only its inverse may follow, or a ``GatherND``."""
    found = call.rare(0, Reordered)
    x, before = (call.x, None) if found is None else (found.value, found.order)
    before = before or tuple(range(len(x.shape) + 1))
    perm = [int(n) for n in call.get("perm", range(len(before) - 1, -1, -1))]
    if sorted(perm) != list(range(len(before))):
        raise Refusal(f"has perm {perm} for {len(before)} axes", "name every axis once")
    order = tuple(before[n] for n in perm)
    if order[0] != 0:
        return Reordered(x, order)
    own = [n - 1 for n in order[1:]]
    return x.moved(transpose(x.tensor, own), lambda array: array.transpose(own))


def gather_nd(call: Call) -> Reordered | Operand:
    """``GatherND`` with constant indices of axes other than that of the events."""
    found, indices = call.rare(0, Reordered), call.constant(1, "indices").values.astype(np.int64)
    x, order = (call.x, None) if found is None else (found.value, found.order)
    order = order or tuple(range(len(x.shape) + 1))
    batch = int(call.get("batch_dims", 0))
    if batch == 1 and order[0] == 0:
        indices, order = _of_one_event(indices, call), order[1:]
    elif batch:
        raise Refusal(f"has batch_dims = {batch}", "take entries by one list an axis")
    else:
        batch = 0
    count = indices.shape[-1]
    taken = order[:count]
    if 0 in taken:
        raise Refusal("takes events by their number", "take entries of other axes")
    rest = [axis for axis in order[count:] if axis]
    lengths = [x.shape[axis - 1] for axis in taken]
    flat = _flat(indices, lengths)
    kept = [x.shape[axis - 1] for axis in rest]
    shape = (*indices.shape[:-1], *kept)
    check_elements(shape)
    axes = [axis - 1 for axis in (*taken, *rest)]

    def moved(array: Any) -> Any:
        return array.transpose(axes).reshape(-1, *kept).take(flat, 0).reshape(shape)

    first = reshape(transpose(x.tensor, axes), (int(np.prod(lengths)), *kept), "listed")
    value = x.moved(reshape(take(first, flat, 0), shape, "indexed"), moved)
    own = list(range(1, indices.ndim))
    places = {axis: indices.ndim + n for n, axis in enumerate(rest)}
    after = [0] if batch else []
    new = (*after, *own, *(places.get(axis, 0) for axis in order[count:]))
    return value if new == tuple(range(len(new))) else Reordered(value, new)


def _of_one_event(indices: Any, call: Call) -> Any:
    if indices.shape[0] not in (1, call.events) or not bool((indices == indices[:1]).all()):
        raise Refusal("takes other entries of each event", "take the same of all events")
    return indices[0]


def _flat(indices: Any, lengths: list[int]) -> list[int]:
    """Numbers of entries of axes that are laid out as one; ``Refusal`` where there is none."""
    sizes = np.array(lengths)
    if bool(((indices < -sizes) | (indices >= sizes)).any()) or not indices.size:
        raise Refusal(f"takes entries that axes of lengths {lengths} do not have", "use indices inside")
    return np.ravel_multi_index(tuple(np.moveaxis(indices % sizes, -1, 0)), lengths).reshape(-1).tolist()


def gather_elements(call: Call) -> Operand:
    """``GatherElements`` with constant indices: for each place, the entry of its own row."""
    x = call.x
    axis = call.axis(int(call.get("axis", 0)), x)
    indices = without_events(call.constant(1, "indices").values.astype(np.int64), x, call.events)
    if indices.ndim != len(x.shape):
        raise Refusal(f"has indices of shape {[*indices.shape]} for a tensor of shape {[*x.shape]}", "let them fit")
    places: list[Any] = [*np.indices(indices.shape)]
    places[axis] = indices
    flat = _flat(np.stack(places, -1), [*x.shape])
    shape = tuple(indices.shape)
    tensor = reshape(take(reshape(x.tensor, (int(np.prod(x.shape)),), "listed"), flat, 0), shape, "indexed")
    return x.moved(tensor, lambda array: array.reshape(-1).take(flat).reshape(shape))


def with_entries(x: Value, entries: list[list[int]], name: str = "repeated") -> Value:
    """``x`` with each axis as the list of its entries."""
    for axis, flat in enumerate(entries):
        if flat != list(range(x.shape[axis])):
            tensor = take(x.tensor, flat, axis, name)
            x = x.moved(tensor, lambda array, flat=flat, axis=axis: array.take(flat, axis))
    return x


def padded_by_entries(x: Value, ends: list[tuple[int, int]], mode: str) -> Value:
    """``x`` with borders of its own entries: ``reflect``, ``edge`` or ``wrap``, as NumPy names them."""
    pads: Any = np.pad
    return with_entries(x, [pads(np.arange(own), end, mode).tolist() for own, end in zip(x.shape, ends, strict=True)])
