"""``trigforge train``: both stages, the figures, and the files they leave."""

import warnings
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console

from trigforge.errors import TrainingError
from trigforge.files import locked, replacing
from trigforge.training import elsewhere
from trigforge.training.framework import keras, outputs
from trigforge.training.loop import Penalty, Settling, Teacher, Trained, train_stage
from trigforge.training.metrics import assemble, course, network_figures, summary, write_metrics
from trigforge.training.progress import Monitor
from trigforge.training.quantization import calibrate, digest, fixed_types, start_from_float, start_from_trained
from trigforge.training.recipe import (
    LabelledEvents,
    ParetoScan,
    Recipe,
    ScriptRecipe,
    Stage,
    behind,
    checked,
    load_recipe,
)

_STATES = ("float.npz", "quantized.npz", "settled.npz", "front_*.npz")


def run(
    model_dir: Path, *, epochs: int | None = None, out: Path, fresh: bool = False, console: Console | None = None
) -> Path:
    """Train the recipe of ``model_dir``, in float, then quantized from there, and return the path of the checkpoint.

    ``epochs`` replaces the number of epochs of each stage. ``out`` gets the states (``float.npz``, ``quantized.npz``,
    ``settled.npz``, ``front_<number>.npz``, replaced after every epoch; an interrupted run goes on from them unless
    ``fresh``) and, at the end, ``<name>.keras``, with a front ``<name>_<EBOPs>.keras``, and ``metrics.json``. The model
    folder itself is not touched. Two trainings in one folder wait for each other. Raises ``TrainingError``.
    """
    recipe = load_recipe(model_dir)
    name = model_dir.resolve().name
    console = console or Console(stderr=True)
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(out, lambda: _waiting(out, console)))
            if fresh:
                for state in (file for pattern in _STATES for file in out.glob(pattern)):
                    state.unlink()
        except OSError as error:
            raise TrainingError(f"output directory {out}: {error.strerror}; give another with --out") from None
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")  # the frameworks' own deprecations
        if isinstance(recipe, ScriptRecipe):
            return elsewhere.train(model_dir, recipe, epochs, out, fresh, console)
        return _train(name, recipe if epochs is None else _shortened(recipe, epochs), out, console)


def _shortened(recipe: Recipe, epochs: int) -> Recipe:
    """The recipe with this number of epochs in every stage."""
    return replace(
        recipe,
        float_stage=replace(recipe.float_stage, epochs=epochs),
        quantized_stage=replace(recipe.quantized_stage, epochs=epochs),
        settled_stage=recipe.settled_stage and replace(recipe.settled_stage, epochs=epochs),
        scan=recipe.scan and replace(recipe.scan, stage=replace(recipe.scan.stage, epochs=epochs)),
    )


@contextmanager
def _waiting(out: Path, console: Console) -> Generator[None]:
    console.print(f"another training runs in {out}; this one goes on when it has ended", highlight=False)
    yield


def _train(name: str, recipe: Recipe, out: Path, console: Console) -> Path:
    training = _Training.of(recipe, out, console)
    training.say("data", f"{len(training.train):,} {recipe.unit} to train on, {len(training.validation):,} to validate")
    keras().utils.set_random_seed(recipe.seed)
    floating = training.float_stage()
    model = recipe.build(True)
    teacher = training.teacher(floating)
    quantized = _within(recipe.ebops_limit, training.quantized_stage(model, floating, teacher))
    settled = training.settled_stage(model, teacher)
    ebops = calibrate(model, training.train.features)
    shipped, rest = cut(model, recipe.cut_behind)
    results = {
        "parameters": _parameters(floating.model, shipped),
        "ebops": sum(ebops.values()),
        "ebops_limit": recipe.ebops_limit,
        "ebops_of_layers": ebops,
        "float": training.figures(floating),
        "quantized": training.figures(quantized),
        **({"settled": course(settled, recipe.task)} if settled else {}),
        "environment": {package: version(package) for package in ("keras", "hgq2", "tensorflow-cpu", "numpy")},
    }
    metrics = assemble(name, recipe, training.counts, results)
    checkpoint = out / f"{name}.keras"
    _save(shipped, checkpoint)
    if rest is not None:
        _save(rest, behind(checkpoint))
    if recipe.scan is not None:
        metrics["front"] = _front(name, recipe.scan, model, training)
    write_metrics(out / "metrics.json", metrics)
    training.say("done", summary(metrics, recipe, checkpoint))
    return checkpoint


def _within(limit: int, trained: Trained) -> Trained:
    """The training itself; ``TrainingError`` where no epoch of it kept the limit of the EBOPs."""
    if trained.best is None:
        least = min(record.ebops for record in trained.history)
        raise TrainingError(
            f"no epoch came to at most {limit:,} EBOPs, the least is {least:,}; "
            "raise the limit, which trains nothing again, or beta, or train longer"
        )
    return trained


