"""The definitions of UG1399 once more, in rational arithmetic, one number at a time: what ``fixed`` is tested with."""

from fractions import Fraction
from math import ceil, floor

from trigforge.fixed import FixedType, Overflow, Rounding

HALF = Fraction(1, 2)


def power(exponent: int) -> Fraction:
    """``2**exponent``."""
    return Fraction(2) ** exponent


def rounded(value: Fraction, rounding: Rounding) -> int:
    """``value`` as an integer."""
    down, up = floor(value), ceil(value)
    nearest = down if value - down < HALF else up
    tie = value - down == HALF
    return {
        Rounding.TRN: down,
        Rounding.TRN_ZERO: down if value >= 0 else up,
        Rounding.RND: up if tie else nearest,
        Rounding.RND_ZERO: (down if value >= 0 else up) if tie else nearest,
        Rounding.RND_INF: (up if value >= 0 else down) if tie else nearest,
        Rounding.RND_MIN_INF: down if tie else nearest,
        Rounding.RND_CONV: (down if down % 2 == 0 else up) if tie else nearest,
    }[rounding]


def overflowed(mantissa: int, fixed_type: FixedType, overflow: Overflow) -> int:
    """``mantissa`` brought into the range of ``fixed_type``."""
    if fixed_type.width == 0:
        return 0
    smallest = -(2 ** (fixed_type.width - 1)) if fixed_type.signed else 0
    largest = smallest + 2**fixed_type.width - 1
    if smallest <= mantissa <= largest:
        symmetric = overflow is Overflow.SAT_SYM and fixed_type.signed and mantissa == smallest
        return -largest if symmetric else mantissa
    match overflow:
        case Overflow.WRAP:
            low_bits = mantissa % 2**fixed_type.width
            return low_bits - 2**fixed_type.width if low_bits > largest else low_bits
        case Overflow.SAT:
            return largest if mantissa > largest else smallest
        case Overflow.SAT_ZERO:
            return 0
        case Overflow.SAT_SYM:
            return largest if mantissa > largest else -largest if fixed_type.signed else 0


def quantized(value: Fraction, fixed_type: FixedType, rounding: Rounding, overflow: Overflow) -> int:
    """The mantissa of ``value`` in ``fixed_type``."""
    return overflowed(rounded(value / power(fixed_type.lsb), rounding), fixed_type, overflow)
