"""Writes the figures of every model card, ``README.md``, from recipe, ``metrics.json`` and ``design.toml``.

``python models/card.py`` also draws ``roc.svg`` beside the card of a model with classes, and ``rate.svg`` and a table
of rates for one with a trigger, from its events; and it writes the table of all models in ``models/README.md``.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # benchmarks and datasets are packages of the workspace

from benchmarks.harness import fill
from trigforge.design import load_design
from trigforge.flow.rating import rate_files
from trigforge.flow.workspace import resolve
from trigforge.menu import RateCurve
from trigforge.menu.plot import save_plot
from trigforge.menu.table import cells, chosen
from trigforge.menu.wording import bare_rate
from trigforge.training import Purpose, Recipe, load_recipe

MODELS = Path(__file__).resolve().parent
COLOURS = ("#4477aa", "#66ccee", "#228833", "#ccbb44", "#ee6677", "#aa3377", "#bbbbbb")


def folders(models: Path = MODELS) -> list[Path]:
    """The model folders that have a card: those with ``model.toml`` and ``metrics.json``, by name."""
    return sorted(path.parent for path in models.glob("*/model.toml") if path.with_name("metrics.json").is_file())


def triggers(models: Path = MODELS) -> list[Path]:
    """The model folders with a trigger, by name."""
    found = sorted(path.parent for path in models.glob("*/model.toml"))
    return [folder for folder in found if resolve(str(folder)).trigger is not None]


def metrics_of(folder: Path) -> dict[str, Any]:
    """``metrics.json`` of a model folder."""
    return json.loads((folder / "metrics.json").read_text(encoding="utf-8"))


def figures(folder: Path, metrics: Mapping[str, Any]) -> str:
    """The generated part of a card, in Markdown."""
    recipe = load_recipe(folder)
    blocks = [_table(recipe, metrics)]
    blocks.append(_size(recipe, metrics) if isinstance(recipe, Recipe) else f"{_cost(recipe, metrics)}.")
    if points := metrics.get("front"):
        blocks.append(_front(recipe, points))
    blocks.append(_origin(folder, metrics))
    return "\n\n".join(blocks)


def _table(recipe: Purpose, metrics: Mapping[str, Any]) -> str:
    networks = (metrics["float"], metrics["quantized"])
    rows = ["| | float | quantized |", "|---|---|---|"]
    for split, events in recipe.evaluated.items():
        for quantity in recipe.task.quantities:
            values = " | ".join(quantity.text(network[quantity.name][split]) for network in networks)
            rows.append(f"| {quantity.title}, {events} | {values} |")
    floating, quantized = (recipe.task.rows(network) for network in networks)
    rows += [f"| {title} | {value} | {quantized[title]} |" for title, value in floating.items()]
    rows.append("| epochs (best) | " + " | ".join(f"{n['epochs']} ({n['best_epoch']})" for n in networks) + " |")
    minutes = " | ".join(f"{n['training_seconds'] / 60:.1f} min" for n in networks)
    rows.append(f"| training time | {minutes} |")
    if "settled" in metrics:
        rows += _settled(recipe, metrics["quantized"], metrics["settled"])
    return "\n".join(rows)


def _settled(recipe: Recipe, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What the last epochs, with fixed types, gave."""
    headline = recipe.task.headline
    validation = f"validation_{headline.name}"
    return [
        f"| then with fixed types, epochs (best) | | {after['epochs']} ({after['best_epoch']}) |",
        f"| {headline.title} in validation, before and after these | | {headline.text(before[validation])}, "
        f"{headline.text(after[validation])} |",
    ]


def _size(recipe: Recipe, metrics: Mapping[str, Any]) -> str:
    if not metrics["ebops"]:
        return f"{_cost(recipe, metrics)}."
    layers = ", ".join(f"{layer} {ebops:,}" for layer, ebops in metrics["ebops_of_layers"].items())
    return (
        f"**{metrics['ebops']:,} EBOPs** of at most {metrics['ebops_limit']:,} (effective bit operations, as HGQ2"
        f" counts them: the summed products of widths), {_cost(recipe, metrics)}. EBOPs by layer: {layers}."
    )


def _cost(recipe: Purpose, metrics: Mapping[str, Any]) -> str:
    headline, first = recipe.task.headline, next(iter(recipe.evaluated))
    floating, quantized = (metrics[network][headline.name][first] for network in ("float", "quantized"))
    events = metrics["events"]
    tested = " and ".join(f"{events[split]:,} {words}" for split, words in recipe.evaluated.items())
    return (
        f"{metrics['parameters']:,} parameters; quantization costs {headline.lost(floating, quantized)}."
        f" {events['train']:,} training and {events['validation']:,} validation {recipe.unit}, tested on {tested};"
        f" seed {metrics['seed']}"
    )