@dataclass(frozen=True)
class _Training:
    """A recipe, its events, the folder for its states and results, and the console."""

    recipe: Recipe
    out: Path
    console: Console
    train: LabelledEvents
    validation: LabelledEvents
    evaluated: Mapping[str, LabelledEvents]

    @classmethod
    def of(cls, recipe: Recipe, out: Path, console: Console) -> "_Training":
        """The training with all splits loaded; ``TrainingError`` for events that do not fit the task."""
        train, validation = checked(recipe, "train"), checked(recipe, "validation")
        return cls(
            recipe, out, console, train, validation, {split: checked(recipe, split) for split in recipe.evaluated}
        )

    @property
    def counts(self) -> dict[str, int]:
        """The number of events by split."""
        splits = {"train": self.train, "validation": self.validation, **self.evaluated}
        return {split: len(events) for split, events in splits.items()}

    def stage(
        self,
        title: str,
        model: Any,
        stage: Stage,
        number: int,
        penalty: Penalty | Settling | None = None,
        start: Callable[[], None] | None = None,
        teacher: Teacher | None = None,
        origin: str = "",
    ) -> Trained:
        """One stage; its state is ``<title>.npz``, its seed the recipe's plus ``number``."""
        return train_stage(
            model,
            self.recipe.task,
            stage,
            self.train,
            self.validation,
            seed=self.recipe.seed + number,
            checkpoint=self.out / f"{title.replace(' ', '_')}.npz",
            monitor=self._monitor(title),
            penalty=penalty,
            start=start,
            teacher=teacher,
            origin=origin,
        )

    def float_stage(self) -> Trained:
        """The network in floating point, trained."""
        model = self.recipe.build(False)
        return self.stage("float", model, self.recipe.float_stage, 0, origin=self._begun(model))

    def quantized_stage(self, model: Any, floating: Trained, teacher: Teacher | None) -> Trained:
        """``model`` trained from where another network ended, or else the one in floating point."""
        recipe = self.recipe
        origin = self._begun(model) if recipe.begin_types else ""
        return self.stage(
            "quantized",
            model,
            recipe.quantized_stage,
            1,
            Penalty(recipe.beta, recipe.ramp, recipe.ebops_limit),
            None if origin else lambda: start_from_float(model, floating.model, self.train.features[:20_000]),
            teacher,
            origin,
        )

    def settled_stage(self, model: Any, teacher: Teacher | None) -> Trained | None:
        """``model`` trained on with the types that it has, where the recipe asks for that."""
        recipe = self.recipe
        if recipe.settled_stage is None:
            return None
        with fixed_types(model):
            settling, origin = Settling(recipe.ebops_limit), digest(model)
            trained = self.stage("settled", model, recipe.settled_stage, 0, settling, teacher=teacher, origin=origin)
        return _within(recipe.ebops_limit, trained)

    def _begun(self, model: Any) -> str:
        """The digest of the network that ``model`` now begins from; empty where it begins from none."""
        return "" if self.recipe.begin is None else start_from_trained(model, self.recipe.begin)

    def teacher(self, floating: Trained) -> Teacher | None:
        """The answers of the network in floating point to the training events, where the recipe aims at them."""
        share = self.recipe.teaching
        return Teacher(outputs(floating.model, self.train.features), share) if share else None

    def figures(self, trained: Trained) -> dict[str, Any]:
        """The figures of a trained network, for ``metrics.json``."""
        task = self.recipe.task
        answers = {split: outputs(trained.model, events.features) for split, events in self.evaluated.items()}
        return {**network_figures(task, answers, self.evaluated), **course(trained, task)}

    def say(self, title: str, text: str) -> None:
        """One line on the console."""
        self._monitor(title).say(text)

    def _monitor(self, title: str) -> Monitor:
        return Monitor(self.console, title, self.recipe.task, self.recipe.unit)


def _front(name: str, scan: ParetoScan, model: Any, training: _Training) -> list[dict[str, Any]]:
    """The points of a scan: figures of each, saved as ``<name>_<EBOPs>.keras``."""
    points: list[dict[str, Any]] = []
    for number, beta in enumerate(scan.betas, 1):
        trained = training.stage(f"front {number}", model, scan.stage, 1 + number, Penalty((beta, beta), 0.0, None))
        ebops = sum(calibrate(model, training.train.features).values())
        point = f"{name}_{ebops}"
        _save(model, training.out / f"{point}.keras")
        points.append({"name": point, "ebops": ebops, "beta": beta, **training.figures(trained)})
    return points


def _parameters(floating: Any, shipped: Any) -> int:
    """The parameters of the floating-point twins of the layers that are shipped."""
    names = {layer.name for layer in shipped.layers}
    return sum(int(layer.count_params()) for layer in floating.layers if layer.name in names)


def cut(model: Any, name: str | None) -> tuple[Any, Any]:
    """A model up to its layer of this name, and what stands behind that; the whole model, and None, without a name.

    Raises ``TrainingError`` where the model has no such layer, or where what stands behind takes more than its output.
    """
    if name is None:
        return model, None
    try:
        between = model.get_layer(name).output
        rest = keras().Model(between, model.output, name=f"{model.name}_behind")
    except ValueError as error:
        layers = ", ".join(layer.name for layer in model.layers)
        raise TrainingError(
            f"the network cannot be cut behind {name!r} ({error}); name one of its layers in recipe.py: {layers}"
        ) from None
    return keras().Model(model.input, between, name=model.name), rest


def _save(model: Any, path: Path) -> None:
    """The model without its optimizer as the file ``path``, replaced whole."""
    model.compile()
    try:
        with replacing(path) as place:
            model.save(place)
    except OSError as error:
        raise TrainingError(f"{path} cannot be written: {error.strerror}; free space or give --out") from None
