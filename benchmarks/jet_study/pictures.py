"""Figures of ``docs/results/jets.md``: SVG with text as text, the same bytes for the same results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes

from benchmarks.jet_study.page import CLASSES, FOLDER, fronts
from benchmarks.jet_study.quality import metrics_of
from benchmarks.study.networks import Kind, Network
from benchmarks.study.pictures import COLOURS, figure_at
from benchmarks.study.results import Study

_LEAST_BACKGROUND = 1e-4


def draw(study: Study, folder: Path = FOLDER) -> None:
    """All figures that there are results for."""
    folder.mkdir(parents=True, exist_ok=True)
    _front(study, folder / "jets_front.svg")
    _fronts(study, folder / "jets_fronts.svg")
    _curves(study, folder / "jets_roc.svg")


def _front(study: Study, path: Path) -> None:
    """Accuracy over look-up tables, ours on simulated jets and the published ones on the public set."""
    with figure_at(path, 7.6, 4.6) as figure:
        axes = figure.subplots()
        for network in study.of(Kind.SHIPPED):
            own, built = study.measured.of(network.key), study.mapped.of(network.key)
            if built:
                place = built["LUT, mapped"], own["accuracy"]
                axes.plot(*place, marker=network.marker, color=COLOURS[_size(network)], linestyle="")
                _named(axes, network.name.removeprefix("jet_tagger_"), place, "black")
        for number, row in enumerate(study.definition["published"]):
            place = row["lut"], row["accuracy"]
            axes.plot(*place, marker="x", color="#999999", linestyle="")
            _named(axes, row["label"], place, "#777777", above=number % 2 == 0)
        axes.margins(x=0.15)
        axes.set_xscale("log")
        axes.set_xlabel("look-up tables, mapped (published: placed)")
        axes.set_ylabel("accuracy, %  (grey: on the public set)")


def _fronts(study: Study, path: Path) -> None:
    """Accuracy over EBOPs, look-up tables and latency along each front; the shipped network is the full marker."""
    with figure_at(path, 11.0, 3.6) as figure:
        panels, groups = figure.subplots(1, 3, sharey=True), fronts(study)
        for axes, (key, title) in zip(panels, _COSTS.items(), strict=True):
            for number, (name, points) in enumerate(groups.items()):
                own = [study.figures(point.key) for point in points]
                costs, accuracies = [entry[key] for entry in own], [entry["accuracy"] for entry in own]
                label, colour = name.removeprefix("jet_tagger_").replace("jet_tagger", "headline"), COLOURS[number]
                axes.plot(costs, accuracies, "o-", color=colour, markerfacecolor="white", markersize=4, label=label)
                axes.plot(costs[:1], accuracies[:1], "o", color=colour, markersize=5)
            axes.set_xscale("log" if key != "latency" else "linear")
            axes.set_xlabel(title)
        panels[0].set_ylabel("accuracy, %")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=6, frameon=False, fontsize=8)


_COSTS = {"EBOPs": "EBOPs", "LUT, mapped": "look-up tables, mapped", "latency": "latency at the design's clock, ns"}


def _named(axes: Axes, text: str, place: tuple[float, float], colour: str, above: bool = True) -> None:
    """A point's name beside it."""
    axes.annotate(text, place, (5, 3 if above else -9), textcoords="offset points", fontsize=7, color=colour)


def _size(network: Network) -> int:
    """A colour for each number of constituents."""
    return {"8": 0, "16": 1, "32": 2}.get(network.name.rpartition("_")[2], 3)


def _curves(study: Study, path: Path) -> None:
    """Background efficiency over signal efficiency of each class, for all networks on 16 constituents."""
    chosen = [n for n in study.of(Kind.SHIPPED) if n.name.endswith("_16") or n.name == "jet_tagger"]
    curves({network.name: network for network in chosen}, CLASSES, path, 11.0, 2.9)


def curves(chosen: Mapping[str, Network], classes: Sequence[str], path: Path, width: float, height: float) -> None:
    """Background efficiency over signal efficiency of each class against the rest, in float (dotted) and quantized, of
    networks by their labels; in inches."""
    with figure_at(path, width, height) as figure:
        panels = figure.subplots(1, len(classes), sharey=True)
        for axes, name in zip(panels, classes, strict=True):
            for number, (title, network) in enumerate(chosen.items()):
                curve = metrics_of(network)
                signal = curve["task"]["signal_efficiency"]
                for kind, line in (("float", ":"), ("quantized", "-")):
                    background = curve[kind]["background_efficiency"][name]
                    label = title if kind == "quantized" else None
                    axes.plot(signal, background, line, color=COLOURS[number], linewidth=1.1, label=label)
            axes.set_yscale("log")
            axes.set_ylim(_LEAST_BACKGROUND, 1)
            axes.set_title(f"{name} against the rest", fontsize=9)
            axes.set_xlabel("signal efficiency")
        panels[0].set_ylabel("background efficiency")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(chosen), frameon=False, fontsize=8)
