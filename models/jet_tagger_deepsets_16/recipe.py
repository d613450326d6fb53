"""Deep Sets on the 16 leading constituents of a jet; the network stands in ``models/sets.py``."""

from models import sets
from trigforge.training import Stage

RECIPE = sets.deep_sets(
    16,
    quantized_stage=Stage(epochs=50, batch_size=2048, learning_rate=5e-3),
    beta=(1e-7, 6e-7),
    ebops_limit=200_000,
)
