"""The points of a scan as a picture: look-up tables against latency, the Pareto front in the foreground."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from trigforge.pictures import blank, save
from trigforge.reports import Verdict
from trigforge.resources.parts import FpgaResource
from trigforge.scan import wording
from trigforge.scan.records import Scan, ScanPoint

_MARKERS = "osD^v<>phX*"
_COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb")
_MOST_LABELS = 40


def save_plot(scan: Scan, path: Path) -> None:
    """Write ``path`` (.svg, .png or .pdf) of a scan with points.

    A network has a shape, and a colour by its accuracy where that is known of all; points of the front are filled and
    bear the number of their design. Rings and crosses tell of the budget. Raises ``ToolMissingError`` without
    matplotlib, ``ProjectError`` for another suffix or a folder that refuses.
    """
    figure = blank(7.2, 4.6, "the table and scan.json are there")
    axes: Any = figure.add_subplot()
    names = list(dict.fromkeys(point.network.name for point in scan.points))
    colours = _colours(scan, names, figure, axes)
    for number, name in enumerate(names):
        own = [point for point in scan.points if point.network.name == name]
        marker, colour = _MARKERS[number % len(_MARKERS)], colours[name]
        rest = [point for point in own if not point.pareto]
        front = [point for point in own if point.pareto]
        axes.plot(*_places(rest), marker, color=colour, fillstyle="none", markersize=5, alpha=0.55, zorder=2)
        axes.plot(
            *_places(front),
            marker,
            color=colour,
            markeredgecolor="black",
            markersize=8,
            zorder=3,
            label=name,
            clip_on=False,
        )
    for n, (text, x, y) in enumerate(_labels(scan)):
        if n < _MOST_LABELS:
            axes.annotate(text, (x, y), xytext=(6, 5), textcoords="offset points", fontsize=7.5, zorder=4)
    axes.set(xlabel="latency at the clock of the design [ns]", ylabel="look-up tables, mapped")
    latencies, tables = _places(scan.points)
    axes.set(xlim=(0, 1.1 * max(*latencies, 1)), ylim=(0, 1.12 * max(*tables, 1)))
    axes.yaxis.set_major_formatter("{x:,.0f}")
    _draw_verdicts(scan, axes)
    axes.grid(alpha=0.2)
    titles = ", ".join(wording.axis_titles(scan).values())
    axes.set_title(f"{scan.name}: designs of {titles or 'one design'}; numbers as in the table", fontsize=9)
    figure.legend(loc="outside lower center", ncols=min(3, len(names) + 1), fontsize=8, frameon=False)
    save(figure, path)


def _places(points: Sequence[ScanPoint]) -> tuple[list[float], list[int]]:
    return [point.latency_ns for point in points], [point.mapped(FpgaResource.LUT) for point in points]


def _colours(scan: Scan, names: Sequence[str], figure: Any, axes: Any) -> dict[str, Any]:
    """By network: a shade by accuracy with its bar, or colours in turn."""
    known = {point.network.name: point.network.accuracy for point in scan.points}
    found = {name: accuracy for name, accuracy in known.items() if accuracy is not None}
    title = wording.accuracy_title(scan)
    shown = {name: accuracy.scale * accuracy.value for name, accuracy in found.items()}
    if title is None or len(found) < len(names) or len(set(shown.values())) < 2:
        return {name: _COLOURS[n % len(_COLOURS)] for n, name in enumerate(names)}
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    less = next(iter(found.values())).less_is_better
    least, most = min(shown.values()), max(shown.values())
    pale = 0.15 * (most - least)  # the palest shades are hard to see on white
    ends = Normalize(least - pale, most) if less else Normalize(least, most + pale)
    shades: Any = ScalarMappable(ends, "viridis_r" if less else "viridis")
    figure.colorbar(shades, ax=axes, label=f"{title}, {'less' if less else 'more'} is better")
    return {name: shades.to_rgba(value) for name, value in shown.items()}


def _labels(scan: Scan) -> Iterator[tuple[str, float, int]]:
    """The numbers of the designs at each place on the front, with what the axes of the picture do not show."""
    places: dict[tuple[float, int], list[ScanPoint]] = {}
    for point in scan.points:
        if point.pareto:
            places.setdefault((point.latency_ns, point.mapped(FpgaResource.LUT)), []).append(point)
    for (x, y), points in places.items():
        text = ", ".join(dict.fromkeys(str(point.number) for point in points))
        slices = {point.mapped(FpgaResource.DSP) for point in points}
        cycles = {point.initiation_interval for point in points}
        more = [f"{max(slices)} DSP"] if max(slices) else []
        more += [f"II {max(cycles)}"] if max(cycles) > 1 else []
        yield f"{text} ({', '.join(more)})" if more else text, x, y


def _draw_verdicts(scan: Scan, axes: Any) -> None:
    """A ring around what fits the budget, a cross through what violates it; neither where that cannot be told."""
    for verdict, marker, colour, told in (
        (Verdict.MET, "o", "#228833", "fits the budget"),
        (Verdict.VIOLATED, "x", "#cc3311", "violates the budget"),
    ):
        points = [point for point in scan.points if point.fits is verdict]
        if points:
            style = {"fillstyle": "none", "markersize": 13} if verdict is Verdict.MET else {"markersize": 7}
            axes.plot(*_places(points), marker, color=colour, markeredgewidth=1.1, zorder=4, label=told, **style)
