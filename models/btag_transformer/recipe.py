"""The transformer of the paper's size, with layer normalization; see ``models/transformers.py``."""

from models import transformers

RECIPE = transformers.btag("btag_transformer", transformers.NORMALIZED, transformers.PAPER_TRAINING)
