"""Smooth activations as words: tables over the whole domain of each element."""

import math

import numpy as np

from trigforge.building.quantization import Quantization
from trigforge.building.tables import table
from trigforge.building.tensor import Floats, Tensor


def gelu(x: Tensor, quantization: Quantization, name: str = "gelu") -> Tensor:
    """``x * Phi(x)``, ``Phi`` the cumulative normal distribution (arXiv 1606.08415), as ``quantization`` rounds it.

    One table for each distinct type of an element, with an entry for every value, at most 2^16. An entry is the float64
    value rounded once, so that the result is off by half of its last bit where that rounds to nearest, by less than one
    where it cuts off, as long as the type holds it. Raises ``Refusal`` for longer elements.
    """
    return table(x, gelu_curve, quantization, name=name)


def silu(x: Tensor, quantization: Quantization, name: str = "silu") -> Tensor:
    """``x / (1 + exp(-x))``, also called swish (arXiv 1702.03118), as ``quantization`` rounds it.

    Tables and errors are those of ``gelu``.
    """
    return table(x, silu_curve, quantization, name=name)


def gelu_curve(x: Floats) -> Floats:
    """GELU in float64."""
    return x * 0.5 * (1 + erf(x / np.sqrt(2)))


def silu_curve(x: Floats) -> Floats:
    """SiLU in float64."""
    with np.errstate(over="ignore"):
        return x * sigmoid(x)


def sigmoid(x: Floats) -> Floats:
    """The logistic function in float64."""
    return 1 / (1 + np.exp(-x))


def erf(x: Floats) -> Floats:
    """The error function in float64."""
    return np.vectorize(math.erf, otypes=[np.float64])(x)
