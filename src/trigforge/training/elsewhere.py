"""Training by a model folder's own script, in another environment: events go there, logits and a file come back.

``train.py FOLDER [EPOCHS]`` finds ``<split>.npz`` in FOLDER, with ``features`` and ``labels``, for ``train``,
``validation`` and every evaluated split. It leaves there the trained model ``<name><suffix>``, the answers of both
networks ``float_<split>.npy`` and ``quantized_<split>.npy`` to every evaluated split, and ``results.json``: its
``environment``, the number of ``parameters``, and by ``float`` and ``quantized`` the course of each training.
"""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from trigforge.errors import TrainingError
from trigforge.files import replacing
from trigforge.merit import Floats
from trigforge.training.metrics import assemble, network_figures, summary, write_metrics
from trigforge.training.recipe import LabelledEvents, ScriptRecipe, checked

NETWORKS = ("float", "quantized")


def train(model_dir: Path, recipe: ScriptRecipe, epochs: int | None, out: Path, fresh: bool, console: Console) -> Path:
    """Run the folder's script in ``out/script`` and return the path of the trained model, beside ``metrics.json``.

    The script goes on from what an earlier run left there, unless ``fresh``.

    Raises ``TrainingError`` where the environment is missing, the script fails, or a result is missing.
    """
    folder = model_dir.resolve()
    name, python = folder.name, folder.parent.parent / recipe.python
    if not python.is_file():
        raise TrainingError(f"{name} is trained by {recipe.python}, which does not exist; {recipe.made_by}")
    out = out / "script"
    if fresh:
        shutil.rmtree(out, ignore_errors=True)
    splits = {split: checked(recipe, split) for split in ("train", "validation", *recipe.evaluated)}
    out.mkdir(parents=True, exist_ok=True)
    for split, events in splits.items():
        _hand_over(out / f"{split}.npz", events)
    command = [python, folder / "train.py", out.resolve(), *([] if epochs is None else [epochs])]
    code = subprocess.run([str(part) for part in command], cwd=folder.parent.parent, check=False).returncode
    if code:
        raise TrainingError(f"{folder / 'train.py'} ended with code {code}; see what it printed above")
    evaluated = {split: splits[split] for split in recipe.evaluated}
    try:
        results: dict[str, Any] = json.loads((out / "results.json").read_text(encoding="utf-8"))
        answers = {network: _answers(out, network, evaluated) for network in NETWORKS}
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"{folder / 'train.py'} left no results that can be read ({error}); the docstring of "
            "trigforge.training.elsewhere says what it should leave"
        ) from None
    for network in NETWORKS:
        results[network] = network_figures(recipe.task, answers[network], evaluated) | results[network]
    results["answers_sha256"] = {split: digest(found) for split, found in answers["quantized"].items()}
    metrics = assemble(name, recipe, {split: len(events) for split, events in splits.items()}, results)
    checkpoint = out / f"{name}{recipe.suffix}"
    write_metrics(out / "metrics.json", metrics)
    console.print(summary(metrics, recipe, checkpoint), highlight=False)
    return checkpoint


def digest(answers: Floats) -> str:
    """The SHA-256 of outputs as float64: a graph that is equal to the network gives the same."""
    return hashlib.sha256(np.ascontiguousarray(answers, "<f8").tobytes()).hexdigest()


def _hand_over(place: Path, events: LabelledEvents) -> None:
    with replacing(place) as path, path.open("wb") as file:
        np.savez(file, features=events.features.astype(np.float32), labels=events.labels)


def _answers(out: Path, network: str, evaluated: Mapping[str, LabelledEvents]) -> dict[str, Floats]:
    answers = {split: np.load(out / f"{network}_{split}.npy").astype(np.float64) for split in evaluated}
    for split, events in evaluated.items():
        if len(answers[split]) != len(events):
            raise ValueError(f"{network}_{split}.npy holds {len(answers[split])} answers to {len(events)} events")
    return answers
