"""The perceptron trained with another seed, to see how far its figures depend on it."""

from dataclasses import replace

from models.jet_tagger_mlp_16 import recipe

RECIPE = replace(recipe.RECIPE, seed=3)
