"""Figures of ``docs/results/transformers.md``: SVG with text as text, the same bytes for the same results."""

from __future__ import annotations

from pathlib import Path

from benchmarks.jet_study.pictures import curves
from benchmarks.jet_study.quality import metrics_of
from benchmarks.study.networks import Kind
from benchmarks.study.pictures import COLOURS, figure_at
from benchmarks.study.results import Study, load
from benchmarks.transformer_study.page import FOLDER, PAIRS
from benchmarks.transformer_study.within import BITS, PARTS, subject


def draw(study: Study, folder: Path = FOLDER) -> None:
    """All figures that there are results for."""
    folder.mkdir(parents=True, exist_ok=True)
    _within(study, folder / "transformers_within.svg")
    flavour = [n for n in study.of(Kind.FRONT, Kind.SHIPPED) if f"AUC {PAIRS[0]}" in study.measured.of(n.key)]
    if not flavour:
        return
    classes = metrics_of(flavour[0])["task"]["names"]
    curves({network.label: network for network in flavour}, classes, folder / "transformers_roc.svg", 9.0, 3.2)


def _within(study: Study, path: Path) -> None:
    """Accuracy over the bits that all values within a part of the network gain or lose."""
    found = load("transformers_within")
    if not found.runs:
        return
    with figure_at(path, 9.0, 3.2) as figure:
        for axes, part in zip(figure.subplots(1, len(PARTS), sharey=True), PARTS, strict=True):
            for number, network in enumerate(study.networks):
                values = {bits: found.find(network.key, subject(part, bits)) for bits in BITS}
                known = {bits: value for bits, value in values.items() if value is not None}
                if known:
                    marks = {"color": COLOURS[number], "markersize": 4, "label": network.label}
                    axes.plot(list(known), list(known.values()), "o-", **marks)
            axes.axvline(0, color="#999999", linewidth=0.8, linestyle=":")
            axes.set_xlabel(f"bits more within each {part}")
            axes.legend(frameon=False, fontsize=8)
        figure.axes[0].set_ylabel("accuracy, %")
