"""A small transformer, an event every clock cycle; see ``models/transformers.py``."""

from models import transformers

RECIPE = transformers.btag(
    "btag_transformer_small",
    transformers.SMALL,
    transformers.Training(
        ebops_limit=600_000,
        beta=(1e-8, 2e-7),
        ramp=0.6,
        float_epochs=40,
        quantized_epochs=30,
        batch_size=1024,
        learning_rate=3e-3,
        teaching=0.6,
        rounding="TRN",
        types=transformers.SHORT,
    ),
)
