"""An interaction network on the 8 leading constituents of a jet; the network stands in ``models/sets.py``."""

from models import sets

RECIPE = sets.interaction_network(
    8,
    sets.Training(
        ebops_limit=280_000,
        beta=(1e-8, 3e-7),
        ramp=0.8,
        float_epochs=40,
        quantized_epochs=50,
        **sets.TAUGHT,
    ),
)
