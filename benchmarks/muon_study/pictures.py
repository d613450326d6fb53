"""Figures of ``docs/results/muon.md``: SVG with text as text, the same bytes for the same results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FormatStrFormatter, NullFormatter

from benchmarks.muon_study.answers import FIT, FITS, REJECTING
from benchmarks.muon_study.page import FOLDER, recipes, subjects
from benchmarks.muon_study.quality import (
    ANGLE_EDGES_MRAD,
    EFFICIENCY_PERCENT,
    NOISE_PERCENT,
    angle,
    efficiency,
    noise,
)
from benchmarks.study.networks import Kind
from benchmarks.study.pictures import COLOURS, figure_at
from benchmarks.study.results import Results, Study

GREYS = {FIT: "#aaaaaa", REJECTING: "#444444"}
CONDITIONS = {"clean": (COLOURS[0], FIT), "default": (COLOURS[1], REJECTING)}
Style = Mapping[str, object]


def draw(study: Study, folder: Path = FOLDER) -> None:
    """All figures that there are results for."""
    folder.mkdir(parents=True, exist_ok=True)
    _scans(study.measured, subjects(study), folder / "muon_conditions.svg")
    picture = folder / "muon_recipes.svg"
    picture.unlink(missing_ok=True)
    if compared := recipes(study):
        _scans(study.measured, compared, picture)
    _angles(study, folder / "muon_angle.svg")
    _front(study, folder / "muon_front.svg")


def _styles(compared: Mapping[str, str]) -> Iterator[tuple[str, Style]]:
    """By key: colours in order for networks, greys for the fits."""
    colours = iter(COLOURS)
    for key, label in compared.items():
        if key in GREYS:
            yield key, {"color": GREYS[key], "label": label, "linestyle": "--" if key == FIT else "-.", "marker": "s"}
        else:
            yield key, {"color": next(colours), "label": label, "marker": "o"}


def _scans(measured: Results, compared: Mapping[str, str], path: Path) -> None:
    """Resolution and kept share over noise and over efficiency."""
    scans = (
        ("noise of a channel, %", NOISE_PERCENT, [noise(x) for x in NOISE_PERCENT]),
        ("efficiency of a gap, %", EFFICIENCY_PERCENT, [efficiency(x) for x in EFFICIENCY_PERCENT]),
    )
    with figure_at(path, 7.6, 5.4) as figure:
        axes = figure.subplots(2, 2, sharex="col", sharey="row")
        for column, (title, places, names) in enumerate(scans):
            top, bottom = axes[0, column], axes[1, column]
            for key, style in _styles(compared):
                own = measured.of(key)
                top.plot(places, [own[f"{name}: resolution"] for name in names], markersize=4, linewidth=1.3, **style)
                lost = [100 - own[f"{name}: kept"] for name in names]
                bottom.plot(places, lost, markersize=4, linewidth=1.3, clip_on=False, **style)
            bottom.set_xlabel(title)
            bottom.set_xticks(places)
        axes[0, 1].invert_xaxis()
        _decades(axes[0, 0])
        _lost(axes[1, 0])
        axes[0, 0].set_ylabel("resolution, mrad")
        _legend(figure, axes[0, 0])


def _angles(study: Study, path: Path) -> None:
    """Resolution over the angle, clean and default, and the kept share."""
    edges = list(pairwise(ANGLE_EDGES_MRAD))
    middles = [(low + high) / 2 for low, high in edges]
    panels = (("clean", "resolution"), ("default", "resolution"), ("default", "kept"))
    with figure_at(path, 9.6, 3.6) as figure:
        axes = figure.subplots(1, 3)
        for panel, (name, what) in zip(axes, panels, strict=True):
            for key, style in _styles(subjects(study)):
                own = study.measured.of(key)
                values = [own[f"{angle(name, low, high)}: {what}"] for low, high in edges]
                if what == "kept":
                    values = [100 - value for value in values]
                panel.plot(middles, values, markersize=3, linewidth=1.3, clip_on=False, **style)
            panel.set(title=f"{name} muons", xlabel="angle to the beam, mrad", ylabel="resolution, mrad")
        _decades(axes[1])
        _lost(axes[2])
        _legend(figure, axes[0])


def _front(study: Study, path: Path) -> None:
    """Resolution against EBOPs and, where networks were mapped, against look-up tables."""
    chosen = study.of(Kind.SHIPPED, Kind.FRONT)
    sizes = [("EBOPs, thousands", {n: study.measured.find(n.key, "EBOPs") for n in chosen})]
    mapped = {n: study.mapped.find(n.key, "LUT, mapped") for n in (*chosen, *study.of(Kind.PUBLISHED))}
    if any(value is not None for value in mapped.values()):
        sizes.append(("look-up tables, mapped, thousands", mapped))
    with figure_at(path, 4.8 * len(sizes), 4.0) as figure:
        row = figure.subplots(1, len(sizes), squeeze=False)[0]
        for axes, (title, size) in zip(row, sizes, strict=True):
            known = {network: value / 1000 for network, value in size.items() if value is not None}
            for name, (colour, fitted) in CONDITIONS.items():
                limit = study.measured.values[f"{fitted}: {name}: resolution"]
                axes.axhline(limit, color=colour, linestyle=":", linewidth=1.2)
                for network, value in known.items():
                    reached = study.measured.values[f"{network.key}: {name}: resolution"]
                    axes.plot(value, reached, network.marker, color=colour, markersize=7)
            axes.set(xlabel=title, ylabel="resolution, mrad", xlim=(0, 1.08 * max(known.values())))
        shapes = {n.legend: n.marker for n in mapped}
        lines = [Line2D([], [], color="0.4", marker=shape, linestyle="", label=text) for text, shape in shapes.items()]
        for name, (colour, fitted) in CONDITIONS.items():
            lines.append(Line2D([], [], color=colour, linestyle=":", label=f"{name} muons; {FITS[fitted]}"))
        figure.legend(handles=lines, loc="outside upper center", ncols=len(sizes), fontsize=8, frameon=False)


def _lost(axes: Axes) -> None:
    """Shares of muons without an answer within the window, from none to all."""
    axes.set_yscale("symlog", linthresh=0.01)
    axes.set(ylim=(0, 100), yticks=[0, 0.01, 0.1, 1, 10, 100], ylabel="off by more than 30 mrad, %")
    axes.set_yticklabels(["0", "0.01", "0.1", "1", "10", "100"])
    axes.yaxis.set_minor_formatter(NullFormatter())


def _decades(axes: Axes) -> None:
    """A logarithmic axis with plain numbers."""
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    axes.set_yticks([value for value in (1, 1.2, 1.5, 2, 3, 5, 7, 10, 15) if low <= value <= high])
    axes.yaxis.set_major_formatter(FormatStrFormatter("%g"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _legend(figure: Figure, axes: Axes) -> None:
    """One legend above all panels, each label once."""
    entries = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    figure.legend(entries.values(), entries.keys(), loc="outside upper center", ncols=3, fontsize=8, frameon=False)
