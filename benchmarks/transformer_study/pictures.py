"""Figures of ``docs/results/transformers.md``: SVG with text as text, the same bytes for the same results."""

from __future__ import annotations

from pathlib import Path

from benchmarks.jet_study.quality import metrics_of
from benchmarks.study.networks import Kind
from benchmarks.study.pictures import COLOURS, figure_at
from benchmarks.study.results import Study
from benchmarks.transformer_study.page import FOLDER, PAIRS

_LEAST_BACKGROUND = 1e-4


def draw(study: Study, folder: Path = FOLDER) -> None:
    """All figures that there are results for."""
    folder.mkdir(parents=True, exist_ok=True)
    flavour = [n for n in study.of(Kind.SHIPPED) if f"AUC {PAIRS[0]}" in study.measured.of(n.key)]
    if not flavour:
        return
    names = metrics_of(flavour[0])["task"]["names"]
    with figure_at(folder / "transformers_roc.svg", 9.0, 3.2) as figure:
        panels = figure.subplots(1, len(names), sharey=True)
        for axes, name in zip(panels, names, strict=True):
            for number, network in enumerate(flavour):
                metrics = metrics_of(network)
                signal = metrics["task"]["signal_efficiency"]
                for kind, line in (("float", ":"), ("quantized", "-")):
                    background = metrics[kind]["background_efficiency"][name]
                    label = network.label if kind == "quantized" else None
                    axes.plot(signal, background, line, color=COLOURS[number], linewidth=1.1, label=label)
            axes.set_yscale("log")
            axes.set_ylim(_LEAST_BACKGROUND, 1)
            axes.set_title(f"{name} against the rest", fontsize=9)
            axes.set_xlabel("signal efficiency")
        panels[0].set_ylabel("background efficiency")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(flavour), frameon=False, fontsize=8)
