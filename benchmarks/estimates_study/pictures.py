"""The picture of the estimates: period and LUTs of the public pairs beside the fits, and the residuals of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from benchmarks.estimates_study import fitting
from benchmarks.estimates_study.fitting import Design
from benchmarks.estimates_study.page import PAGE
from benchmarks.estimates_study.results import Fits
from benchmarks.study.pictures import COLOURS, figure_at

PICTURE = PAGE.with_suffix(".svg")


def draw(fits: Fits, path: Path = PICTURE) -> None:
    """Truth against estimate above, each with its family left out, and the errors below."""
    with figure_at(path, 9.0, 5.6) as figure:
        (lut, period), (lut_below, period_below) = figure.subplots(2, 2, sharex="col", height_ratios=[2, 1])
        names = list(dict.fromkeys(design.pair.family for design in fits.designs))
        colours = dict(zip(names, COLOURS, strict=False))
        sizes = {design: design.pair.logic_lut / 1000 for design in fits.lut}
        _above(lut, sizes, fits.lut, colours)
        lut.set(xscale="log", yscale="log", ylabel="thousand LUT, placed")
        _below(lut_below, sizes, fits.lut, colours)
        lut_below.set_xlabel("thousand LUT, estimated")
        lut.legend(frameon=False)
        periods = {design: design.pair.period_ns or 0.0 for design in fits.period}
        _above(period, periods, fits.period, colours)
        period.set_ylabel("period after place and route [ns]")
        _below(period_below, periods, fits.period, colours)
        period_below.set_xlabel("period, estimated [ns]")


def _above(
    panel: Axes, truth: Mapping[Design, float], residuals: Mapping[Design, float], colours: Mapping[str, str]
) -> None:
    """Truth over estimate, with the line where they are equal and the band of the interval."""
    estimates = [truth[design] * (1 + residual) for design, residual in residuals.items()]
    ends = np.array([0.9 * min(estimates), 1.1 * max(estimates)])
    percent = fitting.interval_percent(list(residuals.values()))
    panel.fill_between(
        ends, ends / (1 + percent / 100), ends / (1 - percent / 100), color="0.5", alpha=0.15, linewidth=0
    )
    panel.plot(ends, ends, color="0.4", linewidth=0.8)
    for family, colour in colours.items():
        those = _of(family, residuals)
        x, y = [truth[design] * (1 + residuals[design]) for design in those], [truth[design] for design in those]
        panel.plot(x, y, "o", color=colour, markersize=4, label=family)


def _below(
    panel: Axes, truth: Mapping[Design, float], residuals: Mapping[Design, float], colours: Mapping[str, str]
) -> None:
    """The errors over the estimate, with the interval."""
    percent = fitting.interval_percent(list(residuals.values()))
    panel.axhspan(-percent, percent, color="0.5", alpha=0.15, linewidth=0)
    panel.axhline(0, color="0.4", linewidth=0.8)
    for family, colour in colours.items():
        those = _of(family, residuals)
        x = [truth[design] * (1 + residuals[design]) for design in those]
        panel.plot(x, [100 * residuals[design] for design in those], "o", color=colour, markersize=4)
    panel.set_ylabel("error [%]")


def _of(family: str, residuals: Mapping[Design, float]) -> Sequence[Design]:
    return [design for design in residuals if design.pair.family == family]
