"""HGQ 1: its layers, whose quantizers have fraction bits and no range, and the fixed-point quantizers of its proxies.

HGQ computes ``floor(x 2^f + 1/2) / 2^f``, or ``floor(x 2^f) / 2^f``, in float32; ``make test-qkeras`` compares with HGQ
itself. What depends on the last bits of float32 is refused.
"""

from typing import Any, cast

import numpy as np
import numpy.typing as npt

from trigforge.building import (
    Floats,
    Function,
    Quantization,
    Refusal,
    Steps,
    Tensor,
    activation,
    add,
    conv,
    dense,
    quantize,
    tables,
)
from trigforge.fixed import FixedArray, FixedTypes, Overflow, Rounding, exact
from trigforge.frontends.keras.call import Call
from trigforge.frontends.keras.options import Reader, options
from trigforge.frontends.qkeras.formulas import Singles

_FLOOR = ("floor", 3)
_NEAR = 2.0**-20
"""relative error of a float32 function, by which no result may change"""
_EPSILON = float(np.float32(1e-3))
"""of batch norm: HGQ's files hold none, and HGQ itself takes this one when it loads them"""
_CURVES: dict[str, Function] = {
    "tanh": lambda x: np.tanh(x),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "exponential": lambda x: np.exp(x),
}


def _fraction_bits(call: Call, name: str, conf: str) -> npt.NDArray[np.int64]:
    """The rounded bits of a quantizer, which HGQ clips first."""
    clipped: Singles = call.layer.weight(name)
    ends: Any = call.layer.config[conf].get("bw_clip")
    if ends is not None:
        clipped = np.clip(clipped, np.float32(ends[0]), np.float32(ends[1]))
    if not bool(np.isfinite(clipped).all()):
        raise Refusal(f"weight {name!r} holds NaN or infinity", "restore an earlier checkpoint")
    return np.rint(clipped).astype(np.int64)


def _floors(call: Call, conf: str) -> bool:
    """True for a quantizer that rounds down; all others round to nearest at inference."""
    return call.layer.config[conf].get("rnd_strategy") in _FLOOR


def _rounded(values: Floats, bits: npt.NDArray[np.int64], floors: bool, what: str, error: Floats | None) -> FixedArray:
    """Constants through a quantizer; ``Refusal`` where an absolute ``error`` of them changes one.

    Without an error they are float32 numbers, and rounded as float32 does it.
    """
    if not bool(np.isfinite(values).all()):
        raise Refusal(f"its {what} holds NaN or infinity", "restore an earlier checkpoint")
    half = np.float32(0 if floors else 0.5)
    if error is None:
        single = values.astype(np.float32)
        found = np.ldexp(np.floor(np.ldexp(single, bits) + half), -bits)
        certain = single + (found - single) == found
    else:
        low, high = (np.floor(np.ldexp(values + sign * error, bits) + half) for sign in (-1, 1))
        found, certain = np.ldexp(low, -bits), low == high
    if not bool(certain.all()):
        raise Refusal(
            f"its {what} depends on the last bits of float32", "save its proxy model, which holds rounded weights"
        )
    return FixedArray.from_float(found.astype(np.float64))


def _kernel_and_bias(call: Call, bits: npt.NDArray[np.int64]) -> tuple[FixedArray, FixedArray | None]:
    """Both as inference uses them, batch norm folded in; ``bits`` are those of the results, which the bias shares."""
    layer = call.layer
    kernel: Floats = layer.weight("kernel").astype(np.float64)
    bias: Floats | None = layer.weight("bias").astype(np.float64) if layer.use_bias else None
    errors: tuple[Floats | None, Floats | None] = (None, None)
    if "BatchNorm" in layer.class_name:
        kernel, bias, errors = _folded(call, kernel, bias)
    own = _rounded(kernel, _fraction_bits(call, "kernel_bw", "kq_conf"), _floors(call, "kq_conf"), "kernel", errors[0])
    if bias is None:
        return own, None
    shared = np.broadcast_to(bits.max(axis=tuple(range(bits.ndim - 1))), bias.shape)
    return own, _rounded(bias, shared, _activations_floor(call, bits), "bias", errors[1])


def _folded(
    call: Call, kernel: Floats, bias: Floats | None
) -> tuple[Floats, Floats | None, tuple[Floats | None, Floats | None]]:
    """Kernel and bias with the batch norm in them, and how wrong float32 may have them."""
    layer, scales = call.layer, "bn_gamma" in call.layer.weights
    gamma, variance = (
        layer.weight(name).astype(np.float64) if scales else np.ones(kernel.shape[-1])
        for name in ("bn_gamma", "moving_variance")
    )
    slope = gamma / np.sqrt(variance + _EPSILON)
    terms = [] if bias is None else [bias]
    if bias is not None and "bn_beta" in layer.weights:
        terms += [-layer.weight("moving_mean") * slope, layer.weight("bn_beta").astype(np.float64)]
    whole = None if bias is None else np.sum(terms, axis=0)
    scale = slope if scales else gamma
    return kernel * scale, whole, (_NEAR * np.abs(kernel * scale), _NEAR * np.sum(np.abs(terms), axis=0))


def _activations_floor(call: Call, bits: npt.NDArray[np.int64]) -> bool:
    """True where results are rounded down: with 'auto', where no bias of the same shape can round."""
    if call.layer.config["paq_conf"].get("rnd_strategy") != "auto":
        return _floors(call, "paq_conf")
    one_each = bits.size == bits.shape[-1] and bool(call.layer.config.get("use_bias"))
    return call.layer.class_name != "HActivation" and not one_each


