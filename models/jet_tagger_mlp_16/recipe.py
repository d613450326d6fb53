"""A multilayer perceptron on the 16 leading constituents of a jet; the network stands in ``models/sets.py``."""

from models import sets

RECIPE = sets.perceptron(16, sets.Training(ebops_limit=240_000, beta=(1e-7, 8e-7), quantized_epochs=60))
