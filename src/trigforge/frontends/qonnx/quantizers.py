"""Quantizers: Quant, IntQuant, BipolarQuant and Trunc of QONNX; QuantizeLinear and DequantizeLinear of ONNX."""

from collections.abc import Callable
from typing import Any

import numpy as np

from trigforge.building import Refusal
from trigforge.frontends.qonnx.call import Call, Operand, Rounded, domain, numbers
from trigforge.frontends.qonnx.constants import Constant
from trigforge.frontends.scales.quantizing import Levels, integers, threshold_levels
from trigforge.frontends.scales.ramps import ZERO, Ratios, ratios
from trigforge.frontends.scales.rounding import rule_of
from trigforge.frontends.scales.values import Value

_MOST_BITS = 32


def quant(call: Call) -> Operand:
    """``Quant`` and ``IntQuant``: ``(clip(round(x / scale + zero)) - zero) * scale``."""
    scale, zero, bits = (
        call.constant(n, what) for n, what in ((1, "a scale"), (2, "a zero point"), (3, "a bit width"))
    )
    signed, narrow = bool(call.get("signed", 1)), bool(call.get("narrow", 1))
    mode = str(call.get("rounding_mode", "ROUND"))
    rule, rounding = rule_of(mode)
    if not bool(np.isfinite(scale.values).all()):
        raise Refusal(
            "has a scale that is no number", "calibrate it again; without masks, which stand for minus infinity there"
        )
    _check_whole(bits, zero)
    if signed and bits.values.size == 1 and int(bits.values.reshape(-1)[0]) == 1:
        if bool((zero.values != 0).any()):
            raise Refusal("has one signed bit and a zero point", "use a zero point of 0")
        return _bipolar(call, scale)
    lo, hi = _range(bits.values, signed, narrow)
    x = call.operand(0)
    if isinstance(x, Constant):
        return _constant(x, scale.values, zero.values, lo, hi, mode)
    assert x is not None
    parts = (scale, zero, Constant(lo), Constant(hi))
    step, point, low, high = (numbers(part, x, call.events) for part in parts)
    found = integers(x, Levels(step, point, low, high, rule, rounding))
    return found.then("add", -point).then("mul", step)


def _check_whole(bits: Constant, zero: Constant) -> None:
    widths = bits.values
    if bool((widths != np.rint(widths)).any() or (widths < 1).any() or (widths > _MOST_BITS).any()):
        raise Refusal(f"has a bit width of {widths.reshape(-1)[0]}", f"use a whole number from 1 to {_MOST_BITS}")
    if bool((zero.values != np.rint(zero.values)).any()):
        raise Refusal(f"has the zero point {zero.values.reshape(-1)[0]}", "use a whole number")


def _range(bits: Any, signed: bool, narrow: bool) -> tuple[Any, Any]:
    """The lowest and highest integer, as ``qonnx.custom_op.general.intquant`` defines them."""
    power = np.exp2(bits.astype(np.float64) - int(signed))
    return (-power + int(narrow) if signed else 0 * power), power - 1 - int(narrow and not signed)


_ROUND: dict[str, Callable[[Any], Any]] = {
    "ROUND": np.round,
    "HALF_EVEN": np.round,
    "CEIL": np.ceil,
    "FLOOR": np.floor,
    "UP": lambda x: np.sign(x) * np.ceil(np.abs(x)),
    "DOWN": np.fix,
    "ROUND_TO_ZERO": np.fix,
    "HALF_UP": lambda x: np.sign(x) * np.floor(np.abs(x) + 0.5),
    "HALF_DOWN": lambda x: np.sign(x) * np.ceil(np.abs(x) - 0.5),
}


def _divided(values: Any, scale: Any) -> Any:
    """Weights over their scale, infinite where that is too large: behind a mask, and always clipped."""
    with np.errstate(over="ignore"):
        return values / scale


def _constant(x: Constant, scale: Any, zero: Any, lo: Any, hi: Any, mode: str) -> Constant:
    """Weights: quantized in the precision of the model, as it does itself."""
    x.check()
    found = np.clip(_divided(x.values, scale) + zero, lo.astype(np.float32), hi.astype(np.float32))
    whole = _ROUND[mode.upper()](found) - zero
    return Constant((whole * scale).astype(np.float32), whole, np.broadcast_to(scale, whole.shape))


def bipolar(call: Call) -> Operand:
    """``BipolarQuant``: ``scale`` where ``x >= 0``, else ``-scale``."""
    return _bipolar(call, call.constant(1, "a scale"))


def _bipolar(call: Call, scale: Constant) -> Operand:
    x = call.operand(0)
    if isinstance(x, Constant):
        whole = np.where(x.values >= 0, 1.0, -1.0)
        return Constant((whole * scale.values).astype(np.float32), whole, np.broadcast_to(scale.values, whole.shape))
    assert x is not None
    found = integers(x, threshold_levels(lambda _: (ZERO, False), 0, 1))
    return found.then("mul", 2).then("add", -1).then("mul", numbers(scale, x, call.events))


