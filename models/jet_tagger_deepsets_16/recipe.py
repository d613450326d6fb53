"""Deep Sets on the 16 leading constituents of a jet; the network stands in ``models/sets.py``."""

from models import sets

RECIPE = sets.deep_sets(16, sets.Training(ebops_limit=200_000, beta=(1e-7, 6e-7), ramp=0.6, quantized_epochs=50))
