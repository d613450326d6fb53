"""Quantizers on graph inputs whose scale no fixed-point type has: the input is so fine that every float32 is placed.

A host value is a float32 number. Between two neighbours of those lies each threshold of the quantizer; the input keeps
as many bits as tell all these neighbours apart.
"""

import itertools
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from trigforge.building import Quantization, Refusal, Tensor
from trigforge.building.staircase import Stairs, clipped, line, staircase
from trigforge.fixed import FixedArray, FixedTypes, Overflow, Rounding, round_mantissa
from trigforge.frontends.scales.nearly import nearest_levels
from trigforge.frontends.scales.ramps import Ramp, Ratios
from trigforge.frontends.scales.rounding import Rule
from trigforge.graph import MAX_INPUT_BITS, GraphInput, InputEncoding

_TIES = 26
"""fraction bits that tell float32 numbers next to a tie from the tie, where no product with a gain meets all of them"""
_COARSE = 32
"""the bits of an input that does not tell all neighbours apart"""
Neighbours = tuple[Fraction, Fraction]
"""the largest float32 below a threshold, and the smallest that reaches it"""


def input_levels(x: Tensor, ramp: Ramp, low: Ratios, high: Ratios, rule: Rule) -> Tensor:
    """``clip(round(ramp(x)), low, high)`` of the input ``x``: its encoding alone, or stairs on types of its own."""
    columns = [np.broadcast_to(part, x.shape).reshape(-1).tolist() for part in (ramp.scale, ramp.offset, low, high)]
    keys = list(zip(*columns, strict=True))
    steps = {key: neighbours(rule, *key) for key in dict.fromkeys(keys)}
    if len(steps) == 1:
        ((key, own),) = steps.items()
        encoded = _encoded(x, key, own)
        if encoded is not None:
            return encoded
    found = [neighbours for own in steps.values() for neighbours in own]
    if not found:
        raise Refusal("makes one number of every input", "leave it out")
    lsb = min(_resolution(*pair) for pair in found)
    ends = [math.floor(end / Fraction(2) ** lsb) for pair in found for end in pair]
    least, most = min(ends), max(ends)
    width = max(most.bit_length(), (-least - 1).bit_length() if least < 0 else 0) + (least < 0)

    def nearly() -> Tensor:
        coarse = max(lsb, lsb + width - _COARSE)
        types = FixedTypes.of(int(least < 0), width + lsb - coarse, width + lsb)
        typed = x.builder.requantize("input", x, Quantization(types, Rounding.TRN, Overflow.SAT))
        domain = (int(types.lo), int(types.hi), coarse)
        return nearest_levels(typed, [(*key, *domain) for key in keys], rule, continuous=True)

    return x.builder.exactly_or(lambda: _on_grid(x, keys, steps, lsb, int(least < 0), width), nearly)


def _on_grid(
    x: Tensor, keys: list[tuple[Any, ...]], steps: Mapping[Any, list[Neighbours]], lsb: int, signed: int, width: int
) -> Tensor:
    """The levels as stairs on an input with the last place ``2**lsb``, which tells all neighbours apart."""
    if width > MAX_INPUT_BITS:
        raise Refusal(
            f"tells float32 numbers {float(Fraction(2) ** lsb):g} apart, which takes {width} bits of the input",
            "use a scale that is a power of two, and no offset in front",
        )
    types = FixedTypes.of(signed, width, width + lsb)
    typed = x.builder.requantize("input", x, Quantization(types, Rounding.TRN, Overflow.SAT))
    stairs = np.empty(len(keys), dtype=object)
    stairs[:] = [_stairs(key, steps[key], lsb, int(types.lo), int(types.hi)) for key in keys]
    return staircase(typed, stairs.reshape(x.shape))


