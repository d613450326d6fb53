"""Ops that move elements: shapes, slices, concatenation; and shapes as constants."""

from math import prod

import numpy as np

from trigforge.building import Refusal, check_elements, concat, constant, cut, padded, reshape, take
from trigforge.frontends.qonnx.call import Call, Operand, without_events
from trigforge.frontends.qonnx.constants import Constant, computed
from trigforge.frontends.qonnx.framework import onnx
from trigforge.frontends.qonnx.indexing import padded_by_entries, with_entries
from trigforge.frontends.scales.ramps import divisor, ratios
from trigforge.frontends.scales.values import Value, binary, by_scale, lattice

_RESIZING = {"mode": "nearest", "keep_aspect_ratio_policy": "stretch"}


def shape_of(call: Call) -> Operand:
    """``Shape``: a constant, with the number of events that the model was exported for."""
    full = [call.events, *call.x.shape]
    start, end = int(call.get("start", 0)), call.get("end", None)
    return Constant(np.array(full[start : None if end is None else int(end)], np.int64))


def reshape_op(call: Call) -> Operand:
    """``Reshape``; the first axis stays that of the events."""
    wanted = call.listed("shape", 1)
    if wanted is None:
        raise Refusal("has no shape", "export the model again")
    full = [call.events, *call.x.shape]
    if not call.get("allowzero", 0):
        wanted = [full[n] if length == 0 and n < len(full) else length for n, length in enumerate(wanted)]
    return _reshaped(call, call.x, wanted)


