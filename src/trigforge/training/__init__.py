"""Training of a model folder's recipe, resumable after every epoch. Importing this room imports no framework yet."""

from trigforge.training.recipe import Front, LabelledEvents, Recipe, Regression, Stage, load_recipe
from trigforge.training.run import run

__all__ = ["Front", "LabelledEvents", "Recipe", "Regression", "Stage", "load_recipe", "run"]