def _quantized(call: Call, x: Tensor, bits: npt.NDArray[np.int64]) -> Tensor:
    """``x`` through the quantizer of results, as wide as ``x`` needs: it has no range."""
    bits = bits[0] if bits.ndim == x.rank + 1 else bits
    lo, hi, lsb = (part.values for part in (x.interval.lo, x.interval.hi, x.interval.lsb))
    longest = np.maximum(exact.bit_length(lo), exact.bit_length(hi)) + lsb + 1
    fraction = np.broadcast_to(bits, x.shape)
    types = FixedTypes.from_kif(1, np.maximum(longest, 1 - fraction), fraction)
    rounding = Rounding.TRN if _activations_floor(call, bits) else Rounding.RND
    return quantize(x, Quantization(types, rounding, Overflow.WRAP), "paq")


def _bits(call: Call) -> npt.NDArray[np.int64]:
    return _fraction_bits(call, "activation_bw", "paq_conf")


def lower_dense(call: Call) -> Tensor:
    """``HDense`` and ``HDenseBatchNorm``."""
    bits = _bits(call)
    y = dense(call.x, *_kernel_and_bias(call, bits))
    return activation(_quantized(call, y, bits), str(call.layer.activation))


def lower_conv(call: Call) -> Tensor:
    """``HConv1D``, ``HConv2D`` and the same with batch norm."""
    bits, layer = _bits(call), call.layer
    kernel, bias = _kernel_and_bias(call, bits)
    steps = Steps(tuple(layer.strides), layer.padding, tuple(layer.dilation_rate))
    y = conv(call.x, kernel, bias, steps, int(layer.groups))
    return activation(_quantized(call, y, bits), str(layer.activation))


def lower_quantize(call: Call) -> Tensor:
    """``HQuantize``."""
    return _quantized(call, call.x, _bits(call))


def lower_add(call: Call) -> Tensor:
    """``HAdd``."""
    return _quantized(call, add(*call.tensors), _bits(call))


def lower_activation(call: Call) -> Tensor:
    """``HActivation``: the function, then the quantizer."""
    name = str(call.layer.activation)
    if name not in _CURVES:
        return _quantized(call, activation(call.x, name), _bits(call))
    bits = _bits(call)
    bits = np.broadcast_to(bits[0] if bits.ndim == call.x.rank + 1 else bits, call.x.shape)
    floors = _activations_floor(call, bits)

    def function(values: Floats) -> Floats:
        found = np.asarray(_CURVES[name](values), np.float64)
        return _rounded(found, bits, floors, f"function {name!r}", _NEAR * np.abs(found)).to_float()

    return tables(call.x, function)


def lower_fixed_point_quantizer(call: Call) -> Tensor:
    """``FixedPointQuantizer`` of a proxy model."""
    layer = call.layer
    rounding, overflow = str(layer.RND), str(layer.SAT)
    if rounding not in Rounding.__members__ or overflow not in ("WRAP", "SAT", "SAT_SYM"):
        raise Refusal(f"has the modes {rounding} and {overflow}", "use WRAP, SAT or SAT_SYM")
    signed, width, integers = (_whole(layer.weight(name)) for name in ("keep_negative", "bits", "integers"))
    if width.ndim == call.x.rank + 1:
        signed, width, integers = signed[0], width[0], integers[0]
    types = FixedTypes.of(signed, width, integers)
    return quantize(call.x, Quantization(types, Rounding[rounding], Overflow[overflow]))


def _whole(values: Singles) -> npt.NDArray[np.int64]:
    return np.rint(values).astype(np.int64)


def lower_unary_lut(call: Call) -> Tensor:
    """``UnaryLUT`` of a proxy model: entry ``x 2^f``, counted around from the end for negative ones."""
    entries = call.layer.weight("table").astype(np.float64)
    fraction = int(cast(list[Any], call.layer.kif_in)[2])

    def function(values: Floats) -> Floats:
        return entries[np.rint(np.ldexp(values, fraction)).astype(np.int64) % len(entries)]

    return tables(call.x, function)


_OWN = "kq_conf paq_conf beta"
_WEIGHTS = f"{_OWN} activation use_bias parallel_factor"
_NORM = "axis epsilon center scale"
_LAST = {"data_format": ["channels_last"], "conv_op": [None]}
_CONV = f"{_WEIGHTS} filters kernel_size strides padding dilation_rate groups"

LAYERS: dict[str, Reader] = {
    "HDense": Reader(lower_dense, **options(f"{_WEIGHTS} units")),
    "HDenseBatchNorm": Reader(lower_dense, **options(f"{_WEIGHTS} {_NORM} units")),
    **{f"HConv{rank}D": Reader(lower_conv, **options(_CONV, _LAST)) for rank in (1, 2)},
    **{f"HConv{rank}DBatchNorm": Reader(lower_conv, **options(f"{_CONV} {_NORM}", _LAST)) for rank in (1, 2)},
    "HQuantize": Reader(lower_quantize, **options(_OWN)),
    "HActivation": Reader(lower_activation, **options(f"{_OWN} activation")),
    "HAdd": Reader(lower_add, **options(_OWN)),
    "FixedPointQuantizer": Reader(lower_fixed_point_quantizer, **options("RND SAT shape overrides fusible")),
    "UnaryLUT": Reader(lower_unary_lut, **options("kif_in kif_out")),
}
"""by class name"""
