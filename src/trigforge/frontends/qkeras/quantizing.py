"""QKeras' quantizers on weights, as constants, and on tensors, as words."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from trigforge.building import (
    Floats,
    Quantization,
    Refusal,
    Tensor,
    activation,
    add,
    constant,
    maximum,
    minimum,
    multiply,
    power_of_two,
    quantize,
    shift,
    subtract,
    table,
)
from trigforge.fixed import FixedArray, FixedType, FixedTypes, Overflow, exact
from trigforge.frontends.qkeras.formulas import Singles, evaluated
from trigforge.frontends.qkeras.spelling import Quantizer, as_of_weights
from trigforge.graph import Select

_CONSTANT_BITS = 62
_PLAIN_BITS = 16
"""of weights that no quantizer rounds: more is what training leaves"""
_SCALE_BITS = 16


def weights(values: Singles, own: Quantizer | None, what: str) -> FixedArray:
    """Weights as inference uses them: quantized in float32. Raises ``Refusal``."""
    finite = np.isfinite(values)
    if not bool(finite.all()):
        found = f"weight {what!r} holds NaN or infinity in {int((~finite).sum())} of {values.size} places"
        raise Refusal(found, "restore an earlier checkpoint")
    if own is not None and own.is_function:
        raise Refusal(f"its {what} has the quantizer {own.kind}, a function", "use quantized_bits")
    found = FixedArray.from_float(values if own is None else evaluated(own, values))
    bits = int(exact.bit_length(found.mantissa.values).max(initial=0))
    if own is None and bits > _PLAIN_BITS:
        remedy = f"give it a {what}_quantizer, as quantized_bits(8,0), or a type (trigforge quantize)"
        raise Refusal(f"its {what} is of floating-point numbers", remedy)
    if bits > _CONSTANT_BITS:
        raise Refusal(f"its {what} spans {bits} bits", "use a quantizer with a smaller range")
    return found


def kernel(values: Singles, own: Quantizer | None, what: str) -> FixedArray:
    """As ``weights``, with the scale that QKeras gives to kernels."""
    return weights(values, as_of_weights(own), what)


def quantized(x: Tensor, own: Quantizer | None, name: str = "quantizer") -> Tensor:
    """``x`` through a quantizer or an activation of QKeras or Keras; ``x`` itself for None. Raises ``Refusal``."""
    if own is None:
        return x
    if own.kind in _FUNCTIONS:
        return _FUNCTIONS[own.kind](x, own, name)
    if own.is_function:
        if own.kind in ("relu", "relu6"):
            return activation(x, own.kind)
        raise Refusal(
            f"its activation {own.kind!r} gives values without an exact fixed-point form",
            f"use a quantized one{_QUANTIZED.get(own.kind, '')}",
        )
    _scale(own)
    return _looked_up(x, own, name)


_QUANTIZED = {"tanh": ", as quantized_tanh", "sigmoid": ", as quantized_sigmoid", "softmax": ", or end at the logits"}


def _looked_up(x: Tensor, own: Quantizer, name: str) -> Tensor:
    """The quantizer as tables, whose entries its own formula gives."""

    def function(values: Floats) -> Floats:
        return evaluated(own, values).astype(np.float64)

    return table(x, function, Quantization.of("ap_fixed<32,16>"), lambda found, kind: found, name)


def _scale(own: Quantizer) -> FixedArray:
    """The alpha of a quantizer of activations: one short number, with which float32 is exact."""
    alpha: Any = own.options.get("alpha")
    if alpha is None:
        return FixedArray.of(1)
    if isinstance(alpha, str):
        found = f"its quantizer {own.kind} has alpha = {alpha!r}, a scale that depends on the other events of a batch"
        raise Refusal(found, "set alpha to 1 or another number")
    values = np.asarray(alpha, np.float32)
    if not bool(np.isfinite(values).all()):
        raise Refusal(f"its quantizer {own.kind} has alpha = {alpha!r}", "use a power of two")
    scale = FixedArray.from_float(values)
    if int(exact.bit_length(scale.mantissa.values).max(initial=0)) > _SCALE_BITS:
        found = f"its quantizer {own.kind} has alpha = {alpha!r}, which has no short binary form"
        raise Refusal(found, "use a power of two")
    return scale


def _bits(x: Tensor, own: Quantizer, name: str) -> Tensor:
    signed = bool(own["keep_negative"])
    if own["bits"] == signed:
        return _binary(x, own, name)
    types = FixedTypes.uniform(FixedType(own["bits"], own["integer"] + signed, signed))
    overflow = Overflow.SAT_SYM if own["symmetric"] else Overflow.SAT
    return quantize(x, Quantization(types, overflow=overflow, scale=_scale(own)), name)


def _linear(x: Tensor, own: Quantizer, name: str) -> Tensor:
    """``quantized_linear``, whose scale is that of the grid."""
    places, signed = _one_scale(own), bool(own["keep_negative"])
    if own["bits"] == signed:
        half = places * 2.0 ** own["integer"] / 2
        return _chosen(x, FixedArray.of(0), half, -half, name)
    types = FixedTypes.uniform(FixedType(own["bits"], own["integer"] + signed + power_of_two(places), signed))
    return quantize(x, Quantization(types, overflow=Overflow.SAT_SYM if own["symmetric"] else Overflow.SAT), name)


def _relu(x: Tensor, own: Quantizer, name: str) -> Tensor:
    if own["use_sigmoid"]:
        return _looked_up(x, own, name)
    slope = float(own["negative_slope"])
    bound = None if own["is_quantized_clip"] else own["relu_upper_bound"]
    if slope:
        y = _leaky(x, own, slope, name)
    else:
        types = FixedTypes.uniform(FixedType(own["bits"], own["integer"], False))
        y = quantize(x, Quantization(types), name)
    return minimum(y, _number(y, float(bound), f"{name}.bound"), name=f"{name}.capped") if bound else y


def _leaky(x: Tensor, own: Quantizer, slope: float, name: str) -> Tensor:
    """``max(x, slope * x)`` quantized; its negative values end at ``-slope * 2**integer``."""
    places = int(np.log2(slope))
    if slope > 1 or 2.0**places != slope:
        raise Refusal(f"its quantizer {own.kind} has negative_slope = {slope}", "use 0.5, 0.25, 0.125...")
    y = maximum(x, shift(x, places, f"{name}.leak"), name=f"{name}.leaky")
    types = FixedTypes.uniform(FixedType(own["bits"], own["integer"] + 1, True))
    y = quantize(y, Quantization(types), name)
    lowest = -slope * 2.0 ** own["integer"]
    return y if slope == 1 else maximum(y, _number(y, lowest, f"{name}.lowest"), name=f"{name}.ended")


def _tanh(x: Tensor, own: Quantizer, name: str) -> Tensor:
    """``clip(x, -1, 1)``, the tanh of QKeras, quantized."""
    if own["use_real_tanh"]:
        return _looked_up(x, own, name)
    overflow = Overflow.SAT_SYM if own["symmetric"] else Overflow.SAT
    return quantize(x, Quantization(FixedTypes.uniform(FixedType(own["bits"], 1, True)), overflow=overflow), name)


def _sigmoid(x: Tensor, own: Quantizer, name: str) -> Tensor:
    """``clip(x / 2 + 1/2, 0, 1)``, the sigmoid of QKeras, quantized."""
    if own["use_real_sigmoid"]:
        return _looked_up(x, own, name)
    half = add(shift(x, -1, f"{name}.half"), _number(x, 0.5, f"{name}.offset"), name=f"{name}.line")
    y = quantize(half, Quantization(FixedTypes.uniform(FixedType(own["bits"], 0, False))), name)
    lowest = 2.0 ** -own["bits"]
    return maximum(y, _number(y, lowest, f"{name}.lowest"), name=f"{name}.ended") if own["symmetric"] else y


def _ternary(x: Tensor, own: Quantizer, name: str) -> Tensor:
    scale = _one_scale(own)
    threshold = np.float32(0.33 if own["threshold"] is None else own["threshold"])
    if not threshold > 0:
        raise Refusal(f"its quantizer {own.kind} has threshold = {own['threshold']!r}", "use a number above 0")
    least = FixedArray.from_float(threshold)
    negative = subtract(_number(x, 0.0, f"{name}.zero"), x, f"{name}.negative")
    below = _chosen(negative, least, -scale, 0.0, f"{name}.below")
    above = _chosen(x, least, scale, 0.0, f"{name}.above")
    return add(above, below, name=name)


def _binary(x: Tensor, own: Quantizer, name: str) -> Tensor:
    scale = _one_scale(own)
    zero = bool(own.options.get("use_01")) or own.options.get("keep_negative") is False
    return _chosen(x, FixedArray.of(0), scale, 0.0 if zero else -scale, name)


def _one_scale(own: Quantizer) -> float:
    scale = _scale(own)
    if scale.mantissa.size != 1:
        raise Refusal(f"its quantizer {own.kind} has a scale for each channel", "give it one number")
    return float(scale.to_float().reshape(()))


def _chosen(x: Tensor, threshold: FixedArray, high: float, low: float, name: str) -> Tensor:
    """``high`` where ``x >= threshold``, else ``low``."""
    numbers = (_number(x, value, f"{name}.{word}") for value, word in ((high, "high"), (low, "low")))
    return x.builder.add(name, Select(threshold), x, *numbers)


def _number(x: Tensor, value: float, name: str) -> Tensor:
    return constant(x, FixedArray.from_float(np.full((1,) * x.rank, value)), name)


def _line(slope: float, span: tuple[float, float]) -> Any:
    """``clip(slope * x + 1/2, 0, 1)``, moved to ``span``."""
    low, high = span

    def word(x: Tensor, own: Quantizer, name: str) -> Tensor:
        width = high - low
        y = multiply(x, _number(x, slope * width, f"{name}.slope"), name=f"{name}.scaled")
        y = add(y, _number(x, low + width / 2, f"{name}.offset"), name=f"{name}.line")
        y = maximum(y, _number(x, low, f"{name}.lowest"), name=f"{name}.above")
        return minimum(y, _number(x, high, f"{name}.highest"), name=name)

    return word


def _bit(scale: float, offset: float) -> Any:
    """``round(hard_sigmoid(x)) * scale + offset``; a half is rounded to 0."""

    def word(x: Tensor, own: Quantizer, name: str) -> Tensor:
        half = add(shift(x, -1, f"{name}.half"), _number(x, 0.5, f"{name}.offset"), name=f"{name}.line")
        found = Quantization(
            FixedTypes.uniform(FixedType(1, 1, False)),
            scale=FixedArray.from_float(scale),
            offset=FixedArray.from_float(offset),
        )
        return quantize(half, found, name)

    return word


_FUNCTIONS: Mapping[str, Any] = {
    "quantized_bits": _bits,
    "quantized_linear": _linear,
    "quantized_relu": _relu,
    "quantized_tanh": _tanh,
    "quantized_sigmoid": _sigmoid,
    "ternary": _ternary,
    "stochastic_ternary": _ternary,
    "binary": _binary,
    "stochastic_binary": _binary,
    "hard_sigmoid": _line(0.5, (0.0, 1.0)),
    "smooth_sigmoid": _line(0.1875, (0.0, 1.0)),
    "hard_tanh": _line(0.5, (-1.0, 1.0)),
    "smooth_tanh": _line(0.1875, (-1.0, 1.0)),
    "binary_sigmoid": _bit(1.0, 0.0),
    "binary_tanh": _bit(2.0, -1.0),
}
