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
UNITS = np.array([1.0, 0.5, 2.0**-4, 2.0**-4, 2.0, 2.0], np.float32)
LIMITS = np.array([2.0, 2.0, 2.0, 2.0, 1.0, 1.0], np.float32)
PURPOSE: dict[str, Any] = {
    "data": DATA,
    "task": Classes(CLASS_NAMES),
    "evaluated": {"test": "test jets", "sample": "jets of `sample.root`"},
    "unit": "jets",
}
"""what the recipes of all flavour taggers say of their events"""


def loader(units: NDArray[np.float32] = UNITS, limits: NDArray[np.float32] = LIMITS) -> Callable[[str], LabelledEvents]:
    """Jets of ``build/data/flavour`` by split, or the committed ``sample``: (n, 15, 6).

    The features of ``datasets.flavour.FEATURES`` times ``units``, clipped to plus and minus ``limits``.
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
