"""Operations of ``keras.ops`` and Python operators that compute, between layers of a functional model."""

from collections.abc import Callable
from typing import Any

import numpy as np

from trigforge.building import (
    Floats,
    Refusal,
    Tensor,
    constant,
    is_short,
    maximum,
    mean_over,
    minimum,
    multiply,
    negative,
    never_negative,
    pairwise,
    reduced,
    relu,
    select,
    shift,
    short_constants,
    subtract,
)
from trigforge.fixed import FixedArray
from trigforge.frontends.keras.activations import computed, lower_computed, lower_leaky_relu, lower_relu6
from trigforge.frontends.keras.axes import EVENTS, without_event_axes
from trigforge.frontends.keras.call import Call, Handler
from trigforge.frontends.keras.options import Reader, options
from trigforge.graph import Add, Max, Maximum, Min, Minimum, Mul, PairwiseOp, Sub, Sum

_NUMBERS = ("x1", "x2")


def _rounded(value: Any, dtype: str) -> Floats:
    """A constant operand as Keras takes it."""
    return np.asarray(np.asarray(value, dtype=dtype), dtype=np.float64)


def _given(call: Call, *names: str) -> list[Tensor | Floats]:
    """The operands of these names, tensors of one rank and constants."""
    given, tensors = call.named(*names), call.tensors
    if any(t.rank != tensors[0].rank for t in tensors):
        raise Refusal("joins tensors of different rank", "use hgq.layers.QAdd and its like")
    return [found if isinstance(found := given[name], Tensor) else _rounded(found, call.dtype) for name in names]


def _fixed(like: Tensor, values: Floats) -> Tensor:
    if values.ndim == like.rank + 1 and len(values) == 1:
        values = values[0]
    if values.ndim > like.rank:
        raise EVENTS
    return constant(like, short_constants(values, "its constant operand"))


def _tensors(call: Call, *names: str) -> list[Tensor]:
    like = call.tensors[0]
    return [value if isinstance(value, Tensor) else _fixed(like, value) for value in _given(call, *names)]


def _pairwise(op: PairwiseOp) -> Handler:
    """With a constant as 0.1 Keras rounds: it computes the result for the quantizer behind it."""

    def lower(call: Call) -> Tensor:
        numbers = [value for value in call.named(*_NUMBERS).values() if not isinstance(value, Tensor)]
        kept = call.dtype if isinstance(op, Maximum | Minimum) else "float64"
        if not all(is_short(_rounded(number, kept)) for number in numbers):
            return computed(call, uniform=False)
        return pairwise(op, *_tensors(call, *_NUMBERS))

    return lower


def _divided(call: Call) -> Tensor:
    """A quotient by constants: a shift for powers of two."""
    divisor = call.named(*_NUMBERS)["x2"]
    if isinstance(divisor, Tensor):
        raise Refusal("divides by a tensor", "multiply by a table of its reciprocal: hgq.layers.QUnaryFunctionLUT")
    values = np.asarray(divisor, np.float64)
    fractions, exponents = np.frexp(values)
    if bool((fractions != 0.5).any()) or values.ndim > call.x.rank:
        return computed(call, uniform=False)
    return shift(call.x, 1 - exponents)


def _power(call: Call) -> Tensor:
    """Powers 1 to 4 as products."""
    exponent = call.named(*_NUMBERS)["x2"]
    if isinstance(exponent, Tensor | np.ndarray) or exponent not in (1, 2, 3, 4):
        return computed(call, uniform=False)
    x = call.x
    square = x if exponent == 1 else multiply(x, x, name="power")
    return square if exponent < 3 else multiply(square, x if exponent == 3 else square, name="power")


def _square(call: Call) -> Tensor:
    return multiply(call.x, call.x, name="square")


def _absolute(call: Call) -> Tensor:
    """Never negative, which the interval of a maximum does not know."""
    return never_negative(maximum(call.x, negative(call.x), name="absolute"), "absolute")


def _cast(call: Call) -> Tensor:
    kind = str(call.layer.dtype)
    if kind not in ("float32", "float64", "bool"):
        raise Refusal(f"casts to {kind}", "cast to float32")
    return _truth(call.x) if kind == "bool" else call.x


def _clipped(call: Call) -> Tensor:
    ends = [_rounded(end, call.dtype) for end in (call.layer.x_min, call.layer.x_max)]
    if not all(map(is_short, ends)):
        return computed(call, uniform=False)
    low, high = (_fixed(call.x, end) for end in ends)
    return minimum(maximum(call.x, low), high, name="clipped")


def _negative(call: Call) -> Tensor:
    return negative(call.x)


def _relu(call: Call) -> Tensor:
    return relu(call.x)


def _axes(call: Call) -> list[int]:
    if getattr(call.layer, "initial", None) is not None:
        raise Refusal(f"begins at {call.layer.initial}", "leave initial out")
    return without_event_axes(call.layer.axis, call.x, "reduces")


def _reduction(op: type[Sum] | type[Max] | type[Min]) -> Handler:
    return lambda call: reduced(op, call.x, _axes(call), bool(call.layer.keepdims))