def _front(recipe: Purpose, points: list[dict[str, Any]]) -> str:
    headline = recipe.task.headline
    heads = " | ".join(f"{headline.title}, {words}" for words in recipe.evaluated.values())
    rows = [f"| point of the front | EBOPs | {heads} |", "|---|---|" + "---|" * len(recipe.evaluated)]
    for point in points:
        values = " | ".join(headline.text(point[headline.name][split]) for split in recipe.evaluated)
        rows.append(f"| {point['name']} | {point['ebops']:,} | {values} |")
    return "\n".join(rows)


def _origin(folder: Path, metrics: Mapping[str, Any]) -> str:
    packages = ", ".join(f"{package} {number}" for package, number in metrics["environment"].items())
    target = load_design(folder / "design.toml").point.target
    return (
        f"Built for {target.part} with a clock period of {target.clock_period_ns:g} ns ([design.toml](design.toml)). "
        f"Trained with {packages}."
    )


def rates(curve: RateCurve) -> str:
    """Points of a trigger's curve, in Markdown; its own in bold."""
    rows = ["| threshold | signal efficiency | of background | rate |", "|--:|---|---|---|"]
    for point in chosen(curve):
        own = point is curve.working_point
        rows.append("| " + " | ".join(f"**{cell}**" if own else cell for cell in cells(point)) + " |")
    return "\n".join(
        [
            f"{curve.signal_events:,} signal and {curve.background_events:,} background events; "
            f"{curve.luminosity:g} /(cm² s) × {curve.cross_section_pb:g} pb = {bare_rate(curve.total_hz)} before the "
            "trigger. In bold the threshold of the model, in brackets Clopper-Pearson intervals of 68 %.",
            "",
            *rows,
        ]
    )


def models_table(models: list[Path]) -> str:
    """The table of all models, in Markdown: the beginning of each card, the headline figure and the EBOPs."""
    rows = ["| model | task | quantized | EBOPs |", "|---|---|---|---|"]
    for folder in models:
        metrics, recipe = metrics_of(folder), load_recipe(folder)
        headline, (split, words) = recipe.task.headline, next(iter(recipe.evaluated.items()))
        reached = headline.text(metrics["quantized"][headline.name][split])
        ebops = f"{metrics['ebops']:,}" if metrics.get("ebops") else "not counted"
        rows.append(
            f"| [{folder.name}]({folder.name}/README.md) | {_beginning(folder / 'README.md')} "
            f"| {headline.title} {reached}, {words} | {ebops} |"
        )
    return "\n".join(rows)


def _beginning(card: Path) -> str:
    """The text of a card's first paragraph up to its first colon or full stop, on one line."""
    paragraph = card.read_text(encoding="utf-8").split("\n\n")[1]
    return re.split(r"[:.](?:\s|$)", " ".join(paragraph.split()), maxsplit=1)[0]


def draw(metrics: Mapping[str, Any], path: Path) -> None:
    """Background efficiency against signal efficiency, each class against the rest."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = metrics["model"]
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(5, 3.6))
    for name, colour in zip(metrics["task"]["names"], COLOURS, strict=False):
        for network, style in (("float", ":"), ("quantized", "-")):
            background = metrics[network]["background_efficiency"][name]
            label = f"{name}, AUC {metrics[network]['auc'][name]:.3f}" if network == "quantized" else None
            efficiency = metrics["task"]["signal_efficiency"]
            axes.plot(efficiency, background, style, color=colour, label=label, linewidth=1.2)
    axes.set(xlim=(0, 1), ylim=(1e-3, 1), yscale="log", xlabel="signal efficiency", ylabel="background efficiency")
    axes.set_title(f"{metrics['data'].split(' (')[0]}; solid: quantized, dotted: float", fontsize=9)
    axes.legend(fontsize=8, frameon=False)
    axes.grid(alpha=0.2)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    for folder in folders():
        metrics = metrics_of(folder)
        fill(folder / "README.md", {"figures": figures(folder, metrics)})
        if "signal_efficiency" in metrics["task"]:
            draw(metrics, folder / "roc.svg")
    for folder in triggers():
        curve, _ = rate_files(str(folder))
        fill(folder / "README.md", {"rates": rates(curve)})
        save_plot(curve, folder / "rate.svg")
    fill(MODELS / "README.md", {"models": models_table(folders())})


if __name__ == "__main__":
    main()
