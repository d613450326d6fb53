"""An interaction network on the 16 leading constituents of a jet; the network stands in ``models/sets.py``."""

from models import sets

RECIPE = sets.interaction_network(
    16,
    sets.Training(
        ebops_limit=345_000,
        beta=(1e-8, 1.9e-7),
        ramp=0.4,
        quantized_epochs=120,
        begin="jet_tagger_in_8/jet_tagger_in_8",
        rounding="TRN",
        **sets.TAUGHT,
    ),
)
