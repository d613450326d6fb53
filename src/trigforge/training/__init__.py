"""Training of a model folder's recipe, resumable after every epoch. Importing this room imports no framework yet."""

from trigforge.training.recipe import LabelledEvents, ParetoScan, Recipe, Stage, load_recipe
from trigforge.training.run import run
from trigforge.training.task import Better, Quantity, Task
from trigforge.training.tasks import Classes, Reconstruction, Regression, Tagging

__all__ = [
    "Better",
    "Classes",
    "LabelledEvents",
    "ParetoScan",
    "Quantity",
    "Recipe",
    "Reconstruction",
    "Regression",
    "Stage",
    "Tagging",
    "Task",
    "load_recipe",
    "run",
]