def _encoded(x: Tensor, key: tuple[Any, ...], steps: list[Neighbours]) -> Tensor | None:
    """The levels as an input with a gain; None where no rounding gives them for every float32 number.

    Rounding is monotone, and so it is right everywhere if it is right next to every threshold.
    """
    scale, offset, low, high = key
    if offset.denominator != 1:
        return None
    ends = int(low - offset), int(high - offset)
    targets = np.arange(ends[0] + 1, ends[1] + 1)
    places = np.array([[float(end) for end in pair] for pair in steps])
    outside, inside = (places[:, n] for n in ((0, 1) if scale > 0 else (1, 0)))
    near = (float(scale), *(float(np.nextafter(float(scale), end)) for end in (0.0, 2 * float(scale))))
    roundings = (Rounding.RND_CONV, *Rounding)
    for fraction, sign, number, rounding in itertools.product((0, _TIES), (1, -1), near, roundings):
        lo, hi = sorted(sign * end for end in ends)
        types, gain = _integers(lo, hi, fraction), FixedArray.from_float(sign * number)
        first = Rounding.RND if fraction else rounding
        probe = GraphInput("x", (), types, InputEncoding(rounding=first, gain=gain))
        reached, missed = (
            sign * round_mantissa(probe.encode(values), fraction, rounding) for values in (inside, outside)
        )
        if bool((reached >= targets).all() and (missed < targets).all()):
            typed = x.builder.requantize("input", x, Quantization(types, first, Overflow.SAT), gain)
            y = clipped(typed, lo, hi, rounding)
            return line(y, FixedArray.of(sign), FixedArray.of(int(offset)), "quantizer")
    return None


def _integers(lo: int, hi: int, fraction: int) -> FixedTypes:
    """The narrowest type from ``lo`` to ``hi``, with fraction bits."""
    width = max(hi.bit_length(), (-lo - 1).bit_length() if lo < 0 else 0) + (lo < 0)
    return FixedTypes.of(int(lo < 0), max(width, 1) + fraction, max(width, 1))


def neighbours(rule: Rule, scale: Fraction, offset: Fraction, low: Fraction, high: Fraction) -> list[Neighbours]:
    """The neighbours of every threshold, in the order of the levels. Those of a falling ramp are in falling order."""
    if scale == 0:
        raise Refusal("makes one number of every input", "leave it out")
    found: list[Neighbours] = []
    for t in range(int(low) + 1, int(high) + 1):
        threshold, beyond = rule(t)
        place = (threshold - offset) / scale
        below, above = _around(place)
        if below == above:
            inside, outside = (above, _next(above, scale < 0)) if not beyond else (_next(above, scale > 0), above)
            below, above = (outside, inside) if scale > 0 else (inside, outside)
        found.append((below, above))
    return found


def _around(place: Fraction) -> tuple[Fraction, Fraction]:
    """The float32 numbers at or next to a number, below and above."""
    with np.errstate(over="ignore"):
        nearest = np.float32(float(place))
    if not np.isfinite(nearest):
        raise Refusal(f"has a level at {float(place):g}, beyond float32", "use a smaller scale")
    exact = Fraction(float(nearest))
    if exact == place:
        return exact, exact
    return (exact, _next(exact, True)) if exact < place else (_next(exact, False), exact)


def _next(value: Fraction, up: bool) -> Fraction:
    """The next float32 number."""
    return Fraction(float(np.nextafter(np.float32(float(value)), np.float32(math.inf if up else -math.inf))))


def _resolution(below: Fraction, above: Fraction) -> int:
    """The exponent of the coarsest grid with a point above ``below`` and not above ``above``."""
    lsb = 24
    while math.floor(below / Fraction(2) ** lsb) == math.floor(above / Fraction(2) ** lsb):
        lsb -= 1
    return lsb


def _stairs(key: tuple[Any, ...], steps: list[Neighbours], lsb: int, lo: int, hi: int) -> Stairs:
    scale, _, low, _ = key
    places = [(math.floor(b / Fraction(2) ** lsb), math.floor(a / Fraction(2) ** lsb)) for b, a in steps]
    slope = abs(scale) * Fraction(2) ** lsb
    if scale > 0:
        starts, ends = tuple(a for _, a in places), tuple(b for b, _ in places)
        return Stairs(int(low), starts, ends, lo, hi, slope)
    starts, ends = tuple(-b for b, _ in places), tuple(-a for _, a in places)
    return Stairs(int(low), starts, ends, -hi, -lo, slope, True)
