"""A multilayer perceptron on the 16 leading constituents of a jet; the network stands in ``models/sets.py``."""

from models import sets

RECIPE = sets.perceptron(16, ebops_limit=100_000)
