"""A linear interaction network on the 8 leading constituents of a jet; the network stands in ``models/sets.py``."""

from models import sets

RECIPE = sets.linear(
    8,
    sets.Training(
        ebops_limit=215_000,
        beta=(3e-8, 3e-7),
        ramp=0.5,
        quantized_epochs=50,
        **sets.TAUGHT,
    ),
)
