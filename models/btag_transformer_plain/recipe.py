"""The transformer of the paper's size, without layer normalization; see ``models/transformers.py``."""

from models import transformers

RECIPE = transformers.btag(
    "btag_transformer_plain",
    transformers.PAPER,
    transformers.Training(
        ebops_limit=6_000_000,
        beta=(2e-9, 3e-8),
        ramp=0.6,
        float_epochs=12,
        quantized_epochs=12,
        batch_size=1024,
        learning_rate=3e-3,
        teaching=0.6,
        rounding="TRN",
        types=transformers.SHORT,
    ),
)
