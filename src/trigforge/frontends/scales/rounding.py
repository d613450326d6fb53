"""The roundings of quantizers as thresholds: the numbers from which on a rounded number is at least ``t``."""

from collections.abc import Callable
from fractions import Fraction

from trigforge.building import Refusal
from trigforge.fixed import Rounding

Rule = Callable[[int], tuple[Fraction, bool]]
"""``t`` to the threshold, and whether only numbers beyond it count"""
_HALF = Fraction(1, 2)


def _half_even(t: int) -> tuple[Fraction, bool]:
    return t - _HALF, bool(t & 1)


def _floor(t: int) -> tuple[Fraction, bool]:
    return Fraction(t), False


def _ceil(t: int) -> tuple[Fraction, bool]:
    return Fraction(t - 1), True


def _away(t: int) -> tuple[Fraction, bool]:
    return _ceil(t) if t > 0 else _floor(t)


def _to_zero(t: int) -> tuple[Fraction, bool]:
    return _floor(t) if t > 0 else _ceil(t)


def _half_away(t: int) -> tuple[Fraction, bool]:
    return t - _HALF, t <= 0


def _half_to_zero(t: int) -> tuple[Fraction, bool]:
    return t - _HALF, t > 0


_RULES: dict[str, tuple[Rule, Rounding | None]] = {
    "ROUND": (_half_even, Rounding.RND_CONV),
    "HALF_EVEN": (_half_even, Rounding.RND_CONV),
    "FLOOR": (_floor, Rounding.TRN),
    "CEIL": (_ceil, None),
    "UP": (_away, None),
    "DOWN": (_to_zero, Rounding.TRN_ZERO),
    "ROUND_TO_ZERO": (_to_zero, Rounding.TRN_ZERO),
    "HALF_UP": (_half_away, Rounding.RND_INF),
    "HALF_DOWN": (_half_to_zero, Rounding.RND_ZERO),
}


def rule_of(mode: str) -> tuple[Rule, Rounding | None]:
    """A rounding of QONNX as thresholds, and as one of ours where there is one; ``Refusal`` for another name."""
    if mode.upper() not in _RULES:
        raise Refusal(f"has rounding_mode {mode!r}", f"use one of {', '.join(_RULES)}")
    return _RULES[mode.upper()]


def rounded(value: Fraction, rule: Rule, lo: int, hi: int) -> int:
    """The largest of ``lo`` to ``hi`` that ``value`` reaches by a rule; ``lo`` where it reaches none."""
    while lo < hi:
        middle = lo + hi + 1 >> 1
        threshold, beyond = rule(middle)
        if value > threshold if beyond else value >= threshold:
            lo = middle
        else:
            hi = middle - 1
    return lo
