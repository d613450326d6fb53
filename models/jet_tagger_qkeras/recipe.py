"""A deep set on the 16 leading constituents of a jet, trained by QKeras (``train.py``)."""

from models import jets
from trigforge.training import ScriptRecipe

RECIPE = ScriptRecipe(
    load=jets.loader(16),
    python=".venv-qkeras/bin/python",
    made_by="`make train-qkeras` makes it",
    **jets.PURPOSE,
)
