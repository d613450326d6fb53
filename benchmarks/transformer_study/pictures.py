"""Figures of ``docs/results/transformers.md``: SVG with text as text, the same bytes for the same results."""

from __future__ import annotations

from pathlib import Path

from benchmarks.jet_study.pictures import curves
from benchmarks.jet_study.quality import metrics_of
from benchmarks.study.networks import Kind
from benchmarks.study.results import Study
from benchmarks.transformer_study.page import FOLDER, PAIRS


def draw(study: Study, folder: Path = FOLDER) -> None:
    """All figures that there are results for."""
    folder.mkdir(parents=True, exist_ok=True)
    flavour = [n for n in study.of(Kind.FRONT, Kind.SHIPPED) if f"AUC {PAIRS[0]}" in study.measured.of(n.key)]
    if not flavour:
        return
    classes = metrics_of(flavour[0])["task"]["names"]
    curves({network.label: network for network in flavour}, classes, folder / "transformers_roc.svg", 9.0, 3.2)
