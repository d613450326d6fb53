"""Sums and extrema over whole axes."""

from trigforge.frontends.hgq.lowering import Call, Tensor
from trigforge.frontends.hgq.refusal import Refusal
from trigforge.graph import Max, Min, Sum


def reduced(
    call: Call, op: type[Sum] | type[Max] | type[Min], x: Tensor, axes: tuple[int, ...], keepdims: bool
) -> Tensor:
    """``op`` over ``axes`` (without the event axis, ascending), which keep length 1 if ``keepdims``."""
    if axes and axes[0] < 0:
        raise Refusal("reduces the event axis", "use other axes")
    y = call.emit(op.__name__.lower(), op(axes), x) if axes else x
    kept = tuple(1 if axis in axes else length for axis, length in enumerate(x.shape))
    return call.reshape("kept", y, kept) if keepdims else y
