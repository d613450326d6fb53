"""Layers for the ops that treat every element on its own."""

from typing import Any, assert_never

import numpy as np

from trigforge.fixed import FixedArray, Interval
from trigforge.graph.ops import (
    Add,
    LeadingOne,
    Lookup,
    Maximum,
    Minimum,
    Mul,
    Requantize,
    Select,
    Shift,
    Sub,
)
from trigforge.hls.layers import Builder, Operand
from trigforge.hls.quantizers import QUANTIZER


def lower_merge(
    builder: Builder, op: Add | Sub | Mul | Maximum | Minimum, x: Operand, y: Operand, out: Interval
) -> None:
    """hls4ml's merges, on operands of equal shape: broadcast operands are written out before, as wires.

    Extrema are kernels of ours: hls4ml compares the types of both operands as they are, with and without a sign.
    """
    operands = (builder.broadcast(x, out.shape, "first"), builder.broadcast(y, out.shape, "second"))
    match op:
        case Add():
            builder.add("Merge", operands, out, attributes={"op": "add"})
        case Sub():
            builder.add("Merge", operands, out, attributes={"op": "subtract"})
        case Mul():
            builder.add("Merge", operands, out, attributes={"op": "multiply"})
        case Maximum():
            builder.kernel("maximum", "select.h", operands, out)
        case Minimum():
            builder.kernel("minimum", "select.h", operands, out)
        case _:
            assert_never(op)


def lower_relu(builder: Builder, x: Operand, out: Interval) -> None:
    """hls4ml's ``relu``."""
    builder.add("Activation", (x,), out, attributes={"activation": "relu", "n_in": x.size})


def lower_requantize(builder: Builder, op: Requantize, x: Operand, out: Interval) -> None:
    """hls4ml's ``FixedPointQuantizer``: one line of C++ an element.

    Elements that can only become 0 get width 0, which is printed as 0: the headers of ``ap_fixed`` abort where every
    bit and more is rounded away, and hold -1 in one bit with ``SAT_SYM``.
    """
    types = op.types.broadcast(x.shape)
    fields = (np.where(out.is_zero, 0, v.values) for v in (types.signed, types.width, types.integer_bits))
    attributes: dict[str, Any] = {
        "mask_kbi": tuple(np.asarray(v, np.int64).reshape(1, *(x.shape or (1,))) for v in fields),
        "RND": str(op.rounding),
        "SAT": str(op.overflow),
        "fusible": None,
        "overrides": {},
    }
    builder.add(QUANTIZER, (x,), out, attributes=attributes)


def lower_select(builder: Builder, op: Select, operands: tuple[Operand, ...], out: Interval) -> None:
    """A kernel of ours: hls4ml has no choice between tensors."""
    inputs = tuple(
        builder.broadcast(operand, out.shape, suffix)
        for operand, suffix in zip(operands, ("condition", "above", "below"), strict=True)
    )
    threshold = FixedArray.of(np.broadcast_to(op.threshold.mantissa.values, out.shape), op.threshold.lsb)
    builder.kernel("select", "select.h", inputs, out, weight=threshold)


def lower_lookup(builder: Builder, op: Lookup, x: Operand, out: Interval) -> None:
    """A kernel of ours: hls4ml's ``UnaryLUT`` has one table for all elements."""
    index = np.broadcast_to(op.index.values, x.shape).reshape(-1).astype(np.int64)
    numbers: list[int] = index.tolist()
    used = sorted(set(numbers))
    starts = dict(zip(used, np.cumsum([0, *(op.tables[n].values.shape[0] for n in used)]), strict=False))
    finest = min(op.tables[n].values.lsb for n in used)
    entries = [op.tables[n].values.mantissa.values.astype(object) << (op.tables[n].values.lsb - finest) for n in used]
    places = np.array([x.type.lsb - op.tables[n].lsb for n in numbers], np.int64)
    offset = np.array([int(starts[n]) - op.tables[n].first for n in numbers], np.int64)
    reach = max(int(abs(v)) for v in offset) + sum(op.tables[n].values.shape[0] for n in used)
    width = max(x.type.width + max(0, int(places.max())), reach.bit_length()) + 2
    builder.kernel(
        "lookup",
        "lookup.h",
        (x,),
        out,
        arrays={"places": places, "offset": offset},
        scalars={"index_width": width, "n_entries": sum(len(values) for values in entries)},
        weight=FixedArray.of(np.concatenate(entries), finest),
    )


def lower_shift(builder: Builder, op: Shift, x: Operand, out: Interval) -> None:
    """A kernel of ours: hls4ml has no multiplication by a power of two that moves the binary point only."""
    places = np.broadcast_to(op.places.values, x.shape).astype(np.int64) + (x.type.lsb - out.hull.lsb)
    # Elements that are always 0 shift by anything; counts stay small.
    places = np.where(x.interval.is_zero, 0, places)
    scalars = {"work_width": max(x.type.width, out.hull.width) + 1}
    builder.kernel("shift", "shift.h", (x,), out, arrays={"places": places}, scalars=scalars)


def lower_shift_by(builder: Builder, x: Operand, count: Operand, out: Interval) -> None:
    """A kernel of ours: a barrel shifter."""
    lo, hi = count.interval.at(0)
    reach = max(int(hi.max(initial=0)).bit_length(), int(lo.min(initial=0)).bit_length())
    scalars = {
        "places": x.type.lsb - out.hull.lsb,
        "work_width": max(x.type.width, out.hull.width) + 1,
        "count_width": reach + 1,
    }
    inputs = (builder.broadcast(x, out.shape, "value"), builder.broadcast(count, out.shape, "count"))
    builder.kernel("shift_by", "shift.h", inputs, out, scalars=scalars)


def lower_leading_one(builder: Builder, op: LeadingOne, x: Operand, out: Interval) -> None:
    """A kernel of ours: a priority encoder."""
    arrays = {"at_zero": np.asarray(x.interval.lsb.values, np.int64)}
    builder.kernel("leading_one", "leading_one.h", (x,), out, arrays=arrays, scalars={"scale": x.type.lsb})
