"""The Deep Sets of the paper on 16 constituents, all weights and values of 3 bits."""

from models import sets

RECIPE = sets.deep_sets(16, sets.uniform(3))
