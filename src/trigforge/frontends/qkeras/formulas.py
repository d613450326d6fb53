"""QKeras' quantizers as functions on float32 arrays, term by term as TensorFlow computes them at inference.

Sums, products, quotients and roundings of float32 are the same everywhere. Logarithms, tanh and means are not: they
differ by a few units of the last place between processors. So each formula takes a ``nudge`` that moves these by more
than that, and a result that depends on it is refused.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.building import Floats, Refusal
from trigforge.frontends.qkeras.spelling import Quantizer

Singles = npt.NDArray[Any]
"""float32"""
_EPSILON = np.float32(1e-7)
_ONE, _HALF, _TWO = np.float32(1), np.float32(0.5), np.float32(2)
_LOG_ERROR = 4e-6
"""of log2 of a float32 number by float32 arithmetic"""


def evaluated(own: Quantizer, values: Floats | Singles) -> Singles:
    """``values`` quantized; ``Refusal`` where the result depends on the processor, and for a scale that is a sum."""
    formula = _FORMULAS[own.kind]
    x = values.astype(np.float32)
    with np.errstate(all="ignore"):
        found, *others = (formula(own, x, nudge) for nudge in (0, -1, 1))
    wrong = np.logical_or.reduce([found != other for other in others])
    if wrong.any():
        raise Refusal(
            f"its quantizer {own.kind} lies on the border between two values in {int(wrong.sum())} of {wrong.size} "
            "places, where processors differ",
            "set alpha to a number, or use quantized_bits",
        )
    return found


def through(x: Singles, quantized: Singles) -> Singles:
    """``x + (quantized - x)``: what QKeras' straight-through estimators leave of a quantized number."""
    return x + (quantized - x)


def hard_sigmoid(x: Singles) -> Singles:
    """``clip(x / 2 + 1/2, 0, 1)``, which QKeras calls the sigmoid."""
    return np.clip(_HALF * x + _HALF, np.float32(0), _ONE)


def _axes(own: Quantizer, x: Singles) -> tuple[int, ...]:
    kept = own.options.get("scale_axis")
    kept = x.ndim - 1 if kept is None else int(kept)
    return tuple(axis for axis in range(x.ndim) if axis != kept)


def _power(x: npt.NDArray[np.floating], nudge: float) -> Singles:
    """``2 ** round(log2(x))``."""
    places = np.rint(np.log2(x.astype(np.float64)) + nudge * _LOG_ERROR)
    return np.exp2(places).astype(np.float32)


def _fitted_power(own: Quantizer, x: Singles, q: Singles, nudge: float) -> Singles:
    """The power of two next to the scale with which ``scale * q`` fits ``x`` best, a channel each."""
    if x.ndim > 1:
        axes = _axes(own, x)
        qx, qq = (np.mean((one * q).astype(np.float64), axis=axes, keepdims=True) for one in (x, q))
        count = x.size // qx.size
    else:
        qx, qq, count = (x * q).astype(np.float64), (q * q).astype(np.float64), 1
    scale = qx / (qq + float(_EPSILON))
    return _power(scale + float(_EPSILON), nudge * (1 + 0.1 * count**0.5))


def _sign(x: Singles) -> Singles:
    return np.where(x >= 0, _ONE, -_ONE).astype(np.float32)


def _bits(own: Quantizer, x: Singles, nudge: float) -> Singles:
    alpha = own["alpha"]
    bits = own["bits"] - bool(own["keep_negative"])
    m, m_i = np.float32(2.0**bits), np.float32(2.0 ** own["integer"])
    if isinstance(alpha, str):
        return _auto_bits(own, x, m, m_i, nudge)
    if bits:
        low = np.float32(bool(own["keep_negative"]) * (-m + int(own["symmetric"])))
        q = m_i * np.clip(np.rint(x * m / m_i), low, m - _ONE) / m
    else:
        q = _sign(x)
    scale = _ONE if alpha is None else np.asarray(alpha, np.float32)
    return through(x, scale * q)


