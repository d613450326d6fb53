"""Ops on single elements: arithmetic with constants and between tensors, and functions of one number."""

from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from trigforge.building import Refusal, Tensor, add, maximum, minimum, multiply, relu, subtract
from trigforge.building import negative as negated
from trigforge.building.curves import erf, gelu_curve, sigmoid
from trigforge.frontends.qonnx.call import Call, Operand, Rounded, number, numbers
from trigforge.frontends.qonnx.constants import Constant
from trigforge.frontends.qonnx.structure import expanded
from trigforge.frontends.scales.nearly import nearest_multiple
from trigforge.frontends.scales.ramps import Ratios, divisor, ratios
from trigforge.frontends.scales.values import LEAKY, Function, Value, by_scale, joined, lattice

_LARGEST = 3e38
_where: Any = np.where
_INVERSE = ("divides by a tensor, whose inverse has no exact form", "make the inverse a table by a quantizer")


def arithmetic(call: Call) -> Operand | Rounded:
    """``Add``, ``Sub``, ``Mul`` and ``Div``: a step with a constant, an exact op between tensors."""
    pending = _of_rounded(call, call.pending(0), call.pending(1))
    if pending is not None:
        return pending
    x, y = call.operand(0), call.operand(1)
    if isinstance(x, Value) and isinstance(y, Value):
        return _between(call.kind, x, y)
    if isinstance(y, Constant):
        return _with_constant(call, call.x, y)
    assert isinstance(x, Constant)
    match call.kind:
        case "Add" | "Mul":
            return _with_constant(call, call.value(1), x)
        case "Sub":
            other = _widened(call.value(1).then("mul", -1), x, call)
            return other.then("add", numbers(x, other, call.events))
        case _:
            raise Refusal(*_INVERSE)


def _of_rounded(call: Call, x: Any, y: Any) -> Operand | Rounded | None:
    """A rounding that is scaled, or to which nothing is added, still a rounding; 0 for ``x - x``; None for others."""
    if call.kind == "Sub" and x is y and isinstance(x, Value | Rounded):
        return Constant(np.zeros((), np.float32))
    if call.kind in ("Add", "Mul") and isinstance(x, Constant):
        x, y = y, x
    if not isinstance(x, Rounded) or not isinstance(y, Constant):
        return None
    found = numbers(y, x.value, call.events)
    match call.kind:
        case "Mul":
            return x.times(found)
        case "Div":
            return None if bool((found == 0).any()) else x.times(np.asarray(1 / found, dtype=object))
        case _:
            return None if bool((found != 0).any()) else x


def _with_constant(call: Call, x: Value, y: Constant) -> Value:
    x = _widened(x, y, call)
    found = numbers(y, x, call.events)
    match call.kind:
        case "Add":
            return x.then("add", found)
        case "Sub":
            return x.then("add", -found)
        case "Mul":
            return x.then("mul", found)
        case _:
            if bool((found == 0).any()):
                raise Refusal("divides by 0", "export the model again")
            return x.then("div", found)


def _widened(x: Value, y: Constant, call: Call) -> Value:
    """``x``, repeated to the shape that it has beside a larger constant."""
    own = y.shape if len(y.shape) <= len(x.shape) else y.shape[1:]
    try:
        shape = np.broadcast_shapes(x.shape, own)
    except ValueError:
        raise Refusal(f"has a constant of shape {[*y.shape]} for one of {[*x.shape]}", "let it broadcast") from None
    if shape == x.shape:
        return x
    if len(shape) != len(x.shape):
        raise Refusal(f"widens a tensor of shape {[*x.shape]} to {[*shape]}", "reshape it in front")
    return expanded(x, shape)


