"""Writes the figures of both muon trackers' model cards from their ``metrics.json``.

Run ``python models/muon_tracker/card.py`` after a checkpoint is replaced. How the networks compare with the
straight-line fit, and how large they are as firmware, stands in ``docs/results/muon.md``.
"""

import json
from pathlib import Path
from typing import Any

MODELS = Path(__file__).resolve().parent.parent
NAMES = ("muon_tracker", "muon_tracker_cnn")
BEGIN = "<!-- figures, written by models/muon_tracker/card.py from metrics.json -->"
END = "<!-- end -->"
SPLITS = {"test": "default", "clean": "clean"}


def figures(metrics: dict[str, Any]) -> str:
    """The tables, in Markdown."""
    networks, events = (metrics["float"], metrics["quantized"]), metrics["events"]
    lines = ["| | float | quantized |", "|---|---|---|"]
    for split, name in SPLITS.items():
        for title, key, form in (
            (f"resolution, {name} muons", "resolution", "{:.3f} mrad"),
            ("kept", "kept", "{:.2%}"),
            ("68 % half-width", "half_width", "{:.3f} mrad"),
        ):
            lines.append(f"| {title} | " + " | ".join(form.format(n[key][split]) for n in networks) + " |")
    lines += [
        "| epochs (best) | " + " | ".join(f"{n['epochs']} ({n['best_epoch']})" for n in networks) + " |",
        "| training time | " + " | ".join(f"{n['training_seconds'] / 60:.1f} min" for n in networks) + " |",
        "",
        f"**{metrics['ebops']:,} EBOPs** of at most {metrics['ebops_limit']:,} (effective bit operations, as HGQ2 "
        f"counts them), {metrics['parameters']:,} parameters; {events['train']:,} training, "
        f"{events['validation']:,} validation, {events['test']:,} default and "
        f"{events['clean']:,} clean muons, seed {metrics['seed']}. EBOPs by layer: "
        + ", ".join(f"{layer} {ebops:,}" for layer, ebops in metrics["ebops_of_layers"].items())
        + ".",
    ]
    if points := metrics.get("front"):
        lines += ["", "| point of the front | EBOPs | default, mrad | clean, mrad |", "|---|---|---|---|"]
        for point in points:
            reached = " | ".join(f"{point['resolution'][split]:.3f}" for split in SPLITS)
            lines.append(f"| {point['name']} | {point['ebops']:,} | {reached} |")
    lines += [
        "",
        "Trained with " + ", ".join(f"{name} {number}" for name, number in metrics["environment"].items()) + ".",
    ]
    return "\n".join(lines)


def card(text: str, metrics: dict[str, Any]) -> str:
    """``text`` with the figures between the two marks replaced."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{figures(metrics)}\n{END}{rest.split(END)[1]}"


def main() -> None:
    for folder in (MODELS / name for name in NAMES):
        metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        readme = folder / "README.md"
        readme.write_text(card(readme.read_text(encoding="utf-8"), metrics), encoding="utf-8")


if __name__ == "__main__":
    main()
