"""A deep set on the 16 leading constituents of a jet, trained by QKeras (``train.py``)."""

from models import jets
from trigforge.training import Classes, ScriptRecipe

RECIPE = ScriptRecipe(
    load=jets.loader(16),
    data=jets.DATA,
    task=Classes(jets.CLASS_NAMES),
    evaluated=jets.EVALUATED,
    unit="jets",
    python=".venv-qkeras/bin/python",
    made_by="`make train-qkeras` makes it",
)
