"""The 7 roundings and 4 overflows of ``ap_fixed``, as Vitis HLS defines them (UG1399, "Arbitrary Precision
Fixed-Point Data Types")."""

from enum import StrEnum


class Rounding(StrEnum):
    """The rule for the bits below the least significant bit that is kept."""

    TRN = "TRN"
    """towards minus infinity: the bits are dropped"""
    TRN_ZERO = "TRN_ZERO"
    """towards zero"""
    RND = "RND"
    """to nearest, halves towards plus infinity"""
    RND_ZERO = "RND_ZERO"
    """to nearest, halves towards zero"""
    RND_INF = "RND_INF"
    """to nearest, halves away from zero"""
    RND_MIN_INF = "RND_MIN_INF"
    """to nearest, halves towards minus infinity"""
    RND_CONV = "RND_CONV"
    """to nearest, halves to even"""


class Overflow(StrEnum):
    """The rule for a value outside the range of the type. Rounding comes first, overflow second."""

    WRAP = "WRAP"
    """the upper bits are dropped"""
    SAT = "SAT"
    """the nearest end of the range"""
    SAT_ZERO = "SAT_ZERO"
    """zero"""
    SAT_SYM = "SAT_SYM"
    """as SAT, but a signed type ends at minus its largest value"""
