"""Deep Sets on the 32 leading constituents of a jet; the network stands in ``models/sets.py``."""

from models import sets

RECIPE = sets.deep_sets(32, ebops_limit=100_000)
