"""HGQ2's quantizers and constants as fixed-point types and mantissas.

HGQ2 counts ``i`` without the sign; a width ``k + i + f`` of zero or less is a pruned element. At inference every
rounding mode ``S_X`` is ``X``. Saturating quantizers clip before they round, which is the same as rounding before
clipping, because both ends of the range lie on the grid.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.building import Floats, Quantization, Refusal, Rounder, short_constant
from trigforge.fixed import FixedArray, FixedType, FixedTypes, Overflow, Rounding, exact
from trigforge.frontends.keras.framework import quiet, to_numpy, to_tensor
from trigforge.graph import MAX_INPUT_BITS

_NEVER_TRACED = -1e8
_CONSTANT_BITS = 62


def read_quantizer(quantizer: Any, shape: tuple[int, ...], *, calibrated: bool) -> Quantization | None:
    """The effect of a ``Quantizer`` on a tensor of ``shape``; None for one without any (``dummy``).

    ``calibrated`` says whether its layer has seen data. Raises ``Refusal``.
    """
    inner = quantizer.quantizer
    scale = _power_of_two(quantizer)
    factor, offset = quantizer.affine or (1.0, 0.0)
    if quantizer.q_type == "dummy":
        if (factor, offset) != (1.0, 0.0):
            raise Refusal(
                f"quantizer {quantizer.name!r} has an affine, but no bits (dummy)", "use a kif or kbi quantizer"
            )
        return None
    if quantizer.q_type not in ("kif", "kbi"):
        raise Refusal(
            f"quantizer {quantizer.name!r} makes floating-point values ({quantizer.q_type})",
            "use a kif or kbi quantizer",
        )
    rounding, overflow = _modes(quantizer)
    k, i, f = _bit_widths(quantizer, len(shape))
    if overflow is Overflow.WRAP and inner.trainable:
        _check_calibrated(quantizer, k, calibrated)
    types = FixedTypes.from_kif(k, i + scale, f - scale)
    width = int(types.width.values.max(initial=0))
    if width > MAX_INPUT_BITS:
        raise Refusal(
            f"quantizer {quantizer.name!r} has {width} bits", f"constrain it to at most {MAX_INPUT_BITS} bits"
        )
    try:
        types.broadcast(shape)
    except ValueError:
        raise Refusal(
            f"quantizer {quantizer.name!r} has bits of the shape {list(types.shape)} and is given {list(shape)}, which "
            "Keras does not run either",
            "call its layer with the shape that it is built for",
        ) from None
    what = f"the affine of quantizer {quantizer.name!r}"
    return Quantization(types, rounding, overflow, short_constant(factor, what), short_constant(offset, what))


def _modes(quantizer: Any) -> tuple[Rounding, Overflow]:
    inner = quantizer.quantizer
    rounding, overflow = str(inner.round_mode).removeprefix("S_"), str(inner.overflow_mode)
    if rounding not in Rounding.__members__:
        raise Refusal(
            f"quantizer {quantizer.name!r} has the unknown round_mode {rounding}", f"use one of {', '.join(Rounding)}"
        )
    if overflow not in ("WRAP", "SAT", "SAT_SYM"):
        raise Refusal(f"quantizer {quantizer.name!r} has overflow_mode {overflow}", "use WRAP, SAT or SAT_SYM")
    if overflow == "WRAP" and getattr(inner, "_is_weight", False):
        raise Refusal(
            f"quantizer {quantizer.name!r} is one for weights, which never wraps, on activations",
            "use QuantizerConfig(place='datalane')",
        )
    return Rounding[rounding], Overflow[overflow]


def _bit_widths(quantizer: Any, rank: int) -> tuple[npt.NDArray[np.int64], ...]:
    inner = quantizer.quantizer
    if type(inner.bw_mapper).__name__ != "DefaultBitwidthMapper":
        raise Refusal(
            f"quantizer {quantizer.name!r} has the bit-width mapper {type(inner.bw_mapper).__name__}",
            "use homogeneous_axis or heterogeneous_axis",
        )
    widths = [to_numpy(part) for part in inner.kif]
    if not all(bool(np.isfinite(part).all()) for part in widths):
        raise Refusal(f"quantizer {quantizer.name!r} has NaN or infinity among its bit widths", "restore a checkpoint")
    if any(bool((np.abs(part) > -_NEVER_TRACED).any()) for part in widths):
        raise _uncalibrated(quantizer)
    found: list[npt.NDArray[np.int64]] = []
    for part in np.broadcast_arrays(*widths):
        whole = np.rint(part).astype(np.int64)
        if whole.ndim == rank + 1:
            if whole.shape[0] != 1:
                raise Refusal(
                    f"quantizer {quantizer.name!r} treats events of one batch differently", "add 0 to homogeneous_axis"
                )
            whole = whole[0]
        found.append(whole)
    return tuple(found)


def _check_calibrated(quantizer: Any, k: npt.NDArray[np.int64], calibrated: bool) -> None:
    """A WRAP quantizer that never saw data still has the ``i`` and ``k`` it was built with."""
    inner = quantizer.quantizer
    initial = [getattr(getattr(inner, name), "value", None) for name in ("_i0", "_k0")]
    if calibrated or None in initial:
        return
    if bool((to_numpy(inner._i) == initial[0]).all()) and bool((k == initial[1]).all()):
        raise _uncalibrated(quantizer)


def _uncalibrated(quantizer: Any) -> Refusal:
    return Refusal(
        f"quantizer {quantizer.name!r} wraps and was never calibrated",
        "run hgq.utils.trace_minmax(model, data) before saving, or set overflow_mode='SAT'",
    )


def _power_of_two(quantizer: Any) -> int:
    """The exponent of the quantizer's scaler."""
    scaler = 1.0 if quantizer.scaler is None else float(quantizer.scaler)
    fraction, exponent = math.frexp(scaler)
    if fraction != 0.5:
        raise Refusal(f"quantizer {quantizer.name!r} has the scaler {scaler}", "use a power of two")
    return exponent - 1


def constant(values: Any, quantizer: Any, what: str) -> FixedArray:
    """Weights as inference uses them: ``values`` are the quantizer's own output. Raises ``Refusal``."""
    if quantizer.q_type == "dummy":
        raise Refusal(f"the {what} is not quantized", "give it a kif or kbi quantizer")
    floats = to_numpy(values)
    if not bool(np.isfinite(floats).all()):
        raise Refusal(f"the quantized {what} holds NaN or infinity", "restore an earlier checkpoint")
    found = FixedArray.from_float(floats)
    bits = int(exact.bit_length(found.mantissa.values).max(initial=0))
    if bits > _CONSTANT_BITS:
        raise Refusal(f"the {what} spans {bits} bits", f"quantize it to at most {_CONSTANT_BITS} bits")
    return found


def rounder(quantizer: Any, dtype: str) -> Rounder | None:
    """The quantizer's own arithmetic in ``dtype``, for entries of tables; None, which rounds exactly, with a scaler."""

    def rounded(values: Floats, kind: FixedType) -> Floats:
        k = int(kind.signed)
        with quiet():
            parts = (to_tensor(part, dtype) for part in (k, kind.integer_bits - k, kind.fraction_bits))
            return to_numpy(quantizer.quantizer.stateless_quantizer(to_tensor(values, dtype), *parts, False, None))

    return rounded if quantizer.scaler is None else None
