"""A linear interaction network on the 8 leading constituents of a jet; the network stands in ``models/sets.py``."""

from models import sets

RECIPE = sets.linear(8, sets.Training(ebops_limit=215_000, beta=(1e-8, 1e-6)))
