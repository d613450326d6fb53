"""A small transformer, an event every clock cycle; see ``models/transformers.py``."""

from dataclasses import replace

from models import transformers

TRAINING = replace(
    transformers.PAPER_TRAINING, ebops_limit=600_000, beta=(1e-8, 2e-7), float_epochs=40, quantized_epochs=30
)
RECIPE = transformers.btag("btag_transformer_small", transformers.SMALL, TRAINING)
