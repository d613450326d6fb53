"""Writes the figures of README.md, and roc.svg, from metrics.json: ``python models/jet_tagger/card.py``."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
BEGIN = "<!-- written by card.py from metrics.json -->"
END = "<!-- end -->"
COLOURS = ("#4477aa", "#66ccee", "#228833", "#ccbb44", "#ee6677")


def figures(metrics: dict[str, Any]) -> str:
    """The tables, in Markdown."""
    floating, quantized, events = metrics["float"], metrics["quantized"], metrics["events"]
    networks, names = (floating, quantized), metrics["class_names"]
    lines = [
        f"| | float | quantized |\n|---|---|---|\n| accuracy, {events['test']:,} test jets "
        f"| {floating['accuracy']['test']:.2%} | {quantized['accuracy']['test']:.2%} |",
        f"| accuracy, the {events['sample']:,} jets of `sample.root` "
        f"| {floating['accuracy']['sample']:.2%} | {quantized['accuracy']['sample']:.2%} |",
        *(
            f"| AUC, {name} against the rest | {floating['auc'][name]:.3f} | {quantized['auc'][name]:.3f} |"
            for name in names
        ),
        "| epochs (best) | " + " | ".join(f"{n['epochs']} ({n['best_epoch']})" for n in networks) + " |",
        "| training time on two cores | "
        + " | ".join(f"{n['training_seconds'] / 60:.1f} min" for n in networks)
        + " |",
        "",
        f"**{metrics['ebops']:,} EBOPs** of at most 120,000 (effective bit operations, as HGQ2 counts them: the "
        f"summed products of widths), {metrics['parameters']:,} parameters, {events['train']:,} training and "
        f"{events['validation']:,} validation jets, seed {metrics['seed']}; quantization costs "
        f"{metrics['points_lost_by_quantization']:.2f} points. "
        + "EBOPs by layer: "
        + ", ".join(f"{layer} {ebops:,}" for layer, ebops in metrics["ebops_of_layers"].items())
        + ".",
        "",
        "Trained with " + ", ".join(f"{package} {number}" for package, number in metrics["environment"].items()) + ".",
    ]
    return "\n".join(lines)


def card(text: str, metrics: dict[str, Any]) -> str:
    """``text`` with the figures between the two marks replaced."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{figures(metrics)}\n{END}{rest.split(END)[1]}"


def draw(metrics: dict[str, Any], path: Path) -> None:
    """Background efficiency against signal efficiency, each class against the rest."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "jet_tagger"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(5, 3.6))
    for name, colour in zip(metrics["class_names"], COLOURS, strict=True):
        for network, style in (("float", ":"), ("quantized", "-")):
            background = metrics[network]["background_efficiency"][name]
            auc = metrics[network]["auc"][name]
            label = f"{name}, AUC {auc:.3f}" if network == "quantized" else None
            axes.plot(metrics["signal_efficiency"], background, style, color=colour, label=label, linewidth=1.2)
    axes.set(xlim=(0, 1), ylim=(1e-3, 1), yscale="log", xlabel="signal efficiency", ylabel="background efficiency")
    axes.set_title("jets simulated here; solid: quantized, dotted: float", fontsize=9)
    axes.legend(fontsize=8, frameon=False)
    axes.grid(alpha=0.2)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    metrics = json.loads((FOLDER / "metrics.json").read_text(encoding="utf-8"))
    readme = FOLDER / "README.md"
    readme.write_text(card(readme.read_text(encoding="utf-8"), metrics), encoding="utf-8")
    draw(metrics, FOLDER / "roc.svg")


if __name__ == "__main__":
    main()
