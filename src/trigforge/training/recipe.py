"""What a model folder says about its training: ``models/<name>/recipe.py`` defines ``RECIPE``."""

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from trigforge.errors import TrainingError, TrigforgeError


@dataclass(frozen=True)
class LabelledEvents:
    """``features`` (n, *input shape), float32, or uint8 for bits, in the units of the model's input; ``labels`` (n,),
    class numbers (int64), or, of a regression, the true values (float32)."""

    features: npt.NDArray[Any]
    labels: npt.NDArray[Any]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Stage:
    """Adam on the cross-entropy, or on the mean square of a regression's residuals.

    The learning rate falls to 0 along half a cosine.
    """

    epochs: int
    batch_size: int
    learning_rate: float


@dataclass(frozen=True)
class Regression:
    """The model's one output is a quantity in ``unit``; residuals from ``window`` on count as lost, not as spread."""

    unit: str
    window: float


@dataclass(frozen=True)
class Front:
    """Smaller networks, points of a front of quality against EBOPs, one for each of the rising weights ``betas`` of the
    EBOPs: trained on from the one before it through ``stage``, and taken from the last epoch."""

    betas: tuple[float, ...]
    stage: Stage


@dataclass(frozen=True)
class Recipe:
    """A network, its events, and how it is trained: first in float, then quantized from there.

    ``build(quantized)`` returns a Keras model of one input and one output, the logits of
    ``class_names`` or, with ``regression``, the quantity, (n, 1). The float network has a layer of
    the same name for every layer of the quantized one that holds quantizers, with the same inputs and kernel shapes.
    ``load(split)`` is called with ``"train"``, ``"validation"`` and each of ``evaluated``, of which the first stands in
    the headline figures. ``beta`` weighs the EBOPs in the loss: it rises from its first to its last value (a
    logarithmic ramp over ``ramp`` of the epochs) and then stays. The best epoch is the one with the highest validation
    accuracy, or the least validation resolution, among those with at most ``ebops_limit``.
    """

    build: Callable[[bool], Any]
    load: Callable[[str], LabelledEvents]
    data: str
    float_stage: Stage
    quantized_stage: Stage
    beta: tuple[float, float]
    ebops_limit: int
    class_names: tuple[str, ...] = ()
    regression: Regression | None = None
    front: Front | None = None
    ramp: float = 0.6
    evaluated: tuple[str, ...] = ("test",)
    unit: str = "events"
    seed: int = 1


def load_recipe(folder: Path) -> Recipe:
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
        raise TrainingError(f"{path} cannot be run: {type(error).__name__}: {error}") from error
    recipe = getattr(module, "RECIPE", None)
    if not isinstance(recipe, Recipe):
        raise TrainingError(f"{path} defines no RECIPE of type trigforge.training.Recipe")
    return recipe
