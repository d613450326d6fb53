"""The curve on one screen of the terminal."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from trigforge.menu.curve import LEAST_RESOLVED, Point, RateCurve
from trigforge.menu.wording import bare_rate, percent, rate

_EFFICIENCIES = (0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)


def render(curve: RateCurve) -> RenderableType:
    """The origin of the rate, and the points near round efficiencies, the working point marked."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("", "threshold", "signal efficiency", "of background", "rate"):
        table.add_column(title, justify="right" if title == "threshold" else "left", no_wrap=True)
    shown = list(chosen(curve))
    for point in shown:
        own = point is curve.working_point
        *figures, told = cells(point)
        table.add_row(
            ">" if own else "", *figures, told if point.resolved else f"{told} *", style="bold" if own else ""
        )
    lines = [
        Text(
            f"{curve.model}, bit {curve.trigger}: {curve.signal_events:,} signal and {curve.background_events:,} "
            "background events",
            style="bold",
        ),
        Text(
            f"rate: {curve.luminosity:g} /(cm2 s) x {curve.cross_section_pb:g} pb = {bare_rate(curve.total_hz)}, "
            "times the share that passes"
        ),
    ]
    notes = ["> the threshold of the model; in brackets Clopper-Pearson intervals of 68 %"]
    if not all(point.resolved for point in shown):
        notes.append(f"* fewer than {LEAST_RESOLVED} background events are left: give more of them")
    return Group(*lines, Text(), table, *(Text(note, style="dim") for note in notes))


def cells(point: Point) -> tuple[str, str, str, str]:
    """Threshold, signal efficiency, share of the background, and rate."""
    share = f"{100 * point.background_share.value:.3g} %"
    return f"{point.threshold:g}", percent(point.efficiency), share, rate(point.rate_hz)


def chosen(curve: RateCurve) -> Iterator[Point]:
    """The highest threshold that keeps each round efficiency, and the working point, in rising order of threshold."""
    found: dict[tuple[int, int], Point] = {}
    for efficiency in _EFFICIENCIES:
        kept = [point for point in curve.points if point.efficiency.value >= efficiency]
        if kept:
            found[_passing(kept[-1])] = kept[-1]
    found[_passing(curve.working_point)] = curve.working_point
    yield from sorted(found.values(), key=lambda point: point.threshold)


def _passing(point: Point) -> tuple[int, int]:
    return point.signal_passing, point.background_passing
