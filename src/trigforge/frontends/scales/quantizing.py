"""Quantizers of any scale: ``clip(round(x / scale + zero), lo, hi)``, exactly, of what a ``Value`` stands for."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.building import Refusal, Tensor, maximum
from trigforge.building.staircase import Stairs, clipped, line, staircase
from trigforge.fixed import FixedArray, Integers, Rounding, exact, round_mantissa
from trigforge.frontends.scales.inputs import input_levels, neighbours
from trigforge.frontends.scales.nearly import nearest_levels
from trigforge.frontends.scales.ramps import ONE, ZERO, Ramp, Ratios, exponent, ratios
from trigforge.frontends.scales.rounding import Rule, rounded
from trigforge.frontends.scales.tables import looked_up_or_nearly
from trigforge.frontends.scales.values import KINDS, LEAKY, Singles, Step, Value, binary, exactly

_MOST_STEPS = 2**16


@dataclass(frozen=True, eq=False)
class Levels:
    """The integers of a quantizer: ``clip(round(x / scale + zero), lo, hi)``, arrays that broadcast to the tensor.

    ``rule`` is the rounding as thresholds; ``rounding`` is the same as one of ours, where there is one.
    """

    scale: Ratios
    zero: Ratios
    lo: Ratios
    hi: Ratios
    rule: Rule
    rounding: Rounding | None = None

    def __post_init__(self) -> None:
        for name in ("scale", "zero", "lo", "hi"):
            object.__setattr__(self, name, ratios(getattr(self, name)))
        if bool((self.scale <= 0).any()):
            raise Refusal("has a scale that is not positive", "use scales above 0")


def integers(value: Value, levels: Levels) -> Value:
    """The integers of ``levels`` for ``value``. Powers of two may be left to a step behind the tensor.

    Raises ``Refusal`` where neither arithmetic of at most 62 bits nor a table of at most 2^16 entries is exact.
    """
    ramp = value.ramp
    if ramp is None and value.steps[bent(value)].kind == LEAKY:
        return _bent(value, levels)
    if ramp is None:
        return Value(_tabulated(value, levels))
    inner = ramp.times(1 / levels.scale, levels.zero)
    lo, hi = (_ends(end, levels) for end in (inner.lo, inner.hi))
    places = _binary_places(inner, levels)
    if places is not None and levels.rounding is not None and _shiftable(value.tensor, inner):
        tensor, rounding = _shifted(value.tensor, inner.offset, places, levels.rounding)
        made = clipped(tensor, _ints(lo), _ints(hi), rounding, -places)
        return Value(made).then("mul", _powers(places))
    if value.tensor.known_interval is None:
        return Value(input_levels(value.tensor, inner, lo, hi, levels.rule))
    interval = value.tensor.interval
    domain = (part.values for part in (interval.lo, interval.hi, interval.lsb))
    shape = value.shape
    columns = [*(np.broadcast_to(part, shape) for part in (inner.scale, inner.offset, lo, hi)), *domain]
    keys = list(zip(*(part.reshape(-1).tolist() for part in columns), strict=True))

    def climbed() -> Tensor:
        made_of = {key: _stairs(levels.rule, *key) for key in dict.fromkeys(keys)}
        stairs = np.empty(len(keys), dtype=object)
        stairs[:] = [made_of[key] for key in keys]
        return staircase(value.tensor, stairs.reshape(shape))

    return Value(value.tensor.builder.exactly_or(climbed, lambda: nearest_levels(value.tensor, keys, levels.rule)))


def bent(value: Value) -> int:
    """The place of the last step that is no ramp."""
    return max(n for n, step in enumerate(value.steps) if step.kind not in KINDS)


def _bent(value: Value, levels: Levels) -> Value:
    """The integers behind a leaky ReLU, ``max(x, slope * x)``: rounding is monotone, so it can come first."""
    place = bent(value)
    before, (slope,), after = value.steps[:place], value.steps[place].constants, value.steps[place + 1 :]
    behind = Value(value.tensor, after).ramp
    if behind is None or bool((behind.scale < 0).any() or (slope > 1).any()) or value.tensor.known_interval is None:
        return Value(_tabulated(value, levels))
    plain = integers(Value(value.tensor, (*before, *after)), levels)
    leaking = integers(Value(value.tensor, (*before, Step("mul", (slope,)), *after)), levels)
    return Value(maximum(exactly(plain), exactly(leaking)))


def _ends(end: Ratios, levels: Levels) -> Ratios:
    """The levels of a bound of the value: no level lies beyond."""
    rule = levels.rule

    def level(end: Any, lo: Any, hi: Any) -> Any:
        inside = isinstance(end, Fraction)
        return Fraction(rounded(end, rule, int(lo), int(hi))) if inside else min(max(end, lo), hi)

    return np.asarray(np.frompyfunc(level, 3, 1)(end, levels.lo, levels.hi), dtype=object)


def _binary_places(inner: Ramp, levels: Levels) -> npt.NDArray[np.int64] | None:
    """The exponents of powers of two by which levels are the value, where it needs no more than a rounding of ours."""
    scales = [exponent(v) for v in inner.scale.reshape(-1).tolist()]
    if levels.rounding is None or None in scales:
        return None
    return np.array(scales, np.int64).reshape(inner.scale.shape)


def _shiftable(x: Tensor, inner: Ramp) -> bool:
    """True but for an offset on floats, which no input of integers takes."""
    return x.known_interval is not None or not bool((inner.offset != 0).any())


def _shifted(x: Tensor, offset: Ratios, places: npt.NDArray[np.int64], rounding: Rounding) -> tuple[Tensor, Rounding]:
    """``x`` with an offset of levels of ``2**-places``, short where it is long, and the rounding that then stands.

    Thresholds are multiples of half a level. So of an offset between two neighbours in the grid of ``x``, or of half
    levels where that is coarser, only that it lies between them matters: their middle stands for it. Where no element
    meets a tie, halves go up.
    """
    if not bool((offset != 0).any()):
        return x, rounding
    finest = np.minimum(x.interval.lsb.values + places, -1)
    grids = _powers(finest)
    counts = np.asarray(offset / grids, dtype=object)
    middles = np.asarray(np.frompyfunc(_middle, 1, 1)(counts), dtype=object)
    ties = bool((np.asarray(middles % 1, dtype=object) == 0).any())
    shift = binary(np.asarray(middles * grids, dtype=object) / _powers(places))
    assert shift is not None
    moved = line(x, FixedArray.of(1), shift, "shifted")
    return moved, rounding if ties or rounding is not Rounding.RND_CONV else Rounding.RND


def _middle(count: Fraction) -> Fraction:
    """A whole number itself, else the middle between its neighbours."""
    return count if count.denominator == 1 else math.floor(count) + Fraction(1, 2)


def _powers(places: npt.NDArray[np.int64]) -> Ratios:
    flat = [Fraction(2) ** int(n) for n in places.reshape(-1)]
    return ratios(np.array(flat, dtype=object).reshape(places.shape))


def _ints(values: Ratios) -> npt.NDArray[Any]:
    return np.array([int(v) for v in values.reshape(-1).tolist()], dtype=object).reshape(values.shape)


def _stairs(rule: Rule, scale: Fraction, offset: Fraction, low: Any, high: Any, lo: int, hi: int, lsb: int) -> Stairs:
    """The stairs of ``clip(round(mantissa * 2**lsb * scale + offset), low, high)`` on one domain."""
    slope = abs(scale) * Fraction(2) ** lsb
    falling = scale < 0
    first, last = (-hi, -lo) if falling else (lo, hi)
    low, high = (rounded(slope * end + offset, rule, int(low), int(high)) for end in (first, last))
    if high - low > _MOST_STEPS:
        raise Refusal(f"gives {high - low} different integers", "quantize to at most 16 bits")
    starts = tuple(_start(*rule(t), slope, offset) for t in range(low + 1, high + 1))
    return Stairs(low, starts, tuple(start - 1 for start in starts), first, last, slope or ONE, falling)


def _start(threshold: Fraction, beyond: bool, slope: Fraction, offset: Fraction) -> int:
    """The first mantissa that reaches a threshold."""
    place = (threshold - offset) / slope
    return math.floor(place) + 1 if beyond else math.ceil(place)


def _tabulated(value: Value, levels: Levels) -> Tensor:
    """The integers as tables of what float32 makes of the steps."""
    if value.tensor.known_interval is None:
        raise Refusal(f"looks up the input {value.tensor.name!r}, which is not quantized", "put a quantizer behind it")

    def round_to(found: Singles, scale: Any, zero: Any, lo: Any, hi: Any) -> FixedArray:
        if not bool(np.isfinite(found).all()):
            raise Refusal("has a function that gives NaN or infinity", "quantize its input to where it is defined")
        places = exponent(scale)
        if levels.rounding is not None and places is not None and zero == 0:
            exactly = FixedArray.from_float(found.astype(np.float64))
            whole = round_mantissa(exactly.mantissa.values, places - exactly.lsb, levels.rounding)
            return FixedArray(Integers(exact.integers(np.clip(whole.astype(object), int(lo), int(hi)))), 0)
        starts = [float(above) for _, above in neighbours(levels.rule, 1 / scale, zero, lo, hi)]
        return FixedArray(Integers(int(lo) + np.searchsorted(np.array(starts), found, side="right")), 0)

    return looked_up_or_nearly(value, round_to, levels.scale, levels.zero, levels.lo, levels.hi)


def threshold_levels(rule: Rule, lo: int, hi: int) -> Levels:
    """Integers from ``lo`` to ``hi`` by the thresholds of a rule alone, as those of a sign."""
    return Levels(ratios(ONE), ratios(ZERO), ratios(lo), ratios(hi), rule)
