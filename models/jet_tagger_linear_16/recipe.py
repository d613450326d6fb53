"""A linear interaction network on the 16 leading constituents of a jet; the network stands in ``models/sets.py``."""

from models import sets

RECIPE = sets.linear(
    16,
    sets.Training(
        ebops_limit=195_000,
        beta=(3e-8, 2.5e-7),
        ramp=0.5,
        quantized_epochs=300,
        begin="jet_tagger_linear_8/jet_tagger_linear_8",
        rounding="TRN",
        **sets.TAUGHT,
    ),
)
