"""Borders around tensors and windows over their spatial axes."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from trigforge.building.arithmetic import constant
from trigforge.building.refusals import Refusal
from trigforge.building.structure import check_elements, concat, reshape, take
from trigforge.building.tensor import Tensor
from trigforge.fixed import FixedArray


@dataclass(frozen=True)
class Steps:
    """The steps of a window along each spatial axis, and the zeros around them as Keras names them.

    ``padding`` is "valid", "same" (the odd zero stands behind) or "causal" (all zeros before; one spatial axis).
    """

    strides: tuple[int, ...]
    padding: str = "valid"
    dilation: tuple[int, ...] = ()

    def zeros(self, lengths: Sequence[int], kernel: Sequence[int]) -> tuple[tuple[int, int], ...]:
        """The zeros before and after each axis; ``Refusal`` for another ``padding``."""
        dilation = self.dilation or (1,) * len(self.strides)
        windows = (d * (size - 1) + 1 for d, size in zip(dilation, kernel, strict=True))
        return tuple(
            _zeros(self.padding, length, window, stride)
            for length, window, stride in zip(lengths, windows, self.strides, strict=True)
        )


def _zeros(padding: str, length: int, window: int, stride: int) -> tuple[int, int]:
    match padding:
        case "valid":
            return (0, 0)
        case "causal":
            return (window - 1, 0)
        case "same":
            total = max((-(-length // stride) - 1) * stride + window - length, 0)
            return (total // 2, total - total // 2)
        case _:
            raise Refusal(f"has padding {padding!r}", "use 'valid', 'same' or 'causal'")


def padded(x: Tensor, ends: Sequence[tuple[int, int]], value: FixedArray | None = None, name: str = "padded") -> Tensor:
    """``x`` with copies of ``value`` (0 for None) in front of and behind its first axes."""
    check_elements(tuple(n + sum(end) for n, end in zip(x.shape, ends, strict=False)))
    filling = value or FixedArray.of(0)
    for axis, (before, after) in enumerate(ends):
        parts = [x]
        for count, place in ((before, 0), (after, 2)):
            if count:
                shape = (*x.shape[:axis], count, *x.shape[axis + 1 :])
                border = FixedArray.of(np.broadcast_to(filling.mantissa.values, shape), filling.lsb)
                parts.insert(place, constant(x, border, f"{name}.border"))
        x = concat(*parts, axis=axis, name=name)
    return x


def patches(x: Tensor, size: tuple[int, ...], steps: Steps, name: str = "patches") -> Tensor:
    """The entries under a window at each position of ``x[..., channels]``: ``[positions..., taps * channels]``."""
    zeros, dilation = steps.zeros(x.shape[:-1], size), steps.dilation or (1,) * len(size)
    x = padded(x, zeros, name=f"{name}.padded")
    numbers = np.arange(prod(x.shape)).reshape(x.shape)
    spans = tuple(d * (k - 1) + 1 for d, k in zip(dilation, size, strict=True))
    if any(span > length for span, length in zip(spans, x.shape, strict=False)):
        raise Refusal(f"has a window of {[*spans]} on {[*x.shape[:-1]]} positions", "use a smaller window, or padding")
    spatial = range(len(size))
    views = sliding_window_view(numbers, spans, tuple(spatial))
    key = (*(slice(None, None, s) for s in steps.strides), slice(None), *(slice(None, None, d) for d in dilation))
    taps = np.moveaxis(views[key], len(size), -1)
    flat = reshape(x, (prod(x.shape),), f"{name}.flat")
    shape = (*taps.shape[: len(size)], prod(taps.shape[len(size) :]))
    return reshape(take(flat, taps.reshape(-1).tolist(), name=f"{name}.taps"), shape, f"{name}.windows")
