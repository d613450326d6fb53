"""The curve of signal efficiency against background rate, one point a threshold on the score."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor

import numpy as np

from trigforge.json_records import Codec, Count, print_json
from trigforge.menu.binomial import Counts, clopper_pearson
from trigforge.menu.settings import Physics

LEAST_RESOLVED = 10
"""background events that must pass for a rate to be called resolved"""
_MOST_POINTS = 200
_CODEC = Codec("rate curve", "trigforge rate")


@dataclass(frozen=True)
class Estimate:
    """A number and its interval of 68 % (Clopper-Pearson)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Point:
    """The events of both kinds whose score is at least ``threshold``, and what follows from them.

    Of all numbers that pass the same events for sure, being above the next lower score that can be, ``threshold`` is a
    short one; that of the working point is the model's.
    ``resolved`` is False where fewer than ``LEAST_RESOLVED`` background events are left: the rate is an upper bound.
    """

    threshold: float
    signal_passing: Count
    background_passing: Count
    efficiency: Estimate
    background_share: Estimate
    rate_hz: Estimate
    resolved: bool


@dataclass(frozen=True)
class RateCurve:
    """The points of a model's trigger, the lowest threshold first, and the one at its own threshold.

    ``digest`` is that of the graph, ``total_hz`` the rate of background objects before the trigger: ``luminosity``, in
    1/(cm2 s), times ``cross_section_pb``.
    """

    model: str
    version: int
    digest: str
    trigger: str
    luminosity: float
    cross_section_pb: float
    total_hz: float
    signal_events: Count
    background_events: Count
    working_point: Point
    points: tuple[Point, ...]


class Scores:
    """The scores of events, as integers in units of ``lsb``: how often each was found."""

    def __init__(self, found: Mapping[int, int], lsb: int) -> None:
        self._values = np.array(sorted(found), np.int64)
        counts = np.array([found[value] for value in self._values.tolist()], np.int64)
        self._above = np.concatenate([np.cumsum(counts[::-1])[::-1], [0]])
        self.lsb = lsb
        self.events = int(self._above[0])

    @property
    def values(self) -> Counts:
        """The scores that were found, in rising order."""
        return self._values

    def passing(self, thresholds: Counts) -> Counts:
        """For each threshold the events whose score is at least that."""
        return self._above[np.searchsorted(self._values, thresholds)]


def make_curve(
    origin: tuple[str, int, str], trigger: str, threshold: float, kinds: tuple[Scores, Scores], physics: Physics
) -> RateCurve:
    """The curve of signal and background, both with events, at as many as 200 thresholds between their scores.

    ``origin`` is name, version and digest of the graph; ``physics`` has a cross section.
    """
    signal, background = kinds
    assert physics.cross_section_pb is not None
    total = physics.total_hz
    lowest, highest = (
        int(end) for end in (min(scores.values[0] for scores in kinds), max(scores.values[-1] for scores in kinds))
    )
    own = ceil(Fraction(threshold) / Fraction(2) ** signal.lsb)
    steps = np.unique(np.linspace(lowest, highest, _MOST_POINTS).round().astype(np.int64))
    working, *points = _points(np.concatenate([[own], steps]), signal, background, total)
    working = replace(working, threshold=threshold)
    return RateCurve(
        *origin,
        trigger=trigger,
        luminosity=physics.luminosity,
        cross_section_pb=physics.cross_section_pb,
        total_hz=total,
        signal_events=signal.events,
        background_events=background.events,
        working_point=working,
        points=tuple(points),
    )


def _points(thresholds: Counts, signal: Scores, background: Scores, total: float) -> list[Point]:
    columns = [
        (passing, passing / scores.events, *clopper_pearson(passing, scores.events))
        for scores in (signal, background)
        for passing in [scores.passing(thresholds)]
    ]
    points: list[Point] = []
    for n, threshold in enumerate(thresholds.tolist()):
        (caught, *efficiency), (left, *share) = ([column[n].item() for column in kind] for kind in columns)
        rate = Estimate(*(total * number for number in share))
        resolved = left >= LEAST_RESOLVED
        points.append(
            Point(_short(threshold, signal.lsb), caught, left, Estimate(*efficiency), Estimate(*share), rate, resolved)
        )
    return points


def _short(threshold: int, lsb: int) -> float:
    """A short decimal above ``threshold - 1`` and at most ``threshold``, in units of ``2**lsb``."""
    unit = Fraction(2) ** lsb
    for places in range(18):
        scale = Fraction(10) ** places
        short = floor(threshold * unit * scale) / scale
        if (threshold - 1) * unit < Fraction(float(short)) <= threshold * unit:
            return float(short)
    return float(threshold * unit)


def to_json(curve: RateCurve) -> str:
    """The text of ``rate.json``: the fields of ``RateCurve``."""
    return print_json(_CODEC.form(curve), 1, ensure_ascii=True)


def from_json(text: str, name: str = "rate.json") -> RateCurve:
    """The curve that ``to_json`` wrote; ``ReportFormatError``, which names ``name``, for anything else."""
    return _CODEC.parse(RateCurve, text, name)