_OF_ONE = {"Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide}


def _between(kind: str, x: Value, y: Value) -> Value:
    if x.tensor is y.tensor and (kind == "Div" or None in (x.ramp, y.ramp)):
        return joined(kind, x, y, _OF_ONE[kind])
    if kind == "Div":
        raise Refusal(*_INVERSE)
    (a, unit_a), (b, unit_b) = lattice(x, "its first operand"), lattice(y, "its second operand")
    if kind == "Mul":
        return Value(multiply(a, b)).then("mul", unit_a * unit_b)
    (a, b), unit = together(a, unit_a, b, unit_b)
    return Value(add(a, b) if kind == "Add" else subtract(a, b)).then("mul", unit)


def together(a: Tensor, unit_a: Ratios, b: Tensor, unit_b: Ratios) -> tuple[tuple[Tensor, Tensor], Ratios]:
    """Two tensors in one unit; the second within a bound where that is allowed."""
    unit = divisor(np.array([unit_a.item(), unit_b.item()], dtype=object))
    return a.builder.exactly_or(
        lambda: ((by_scale(a, unit_a / unit), by_scale(b, unit_b / unit)), ratios(unit)),
        lambda: ((a, nearest_multiple(b, unit_b / unit_a)), unit_a),
    )


def extremes(call: Call) -> Any:
    """``Max`` and ``Min`` of any number of tensors and constants."""
    word = maximum if call.kind == "Max" else minimum

    def joined(x: Any, y: Any) -> Any:
        if isinstance(x, Constant):
            x, y = y, x
        if isinstance(y, Constant):
            bound = numbers(y, x, call.events)
            return clip(x, *((bound, ratios(np.inf)) if word is maximum else (ratios(-np.inf), bound)))
        (a, b), unit = together(*lattice(number(x)), *lattice(number(y)))
        return Value(word(a, b)).then("mul", unit)

    return reduce(joined, [found for n in range(len(call.given)) if (found := call.pending(n)) is not None])


def clip(x: Value | Rounded, lo: Ratios, hi: Ratios) -> Value | Rounded:
    """``x`` clipped: a step, but a ReLU on the tensor itself where scales are positive and nothing is added.

    A rounding that is clipped to numbers it may give stays to be computed.
    """
    if isinstance(x, Rounded):
        within = x.clipped(lo, hi)
        if within is not None:
            return within
        x = x.settled()
    ramp = x.ramp
    if ramp is None or x.tensor.known_interval is None or not ramp.unbounded:
        return x.then("clip", lo, hi)
    plain = bool((ramp.scale > 0).all() and (ramp.offset == 0).all())
    if plain and bool((lo == 0).all() and (hi == np.inf).all()):
        return Value(relu(x.tensor), x.steps)
    return x.then("clip", lo, hi)


def relu_op(call: Call) -> Value | Rounded:
    """``Relu``."""
    return clip(call.pending(0), ratios(0), ratios(np.inf))


def clip_op(call: Call) -> Value | Rounded:
    """``Clip``, its bounds attributes or operands; the largest float32 is none."""
    ends: list[float] = []
    for n, (name, missing) in enumerate((("min", -np.inf), ("max", np.inf)), 1):
        found = call.optional(n, "a bound")
        end = float(call.get(name, missing) if found is None else found.values.reshape(-1)[0])
        ends.append(end if abs(end) < _LARGEST else missing)
    return clip(call.pending(0), ratios(ends[0]), ratios(ends[1]))


def batch_normalization(call: Call) -> Operand:
    """``BatchNormalization`` at inference: ``x * a + b`` with ``a`` and ``b`` in the precision of the model."""
    x = call.x
    scale, offset, mean, variance = (call.constant(n, "parameters").values for n in range(1, 5))
    epsilon = np.float32(call.get("epsilon", 1e-5))
    with np.errstate(all="ignore"):
        slope = (scale / np.sqrt(variance + epsilon)).astype(np.float32)
        shift = (offset - mean * slope).astype(np.float32)
    shape = [1] * len(x.shape)
    shape[-1 if call.channels_last else 0] = -1
    parts = (Constant(part.reshape(shape)) for part in (slope, shift))
    return x.then("line", *(numbers(part, x, call.events) for part in parts))


def negative(call: Call) -> Operand:
    """``Neg``."""
    return call.x.then("mul", -1)


def absolute(call: Call) -> Operand:
    """``Abs``: the larger of ``x`` and ``-x``."""
    tensor, unit = lattice(call.x)
    return Value(maximum(tensor, negated(tensor))).then("mul", unit)


def square(call: Call) -> Operand:
    """``Pow`` with the exponent 2, or 1."""
    exponent = call.constant(1, "an exponent").values
    if bool((exponent == 1).all()):
        return call.x
    if not bool((exponent == 2).all()):
        raise Refusal(f"takes the power {exponent.reshape(-1)[0]}", "use 2, or make it a table by a quantizer")
    tensor, unit = lattice(call.x)
    return Value(multiply(tensor, tensor)).then("mul", unit * unit)


def _leaky(x: Any, constants: Any) -> Any:
    return _where(x >= 0, x, x * constants[0])


def leaky(call: Call) -> Operand:
    """``LeakyRelu`` and ``PRelu``: ``x`` where it is positive, else ``slope * x``."""
    x = call.x
    if call.kind == "LeakyRelu":
        slope = ratios(np.float32(call.get("alpha", 0.01)))
    else:
        slope = numbers(call.constant(1, "a slope"), x, call.events)
    return x.then(LEAKY, slope, function=_leaky)


@dataclass(frozen=True)
class Inexact:
    """A function of float32 and its parameters: names of attributes with what they are where left out."""

    function: Function
    parameters: tuple[tuple[str, float], ...] = ()

    def handler(self, call: Call) -> Operand:
        """A step without exact form: a quantizer behind it makes it a table."""
        own = (ratios(np.float32(call.get(key, default))) for key, default in self.parameters)
        return call.x.then(call.kind, *own, function=self.function)


def _doubled(function: Function) -> Function:
    """A function in float64, rounded to float32."""

    def single(x: Any, constants: Any) -> Any:
        return np.asarray(function(np.asarray(x, np.float64), [np.float64(c) for c in constants]), np.float32)

    return single


def _plain(function: Any) -> Function:
    """A function without constants."""

    def alone(x: Any, _: Any) -> Any:
        return function(x)

    return alone


FUNCTIONS: dict[str, Inexact] = {
    "Sigmoid": Inexact(_doubled(_plain(sigmoid))),
    "Tanh": Inexact(_doubled(_plain(np.tanh))),
    "Exp": Inexact(_doubled(_plain(np.exp))),
    "Log": Inexact(_doubled(_plain(np.log))),
    "Sqrt": Inexact(_doubled(_plain(np.sqrt))),
    "Reciprocal": Inexact(_doubled(lambda x, _: 1 / x)),
    "Erf": Inexact(_doubled(_plain(erf))),
    "Softplus": Inexact(_doubled(lambda x, _: np.logaddexp(0, x))),
    "Softsign": Inexact(_doubled(lambda x, _: x / (1 + np.abs(x)))),
    "Sin": Inexact(_doubled(_plain(np.sin))),
    "Cos": Inexact(_doubled(_plain(np.cos))),
    "Elu": Inexact(_doubled(lambda x, c: _where(x < 0, c[0] * np.expm1(np.minimum(x, 0)), x)), (("alpha", 1.0),)),
    "Selu": Inexact(
        _doubled(lambda x, c: c[1] * _where(x <= 0, c[0] * np.expm1(np.minimum(x, 0)), x)),
        (("alpha", 1.6732632), ("gamma", 1.0507010)),
    ),
    "HardSigmoid": Inexact(lambda x, c: np.clip(x * c[0] + c[1], 0, 1), (("alpha", 0.2), ("beta", 0.5))),
    "HardSwish": Inexact(_doubled(lambda x, _: x * np.clip(x / 6 + 0.5, 0, 1))),
    "Gelu": Inexact(_doubled(_plain(gelu_curve))),
    "Mish": Inexact(_doubled(lambda x, _: x * np.tanh(np.logaddexp(0, x)))),
}
"""functions of one number that have no exact form"""
