"""``metrics.json``: the results of a training, the only source of a model card's figures."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from trigforge.errors import TrainingError
from trigforge.files import write_whole
from trigforge.merit import Floats
from trigforge.training.loop import Trained
from trigforge.training.recipe import LabelledEvents, Purpose
from trigforge.training.task import Task


def network_figures(
    task: Task, answers: Mapping[str, Floats], evaluated: Mapping[str, LabelledEvents]
) -> dict[str, Any]:
    """The task's figures of a network's ``answers`` on every split, and its tables on the first."""
    reached = {split: task.figures(answers[split], events.labels) for split, events in evaluated.items()}
    first = next(iter(evaluated))
    return {
        **{
            entry.name: {split: round(figures[entry.name], 6) for split, figures in reached.items()}
            for entry in task.quantities
        },
        **task.tables(answers[first], evaluated[first].labels),
    }


def course(trained: Trained, task: Task) -> dict[str, Any]:
    """Epochs and minutes of a training, and what its best epoch reached in validation."""
    best, headline = trained.best or trained.history[-1], task.headline.name
    return {
        "epochs": len(trained.history),
        "best_epoch": best.epoch + 1,
        f"validation_{headline}": best.figures[headline],
        "training_seconds": round(trained.seconds, 1),
    }


def assemble(name: str, purpose: Purpose, events: Mapping[str, int], results: Mapping[str, Any]) -> dict[str, Any]:
    """The content of ``metrics.json``: what the network is for, then the results of its training."""
    return {
        "model": name,
        "data": purpose.data,
        "seed": purpose.seed,
        "task": purpose.task.described(),
        "events": dict(events),
        **results,
    }


def summary(metrics: Mapping[str, Any], purpose: Purpose, checkpoint: Path) -> str:
    """The end of a training, in two lines."""
    headline = purpose.task.headline
    first, words = next(iter(purpose.evaluated.items()))
    floating, quantized = (headline.text(metrics[network][headline.name][first]) for network in ("float", "quantized"))
    size = f" at {metrics['ebops']:,} EBOPs" if metrics.get("ebops") else ""
    return (
        f"{headline.title} on {metrics['events'][first]:,} {words}: float {floating}, quantized {quantized}{size}\n"
        f"to ship it, copy {checkpoint} and {checkpoint.with_name('metrics.json')} into the model folder"
    )


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
