"""``metrics.json``: what a training came to, the only source of a model card's figures."""

import json
import os
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import numpy as np

from trigforge.errors import TrainingError
from trigforge.training.evaluation import accuracy, area_under_curve, background_efficiency, logits, softmax
from trigforge.training.loop import Trained
from trigforge.training.recipe import LabelledEvents, Recipe

_SIGNAL_EFFICIENCIES = np.linspace(0.02, 1.0, 50)


def network_figures(trained: Trained, recipe: Recipe, evaluated: Mapping[str, LabelledEvents]) -> dict[str, Any]:
    """Accuracy on every split; AUC and background efficiencies, one class against the rest, on the first."""
    scores = {split: logits(trained.model, events.features) for split, events in evaluated.items()}
    first = recipe.evaluated[0]
    labels, probability = evaluated[first].labels, softmax(scores[first])
    best = trained.best or trained.history[-1]
    return {
        "accuracy": {split: accuracy(scores[split], events.labels) for split, events in evaluated.items()},
        "auc": {
            name: round(area_under_curve(probability[:, number], labels == number), 5)
            for number, name in enumerate(recipe.class_names)
        },
        "background_efficiency": {
            name: [
                round(float(share), 6)
                for share in background_efficiency(probability[:, number], labels == number, _SIGNAL_EFFICIENCIES)
            ]
            for number, name in enumerate(recipe.class_names)
        },
        "epochs": len(trained.history),
        "best_epoch": best.epoch + 1,
        "validation_accuracy": best.validation_accuracy,
        "training_seconds": round(trained.seconds, 1),
    }


def assemble(
    name: str,
    recipe: Recipe,
    events: Mapping[str, int],
    floating: dict[str, Any],
    quantized: dict[str, Any],
    ebops: Mapping[str, int],
    parameters: int,
) -> dict[str, Any]:
    """The content of ``metrics.json``."""
    first = recipe.evaluated[0]
    lost = 100 * (floating["accuracy"][first] - quantized["accuracy"][first])
    return {
        "model": name,
        "data": recipe.data,
        "seed": recipe.seed,
        "class_names": list(recipe.class_names),
        "events": dict(events),
        "parameters": parameters,
        "ebops": sum(ebops.values()),
        "ebops_limit": recipe.ebops_limit,
        "ebops_of_layers": dict(ebops),
        "points_lost_by_quantization": round(lost, 3),
        "signal_efficiency": [round(float(share), 2) for share in _SIGNAL_EFFICIENCIES],
        "float": floating,
        "quantized": quantized,
        "environment": {package: version(package) for package in ("keras", "hgq2", "tensorflow-cpu", "numpy")},
    }


def write_metrics(path: Path, metrics: Mapping[str, Any]) -> None:
    """Write, then replace ``path``; lists of numbers stay on one line."""
    unfinished = path.with_suffix(".unfinished")
    try:
        unfinished.write_text(_text(metrics, "") + "\n", encoding="utf-8")
        os.replace(unfinished, path)
    except OSError as error:
        raise TrainingError(f"{path} cannot be written: {error.strerror}; free space or give --out") from None


def _text(value: Any, indent: str) -> str:
    if not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    inner, table = indent + "  ", cast(dict[str, Any], value)
    entries = [f"{inner}{json.dumps(key)}: {_text(entry, inner)}" for key, entry in table.items()]
    return "{\n" + ",\n".join(entries) + "\n" + indent + "}"
