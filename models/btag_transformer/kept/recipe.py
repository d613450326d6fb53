"""The recipe of the folder above, by which this checkpoint was trained."""

from pathlib import Path

from trigforge.training import load_recipe

RECIPE = load_recipe(Path(__file__).resolve().parents[1])
