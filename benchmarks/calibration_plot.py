"""Draws ``docs/estimates.svg``: the published designs with the fits that the package holds, and their errors.

Needs the published designs as ``calibration.py`` does, and measures nothing.
"""

from __future__ import annotations

import csv
import json

import matplotlib
import numpy as np
from calibration import REPOSITORY, Values, fit_lut, fit_period, published_folder
from matplotlib import pyplot
from matplotlib.axes import Axes

from trigforge.timing.model import interval, model

PICTURE = REPOSITORY / "docs" / "estimates.svg"
BLUE, GREY = "#1f5a96", "#777777"


def main() -> None:
    folder = published_folder()
    if folder is None:
        return
    with (folder / "jedi_linear_postroute.csv").open(newline="") as file:
        designs = list(csv.DictReader(file))
    period, lut, cost = (np.array([float(row[key]) for row in designs]) for key in ("actual_ns", "LUT", "est_LUT"))
    matplotlib.rcParams.update({"svg.hashsalt": "trigforge", "font.size": 9, "axes.spines.top": False})
    figure, ((left, right), (below_left, below_right)) = pyplot.subplots(
        2, 2, figsize=(9, 5), sharex="col", height_ratios=[2, 1], layout="constrained"
    )
    fitted = model()
    sizes = np.linspace(lut.min(), lut.max(), 200)
    # The same stage for all of them, so that the curve is that of the wire factor alone.
    cells, wires = stage_of_two_adders()
    curve = np.array([cells + wires * fitted.period.wire_factor(size) for size in sizes])
    _band(left, sizes / 1000, curve, fitted.period.interval_percent)
    left.plot(lut / 1000, period, "o", color=BLUE, markersize=4)
    left.set_ylabel("period after place and route, ns")
    _errors(below_left, lut / 1000, fit_period(period, lut, cells, wires)[1], fitted.period.interval_percent)
    below_left.set_xlabel("thousand LUT")
    bits = np.linspace(cost.min(), cost.max(), 2)
    _band(right, bits / 1000, fitted.lut.ratio * bits / 1000, fitted.lut.interval_percent)
    right.plot(cost / 1000, lut / 1000, "o", color=BLUE, markersize=4)
    right.set_ylabel("thousand LUT after place and route")
    _errors(below_right, cost / 1000, fit_lut(lut, cost)[1], fitted.lut.interval_percent)
    below_right.set_xlabel("thousand bits of adders")
    figure.savefig(PICTURE, metadata={"Date": None})
    print(f"drew {PICTURE.relative_to(REPOSITORY)}")


def stage_of_two_adders() -> tuple[float, float]:
    """Cells and unscaled wires (ns) of the stage that was mapped for the fit, from the last run's results."""
    lines = (REPOSITORY / "benchmarks" / "results" / "calibration.jsonl").read_text(encoding="utf-8").splitlines()
    found = {entry["name"]: entry["value"] for entry in json.loads(lines[-1])["measurements"]}
    return (
        found["period: cells of a stage of two adders"],
        found["period: wires of a stage of two adders, unscaled"],
    )


def _band(axes: Axes, x: Values, estimate: Values, percent: float) -> None:
    low, high = interval(1.0, percent)
    axes.fill_between(x, low * estimate, high * estimate, color=BLUE, alpha=0.15, linewidth=0)
    axes.plot(x, estimate, color=BLUE, linewidth=1)


def _errors(axes: Axes, x: Values, residuals: Values, percent: float) -> None:
    axes.axhspan(-percent, percent, color=BLUE, alpha=0.15, linewidth=0)
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.plot(x, residuals * 100, "o", color=BLUE, markersize=4)
    axes.set_ylabel("error, %")


if __name__ == "__main__":
    main()
