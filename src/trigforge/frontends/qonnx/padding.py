"""Constants around tensors."""

from collections.abc import Sequence
from math import prod

import numpy as np

from trigforge.building import Refusal, Tensor, concat
from trigforge.building.arithmetic import constant
from trigforge.fixed import FixedArray

_MOST_ELEMENTS = 2**22


def check_elements(shape: Sequence[int]) -> None:
    """``Refusal`` for a tensor that is larger than any that is built."""
    if prod(shape) > _MOST_ELEMENTS:
        raise Refusal(f"makes a tensor of shape {[*shape]}", f"keep tensors below {_MOST_ELEMENTS:,} elements")


def padded(x: Tensor, ends: Sequence[tuple[int, int]], value: FixedArray | None = None) -> Tensor:
    """``x`` with copies of ``value`` (0 for None) in front of and behind its first axes."""
    check_elements(tuple(n + sum(end) for n, end in zip(x.shape, ends, strict=False)))
    filling = value or FixedArray.of(0)
    for axis, (before, after) in enumerate(ends):
        parts: list[Tensor] = [x]
        for count, place in ((before, 0), (after, len(parts))):
            if count:
                shape = (*x.shape[:axis], count, *x.shape[axis + 1 :])
                border = FixedArray.of(np.broadcast_to(filling.mantissa.values, shape), filling.lsb)
                parts.insert(place if place == 0 else len(parts), constant(x, border, "border"))
        x = concat(*parts, axis=axis, name="padded")
    return x
