"""A deep set on the 16 leading constituents of a jet, trained by QKeras (``train.py``)."""

import numpy as np

from models import jets
from trigforge.training import Classes, ScriptRecipe

SCALE = np.array([2.0**-2, 4.0, 4.0], np.float32)

RECIPE = ScriptRecipe(
    load=jets.loader(16, SCALE),
    data=jets.DATA,
    task=Classes(jets.CLASS_NAMES),
    evaluated=jets.EVALUATED,
    unit="jets",
    python=".venv-qkeras/bin/python",
    made_by="`make train-qkeras` makes it",
)
