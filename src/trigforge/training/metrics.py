"""``metrics.json``: the results of a training, the only source of a model card's figures."""

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from trigforge.errors import TrainingError
from trigforge.files import write_whole
from trigforge.training.evaluation import outputs
from trigforge.training.loop import Trained
from trigforge.training.recipe import LabelledEvents, Recipe
from trigforge.training.task import Task


def network_figures(trained: Trained, task: Task, evaluated: Mapping[str, LabelledEvents]) -> dict[str, Any]:
    """The task's figures of a network on every split, its tables on the first, and the course of the training."""
    best = trained.best or trained.history[-1]
    answers = {split: outputs(trained.model, events.features) for split, events in evaluated.items()}
    reached = {split: task.figures(answers[split], events.labels) for split, events in evaluated.items()}
    first = next(iter(evaluated))
    headline = task.headline.name
    return {
        **{
            entry.name: {split: round(figures[entry.name], 6) for split, figures in reached.items()}
            for entry in task.quantities
        },
        **task.tables(answers[first], evaluated[first].labels),
        "epochs": len(trained.history),
        "best_epoch": best.epoch + 1,
        f"validation_{headline}": best.figures[headline],
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
    return {
        "model": name,
        "data": recipe.data,
        "seed": recipe.seed,
        "task": recipe.task.described(),
        "events": dict(events),
        "parameters": parameters,
        "ebops": sum(ebops.values()),
        "ebops_limit": recipe.ebops_limit,
        "ebops_of_layers": dict(ebops),
        "float": floating,
        "quantized": quantized,
        "environment": {package: version(package) for package in ("keras", "hgq2", "tensorflow-cpu", "numpy")},
    }


def write_metrics(path: Path, metrics: Mapping[str, Any]) -> None:
    """JSON at ``path``, replaced whole; lists of numbers stay on one line."""
    try:
        write_whole(path, _text(metrics, "") + "\n")
    except OSError as error:
        raise TrainingError(f"{path} cannot be written: {error.strerror}; free space or give --out") from None


def _text(value: Any, indent: str) -> str:
    if not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    inner, table = indent + "  ", cast(dict[str, Any], value)
    entries = [f"{inner}{json.dumps(key)}: {_text(entry, inner)}" for key, entry in table.items()]
    return "{\n" + ",\n".join(entries) + "\n" + indent + "}"
