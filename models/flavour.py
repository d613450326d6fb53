"""Simulated jets for the recipes of flavour taggers: the tracks of a jet, in the units of a network."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models import simulated
from trigforge.training import Classes, LabelledEvents

if TYPE_CHECKING:
    from datasets.flavour import FlavourJets

JETS = simulated.folder_of("flavour")
CLASS_NAMES = ("b", "c", "light")
DATA = simulated.told(JETS, "jets simulated here (datasets/flavour); they are no public sample")
UNITS = np.array([4.0, 2.0, 0.5, 0.5, 4.0, 4.0], np.float32)
"""d0 in units of 1/4 mm, z0 of 1/2 mm, both significances of 2, pT fraction and dR of 1/4"""
LIMITS = np.array([8.0, 8.0, 8.0, 8.0, 4.0, 4.0], np.float32)
"""2 mm, 4 mm, significances of 16, and 1: a type with 3 (last two: 2) integer bits besides the sign saturates there"""
PURPOSE: dict[str, Any] = {
    "data": DATA,
    "task": Classes(CLASS_NAMES, pairs=(("b", "light"), ("b", "c"), ("c", "light"))),
    "evaluated": simulated.EVALUATED,
    "unit": "jets",
}
"""what the recipes of all flavour taggers say of their events"""


def loader(units: NDArray[np.float32] = UNITS, limits: NDArray[np.float32] = LIMITS) -> Callable[[str], LabelledEvents]:
    """Jets of ``build/data/flavour`` (``trigforge data flavour generate``) by split, or the committed ``sample``.

    Features (n, 15, 6) are those of ``datasets.flavour.FEATURES`` times ``units``, clipped to plus and minus
    ``limits``; labels are indices into ``CLASS_NAMES``.
    """

    def load(split: str) -> LabelledEvents:
        jets = _read(split)
        return LabelledEvents(np.clip(jets.tracks * units, -limits, limits), jets.labels.astype(np.int64))

    return load


def _read(split: str) -> "FlavourJets":
    from datasets.flavour import SAMPLE_PATH, read_flavour

    return simulated.read_split(split, JETS, SAMPLE_PATH, read_flavour, len, "trigforge data flavour generate")
