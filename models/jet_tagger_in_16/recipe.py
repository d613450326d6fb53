"""An interaction network on the 16 leading constituents of a jet; the network stands in ``models/sets.py``."""

from models import sets

RECIPE = sets.interaction_network(
    16,
    sets.Training(
        ebops_limit=410_000,
        beta=(1e-8, 1.2e-7),
        ramp=0.4,
        float_epochs=40,
        quantized_epochs=120,
        begin="jet_tagger_in_8",
        **sets.TAUGHT,
    ),
)
