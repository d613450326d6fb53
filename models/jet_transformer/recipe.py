"""A transformer on the 16 leading constituents of a jet; the network stands in ``models/sets.py``."""

from dataclasses import replace

from models import sets

RECIPE = sets.transformer(
    16,
    sets.Training(
        ebops_limit=400_000,
        beta=(3e-8, 6e-7),
        ramp=0.5,
        float_epochs=60,
        quantized_epochs=120,
        batch_size=1024,
        learning_rate=2e-3,
        teaching=0.6,
        rounding="TRN",
        types=replace(sets.TYPES, attention=2),
    ),
)
