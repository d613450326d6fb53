"""Staircases: integers that grow with a tensor in steps, as an exact multiplication and shift, or as a table.

A quantizer of any scale is one: ``round(x / s)`` goes up by 1 at ``x = (t - 1/2) s``. Here ``s`` is any number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.building.arithmetic import add, constant, maximum, minimum, multiply
from trigforge.building.quantization import Quantization
from trigforge.building.refusals import Refusal
from trigforge.building.tables import by_element
from trigforge.building.tensor import Tensor
from trigforge.fixed import FixedArray, FixedTypes, Integers, Overflow, Rounding, exact
from trigforge.graph import MAX_TABLE_ENTRIES, Select, Table

_LONGEST = 62
_COMPARED = 3
_SAMPLED = 16

Entries = Callable[[int, npt.NDArray[Any]], FixedArray]
"""the values of a numbered function at mantissas"""


@dataclass(frozen=True)
class Stairs:
    """The steps of one element: ``bottom + n`` from mantissa ``starts[n - 1]`` on, up to ``starts[n]``.

    ``ends[n]`` is the largest mantissa below ``starts[n]`` that occurs; ``lo`` and ``hi`` are the ends of the domain.
    ``falling`` stairs, and their domain, are those of the negated mantissa. ``rise`` is their mean slope.
    """

    bottom: int
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    lo: int
    hi: int
    rise: Fraction = Fraction(1)
    falling: bool = False

    @property
    def reached(self) -> tuple[int, int]:
        """The lowest and the highest value in the domain."""
        below = sum(start <= self.lo for start in self.starts)
        return self.bottom + below, self.bottom + sum(start <= self.hi for start in self.starts)

    def at(self, mantissas: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """The values at mantissas of the domain."""
        signed = -mantissas if self.falling else mantissas
        return self.bottom + np.searchsorted(np.array(self.starts, dtype=object), signed, side="right")


@dataclass(frozen=True)
class Line:
    """``floor((slope * mantissa + offset) / 2**places)``, clipped to the ends of the stairs, is the staircase."""

    slope: int
    offset: int
    places: int


def staircase(x: Tensor, stairs: npt.NDArray[Any], name: str = "quantizer") -> Tensor:
    """The integers that ``stairs``, one for each element (broadcast), give of the mantissas of ``x``.

    At most three steps are comparisons. More are one multiplication with a short constant and a shift, found by search
    and proved at every step of the domain; where that needs more than 62 bits, a table of at most 2^16 entries;
    ``Refusal`` elsewhere. A mantissa is counted in the ``lsb`` of its element.
    """
    full: list[Stairs] = np.broadcast_to(stairs, x.shape).reshape(-1).tolist()
    number = {steps: n for n, steps in enumerate(dict.fromkeys(full))}
    index = np.array([number[steps] for steps in full], np.int64).reshape(x.shape)
    if max(high - low for low, high in (steps.reached for steps in number)) <= _COMPARED:
        return _compared(x, list(number), index, name)
    lines = [found for found in map(_line, number) if found is not None]
    if len(lines) < len(number) or _width(lines, list(number)) > _LONGEST:
        distinct = list(number)
        return lookup(x, index, lambda n, mantissas: FixedArray.of(distinct[n].at(mantissas)), name)
    ends = np.array([steps.reached for steps in number], dtype=np.int64).reshape(-1, 2)[index]
    return along(x, lines, index, ends, name)


def along(
    x: Tensor, lines: list[Line], index: npt.NDArray[np.int64], ends: npt.NDArray[Any], name: str = "quantizer"
) -> Tensor:
    """Line ``index[e]`` of each element, rounded down and clipped to the two ``ends`` of its own (last axis)."""
    return clipped(_unrounded(x, lines, index, name), ends[..., 0], ends[..., 1], Rounding.TRN, name=name)


def _compared(x: Tensor, distinct: list[Stairs], index: npt.NDArray[np.int64], name: str) -> Tensor:
    """The lowest value and 1 for each step that is reached."""
    lows = np.array([steps.reached[0] for steps in distinct], np.int64)
    counts = [steps.reached[1] - steps.reached[0] for steps in distinct]
    own = x.interval.lsb.values
    finest = int(own.min(initial=0))
    y = constant(x, FixedArray(Integers(lows[index]), 0), f"{name}.lowest")
    for step in range(max(counts)):
        threshold: list[int] = []
        gains: list[int] = []
        losses: list[int] = []
        for steps, count in zip(distinct, counts, strict=True):
            falls, reached = steps.falling, step < count
            start = steps.starts[steps.reached[0] - steps.bottom + step] if reached else 0
            threshold.append(1 - start if falls else start)
            gains.append(int(reached and not falls))
            losses.append(int(reached and falls))
        limits = exact.shift(exact.integers(np.array(threshold, dtype=object))[index], own - finest)
        ends = [
            constant(
                x, FixedArray.of(Integers(np.array(part, np.int64)[index]).collapsed().values), f"{name}.{end}{step}"
            )
            for part, end in ((gains, "above"), (losses, "below"))
        ]
        op = Select(FixedArray(Integers(limits).collapsed(), finest))
        y = add(y, x.builder.add(f"{name}.step{step}", op, x, *ends), name=name)
    return y


def _line(stairs: Stairs) -> Line | None:
    """The line with the fewest places that gives the stairs, proved at every step; None where it is too long."""
    low, high = stairs.reached
    if low == high:
        return Line(0, low, 0)
    within = slice(low - stairs.bottom, high - stairs.bottom)
    targets = np.array(range(low + 1, high + 1), dtype=object)
    starts, ends = (np.array(part[within], dtype=object) for part in (stairs.starts, stairs.ends))
    reach = max(abs(stairs.lo), abs(stairs.hi), 1).bit_length()
    tallest = max(abs(low), abs(high), 1).bit_length()
    decisive = np.unique(np.linspace(0, len(targets) - 1, _SAMPLED).astype(np.int64)).tolist()
    for places in range(_LONGEST - tallest):
        wanted = stairs.rise * 2**places
        for slope in dict.fromkeys((round(wanted), int(wanted), int(wanted) + 1, int(wanted) - 1)):
            if slope <= 0 or slope.bit_length() + reach > _LONGEST:
                continue
            if not _fits(slope, places, targets[decisive], starts[decisive], ends[decisive]):
                continue
            least, most = targets * 2**places - slope * starts, targets * 2**places - 1 - slope * ends
            if least.max() <= most.min():
                offset = _roundest(int(least.max()), int(most.min()))
                return Line(-slope if stairs.falling else slope, offset, places)
            decisive += [int(least.argmax()), int(most.argmin())]
    return None


def _fits(slope: int, places: int, targets: Any, starts: Any, ends: Any) -> bool:
    """True if one offset gives some steps: where there is none for a few, there is none for all."""
    highest = (targets * 2**places - slope * starts).max()
    return bool(highest <= (targets * 2**places - 1 - slope * ends).min())


def _width(lines: list[Line], distinct: list[Stairs]) -> int:
    """The bits of a tensor that holds all lines before they are rounded."""
    finest = max(one.places for one in lines)
    reaches = (max(abs(steps.lo), abs(steps.hi)) for steps in distinct)
    tops = (abs(one.slope) * m + abs(one.offset) << finest - one.places for one, m in zip(lines, reaches, strict=True))
    return max(tops).bit_length() + 1


def _roundest(least: int, most: int) -> int:
    """The number between two others that has the most zeros at its end."""
    places = 0
    while places < _LONGEST and -(-least >> places + 1) << places + 1 <= most:
        places += 1
    return -(-least >> places) << places


def _unrounded(x: Tensor, lines: list[Line], index: npt.NDArray[np.int64], name: str) -> Tensor:
    """``x * slope + offset`` with one line for each element."""
    finest = max(line.places for line in lines)
    slopes = np.array([line.slope << finest - line.places for line in lines], dtype=object)[index]
    flat = slopes == 0
    base = int(np.where(flat, 0, x.interval.lsb.values).max(initial=0))
    own = np.where(flat, base, x.interval.lsb.values)
    offsets = np.array([line.offset << finest - line.places for line in lines], dtype=object)[index]
    slope = FixedArray(Integers(exact.shift(exact.integers(slopes), base - own)).collapsed(), -finest - base)
    offset = FixedArray(Integers(offsets).collapsed(), -finest)
    return line(x, slope, offset, name)


def line(x: Tensor, slope: FixedArray, offset: FixedArray, name: str) -> Tensor:
    """``x * slope + offset`` with constants that broadcast to ``x``; no node for a slope of 1 and an offset of 0."""
    if slope.lsb or (slope.mantissa.values != 1).any():
        x = multiply(x, constant(x, slope, f"{name}.factor"), name=f"{name}.scaled")
    if offset.mantissa.values.any():
        x = add(x, constant(x, offset, f"{name}.offset"), name=f"{name}.shifted")
    return x


def clipped(
    x: Tensor,
    lo: npt.ArrayLike,
    hi: npt.ArrayLike,
    rounding: Rounding,
    unit: npt.ArrayLike = 0,
    name: str = "quantizer",
) -> Tensor:
    """``x`` rounded to multiples of ``2**unit``, and then clipped to ``lo`` and ``hi`` of them; all broadcast."""
    low, high, places = np.broadcast_arrays(lo, hi, np.asarray(unit, np.int64))
    low, high = exact.integers(low), exact.integers(high)
    signed = np.asarray(low < 0, np.int64)
    bits = np.maximum(exact.bit_length(np.maximum(high, 0)), exact.bit_length(np.where(low < 0, -low - 1, 0)))
    width = np.maximum(bits + signed, 1)
    types = FixedTypes.of(signed, width, width + places)
    symmetric = bool(((low == -types.hi) & (high == types.hi) & (low < 0)).all())
    overflow = Overflow.SAT_SYM if symmetric else Overflow.SAT
    y = x.builder.requantize(name, x, Quantization(types, rounding, overflow))
    if not symmetric and bool((low > types.lo).any()):
        y = maximum(y, constant(y, _multiples(low, places), f"{name}.lowest"), name=name)
    if not symmetric and bool((high < types.hi).any()):
        y = minimum(y, constant(y, _multiples(high, places), f"{name}.highest"), name=name)
    return y


def _multiples(counts: exact.IntArray, places: npt.NDArray[np.int64]) -> FixedArray:
    finest = int(places.min(initial=0))
    return FixedArray(Integers(exact.shift(counts, places - finest)).collapsed(), finest)


def lookup(x: Tensor, index: npt.NDArray[np.int64], entries: Entries, name: str = "table") -> Tensor:
    """``entries(index[e], mantissas)`` of each element ``e`` (broadcast), as tables over the domain of ``x``.

    Raises ``Refusal`` for more than 2^16 entries.
    """
    parts = (x.interval.lo, x.interval.hi, x.interval.lsb)
    lo, hi, lsb, numbers = (*(part.values for part in parts), np.broadcast_to(index, x.shape))
    longest = int((hi - lo + 1).max(initial=1))
    if longest > MAX_TABLE_ENTRIES:
        raise Refusal(
            f"takes {longest} different values, more than the {MAX_TABLE_ENTRIES} of a table, and no arithmetic of at "
            f"most {_LONGEST} bits is exact",
            "quantize its input to fewer bits, or use scales that are powers of two",
        )
    columns = (part.reshape(-1).tolist() for part in (lo, hi, lsb, numbers))
    keys: list[tuple[int, int, int, int]] = list(zip(*columns, strict=True))
    made = {(a, b, c, n): _table(a, b, c, n, entries) for a, b, c, n in dict.fromkeys(keys)}
    return by_element(x, [made[key] for key in keys], name)


def _table(lo: int, hi: int, lsb: int, number: int, entries: Entries) -> Table:
    values = entries(number, np.arange(lo, hi + 1))
    if int(exact.bit_length(values.mantissa.values).max(initial=0)) > _LONGEST:
        raise Refusal(f"needs a table with entries of more than {_LONGEST} bits", "quantize its output to fewer bits")
    return Table(lo, lsb, values)
