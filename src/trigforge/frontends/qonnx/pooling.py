"""Ops that reduce: pooling by windows and over all positions, sums, means and extremes over axes."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.building import (
    Refusal,
    Steps,
    Tensor,
    average_pool,
    max_over,
    max_pool,
    min_over,
    padded,
    sum_over,
    take,
    transpose,
    window_sums,
)
from trigforge.frontends.qonnx.call import Call, Hidden, Operand
from trigforge.frontends.qonnx.linear import zeros
from trigforge.frontends.scales.ramps import ratios
from trigforge.frontends.scales.values import Value, lattice


def pool(call: Call) -> Operand:
    """``MaxPool`` and ``AveragePool`` in one or two dimensions, channels first or last."""
    x = call.x
    size = tuple(int(n) for n in call.get("kernel_shape", ()))
    dims = len(size)
    if dims not in (1, 2) or len(x.shape) != dims + 1:
        raise Refusal(f"pools windows of {[*size]} of a tensor of shape {[*x.shape]}", "use one or two dimensions")
    strides, dilations = (tuple(call.get(name, (1,) * dims)) for name in ("strides", "dilations"))
    if any(n != 1 for n in dilations):
        raise Refusal(f"has dilations {[*dilations]}", "use windows without gaps")
    tensor, unit = lattice(x, "its operand")
    first = not call.channels_last
    if first:
        tensor = transpose(tensor, (*range(1, dims + 1), 0))
    ends = zeros(call, tensor.shape[:-1], size, strides)
    if call.get("ceil_mode", 0) and _is_longer(tensor.shape, ends, size, strides):
        raise Refusal("has ceil_mode, and windows beyond the end", "use pads")
    if call.kind == "MaxPool":
        found, count = _largest(tensor, ends, size, strides), np.array(1)
    else:
        found, count = _mean(call, tensor, ends, size, strides)
    if first:
        found = transpose(found, (dims, *range(dims)), "channels_first")
    return Value(found).then("mul", unit).then("div", ratios(count))


def _is_longer(shape: tuple[int, ...], ends: Any, size: Any, strides: Any) -> bool:
    rests = ((n + sum(e) - k) % s for n, e, k, s in zip(shape, ends, size, strides, strict=False))
    return any(rests)


def _largest(x: Tensor, ends: Sequence[tuple[int, int]], size: tuple[int, ...], strides: tuple[int, ...]) -> Tensor:
    """The largest entries; what lies around repeats the entry at the border of its window."""
    if not any(map(any, ends)):
        return max_pool(x, size, Steps(strides))
    for axis, ((before, after), own, stride) in enumerate(zip(ends, size, strides, strict=True)):
        length = x.shape[axis]
        starts = range(-before, length + after - own + 1, stride)
        if before >= own or after >= own:
            raise Refusal("has pads as long as its windows", "use fewer pads")
        index = [min(max(n, 0, start), length - 1) for start in starts for n in range(start, start + own)]
        taken = take(x, index, axis, f"windows{axis}")
        x = max_pool(taken, tuple(own if a == axis else 1 for a in range(len(size))), _tiles(own, axis, len(size)))
    return x


def _tiles(own: int, axis: int, dims: int) -> Steps:
    return Steps(tuple(own if a == axis else 1 for a in range(dims)))


def _mean(
    call: Call, x: Tensor, ends: list[tuple[int, int]], size: tuple[int, ...], strides: tuple[int, ...]
) -> tuple[Tensor, npt.NDArray[np.int64]]:
    """A sum for each window, and the number to divide it by: one for each position where a border cuts some short."""
    if not any(map(any, ends)) or call.get("count_include_pad", 0):
        found, count = undivided(average_pool(padded(x, ends), size, Steps(strides)))
        return found, np.array(count)
    counts = np.ones((), np.int64)
    for (before, after), own, stride, length in zip(ends, size, strides, x.shape, strict=False):
        starts = range(-before, length + after - own + 1, stride)
        inside = [min(start + own, length) - max(start, 0) for start in starts]
        if min(inside) < 1:
            raise Refusal("has pads as long as its windows", "use fewer pads")
        counts = np.multiply.outer(counts, inside)
    found = window_sums(padded(x, ends), size, Steps(strides))
    return found, counts[..., None] if call.channels_last else counts


def undivided(mean: Tensor) -> tuple[Tensor, int]:
    """A mean as a sum and the number that divides it."""
    count, mean.divisor = mean.divisor, 1
    return mean, count


def global_pool(call: Call) -> Operand:
    """``GlobalMaxPool`` and ``GlobalAveragePool``: over all positions, axes stay with length 1."""
    axes = range(1, len(call.x.shape))
    return _reduced(call.x, "Max" if "Max" in call.kind else "Mean", list(axes), keepdims=True)


def reduction(call: Call) -> Operand:
    """``ReduceSum``, ``ReduceMean``, ``ReduceMax`` and ``ReduceMin``."""
    masked = call.rare(0, Hidden) if call.kind == "ReduceMax" else None
    x = call.x if masked is None else masked.least
    named = call.listed("axes", 1)
    if not named:
        if named is not None and call.get("noop_with_empty_axes", 0):
            return x
        raise Refusal("reduces all axes, that of the events too", "name axes")
    axes = sorted({call.axis(axis, x) for axis in named})
    return _reduced(x, call.kind.removeprefix("Reduce"), axes, keepdims=bool(call.get("keepdims", 1)))


def _reduced(x: Value, kind: str, axes: list[int], keepdims: bool) -> Value:
    tensor, unit = lattice(x, "its operand")
    words = {"Max": max_over, "Min": min_over, "Sum": sum_over, "Mean": sum_over}
    count = prod(x.shape[axis] for axis in axes) if kind == "Mean" else 1
    found = words[kind](tensor, axes, keepdims)
    return Value(found).then("mul", unit).then("div", ratios(count))
