"""A recipe, the description of a training: ``models/<name>/recipe.py`` defines ``RECIPE``."""

import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy.typing as npt

from trigforge.errors import TrainingError, TrigforgeError
from trigforge.training.task import Task


@dataclass(frozen=True)
class LabelledEvents:
    """``features`` (n, *input shape), float32, or uint8 for bits, in the units of the model's input; ``labels``
    (n, ...) as the recipe's task defines them."""

    features: npt.NDArray[Any]
    labels: npt.NDArray[Any]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Stage:
    """Epochs of Adam on the task's loss. The learning rate falls to 0 along half a cosine."""

    epochs: int
    batch_size: int
    learning_rate: float


@dataclass(frozen=True)
class ParetoScan:
    """A Pareto scan: training continues through ``stage`` once per value of ``betas``, each from the network before it.

    The values are weights of the EBOPs in the loss, and rise. Each point is the network after its last epoch.
    """

    betas: tuple[float, ...]
    stage: Stage


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """The events and the task of a network.

    ``load(split)`` is called with ``"train"``, ``"validation"`` and each key of ``evaluated``, whose values name the
    events of a split in text; the first stands in summaries. ``data`` says where the events come from.
    """

    load: Callable[[str], LabelledEvents]
    data: str
    task: Task
    evaluated: Mapping[str, str] = field(default_factory=lambda: {"test": "test events"})
    unit: str = "events"
    seed: int = 1


@dataclass(frozen=True, kw_only=True)
class Recipe(Purpose):
    """A network and its trainings with HGQ2: in float, then quantized from there, then settled.

    ``build(quantized)`` returns a Keras model of one input and one output, of the shape that ``task`` asks for. The
    float network has a layer of the same name for every layer of the quantized one that holds quantizers, with the same
    inputs and kernel shapes. ``beta`` weighs the EBOPs in the loss: it rises from its first to its last value (a
    logarithmic ramp over ``ramp`` of the epochs) and then stays. The best epoch is the task's best among those with at
    most ``ebops_limit``. From there ``settled_stage`` trains on with types that stay as they are, where there is one:
    after each epoch every weight takes the value that its type gives it. So weights end that flip between two values
    and follow no lasting gradient, the oscillations of arXiv 2203.11086; they cost accuracy until the last step.

    ``begin`` is a trained quantized network (``.keras``) from which the float network takes what layers of the same
    names and shapes have learned; with ``begin_types`` the quantized one begins there too, with its types, and not from
    the float network. A network on sets learns faster from one on fewer particles. ``teaching`` is the share that the
    float network's answers have in what the quantized one aims at, beside the labels.

    ``cut_behind`` is the last layer that is shipped: what stands behind it, as the decoder of an autoencoder, is
    trained with it, and becomes a file of its own, ``behind(checkpoint)``.
    """

    build: Callable[[bool], Any]
    float_stage: Stage
    quantized_stage: Stage
    beta: tuple[float, float]
    ebops_limit: int
    settled_stage: Stage | None = None
    scan: ParetoScan | None = None
    ramp: float = 0.6
    begin: Path | None = None
    begin_types: bool = False
    teaching: float = 0.0
    cut_behind: str | None = None


def behind(checkpoint: Path) -> Path:
    """The file of what stands behind the last layer of a checkpoint that was cut, ``<name>_behind.keras``."""
    return checkpoint.with_stem(f"{checkpoint.stem}_behind")


@dataclass(frozen=True, kw_only=True)
class ScriptRecipe(Purpose):
    """A network that ``train.py``, beside the recipe, trains with another framework, in an environment of its own.

    ``python`` is that environment's interpreter, relative to the workspace, and ``made_by`` the command that makes it.
    ``elsewhere`` says what the script finds and leaves. The file of the trained network has the ending ``suffix``.
    """

    python: str
    made_by: str
    suffix: str = ".h5"


def load_recipe(folder: Path) -> Recipe | ScriptRecipe:
    """``RECIPE`` of ``folder/recipe.py``; it may import the workspace's packages (``datasets``).

    Raises ``TrainingError`` for a file that is missing, fails, or defines no recipe.
    """
    path = folder / "recipe.py"
    if not path.is_file():
        raise TrainingError(f"{path} does not exist; a model that can be trained has a recipe.py that defines RECIPE")
    spec = importlib.util.spec_from_file_location(f"recipe_of_{folder.name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    workspace = str(folder.resolve().parent.parent)
    if workspace not in sys.path:
        sys.path.insert(0, workspace)
    try:
        spec.loader.exec_module(module)
    except TrigforgeError:
        raise
    except Exception as error:
        raise TrainingError(f"{path} cannot be run ({type(error).__name__}: {error}); correct it") from error
    recipe = getattr(module, "RECIPE", None)
    if not isinstance(recipe, Recipe | ScriptRecipe):
        raise TrainingError(f"{path} defines no RECIPE; assign it a trigforge.training.Recipe or ScriptRecipe")
    return recipe


def checked(purpose: Purpose, split: str) -> LabelledEvents:
    """The events of a split; ``TrainingError`` where they are none, or do not fit the task."""
    events = purpose.load(split)
    if not len(events) or len(events.features) != len(events.labels):
        raise TrainingError(
            f"the split {split!r} holds {len(events.features)} events with {len(events.labels)} labels; "
            "recipe.py should load one label an event, and at least one event"
        )
    purpose.task.check(split, events.labels)
    return events
