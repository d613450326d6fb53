"""Values of which more is known than their intervals tell, because operands are related: ``max(x) - x`` and the like.

Intervals take operands as independent (``docs/numbers.md``). Here, where the operands are at hand, the rest is written
into the graph as an op that changes no value, so that no later pass needs to know the relation.
"""

import numpy as np

from trigforge.building.tensor import Tensor
from trigforge.fixed import FixedArray, FixedTypes, Integers, Overflow, Rounding, exact
from trigforge.graph import Constant, Maximum, Minimum, Mul, PairwiseOp, Relu, Requantize, Sub

_WIDEST = 62


def related(op: PairwiseOp, x: Tensor, y: Tensor, name: str) -> Tensor:
    """``op`` on two tensors: 0 for ``x - x``, never negative for ``x * x`` and where ``x`` is known to reach ``y``."""
    if isinstance(op, Sub) and x is y:
        return x.builder.add(name, Constant(FixedArray(Integers(np.zeros(x.shape, np.int64)), 0)))
    made = x.builder.add(name, op, x, y)
    match op:
        case Mul() if x is y:
            return never_negative(made, name)
        case Sub() if y in x.never_below or x in y.never_above:
            return never_negative(made, name)
        case Maximum():
            made.never_below = (x, y)
        case Minimum():
            made.never_above = (x, y)
        case _:
            pass
    return made


def never_negative(x: Tensor, name: str) -> Tensor:
    """``x``, whose caller can prove that it is never negative, with an interval that begins at 0 or above.

    Its sign is cut off, which costs nothing, where the rest has no wider interval than before; else it is rectified.
    """
    lo, hi, lsb = (part.values for part in (x.interval.lo, x.interval.hi, x.interval.lsb))
    negative = lo < 0
    if not bool(negative.any()):
        return x
    width = exact.bit_length(np.maximum(hi, 0))
    full = exact.shift(np.ones_like(width), width) == hi + 1
    if bool((negative & ~full).any()) or int(width.max(initial=0)) > _WIDEST:
        return x.builder.add(f"{name}.rectified", Relu(), x)
    types = FixedTypes.of(np.zeros_like(width), width, width + lsb)
    return x.builder.add(f"{name}.unsigned", Requantize(types, Rounding.TRN, Overflow.WRAP), x)
