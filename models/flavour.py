"""Simulated jets for the recipes of flavour taggers: the tracks of a jet, in the units of a network."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from trigforge.errors import TrainingError
from trigforge.training import Classes, LabelledEvents

if TYPE_CHECKING:
    from datasets.flavour import FlavourJets

GIVEN = os.environ.get("TRIGFORGE_DATA")
"""a folder with jets of the user's own, below ``train``, ``val`` and ``test``: ``make train MODEL=... DATA=path``"""
JETS = Path(GIVEN) if GIVEN else Path(__file__).resolve().parents[1] / "build" / "data" / "flavour"
CLASS_NAMES = ("b", "c", "light")
LEAST_TRAINING_JETS = 150_000
DATA = (
    f"jets of the folder {JETS.name!r}, given with DATA"
    if GIVEN
    else "jets simulated here (datasets/flavour); they are no public sample"
)
UNITS = np.array([4.0, 2.0, 0.5, 0.5, 4.0, 4.0], np.float32)
"""d0 in units of 1/4 mm, z0 of 1/2 mm, both significances of 2, pT fraction and dR of 1/4"""
LIMITS = np.array([8.0, 8.0, 8.0, 8.0, 4.0, 4.0], np.float32)
"""2 mm, 4 mm, significances of 16, and 1: a type with 3 (last two: 2) integer bits besides the sign saturates there"""
PURPOSE: dict[str, Any] = {
    "data": DATA,
    "task": Classes(CLASS_NAMES, pairs=(("b", "light"), ("b", "c"), ("c", "light"))),
    "evaluated": {"test": "test jets", "sample": "jets of `sample.root`"},
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
    from datasets.flavour import SAMPLE_PATH, FlavourDataError, read_flavour

    folder = JETS / {"train": "train", "validation": "val", "test": "test"}.get(split, split)
    try:
        jets = read_flavour(SAMPLE_PATH if split == "sample" else folder)
    except (FlavourDataError, OSError) as error:
        raise TrainingError(f"jets for {split!r}: {error}; `trigforge data flavour generate` simulates them") from None
    if split == "train" and len(jets) < LEAST_TRAINING_JETS:
        raise TrainingError(
            f"{folder} holds {len(jets):,} jets, training needs {LEAST_TRAINING_JETS:,}; "
            "finish `trigforge data flavour generate`"
        )
    return jets
