"""Approximations with a proven bound, for models that may be read inexactly: a multiplication by a short constant.

Each stands where no arithmetic of at most 62 bits is exact. Its bound holds for all values of its operand, and comes
from intervals: a line that is at most ``d`` away at both ends of a domain is at most ``d`` away inside.
"""

import math
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from trigforge.building import Quantization, Refusal, Tensor, maximum, minimum
from trigforge.building.arithmetic import constant
from trigforge.building.staircase import Line, along, line
from trigforge.fixed import FixedArray, FixedType, FixedTypes, Overflow, Rounding
from trigforge.frontends.scales.ramps import Ramp, Ratios, ratios
from trigforge.frontends.scales.rounding import Rule, rounded
from trigforge.graph import Reshape

Key = tuple[Fraction, Fraction, Any, Any, int, int, int]
"""scale, offset, lowest and highest level of one element; the ends of its domain and the exponent of its last place"""
Places = tuple[int, int]
"""binary places of lines: of their slopes, and no more of their offsets"""
_LONGEST, _CONSTANT, _SHORTEST, _COUNTED = 62, 53, 8, 2**16
"""bits of a tensor, of a constant (hls4ml's are in float64), of the shortest factor; levels counted one by one"""
_OPERAND, _FACTOR, _KEPT = 36, 24, 28
"""bits of an operand beside a factor, of a factor, and of what is kept of a product that no quantizer follows"""


def nearest_levels(x: Tensor, keys: list[Key], rule: Rule, continuous: bool = False) -> Tensor:
    """``clip(round(x * scale + offset), low, high)`` of each element, within a level or so, for few values alone.

    Bits of ``x`` that tell few thresholds apart are dropped first. If ``continuous``, a mantissa stands for all numbers
    up to the next one. ``Refusal`` for a rounding that is not the same on both sides of 0, and where no factor fits.
    """
    short = shortened(x, _OPERAND, Rounding.TRN)
    parts = (short.interval.lo, short.interval.hi, short.interval.lsb)
    domains = zip(*(part.values.reshape(-1).tolist() for part in parts), strict=True)
    pairs = list(zip(keys, domains, strict=True))
    copies = Counter(pairs)
    number = {pair: n for n, pair in enumerate(copies)}
    own = [_Steps(rule, *pair, continuous) for pair in number]
    places = _places(short, own)
    units = max(one.units(places) for one in own)
    differing = sum(one.differing(places) * n for one, n in zip(own, copies.values(), strict=True))
    values = sum(one.values * n for one, n in zip(own, copies.values(), strict=True))
    index = np.array([number[pair] for pair in pairs], np.int64).reshape(x.shape)
    ends = np.array([one.ends for one in own], np.int64)[index]
    found = along(short, [one.line(places) for one in own], index, ends)
    return x.builder.approximate(found, units if differing else 0, differing, values, x)


