"""A multilayer perceptron on the 32 leading constituents of a jet; the network stands in ``models/sets.py``."""

from models import sets

RECIPE = sets.perceptron(32, ebops_limit=100_000)
