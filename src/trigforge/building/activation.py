"""Words for functions of one number that are exact, for quantizers, and for weights that are quantized."""

import numpy as np

from trigforge.building.arithmetic import constant, minimum, relu, scaled
from trigforge.building.quantization import Quantization
from trigforge.building.refusals import Refusal
from trigforge.building.tables import Rounder, table
from trigforge.building.tensor import Floats, Tensor
from trigforge.fixed import FixedArray, exact, requantize

EXACT = ("linear", "relu", "relu6")
"""the activations that need no table"""


def activation(x: Tensor, name: str) -> Tensor:
    """One of ``EXACT``, by its name in Keras; ``Refusal`` for another one."""
    match name:
        case "linear":
            return x
        case "relu":
            return relu(x)
        case "relu6":
            return minimum(relu(x), constant(x, FixedArray.of(6), "six"), name="relu6")
        case _:
            raise Refusal(f"its activation {name!r} gives values without an exact fixed-point form", "make it a table")


def quantize(
    x: Tensor, quantization: Quantization | None, name: str = "quantizer", rounded: Rounder | None = None
) -> Tensor:
    """``x`` through a quantizer, its scale and offset included; ``x`` itself for None.

    A mean or a function that has no exact form is computed here, in a table whose entries ``rounded`` rounds.
    """
    if quantization is None:
        return x
    if x.unfinished is not None:
        return table(x, lambda value: value, quantization, rounded, name)
    return scaled(x.builder.requantize(name, x, quantization), quantization, name)


def rounded_constant(values: Floats, quantization: Quantization) -> FixedArray:
    """Floating-point weights in the types of a quantization, rounded exactly; ``Refusal`` for NaN and infinity."""
    if not bool(np.isfinite(values).all()):
        raise Refusal("holds NaN or infinity among its weights", "restore an earlier checkpoint")
    numbers = FixedArray.from_float(values)
    types = quantization.types_of(values.shape)
    mantissa = requantize(numbers.mantissa.values, numbers.lsb, types, quantization.rounding, quantization.overflow)
    finest = int(types.lsb.min(initial=0))
    return FixedArray.of(exact.shift(mantissa, types.lsb - finest), finest)
