"""The curve as a picture: background rate against signal efficiency."""

from pathlib import Path
from typing import Any

from trigforge.menu.curve import LEAST_RESOLVED, Point, RateCurve
from trigforge.menu.wording import bare_rate
from trigforge.pictures import blank, save

_LINE, _MARK = "#4477aa", "#ee6677"


def save_plot(curve: RateCurve, path: Path) -> None:
    """Write ``path`` (.svg, .png or .pdf), with bands of 68 %; what is not resolved is dotted.

    Raises ``ToolMissingError`` without matplotlib, ``ProjectError`` for another suffix or a folder that refuses.
    """
    figure = blank(5, 3.6, "the table and rate.json are there")
    axes: Any = figure.add_subplot()
    points, own = curve.points, curve.working_point
    resolved = [point for point in points if point.resolved]
    efficiency = [point.efficiency.value for point in points]
    low, high = ([getattr(point.rate_hz, end) for point in points] for end in ("low", "high"))
    axes.fill_between(efficiency, low, high, color=_LINE, alpha=0.25, linewidth=0, label="68 % interval")
    if len(resolved) < len(points):
        left = [point for point in points if point.background_passing]
        told = f"fewer than {LEAST_RESOLVED} background events"
        axes.plot(*_places(left), ":", color=_LINE, linewidth=1.2, label=told)
    axes.plot(*_places(resolved), color=_LINE, linewidth=1.4)
    axes.errorbar(
        *_places([own]),
        **_bars(own),
        fmt="o",
        color=_MARK,
        markersize=4,
        label=f"{curve.trigger}, threshold {own.threshold:g}",
    )
    above_zero = [number for number in (*low, own.rate_hz.high) if number > 0]
    axes.set(xlim=(0, 1), yscale="log", xlabel="signal efficiency", ylabel="background rate [Hz]")
    axes.set_ylim(min(above_zero), 1.5 * curve.total_hz)
    axes.set_title(
        f"{curve.model}: {curve.luminosity:g} /(cm2 s) x {curve.cross_section_pb:g} pb = {bare_rate(curve.total_hz)}",
        fontsize=9,
    )
    axes.legend(fontsize=8, frameon=False, loc="upper left")
    axes.grid(alpha=0.2)
    save(figure, path)


def _places(points: list[Point]) -> tuple[list[float], list[float]]:
    return [point.efficiency.value for point in points], [point.rate_hz.value for point in points]


def _bars(point: Point) -> dict[str, list[list[float]]]:
    """The lengths of error bars, down and up."""
    return {
        name: [[found.value - found.low], [found.high - found.value]]
        for name, found in (("xerr", point.efficiency), ("yerr", point.rate_hz))
    }
