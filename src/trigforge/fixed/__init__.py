"""Fixed-point types, rounding, overflow and exact intervals: the definition of every bit."""

from trigforge.fixed.arrays import FixedArray, Integers
from trigforge.fixed.interval import Interval
from trigforge.fixed.modes import Overflow, Rounding
from trigforge.fixed.quantize import overflow_mantissa, requantize, round_integer, round_mantissa
from trigforge.fixed.types import FixedType, FixedTypes

__all__ = [
    "FixedArray",
    "FixedType",
    "FixedTypes",
    "Integers",
    "Interval",
    "Overflow",
    "Rounding",
    "overflow_mantissa",
    "requantize",
    "round_integer",
    "round_mantissa",
]
