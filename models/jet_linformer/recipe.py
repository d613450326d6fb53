"""A linformer on the 16 leading constituents of a jet; the network stands in ``models/sets.py``."""

from models import sets

RECIPE = sets.linformer(16, sets.TRANSFORMER_TRAINING)
