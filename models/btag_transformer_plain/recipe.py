"""The transformer of the paper's size, without layer normalization; see ``models/transformers.py``."""

from models import transformers

RECIPE = transformers.btag("btag_transformer_plain", transformers.PAPER, transformers.PAPER_TRAINING)