def _auto_bits(own: Quantizer, x: Singles, m: np.float32, m_i: np.float32, nudge: float) -> Singles:
    if x.ndim == 0:
        raise Refusal(f"its alpha {own['alpha']!r} scales a single number", "set alpha to a number")
    x = x / m_i
    levels = np.float32((2 ** (own["bits"] - 1) - 1) * 2)
    axes = _axes(own, x) if x.ndim > 1 else (0,)
    scale = np.max(np.abs(x), axis=axes, keepdims=True) * _TWO / levels
    if own["alpha"] == "auto_po2":
        scale = _power((scale + _EPSILON), nudge)
    z = x
    for _ in range(5 if own["alpha"] == "auto_po2" else 1):
        v = np.floor(np.abs(x) / scale + _HALF)
        z = np.sign(x) * np.where(v < levels / _TWO, v, levels / _TWO)
        if own["alpha"] == "auto_po2":
            scale = _fitted_power(own, x, z, nudge)
    x = m_i * x
    return through(x, (scale * m) * (m_i * z / m))


def _linear(own: Quantizer, x: Singles, nudge: float) -> Singles:
    """``quantized_linear`` of versions after 0.9: the scale is that of the grid, so it comes before the rounding."""
    alpha, signed = own["alpha"], bool(own["keep_negative"])
    half = np.float32(0.5 if own["bits"] == signed else 0)
    high = half or np.float32(2.0 ** (own["bits"] - signed) - 1)
    low = -half or np.float32(-signed * (high + 1 - bool(own["symmetric"])))

    def rounded(scale: Any) -> Singles:
        return np.rint(np.clip(x / scale, low, high) - half) + half

    if not isinstance(alpha, str):
        scale = np.asarray(1 if alpha is None else alpha, np.float32)
        scale = scale * np.float32(2.0 ** (own["integer"] - own["bits"] + signed))
        return through(x, rounded(scale) * scale)
    if x.ndim == 0:
        raise Refusal(f"its alpha {alpha!r} scales a single number", "set alpha to a number")
    largest = np.max(np.abs(x) if signed else x, axis=_axes(own, x), keepdims=True)
    scale = np.maximum(largest * (_TWO if signed else _ONE) / (high - low), _EPSILON)
    if alpha == "auto_po2":
        scale = _power(scale + _EPSILON, nudge)
        for _ in range(5):
            scale = _fitted_power(own, x, rounded(scale), nudge)
    return through(x, rounded(scale) * scale)


def _ternary(own: Quantizer, x: Singles, nudge: float) -> Singles:
    alpha = own["alpha"]
    if alpha == "auto":
        raise _float_scale(own)
    if alpha != "auto_po2":
        threshold = np.float32(0.33 if own["threshold"] is None else own["threshold"])
        q = (np.abs(x) >= threshold) * np.sign(x)
        return through(x, np.float32(alpha) * q) if alpha is not None else q
    axes = _axes(own, x) if x.ndim > 1 else None
    scale = _power(_TWO * np.max(np.abs(x), axis=axes, keepdims=True) / np.float32(3) + _EPSILON, nudge)
    q = np.zeros_like(x)
    for _ in range(int(own["number_of_unrolls"])):
        v = scale * np.rint(x / scale)
        q = (np.abs(v) >= scale / _TWO).astype(np.float32) * np.sign(x)
        scale = _fitted_power(own, x, q, nudge)
    return through(x, scale * q)


def _binary(own: Quantizer, x: Singles, nudge: float) -> Singles:
    alpha, q = own["alpha"], _sign(x)
    if own.options.get("use_01"):
        q = (q + _ONE) / _TWO
    if alpha is None:
        return q
    if alpha == "auto":
        raise _float_scale(own)
    return through(x, (_fitted_power(own, x, q, nudge) if alpha == "auto_po2" else np.float32(alpha)) * q)


def _float_scale(own: Quantizer) -> Refusal:
    return Refusal(
        f"its quantizer {own.kind} has alpha 'auto', a mean whose last bits depend on the order of a sum",
        "use alpha='auto_po2' or a number",
    )


def _relu(own: Quantizer, x: Singles, nudge: float) -> Singles:
    slope = np.float32(own["negative_slope"])
    m = np.float32(2.0 ** (own["bits"] - bool(slope)))
    m_i = np.float32(2.0 ** own["integer"])
    p = hard_sigmoid(x / m_i) * m if own["use_sigmoid"] else x * m / m_i
    positive, negative = np.rint(p) / m, np.float32(0)
    if slope:
        negative = np.rint(p * slope) * (_ONE / (slope * m))
    if own["use_sigmoid"]:
        positive, negative = _TWO * positive - _ONE, _TWO * negative - _ONE
    q = m_i * np.clip(positive, np.float32(0), _ONE - _ONE / m)
    if slope:
        q = q + m_i * slope * np.clip(negative, -_ONE, np.float32(0))
    bound = None if own["is_quantized_clip"] else own["relu_upper_bound"]
    return np.minimum(q, np.float32(bound)) if bound else q


