"""``metrics.json``: what a training came to, the only source of a model card's figures."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import numpy as np

from trigforge.errors import TrainingError
from trigforge.training.evaluation import (
    accuracy,
    area_under_curve,
    background_efficiency,
    half_width,
    logits,
    residuals,
    resolution,
    softmax,
)
from trigforge.training.loop import Trained
from trigforge.training.recipe import LabelledEvents, Recipe, Regression

_SIGNAL_EFFICIENCIES = np.linspace(0.02, 1.0, 50)


def network_figures(trained: Trained, recipe: Recipe, evaluated: Mapping[str, LabelledEvents]) -> dict[str, Any]:
    """What the network reaches, and how it was trained.

    Accuracy on every split; AUC and background efficiencies, one class against the rest, on the first. Of a regression:
    ``regression_figures``.
    """
    best = trained.best or trained.history[-1]
    training = {
        "epochs": len(trained.history),
        "best_epoch": best.epoch + 1,
        "training_seconds": round(trained.seconds, 1),
    }
    if recipe.regression is not None:
        reached = regression_figures(trained.model, recipe.regression, evaluated)
        return {**reached, **training, "validation_resolution": best.resolution}
    reached = _class_figures(trained.model, recipe, evaluated)
    return {**reached, **training, "validation_accuracy": best.validation_accuracy}


def regression_figures(
    model: Any, regression: Regression, evaluated: Mapping[str, LabelledEvents]
) -> dict[str, dict[str, float]]:
    """On every split: the RMS of the residuals within the window, their share, and the 68 % half-width of all."""
    found = {split: residuals(logits(model, events.features), events.labels) for split, events in evaluated.items()}
    spread = {split: resolution(differences, regression.window) for split, differences in found.items()}
    return {
        "resolution": {split: round(rms, 5) for split, (rms, _) in spread.items()},
        "kept": {split: round(kept, 6) for split, (_, kept) in spread.items()},
        "half_width": {split: round(half_width(differences), 5) for split, differences in found.items()},
    }


def _class_figures(model: Any, recipe: Recipe, evaluated: Mapping[str, LabelledEvents]) -> dict[str, Any]:
    scores = {split: logits(model, events.features) for split, events in evaluated.items()}
    first = recipe.evaluated[0]
    labels, probability = evaluated[first].labels, softmax(scores[first])
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
    if recipe.regression is None:
        task: dict[str, Any] = {"class_names": list(recipe.class_names)}
        told = _told_of_classes(floating, quantized, recipe.evaluated[0])
    else:
        task, told = asdict(recipe.regression), {}
    return {
        "model": name,
        "data": recipe.data,
        "seed": recipe.seed,
        **task,
        "events": dict(events),
        "parameters": parameters,
        "ebops": sum(ebops.values()),
        "ebops_limit": recipe.ebops_limit,
        "ebops_of_layers": dict(ebops),
        **told,
        "float": floating,
        "quantized": quantized,
        "environment": {package: version(package) for package in ("keras", "hgq2", "tensorflow-cpu", "numpy")},
    }


def _told_of_classes(floating: dict[str, Any], quantized: dict[str, Any], first: str) -> dict[str, Any]:
    lost = 100 * (floating["accuracy"][first] - quantized["accuracy"][first])
    return {
        "points_lost_by_quantization": round(lost, 3),
        "signal_efficiency": [round(float(share), 2) for share in _SIGNAL_EFFICIENCIES],
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