@dataclass(frozen=True)
class _Steps:
    """The levels of one element, and those of a line on ``short``: its mantissas without some bits, by ends and lsb."""

    rule: Rule
    key: Key
    short: tuple[int, int, int]
    continuous: bool

    @property
    def values(self) -> int:
        """The values of the operand."""
        return self.key[5] - self.key[4] + 1

    @cached_property
    def slope(self) -> Fraction:
        """Levels by which a mantissa climbs."""
        return self.key[0] * Fraction(2) ** self.key[6]

    @cached_property
    def alone(self) -> bool:
        """True for one of ``short`` that stands for the whole domain."""
        return self.short[0] == self.short[1]

    @cached_property
    def cell(self) -> int:
        """Mantissas that one of ``short`` stands for, where there are several."""
        return 1 if self.alone else 1 << self.short[2] - self.key[6]

    @cached_property
    def wanted(self) -> tuple[Fraction, Fraction]:
        """Slope and offset of the line on ``short``, through the middle of its cells; one alone gets a middle level."""
        if self.alone:
            return Fraction(0), Fraction(sum(self.ends) // 2)
        middle = Fraction(self.cell - (not self.continuous), 2)
        offset = self.key[1] + _shift(self.rule) + self.slope * middle
        return self.key[0] * Fraction(2) ** self.short[2], offset

    def line(self, places: Places) -> Line:
        """The line, to so many places."""
        (slope, offset), (own, fewer) = self.wanted, places
        return Line(round(slope * 2**own), round(offset * Fraction(2) ** fewer) << own - fewer, own)

    def units(self, places: Places) -> int:
        """The most levels by which the line can be wrong."""
        low, high = self.ends
        return high - sum(self.ends) // 2 if self.alone else min(math.floor(self.away(places)) + 1, high - low)

    def away(self, places: Places) -> Fraction:
        """The most levels between line and ramp, neither of them rounded, where one of ``short`` is not alone."""
        one, (a, b) = self.line(places), self.wanted
        ends = (abs(Fraction(one.slope * end + one.offset, 2**one.places) - (a * end + b)) for end in self.short[:2])
        return max(ends) + abs(self.slope) * Fraction(self.cell - (not self.continuous), 2)

    @cached_property
    def ends(self) -> tuple[int, int]:
        """The lowest and the highest level in the domain."""
        _, offset, low, high, *domain, _ = self.key
        levels = [rounded(self.slope * end + offset, self.rule, int(low), int(high)) for end in domain]
        return min(levels), max(levels)

    def differing(self, places: Places) -> int:
        """The values that the line gives another level; of more than 2^16 levels, no fewer than there are."""
        one, (low, high) = self.line(places), self.ends
        if low == high:
            return 0
        if self.alone:
            return self.values
        if high - low > _COUNTED or not one.slope:
            return min((high - low) * (math.floor(self.away(places) / abs(self.slope)) + 1), self.values)
        return sum(self._shifted(one, t) for t in range(low + 1, high + 1))

    def _shifted(self, one: Line, t: int) -> int:
        """The values between the thresholds of level ``t``; of a falling line, all of them are negated."""
        threshold, beyond = self.rule(t)
        place = (threshold - self.key[1]) / abs(self.slope)
        if self.continuous:
            return abs(math.floor(place) - self._start(one, t)) + 1
        start = math.floor(place) + 1 if beyond else math.ceil(place)
        return abs(start - self._start(one, t))

    def _start(self, one: Line, t: int) -> int:
        """The first mantissa to which the line gives level ``t``."""
        first = -((one.offset - (t << one.places)) // abs(one.slope))
        return (first - 1) * self.cell + 1 if one.slope < 0 else first * self.cell


def _places(x: Tensor, steps: list[_Steps]) -> Places:
    """The places of all lines on ``x``; ``Refusal`` where their factors would have fewer than 8 bits."""
    lines = [one.wanted for one in steps]
    rising = [(one, a) for one, (a, _) in zip(steps, lines, strict=True) if a]
    base = max((one.short[2] for one, _ in rising), default=0)
    steepest = max((abs(one.key[0]) for one, _ in rising), default=Fraction(1)) * Fraction(2) ** base
    tallest = max(abs(a * end + b) for one, (a, b) in zip(steps, lines, strict=True) for end in one.short[:2])
    finest = min((abs(a) for a, _ in lines if a), default=Fraction(1))
    reach = max(abs(end) for one in steps for end in one.short[:2])
    room = min(_LONGEST - x.interval.hull.width, _CONSTANT) - _exponent(steepest) - 1
    enough = max(_exponent(Fraction(reach)) - _exponent(finest) + _SHORTEST, 0)
    places = min(room, _LONGEST - 2 - _exponent(tallest), enough)
    if places < 0 or places + _exponent(steepest) < _SHORTEST:
        raise Refusal(f"multiplies numbers of {x.interval.hull.width} bits", "put a quantizer in front")
    return places, min(places, _CONSTANT - 1 - _exponent(max(abs(b) for _, b in lines)))


def _shift(rule: Rule) -> Fraction:
    """The number that makes rounding down of a rounding; ``Refusal`` where there is none."""
    shifts = {t - rule(t)[0] for t in (-2, -1, 0, 1, 2)}
    if len(shifts) > 1:
        raise Refusal("rounds towards 0, or away from it, by a scale that has no exact form", "round to the nearest")
    return shifts.pop()


def nearest_line(x: Tensor, ramp: Ramp) -> Tensor:
    """``ramp(x)`` in at most 28 bits, within some units."""
    short, dropped = _operand(x)
    factor = _short(ramp.scale, _FACTOR - _exponent(_largest(ramp.scale)))
    places = _FACTOR - _exponent(_largest(ramp.scale)) - min(short.interval.hull_lsb, 0)
    found = line(short, factor, _short(ramp.offset, places), "nearly")
    away = np.abs(ramp.scale - _numbers(factor)) * _reach(x) + np.abs(ramp.scale) * dropped + Fraction(2) ** -places
    for end, clip, name in ((ramp.lo, maximum, "lowest"), (ramp.hi, minimum, "highest")):
        if any(abs(v) != math.inf for v in np.asarray(end, dtype=object).reshape(-1).tolist()):
            far = ratios(2 ** (max(found.interval.hull.integer_bits, 0) + 1))
            signs = np.sign(np.asarray(end, np.float64)).astype(np.int64)
            bound: Ratios = np.asarray(np.where(np.abs(end) == math.inf, signs * far, end), dtype=object)
            found = clip(found, constant(found, _short(bound, places), name), name="clipped")
    return _noted(x, found, away)


def nearest_multiple(x: Tensor, scale: Ratios) -> Tensor:
    """``x * scale`` in at most 28 bits, within some units."""
    short, dropped = _operand(x)
    factor = _short(scale, _FACTOR - _exponent(_largest(scale)))
    found = line(short, factor, FixedArray.of(0), "nearly")
    return _noted(x, found, np.abs(scale - _numbers(factor)) * _reach(x) + np.abs(scale) * dropped)


def _operand(x: Tensor) -> tuple[Tensor, Fraction]:
    """``x`` in at most 36 bits, and the most by which it differs then."""
    short = shortened(x, _OPERAND, Rounding.RND)
    return short, Fraction(0) if short is x else Fraction(2) ** short.interval.hull_lsb


def shortened(x: Tensor, bits: int, rounding: Rounding) -> Tensor:
    """``x`` without its last bits, where it has more than ``bits``."""
    hull = x.interval.hull
    if hull.width <= bits:
        return x
    types = FixedTypes.uniform(FixedType(bits + 1, hull.integer_bits + 1, hull.signed))
    return x.builder.requantize("shortened", x, Quantization(types, rounding, Overflow.SAT))


def _exponent(value: Fraction) -> int:
    """The least ``n`` with ``value < 2**n``, or one more; 0 for 0."""
    return value.numerator.bit_length() - value.denominator.bit_length() + 1 if value else 0


def _reach(x: Tensor) -> Ratios:
    """The largest size of each element."""
    lo, hi = (np.abs(part.values.astype(object)) for part in (x.interval.lo, x.interval.hi))
    places = [Fraction(2) ** int(n) for n in x.interval.lsb.values.reshape(-1)]
    return np.maximum(lo, hi) * ratios(np.array(places, dtype=object).reshape(x.shape))


def _largest(values: Ratios) -> Fraction:
    return max(abs(v) for v in np.asarray(values, dtype=object).reshape(-1).tolist())


def _short(values: Ratios, places: int) -> FixedArray:
    """The nearest numbers with so many binary places."""
    values = np.asarray(values, dtype=object)
    found = [round(v * Fraction(2) ** places) for v in values.reshape(-1).tolist()]
    return FixedArray.of(np.array(found, dtype=object).reshape(values.shape), -places)


def _numbers(values: FixedArray) -> Ratios:
    return ratios(values.mantissa.values) * ratios(Fraction(2) ** values.lsb)


def _noted(x: Tensor, found: Tensor, away: Ratios) -> Tensor:
    """``found``, rounded to what is kept: an approximation, as it is ``away`` at most before that.

    Where it is ``x`` itself, a copy is one: ``x`` is what it should be.
    """
    kept = shortened(found, _KEPT, Rounding.RND)
    last = Fraction(2) ** kept.interval.hull_lsb
    most = max(np.asarray(away, dtype=object).reshape(-1).tolist(), default=Fraction(0)) / last
    units = math.ceil(most + (Fraction(1, 2) if kept is not found else 0))
    if units and kept is x:
        kept = x.builder.add("copy", Reshape(x.shape), x)
    return x.builder.approximate(kept, units)