def trunc(call: Call) -> Operand:
    """``Trunc``, versions 1 and 2: the last bits of an integer are dropped, by any rounding."""
    x = call.x
    rule, rounding = rule_of(str(call.get("rounding_mode", "FLOOR")))
    names = ("a scale", "a zero point", "an input bit width", "an output scale or bit width")
    scale, zero, bits, last = (call.constant(n, what) for n, what in enumerate(names, 1))
    _check_whole(bits, zero)
    step, point = (numbers(part, x, call.events) for part in (scale, zero))
    low, high = domain(x, step, point)
    even, nearest = rule_of("ROUND")
    whole = integers(x, Levels(step, point, low, high, even, nearest))
    if len(call.operands) <= 5:
        factor = ratios(np.exp2(np.rint(bits.values) - np.rint(last.values)))
        found = integers(whole, Levels(factor, ratios(ZERO), low, high, rule, rounding))
        return found.then("add", -point).then("mul", step)
    factor = ratios(np.exp2(np.round(np.log2(last.values / scale.values))))
    signed, narrow = bool(call.get("signed", 1)), bool(call.get("narrow", 0))
    lo, hi = _range(call.constant(5, "a bit width").values, signed, narrow)
    found = integers(whole, Levels(factor, ratios(ZERO), ratios(lo), ratios(hi), rule, rounding))
    return found.then("add", -point / factor).then("mul", numbers(last, x, call.events))


def quantize_linear(call: Call) -> Operand:
    """``QuantizeLinear``: ``clip(round(x / scale) + zero)``, integers of the type of ``zero``."""
    scale, zero = call.constant(1, "a scale"), call.optional(2, "a zero point")
    kind = np.dtype(np.uint8) if zero is None else zero.values.dtype
    if kind.kind not in "iu" or kind.itemsize > 4:
        raise Refusal(f"makes numbers of the type {kind}", "use int8, uint8, int16, uint16 or int32")
    limits = np.iinfo(kind)
    x = call.operand(0)
    shift = np.zeros((), np.int64) if zero is None else zero.values.astype(np.int64)
    axis = int(call.get("axis", 1))
    if isinstance(x, Constant):
        own, shift = _per_axis(scale.values, axis, len(x.shape)), _per_axis(shift, axis, len(x.shape))
        x.check()
        whole = _ROUND["ROUND"](_divided(x.values, own)) + shift
        return Constant(np.clip(whole, limits.min, limits.max).astype(kind))
    assert x is not None
    own, off = _along(call, x, scale.values, axis), _along(call, x, shift, axis)
    rule, rounding = rule_of("ROUND")
    found = integers(x, Levels(own, ratios(ZERO), limits.min - off, limits.max - off, rule, rounding))
    return found.then("add", off)


def dequantize_linear(call: Call) -> Operand:
    """``DequantizeLinear``: ``(x - zero) * scale``."""
    scale, zero = call.constant(1, "a scale"), call.optional(2, "a zero point")
    x = call.operand(0)
    shift = np.zeros((), np.int64) if zero is None else zero.values.astype(np.int64)
    axis = int(call.get("axis", 1))
    if isinstance(x, Constant):
        own, shift = _per_axis(scale.values, axis, len(x.shape)), _per_axis(shift, axis, len(x.shape))
        whole = x.values.astype(np.int64) - shift
        return Constant((whole.astype(np.float32) * own).astype(np.float32), whole, np.broadcast_to(own, whole.shape))
    assert x is not None
    return x.then("add", -_along(call, x, shift, axis)).then("mul", _along(call, x, scale.values, axis))


def _per_axis(values: Any, axis: int, rank: int) -> Any:
    """Values along one axis, shaped to broadcast; one value for all as it is."""
    if values.size == 1:
        return values.reshape(())
    if values.ndim != 1 or not -rank <= axis < rank:
        raise Refusal(f"has scales of shape {[*values.shape]}", "give one scale, or one an entry of an axis")
    shape = [1] * rank
    shape[axis] = -1
    return values.reshape(shape)


def _along(call: Call, x: Value, values: Any, axis: int) -> Ratios:
    if values.size == 1:
        return ratios(values.reshape(()))
    call.axis(axis, x)
    return numbers(Constant(_per_axis(values, axis, len(x.shape) + 1)), x, call.events)


def sign(call: Call) -> Operand:
    """``Sign``: -1, 0 or 1."""
    return integers(call.x, threshold_levels(lambda t: (ZERO, t > 0), -1, 1))


_WHOLE = {"Round": "HALF_EVEN", "Floor": "FLOOR", "Ceil": "CEIL"}


def whole_numbers(call: Call) -> Rounded:
    """``Round`` (halves to even), ``Floor`` and ``Ceil``; a clip behind them gives the ends."""
    return Rounded(call.x, _WHOLE[call.kind])