def _reshaped(call: Call, x: Value, wanted: list[int]) -> Value:
    """``x`` in a full shape of ONNX, one length of which may be -1."""
    total = call.events * int(np.prod(x.shape, dtype=np.int64))
    known = int(np.prod([n for n in wanted if n != -1], dtype=np.int64))
    if wanted.count(-1) > 1 or (-1 in wanted and (known <= 0 or total % known)):
        raise Refusal(f"reshapes {['events', *x.shape]} to {wanted}", "give a shape that fits")
    full = [total // known if n == -1 else n for n in wanted]
    if not full or full[0] != call.events or int(np.prod(full, dtype=np.int64)) != total or min(full) < 1:
        raise Refusal(f"reshapes {['events', *x.shape]} to {wanted}, which mixes events", "keep the first axis")
    shape = tuple(full[1:])
    return x.moved(reshape(x.tensor, shape), lambda array: array.reshape(shape))


def flatten(call: Call) -> Operand:
    """``Flatten`` behind the event axis."""
    x, axis = call.x, int(call.get("axis", 1))
    if axis not in (1, -len(x.shape)):
        raise Refusal(f"flattens from axis {axis}", "use axis = 1")
    return _reshaped(call, x, [call.events, -1])


def squeeze(call: Call) -> Operand:
    """``Squeeze``."""
    x, named = call.x, call.listed("axes", 1)
    if named is None:
        raise Refusal("squeezes all axes, perhaps that of the events", "name axes")
    axes = {call.axis(axis, x) for axis in named}
    if any(x.shape[axis] != 1 for axis in axes):
        raise Refusal(f"squeezes axes of a tensor of shape {[*x.shape]}", "name axes of length 1")
    return _reshaped(call, x, [call.events, *(n for axis, n in enumerate(x.shape) if axis not in axes)])


def unsqueeze(call: Call) -> Operand:
    """``Unsqueeze``."""
    x, named = call.x, call.listed("axes", 1) or []
    rank = len(x.shape) + 1 + len(named)
    if any(not -rank <= axis < rank or axis % rank == 0 for axis in named):
        raise Refusal(f"makes axes {named}", "keep the first axis that of the events")
    axes, lengths = {axis % rank for axis in named}, iter((call.events, *x.shape))
    return _reshaped(call, x, [1 if axis in axes else next(lengths) for axis in range(rank)])


def concat_op(call: Call) -> Operand:
    """``Concat`` of tensors, and of constants among them."""
    first = next(x for x in call.operands if isinstance(x, Value))
    axis = call.axis(int(call.get("axis", 1)), first)
    values = [x if isinstance(x, Value) else as_value(call, x, first) for x in call.operands if x is not None]
    if len(values) > 1 and all(not value.steps for value in values):
        return Value(concat(*(value.tensor for value in values), axis=axis))
    if len(values) > 1:
        return _joined(values, axis)
    return first


def as_value(call: Call, x: Constant, like: Value) -> Value:
    """A constant as a tensor of the graph of ``like``, whose rank it has at most."""
    found = without_events(x.exact(), like, call.events) if len(x.shape) > len(like.shape) else x.exact()
    unit = divisor(found)
    whole = binary(found / unit)
    assert whole is not None
    return Value(constant(like.tensor, whole)).then("mul", unit)


def _joined(values: list[Value], axis: int) -> Value:
    """Tensors whose scales differ, in one unit where that is exact, else each with its own."""
    parts = [lattice(value, "its operand") for value in values]
    scales = [np.broadcast_to(unit, tensor.shape) for tensor, unit in parts]
    joined = concat(*(tensor for tensor, _ in parts), axis=axis)
    return Value(joined).then("mul", np.concatenate(scales, axis=axis))


def slice_op(call: Call) -> Operand:
    """``Slice``, its bounds operands or attributes."""
    x = call.x
    starts, ends = call.listed("starts", 1), call.listed("ends", 2)
    if starts is None or ends is None:
        raise Refusal("has no bounds", "export the model again")
    axes = call.listed("axes", 3) or list(range(len(starts)))
    steps = call.listed("steps", 4) or [1] * len(starts)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        if axis % (len(x.shape) + 1) == 0 and [*range(call.events)][start:end:step] == [*range(call.events)]:
            continue
        x = _cut(x, call.axis(axis, x), slice(start, None if step < 0 and end < -(2**31) else end, step))
    return x


def _cut(x: Value, axis: int, key: slice) -> Value:
    index = (slice(None),) * axis + (key,)
    return x.moved(cut(x.tensor, axis, key), lambda array: array[index])


def gather(call: Call) -> Operand:
    """``Gather`` with constant indices."""
    x, indices = call.x, call.constant(1, "indices")
    axis = call.axis(int(call.get("axis", 0)), x)
    length = x.shape[axis]
    wanted = indices.values.astype(np.int64)
    if bool(((wanted < -length) | (wanted >= length)).any()) or wanted.size == 0:
        raise Refusal(f"takes entries that axis {axis + 1} of length {length} does not have", "use indices inside")
    check_elements((*x.shape[:axis], wanted.size, *x.shape[axis + 1 :]))
    flat = [int(n) % length for n in wanted.reshape(-1)]
    shape = (*x.shape[:axis], *wanted.shape, *x.shape[axis + 1 :])
    tensor = reshape(take(x.tensor, flat, axis), shape, "indexed")
    return x.moved(tensor, lambda array: array.take(flat, axis).reshape(shape))


def split(call: Call) -> Operand | list[Operand]:
    """``Split`` into equal or given lengths."""
    x = call.x
    axis = call.axis(int(call.get("axis", 0)), x)
    count, length = call.outputs, x.shape[axis]
    sizes = call.listed("split", 1)
    if sizes is None:
        longest = -(-length // count)
        sizes = [min(longest, length - n * longest) for n in range(count)]
    if sum(sizes) != length or min(sizes) < 1 or len(sizes) != count:
        raise Refusal(f"splits {length} entries into {sizes}", "let them add up")
    stops = np.cumsum(sizes).tolist()
    return [_cut(x, axis, slice(stop - size, stop)) for stop, size in zip(stops, sizes, strict=True)]


_OWN_ENTRIES = ("reflect", "edge", "wrap")


def pad(call: Call) -> Operand:
    """``Pad`` with one number, or with entries of the tensor."""
    x, pads = call.x, call.listed("pads", 1)
    filling = call.optional(2, "a value")
    rank = len(x.shape) + 1
    mode = str(call.get("mode", "constant"))
    if mode not in ("constant", *_OWN_ENTRIES) or pads is None or len(pads) != 2 * rank or call.operand(3) is not None:
        raise Refusal("pads in a way that is not read", "use mode = constant, reflect, edge or wrap, for all axes")
    ends = list(zip(pads[:rank], pads[rank:], strict=True))
    if ends[0] != (0, 0) or min(pads) < 0:
        raise Refusal(f"has pads {pads}", "pad no events, and cut nothing off")
    if mode != "constant":
        return padded_by_entries(x, ends[1:], mode)
    tensor, unit = lattice(x, "its operand")
    value = ratios(float(call.get("value", 0.0)) if filling is None else filling.values.reshape(-1)[0])
    if bool(value == 0):
        return Value(padded(tensor, ends[1:])).then("mul", unit)
    common = divisor(np.array([unit.item(), value.item()], dtype=object))
    border = binary(value / common)
    return Value(padded(by_scale(tensor, unit / common), ends[1:], border)).then("mul", common)


def identity(call: Call) -> Operand:
    """``Identity``, ``Dropout`` at inference, and ``Cast`` from float to float."""
    if call.kind == "Dropout" and call.outputs > 1:
        raise Refusal("gives its mask too", "export the model for inference")
    return call.x


def resize(call: Call) -> Operand:
    """``Resize`` and ``Upsample`` to nearest neighbours: entries are repeated or left out along each axis."""
    x = call.x
    mode, policy = (call.get(name, usual) for name, usual in _RESIZING.items())
    if mode != "nearest" or policy != "stretch":
        raise Refusal(f"resizes by mode {mode!r} and policy {policy!r}", "use nearest neighbours")
    given = [
        None if call.operand(n) is None else call.constant(n, "a size").values for n in range(1, len(call.operands))
    ]
    own = {name: call.get(name, None) for name in ("coordinate_transformation_mode", "nearest_mode", "scales")}
    scales = own["scales"] if given == [] else given[0] if call.kind == "Upsample" else given[1]
    sizes = given[2] if len(given) > 2 else None
    wanted = np.multiply((1, *x.shape), scales) if sizes is None and scales is not None else sizes
    if wanted is None or len(wanted) != len(x.shape) + 1 or int(wanted[0]) != 1:
        raise Refusal("resizes the axis of the events, or without sizes", "give scales for all axes, 1 for the events")
    check_elements([int(n) for n in wanted])
    names = ["x", *(f"c{n}" if part is not None else "" for n, part in enumerate(given))]
    places = np.arange(np.prod(x.shape), dtype=np.float64).reshape(1, *x.shape)
    node = onnx().helper.make_node(
        call.kind, names, ["y"], mode="nearest", **{key: value for key, value in own.items() if value is not None}
    )
    (found,) = computed(node, [places, *given], call.opset)
    entries = np.rint(found[0]).astype(np.int64)
    lines = [np.moveaxis(entries, axis, -1).reshape(-1, entries.shape[axis])[0] for axis in range(len(x.shape))]
    kept = [
        [int(n) // prod(x.shape[axis + 1 :]) % length for n in line.tolist()]
        for axis, (length, line) in enumerate(zip(x.shape, lines, strict=True))
    ]
    return with_entries(x, kept, "resized")


def expand(call: Call) -> Operand:
    """``Expand``: axes of length 1 are repeated."""
    x, wanted = call.x, call.listed("shape", 1) or []
    shape = np.broadcast_shapes((call.events, *x.shape), tuple(wanted))
    if len(shape) != len(x.shape) + 1 or shape[0] != call.events:
        raise Refusal(f"expands {['events', *x.shape]} to {wanted}", "keep the first axis")
    return expanded(x, tuple(shape[1:]))


def expanded(x: Value, shape: tuple[int, ...]) -> Value:
    """``x`` with axes of length 1 repeated to ``shape``."""
    check_elements(shape)
    return with_entries(
        x, [[0] * length if own != length else [*range(own)] for own, length in zip(x.shape, shape, strict=True)]
    )
