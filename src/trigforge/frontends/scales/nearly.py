"""Approximations with a proven bound, for models that may be read inexactly: a multiplication by a short constant.

Each stands where no arithmetic of at most 62 bits is exact. Its bound holds for all values of its operand, and comes
from intervals: a line that is at most ``d`` away at both ends of a domain is at most ``d`` away inside.
"""

import math
from fractions import Fraction
from typing import Any

import numpy as np

from trigforge.building import Refusal, Tensor, maximum, minimum
from trigforge.building.arithmetic import constant
from trigforge.building.staircase import Line, along, line
from trigforge.fixed import FixedArray
from trigforge.frontends.scales.ramps import Ramp, Ratios, ratios
from trigforge.frontends.scales.rounding import Rule, rounded

Key = tuple[Fraction, Fraction, Any, Any, int, int, int]
"""scale, offset, lowest and highest level of one element; the ends of its domain and the exponent of its last place"""
_LONGEST, _FINE, _MULTIPLIER, _SHORTEST = 60, 8, 32, 8
_COUNTED = 2**16


def nearest_levels(x: Tensor, keys: list[Key], rule: Rule) -> Tensor:
    """``clip(round(x * scale + offset), low, high)`` of each element, within one level, and that for few values alone.

    ``Refusal`` for a rounding that is not the same on both sides of 0, and where even 8 bits of a factor do not fit.
    """
    shift = _shift(rule)
    distinct = list(dict.fromkeys(keys))
    slopes = [(scale * Fraction(2) ** lsb, offset + shift) for scale, offset, _, _, _, _, lsb in distinct]
    domains = [(lo, hi) for _, _, _, _, lo, hi, _ in distinct]
    tallest = max(abs(a * end + b) for (a, b), domain in zip(slopes, domains, strict=True) for end in domain)
    reach = max(abs(end) for domain in domains for end in domain)
    finest = min((abs(a) for a, _ in slopes if a), default=Fraction(1))
    places = min(_LONGEST - _bits(tallest), _bits(reach) + _bits(1 / finest) + _FINE)
    if places < _SHORTEST:
        raise Refusal(f"multiplies numbers of {_bits(reach)} bits, too long for a factor", "quantize it in front")
    lines = [Line(round(a * 2**places), round(b * 2**places), places) for a, b in slopes]
    ends = [sorted(_level(rule, key, end) for end in (0, 1)) for key in distinct]
    away = max(_away(*own) for own in zip(slopes, domains, lines, strict=True))
    differing = sum(_differing(rule, key, one, own) for key, one, own in zip(distinct, lines, ends, strict=True))
    values = sum(hi - lo + 1 for lo, hi in domains)
    number = {key: n for n, key in enumerate(distinct)}
    index = np.array([number[key] for key in keys], np.int64).reshape(x.shape)
    found = along(x, lines, index, np.array(ends, np.int64)[index])
    return x.builder.approximate(found, math.floor(away) + 1 if differing else 0, differing, values)


def _bits(value: Fraction | int) -> int:
    return math.ceil(value).bit_length()


def _shift(rule: Rule) -> Fraction:
    """The number that makes rounding down of a rounding; ``Refusal`` where there is none."""
    shifts = {t - rule(t)[0] for t in (-2, -1, 0, 1, 2)}
    if len(shifts) > 1:
        raise Refusal("rounds towards 0, or away from it, by a scale that has no exact form", "round to the nearest")
    return shifts.pop()


def _level(rule: Rule, key: Key, end: int) -> int:
    """The level at an end of the domain."""
    scale, offset, low, high, *domain, lsb = key
    return rounded(scale * domain[end] * Fraction(2) ** lsb + offset, rule, int(low), int(high))


def _away(slope: tuple[Fraction, Fraction], domain: tuple[int, int], one: Line) -> Fraction:
    """The most levels between a line and the exact one, both unrounded."""
    a, b = slope
    return max(abs(Fraction(one.slope * end + one.offset, 2**one.places) - (a * end + b)) for end in domain)


