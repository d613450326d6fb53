"""Training of a model folder's recipe, resumable after every epoch. Importing this room imports no framework yet."""

from trigforge.training.recipe import (
    LabelledEvents,
    ParetoScan,
    Purpose,
    Recipe,
    ScriptRecipe,
    Stage,
    behind,
    load_recipe,
)
from trigforge.training.run import cut, run
from trigforge.training.task import Better, Quantity, Task
from trigforge.training.tasks import Classes, Reconstruction, Regression, Tagging

__all__ = [
    "Better",
    "Classes",
    "LabelledEvents",
    "ParetoScan",
    "Purpose",
    "Quantity",
    "Recipe",
    "Reconstruction",
    "Regression",
    "ScriptRecipe",
    "Stage",
    "Tagging",
    "Task",
    "behind",
    "cut",
    "load_recipe",
    "run",
]
