"""``trigforge train``: both stages, the figures, and what is left on disk."""

import os
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from trigforge.errors import TrainingError
from trigforge.training.framework import keras
from trigforge.training.loop import Penalty, train_stage
from trigforge.training.metrics import assemble, network_figures, write_metrics
from trigforge.training.progress import Monitor
from trigforge.training.quantization import calibrate, start_from_float
from trigforge.training.recipe import Front, LabelledEvents, Recipe, load_recipe

_STATES = ("float.npz", "quantized.npz", "front_*.npz")


def run(
    model_dir: Path, *, epochs: int | None = None, out: Path, fresh: bool = False, console: Console | None = None
) -> Path:
    """Train the recipe of ``model_dir``: in float, then quantized from there; the path of the checkpoint.

    ``epochs`` replaces the number of epochs of each stage. ``out`` gets the states (``float.npz``, ``quantized.npz``,
    ``front_<number>.npz``, replaced after every epoch; an interrupted run goes on from them unless ``fresh``) and, at
    the end, ``<name>.keras``, with a front ``<name>_<EBOPs>.keras``, and ``metrics.json``. The model folder itself is
    not touched. Raises ``TrainingError``.
    """
    recipe = load_recipe(model_dir)
    if epochs is not None:
        recipe = replace(
            recipe,
            float_stage=replace(recipe.float_stage, epochs=epochs),
            quantized_stage=replace(recipe.quantized_stage, epochs=epochs),
            front=recipe.front and replace(recipe.front, stage=replace(recipe.front.stage, epochs=epochs)),
        )
    name = model_dir.resolve().name
    console = console or Console(stderr=True)
    try:
        out.mkdir(parents=True, exist_ok=True)
        if fresh:
            for state in (file for pattern in _STATES for file in out.glob(pattern)):
                state.unlink()
    except OSError as error:
        raise TrainingError(f"output directory {out}: {error.strerror}; give another with --out") from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the frameworks' own deprecations
        return _train(name, recipe, out, console)


def _train(name: str, recipe: Recipe, out: Path, console: Console) -> Path:
    train, validation = _loaded(recipe, "train"), _loaded(recipe, "validation")
    _monitor(console, "data", recipe).say(f"{len(train):,} {recipe.unit} to train on, {len(validation):,} to validate")
    keras().utils.set_random_seed(recipe.seed)
    floating = train_stage(
        recipe.build(False),
        recipe.float_stage,
        train,
        validation,
        seed=recipe.seed,
        checkpoint=out / "float.npz",
        monitor=_monitor(console, "float", recipe),
        regression=recipe.regression,
    )
    model = recipe.build(True)
    quantized = train_stage(
        model,
        recipe.quantized_stage,
        train,
        validation,
        seed=recipe.seed + 1,
        checkpoint=out / "quantized.npz",
        monitor=_monitor(console, "quantized", recipe),
        penalty=Penalty(recipe.beta, recipe.ramp, recipe.ebops_limit),
        regression=recipe.regression,
        start=lambda: start_from_float(model, floating.model, train.features[:20_000]),
    )
    if quantized.best is None:
        least = min(record.ebops for record in quantized.history)
        raise TrainingError(
            f"no epoch came to at most {recipe.ebops_limit:,} EBOPs, the least is {least:,}; "
            "raise beta in recipe.py or train longer"
        )
    ebops = calibrate(model, train.features)
    evaluated = {split: _loaded(recipe, split) for split in recipe.evaluated}
    metrics = assemble(
        name,
        recipe,
        {split: len(events) for split, events in {"train": train, "validation": validation, **evaluated}.items()},
        network_figures(floating, recipe, evaluated),
        network_figures(quantized, recipe, evaluated),
        ebops,
        int(floating.model.count_params()),
    )
    checkpoint = out / f"{name}.keras"
    _save(model, checkpoint)
    if recipe.front is not None:
        metrics["front"] = _front(name, recipe, recipe.front, model, (train, validation), evaluated, out, console)
    write_metrics(out / "metrics.json", metrics)
    _monitor(console, "done", recipe).say(_summary(metrics, recipe, checkpoint))
    return checkpoint


def _front(
    name: str,
    recipe: Recipe,
    front: Front,
    model: Any,
    events: tuple[LabelledEvents, LabelledEvents],
    evaluated: Mapping[str, LabelledEvents],
    out: Path,
    console: Console,
) -> list[dict[str, Any]]:
    """Train ``model`` on, point by point, and save each as ``<name>_<EBOPs>.keras``; what each reaches."""
    train, validation = events
    points: list[dict[str, Any]] = []
    for number, beta in enumerate(front.betas, 1):
        trained = train_stage(
            model,
            front.stage,
            train,
            validation,
            seed=recipe.seed + 1 + number,
            checkpoint=out / f"front_{number}.npz",
            monitor=_monitor(console, f"front {number}", recipe),
            penalty=Penalty((beta, beta), 0.0, None),
            regression=recipe.regression,
        )
        ebops = sum(calibrate(model, train.features).values())
        point = f"{name}_{ebops}"
        _save(model, out / f"{point}.keras")
        points.append({"name": point, "ebops": ebops, "beta": beta, **network_figures(trained, recipe, evaluated)})
    return points


def _loaded(recipe: Recipe, split: str) -> LabelledEvents:
    events = recipe.load(split)
    if not len(events) or len(events.features) != len(events.labels):
        raise TrainingError(
            f"the split {split!r} holds {len(events.features)} events with {len(events.labels)} labels; "
            "recipe.py should load one label an event, and at least one event"
        )
    if recipe.regression is not None:
        if not np.isfinite(events.labels).all():
            raise TrainingError(
                f"the split {split!r} holds values in {recipe.regression.unit} that are not finite; "
                "recipe.py should leave those events out"
            )
        return events
    classes = len(recipe.class_names)
    if not 0 <= int(events.labels.min()) <= int(events.labels.max()) < classes:
        raise TrainingError(
            f"the labels of the split {split!r} reach from {events.labels.min()} to {events.labels.max()}; "
            f"the recipe names {classes} classes, 0 to {classes - 1}"
        )
    return events


def _monitor(console: Console, title: str, recipe: Recipe) -> Monitor:
    return Monitor(console, title, recipe.unit)


def _save(model: Any, path: Path) -> None:
    """A file without optimizer; written beside ``path``, then moved there."""
    unfinished = path.with_name(f"unfinished_{path.name}")
    try:
        model.compile()
        model.save(unfinished)
        os.replace(unfinished, path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise TrainingError(f"{path} cannot be written: {error.strerror}; free space or give --out") from None


def _summary(metrics: dict[str, Any], recipe: Recipe, checkpoint: Path) -> str:
    first = recipe.evaluated[0]
    what, form = (
        ("accuracy", "{:.2%}") if recipe.regression is None else ("resolution", f"{{:.3f}} {recipe.regression.unit}")
    )
    floating, quantized = (form.format(metrics[network][what][first]) for network in ("float", "quantized"))
    return (
        f"{what} on {metrics['events'][first]:,} {recipe.unit} ({first}): float {floating}, quantized {quantized} "
        f"at {metrics['ebops']:,} EBOPs\n"
        f"to ship it, copy {checkpoint} and {checkpoint.with_name('metrics.json')} into the model folder"
    )