def _differing(rule: Rule, key: Key, one: Line, ends: list[int]) -> int:
    """The values for which the line gives another level; of more than 2^16 levels, no fewer than there are."""
    scale, offset, _, _, lo, hi, lsb = key
    low, high = ends
    slope = abs(scale) * Fraction(2) ** lsb
    if not one.slope:
        return hi - lo + 1 if high > low else 0
    if high - low > _COUNTED:
        away = _away((scale * Fraction(2) ** lsb, offset + _shift(rule)), (lo, hi), one)
        return (high - low) * (math.floor(away / slope) + 1)
    differing = 0
    for t in range(low + 1, high + 1):
        threshold, beyond = rule(t)
        place = (threshold - offset) / slope
        start = math.floor(place) + 1 if beyond else math.ceil(place)
        differing += abs(start + (one.offset - (t << one.places)) // abs(one.slope))
    return differing


def nearest_line(x: Tensor, ramp: Ramp) -> tuple[Tensor, Ratios]:
    """A tensor and a unit of which the product is ``ramp(x)``, within some units."""
    parts = [ratios(part) for part in (ramp.scale, ramp.offset)]
    largest = max(abs(v) for v in parts[0].reshape(-1).tolist())
    width = _factor_bits(x)
    unit = largest / 2**width if largest else Fraction(1)
    scale, offset = (_whole(part / unit) for part in parts)
    found = line(x, FixedArray.of(scale), FixedArray.of(offset), "nearly")
    away = np.abs(ramp.scale / unit - scale) * _reach(x) + np.abs(ramp.offset / unit - offset)
    for end, clip, name in ((ramp.lo / unit, maximum, "lowest"), (ramp.hi / unit, minimum, "highest")):
        finite = [v for v in np.asarray(end, dtype=object).reshape(-1).tolist() if abs(v) != math.inf]
        if finite:
            far = ratios(2 ** (found.interval.hull.integer_bits + 1))
            signs = np.sign(np.asarray(end, np.float64)).astype(np.int64)
            bound: Ratios = np.asarray(np.where(np.abs(end) == math.inf, signs * far, end), dtype=object)
            found = clip(found, constant(found, FixedArray.of(_whole(bound)), name), name="clipped")
            away = away + Fraction(1, 2)
    return _noted(found, away), ratios(unit)


def nearest_multiple(x: Tensor, scale: Ratios) -> Tensor:
    """``x * scale``, within some units."""
    scale = np.asarray(scale, dtype=object)
    largest = max(abs(v) for v in scale.reshape(-1).tolist())
    places = _factor_bits(x) - _exponent(largest)
    factor = FixedArray.of(_whole(scale * Fraction(2) ** places), -places)
    exact = np.asarray(factor.mantissa.values, dtype=object) * Fraction(2) ** factor.lsb
    return _noted(line(x, factor, FixedArray.of(0), "nearly"), np.abs(scale - exact) * _reach(x))


def _factor_bits(x: Tensor) -> int:
    """The bits of a factor beside numbers of ``x``; ``Refusal`` where they are too long for any."""
    bits = min(_MULTIPLIER, _LONGEST - 2 - x.interval.hull.width)
    if bits < _SHORTEST:
        raise Refusal(f"scales numbers of {x.interval.hull.width} bits", "put a quantizer in front")
    return bits


def _exponent(value: Fraction) -> int:
    return math.floor(math.log2(value)) + 1 if value else 0


def _reach(x: Tensor) -> Ratios:
    """The largest size of each element."""
    lo, hi = (np.abs(part.values.astype(object)) for part in (x.interval.lo, x.interval.hi))
    return np.maximum(lo, hi) * np.array(
        [Fraction(2) ** int(n) for n in x.interval.lsb.values.reshape(-1)], dtype=object
    ).reshape(x.shape)


def _whole(values: Ratios) -> Any:
    """The nearest integers."""
    values = np.asarray(values, dtype=object)
    return np.array([round(v) for v in values.reshape(-1).tolist()], dtype=object).reshape(values.shape)


def _noted(found: Tensor, away: Ratios) -> Tensor:
    """An approximation that is ``away`` at most."""
    last = Fraction(2) ** found.interval.hull.lsb
    units = max((math.ceil(v / last) for v in np.asarray(away, dtype=object).reshape(-1).tolist()), default=0)
    return found.builder.approximate(found, units)
