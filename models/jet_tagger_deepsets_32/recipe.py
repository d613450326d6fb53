"""Deep Sets on the 32 leading constituents of a jet; the network stands in ``models/sets.py``."""

from models import sets

RECIPE = sets.deep_sets(
    32,
    sets.Training(
        ebops_limit=250_000,
        beta=(1.5e-7, 3.5e-7),
        ramp=0.3,
        float_epochs=15,
        quantized_epochs=60,
        begin="jet_tagger_deepsets_16/jet_tagger_deepsets_16",
        begin_types=True,
        **sets.TAUGHT,
    ),
)
