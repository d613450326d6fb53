"""An interaction network on the 32 leading constituents of a jet; the network stands in ``models/sets.py``."""

from models import sets

RECIPE = sets.interaction_network(
    32,
    sets.Training(
        ebops_limit=1_300_000,
        beta=(1e-8, 3e-8),
        ramp=0.4,
        float_epochs=10,
        quantized_epochs=32,
        begin="jet_tagger_in_16/jet_tagger_in_16",
        begin_types=True,
        rounding="TRN",
        **sets.TAUGHT,
    ),
)