def _mean(call: Call) -> Tensor:
    return mean_over(call.x, _axes(call), bool(call.layer.keepdims))


def _not_less(x: Tensor | Floats, y: Tensor | Floats) -> Tensor:
    """1 where ``x >= y``, else 0."""
    below, above = _on_grid(x, y, np.floor), _on_grid(y, x, np.ceil)
    one, zero = (constant(below, FixedArray.of(n), name) for n, name in ((1, "one"), (0, "zero")))
    return select(subtract(below, above), one, zero, name="compared")


def _on_grid(x: Tensor | Floats, other: Tensor | Floats, toward: np.ufunc) -> Tensor:
    """A constant as the nearest value of ``other`` that compares alike; a tensor is itself."""
    if isinstance(x, Tensor):
        return x
    assert isinstance(other, Tensor)
    hull = other.interval.hull
    moved = toward(np.ldexp(x, -hull.lsb))
    return _fixed(other, np.ldexp(np.clip(moved, float(hull.lo) - 1, float(hull.hi) + 1), hull.lsb))


def _opposite(x: Tensor) -> Tensor:
    """1 for 0, and 0 for 1."""
    return subtract(constant(x, FixedArray.of(1), "one"), x, "opposite")


_COMPARISONS: dict[str, Callable[[Any, Any], Tensor]] = {
    "GreaterEqual": _not_less,
    "LessEqual": lambda x, y: _not_less(y, x),
    "Less": lambda x, y: _opposite(_not_less(x, y)),
    "Greater": lambda x, y: _opposite(_not_less(y, x)),
    "Equal": lambda x, y: minimum(_not_less(x, y), _not_less(y, x), name="equal"),
    "NotEqual": lambda x, y: _opposite(minimum(_not_less(x, y), _not_less(y, x), name="equal")),
}
"""their results are 0 and 1, which stand for false and true"""


def _compared(word: Callable[[Any, Any], Tensor]) -> Handler:
    return lambda call: word(*_given(call, *_NUMBERS))


def _combined(word: Callable[..., Tensor]) -> Handler:
    return lambda call: word(*map(_truth, _tensors(call, *_NUMBERS)))


def _truth(c: Tensor) -> Tensor:
    """``c`` itself; ``Refusal`` for a condition of other numbers than 0 and 1."""
    lo, hi, lsb = (part.values for part in (c.interval.lo, c.interval.hi, c.interval.lsb))
    if bool((((lo < 0) | (hi > 1) | (lsb != 0)) & ~c.interval.is_zero).any()):
        raise Refusal("has a condition that is no comparison", "compare: x > 0")
    return c


def _where(call: Call) -> Tensor:
    condition, x, y = _tensors(call, "condition", "x1", "x2")
    return select(_truth(condition), x, y, FixedArray.of(1), "where")


def _not(call: Call) -> Tensor:
    return _opposite(_truth(call.x))


_CURVES = (
    "Celu Elu Gelu HardShrink HardSigmoid HardSilu HardTanh LogSigmoid Selu Sigmoid Silu SoftShrink Softplus Softsign "
    "SparsePlus SparseSigmoid Squareplus TanhShrink Threshold Erf Rsqrt Arctan Cos Cosh Cbrt Ceil Exp Exp2 Expm1 Floor "
    "Log Log10 Log1p Log2 Reciprocal Round Sign Sin Sinh Sqrt Tan Tanh Trunc Arcsin Arccos Arcsinh Arctanh"
).split()
_OF_CURVES = "alpha approximate threshold default_value decimals b"

OPERATIONS: dict[str, Reader] = {
    "Add": Reader(_pairwise(Add())),
    "Subtract": Reader(_pairwise(Sub())),
    "Multiply": Reader(_pairwise(Mul())),
    "Maximum": Reader(_pairwise(Maximum())),
    "Minimum": Reader(_pairwise(Minimum())),
    **dict.fromkeys(("Divide", "TrueDivide"), Reader(_divided)),
    "Power": Reader(_power),
    "Square": Reader(_square),
    **dict.fromkeys(("Absolute", "Abs"), Reader(_absolute)),
    "Clip": Reader(_clipped, **options("x_min x_max")),
    "Negative": Reader(_negative),
    "Relu": Reader(_relu),
    "Relu6": Reader(lower_relu6),
    "LeakyRelu": Reader(lower_leaky_relu, **options("negative_slope")),
    "Sum": Reader(_reduction(Sum), **options("axis keepdims")),
    "Mean": Reader(_mean, **options("axis keepdims")),
    **dict.fromkeys(("Max", "Amax"), Reader(_reduction(Max), **options("axis keepdims initial"))),
    **dict.fromkeys(("Min", "Amin"), Reader(_reduction(Min), **options("axis keepdims initial"))),
    **{name: Reader(_compared(word)) for name, word in _COMPARISONS.items()},
    "LogicalAnd": Reader(_combined(minimum)),
    "LogicalOr": Reader(_combined(maximum)),
    "LogicalNot": Reader(_not),
    "Where": Reader(_where),
    "Cast": Reader(_cast),
    **{name: Reader(lower_computed, **options(_OF_CURVES)) for name in _CURVES},
}
"""by class name"""