def _exponents(own: Quantizer, x: Singles, low: int, high: int, nudge: float) -> Floats:
    """The exponents of the powers of two next to ``x``, which is not negative."""
    limited = np.where(x < _EPSILON, _EPSILON, x)
    if own["max_value"] is not None:
        limited = np.minimum(limited, np.float32(own["max_value"]))
    factor = 2 if own["quadratic_approximation"] else 1
    log2 = np.log2(limited.astype(np.float64)) / factor + nudge * _LOG_ERROR
    places = np.floor(log2) if own["log2_rounding"] == "floor" else np.rint(log2)
    return np.where(x < _EPSILON, low, factor * np.clip(places, low, high))


def _range(own: Quantizer, bits: int) -> tuple[int, int]:
    """The smallest and the largest exponent."""
    places = bits - (own["max_value"] is None or own["max_value"] > 1)
    if not 0 <= places <= 7:
        raise Refusal(f"its quantizer {own.kind} has {own['bits']} bits", "use 2 to 8")
    high = 2**places - 1
    return -(2**places), (2 * (high // 2) if own["quadratic_approximation"] else high)


def _po2(own: Quantizer, x: Singles, nudge: float) -> Singles:
    exponents = _exponents(own, np.abs(x), *_range(own, own["bits"] - 1), nudge)
    return through(x, _sign(x) * np.exp2(exponents).astype(np.float32))


def _relu_po2(own: Quantizer, x: Singles, nudge: float) -> Singles:
    slope, ends = np.float32(own["negative_slope"]), _range(own, own["bits"])
    positive = np.exp2(_exponents(own, np.maximum(x, np.float32(0)), *ends, nudge))
    negative = np.exp2(_exponents(own, np.maximum(-x, np.float32(0)) * slope, *ends, nudge))
    q = np.where((x >= 0) | (slope == 0), positive, -negative).astype(np.float32)
    kept = np.where(x >= 0, x, slope * x)
    if own["max_value"] is not None:
        kept = np.where(x <= np.float32(own["max_value"]), kept, np.float32(own["max_value"]))
    return through(kept, q)


def _tanh(own: Quantizer, x: Singles, nudge: float) -> Singles:
    m = np.float32(2.0 ** (own["bits"] - 1))
    real = np.tanh(x.astype(np.float64)) * (1 + nudge * 4e-7)
    p = real.astype(np.float32) if own["use_real_tanh"] else _TWO * hard_sigmoid(x) - _ONE
    return np.clip(np.rint(p * m) / m, np.float32(bool(own["symmetric"])) / m - _ONE, _ONE - _ONE / m)


def _sigmoid(own: Quantizer, x: Singles, nudge: float) -> Singles:
    m = np.float32(2.0 ** own["bits"])
    real = (1 + nudge * 2e-7) / (1 + np.exp(-x.astype(np.float64)))
    p = real.astype(np.float32) if own["use_real_sigmoid"] else hard_sigmoid(x)
    return np.clip(np.rint(p * m) / m, np.float32(bool(own["symmetric"])) / m, _ONE - _ONE / m)


def _hswish(own: Quantizer, x: Singles, nudge: float) -> Singles:
    bound = np.float32(own["relu_upper_bound"])
    gate = np.minimum(np.maximum(x + np.float32(own["relu_shift"]), np.float32(0)), bound)
    return _bits(own, x * gate / bound, nudge)


_FORMULAS: dict[str, Callable[[Quantizer, Singles, float], Singles]] = {
    "quantized_bits": _bits,
    "quantized_linear": _linear,
    "quantized_relu": _relu,
    "ternary": _ternary,
    "stochastic_ternary": _ternary,
    "binary": _binary,
    "stochastic_binary": _binary,
    "quantized_po2": _po2,
    "quantized_relu_po2": _relu_po2,
    "quantized_tanh": _tanh,
    "quantized_sigmoid": _sigmoid,
    "quantized_hswish": _hswish,
}
