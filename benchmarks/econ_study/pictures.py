"""Figures of ``docs/results/econ.md``: distances over bits, eta and occupancy, and modules before and after."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.econ_study.quality import BEST, ETA, MODULES, OCCUPANCY, SEED, baselines
from benchmarks.econ_study.results import Found
from benchmarks.econ_study.sets import SETS, answers
from benchmarks.study.networks import ROOT
from benchmarks.study.pictures import COLOURS, figure_at
from datasets.calorimeter import UNITS_A_MIP, occupancy, simulate
from datasets.calorimeter.generator import Conditions
from datasets.calorimeter.plots import modules_figure
from models import econ

FOLDER = ROOT / "docs" / "results"
SHOWN_BITS = 5
DRAWN = 5
TICKS_CM = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


def draw(folder: Path = FOLDER) -> None:
    """The figure of all distances."""
    found = Found.load()
    with figure_at(folder / "econ_distance.svg", 11, 3.4) as figure:
        bits, eta, busy = figure.subplots(1, 3)
        for colour, label in zip(COLOURS, found.subjects(SHOWN_BITS), strict=False):
            marks = {"color": colour, "label": label, "marker": "o", "ms": 4}
            own = [found.distance_cm(found.subjects(n)[label], "pile-up 140") for n in econ.LINKS]
            bits.plot([econ.NUMBERS * n for n in econ.LINKS], own, **marks)
            bins = found.bins[found.subjects(SHOWN_BITS)[label]]
            for axes, name, edges in ((eta, "eta", ETA), (busy, "occupancy", OCCUPANCY)):
                known = [(n, value) for n, value in enumerate(bins[name]) if value is not None]
                axes.plot([n for n, _ in known], [value for _, value in known], **marks)
                labels = [_bin(name, first, last) for first, last in pairwise(edges)]
                axes.set_xticks(range(len(labels)), labels, rotation=35, ha="right", fontsize=7)
        bits.set(xlabel="bits of a module, beside its sum", ylabel="energy mover's distance, cm")
        bits.set_xticks(
            [econ.NUMBERS * n for n in econ.LINKS], [str(econ.NUMBERS * n) for n in econ.LINKS], minor=False
        )
        for axes in (bits, eta, busy):
            axes.set_yscale("log")
            axes.set_yticks(TICKS_CM, [f"{tick:g}" for tick in TICKS_CM])
            axes.minorticks_off()
        eta.set(xlabel="|eta| of the module", title=f"{econ.NUMBERS * SHOWN_BITS} bits")
        busy.set(xlabel="cells above one transverse MIP", title=f"{econ.NUMBERS * SHOWN_BITS} bits")
        bits.legend(frameon=False, fontsize=8)


def _bin(name: str, first: float, last: float) -> str:
    """The label of a bin; counts of cells end before the next one begins."""
    if name == "eta":
        return f"{first:g} to {last:g}"
    if last == OCCUPANCY[-1]:
        return f"{first:g} and more"
    return f"{first:g}" if last == first + 1 else f"{first:g} to {last - 1:g}"


def draw_modules(folder: Path = FOLDER) -> None:
    """Modules before and after, with one colour scale; needs the decoder, and so Keras."""
    sample = simulate(MODULES // 10, (SEED, 7), Conditions(pileup=(140,)))
    busy = np.flatnonzero(occupancy(sample) >= 3)
    sample = sample.take(busy)
    order = np.argsort(sample.calq.sum(axis=1), kind="stable")
    chosen = [int(order[int(share * (len(order) - 1))]) for share in np.linspace(0.3, 0.98, DRAWN)]
    weights = next(entry for entry in SETS if entry.bits == SHOWN_BITS and entry.label == "network")
    sums = sample.calq.sum(axis=1, keepdims=True) / UNITS_A_MIP
    best = baselines(SHOWN_BITS)[BEST][1](sample)
    rows = {
        "before": sample.calq / UNITS_A_MIP,
        f"network, {econ.NUMBERS * SHOWN_BITS} bits": answers(weights, sample) * sums,
        "best choice": best / best.sum(axis=1, keepdims=True) * sums,
    }
    modules_figure(sample, chosen, rows).savefig(folder / "econ_modules.png", dpi=80)
