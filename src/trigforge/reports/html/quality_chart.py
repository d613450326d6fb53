"""The geometry of the charts of quality: a panel a class with its curve, or the histogram of residuals."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log10

from trigforge.reports import wording
from trigforge.reports.quality import Quality, Residuals

LEFT, TOP, RIGHT, BOTTOM = 40.0, 10.0, 226.0, 158.0
LEAST = 1e-4
"""the smallest background efficiency that is shown"""
_SHOWN = 0.7
"""the signal efficiency whose rejection is told"""


@dataclass(frozen=True)
class Panel:
    """A chart with a title and a sentence; lines are points of SVG by the name of a network."""

    title: str
    sentence: str
    lines: tuple[tuple[str, str], ...] = ()
    bars: tuple[tuple[float, float, float, float], ...] = ()
    ticks_x: tuple[tuple[float, str], ...] = ()
    ticks_y: tuple[tuple[float, str], ...] = ()


def panels(quality: Quality) -> list[Panel]:
    """A panel for each class, or the one of the residuals."""
    if quality.firmware.residuals is not None:
        return [_histogram(quality)]
    return [_curves(quality, number) for number in range(len(quality.firmware.curves))]


def _curves(quality: Quality, number: int) -> Panel:
    own = quality.firmware.curves[number]
    lines = [
        (name, _line(quality.efficiencies, outcome.curves[number].background))
        for name, outcome in quality.networks.items()
        if number < len(outcome.curves)
    ]
    at = min(range(len(quality.efficiencies)), key=lambda n: abs(quality.efficiencies[n] - _SHOWN))
    background = own.background[at]
    rejects = f", of the rest 1 in {1 / background:,.0f} at {_SHOWN:.0%}" if background > 0 else ""
    return Panel(
        f"{own.name} against the rest",
        f"area {own.auc:.4f}{rejects}; {own.events:,} events",
        tuple(lines),
        ticks_x=tuple((_x(share), f"{share:.0%}") for share in (0, 0.5, 1)),
        ticks_y=tuple((_y(10.0**power), f"1e{power}" if power else "1") for power in range(int(log10(LEAST)), 1)),
    )


def _line(efficiencies: Sequence[float], background: Sequence[float]) -> str:
    points = zip(efficiencies, background, strict=True)
    return " ".join(f"{_x(share):.1f},{_y(rest):.1f}" for share, rest in points if rest >= LEAST)


def _x(share: float) -> float:
    return LEFT + (RIGHT - LEFT) * share


def _y(background: float) -> float:
    return TOP + (BOTTOM - TOP) * log10(background) / log10(LEAST)


def _histogram(quality: Quality) -> Panel:
    found = quality.firmware.residuals
    assert found is not None
    most, step = max(found.counts) or 1, (RIGHT - LEFT) / len(found.counts)
    bars = tuple(
        (LEFT + step * n, BOTTOM - (BOTTOM - TOP) * count / most, step, (BOTTOM - TOP) * count / most)
        for n, count in enumerate(found.counts)
    )
    others = [(name, own.residuals) for name, own in quality.networks.items() if own is not quality.firmware]
    lines = [(name, _outline(own, found.edges, most)) for name, own in others if own is not None]
    first, last = found.edges[0], found.edges[-1]
    unit = f" {quality.unit}" if quality.unit else ""
    return Panel(
        f"output less {quality.labels}{unit and ',' + unit}",
        f"68 % within {found.half_width:.4g}{unit}, RMS {found.rms:.4g}{unit}, mean {found.bias:.3g}{unit}; "
        "the ends hold what lies beyond",
        tuple(lines),
        bars=bars,
        ticks_x=((LEFT, f"{first:.3g}"), ((LEFT + RIGHT) / 2, "0"), (RIGHT, f"{last:.3g}")),
        ticks_y=((TOP, f"{most:,}"), (BOTTOM, "0")),
    )


def _outline(residuals: Residuals, edges: Sequence[float], most: int) -> str:
    """The counts of another histogram as a line on the axes of one with these ``edges`` and ``most`` counts."""
    centres = [(low + high) / 2 for low, high in pairwise(residuals.edges)]
    points = [
        (LEFT + (RIGHT - LEFT) * (centre - edges[0]) / (edges[-1] - edges[0]), BOTTOM - (BOTTOM - TOP) * count / most)
        for centre, count in zip(centres, residuals.counts, strict=True)
    ]
    return " ".join(f"{x:.1f},{max(y, TOP):.1f}" for x, y in points if LEFT <= x <= RIGHT)


def rows(quality: Quality) -> list[tuple[str, list[str]]]:
    """A row of figures for each network, beside ``titles``."""
    return [
        (name, [f"{figure:.2%}" if title == "accuracy" else f"{figure:.4g}" for title, figure in own.items()])
        for name, own in ((name, wording.outcome(outcome)) for name, outcome in quality.networks.items())
    ]


def titles(quality: Quality) -> list[str]:
    """The names of the figures of a row."""
    return list(wording.outcome(quality.firmware))
