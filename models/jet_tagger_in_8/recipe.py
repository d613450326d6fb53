"""An interaction network on the 8 leading constituents of a jet; the network stands in ``models/sets.py``."""

from models import sets

RECIPE = sets.interaction_network(8, sets.Training(ebops_limit=253_000, beta=(1e-8, 8e-7), quantized_epochs=70))
