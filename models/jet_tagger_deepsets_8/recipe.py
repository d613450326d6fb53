"""Deep Sets on the 8 leading constituents of a jet; the network stands in ``models/sets.py``."""

from models import sets

RECIPE = sets.deep_sets(8, sets.Training(ebops_limit=165_000, beta=(1e-8, 8e-7)))
