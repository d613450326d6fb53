"""Simulated jets for the recipes of jet taggers: their leading constituents, in the units of a network."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from trigforge.errors import TrainingError
from trigforge.training import Classes, LabelledEvents

if TYPE_CHECKING:
    from datasets.jets import Jets

GIVEN = os.environ.get("TRIGFORGE_DATA")
"""a folder with jets of the user's own, below ``train``, ``val`` and ``test``: ``make train MODEL=... DATA=path``"""
JETS = Path(GIVEN) if GIVEN else Path(__file__).resolve().parents[1] / "build" / "data" / "jets"
CLASS_NAMES = ("g", "q", "W", "Z", "t")
LEAST_TRAINING_JETS = 150_000
_SIMULATED = "jets simulated here (datasets/jets); they are not the public benchmark hls4ml_lhc_jets_150p"
DATA = f"jets of the folder {JETS.name!r}, given with DATA" if GIVEN else _SIMULATED
UNITS = np.array([2.0**-2, 4.0, 4.0], np.float32)
"""pT in units of 4 GeV, angles in units of 1/4"""
PURPOSE: dict[str, Any] = {
    "data": DATA,
    "task": Classes(CLASS_NAMES),
    "evaluated": {"test": "test jets", "sample": "jets of `sample.root`"},
    "unit": "jets",
}
"""what the recipes of all jet taggers say of their events"""


def loader(
    constituents: int, units: NDArray[np.float32] = UNITS, least_pt_gev: float = 0.0
) -> Callable[[str], LabelledEvents]:
    """Jets of ``build/data/jets`` (``make data``) by split, or the committed ``sample``.

    Of the leading constituents pT in GeV, and eta and phi in radians relative to the jet, times ``units``; zeros for
    those below ``least_pt_gev``.
    """

    def load(split: str) -> LabelledEvents:
        jets = _read(split, constituents)
        kept = jets.features[..., :1] >= least_pt_gev
        return LabelledEvents(jets.features * units * kept, jets.label.astype(np.int64))

    return load


def high_level_loader(units: NDArray[np.float32]) -> Callable[[str], LabelledEvents]:
    """The same jets by their 16 high-level features (``datasets.jets.schema.HIGH_LEVEL_NAMES``), times ``units``."""

    def load(split: str) -> LabelledEvents:
        jets = _read(split, 1)
        return LabelledEvents(jets.high_level * units, jets.label.astype(np.int64))

    return load


def _read(split: str, constituents: int) -> "Jets":
    from datasets.jets import SAMPLE_PATH, JetDataError, read_jets

    folder = JETS / {"train": "train", "validation": "val", "test": "test"}.get(split, split)
    try:
        jets = read_jets(SAMPLE_PATH if split == "sample" else folder, n_particles=constituents)
    except (JetDataError, OSError) as error:
        raise TrainingError(f"jets for {split!r}: {error}; `make data` simulates them") from None
    if split == "train" and len(jets.label) < LEAST_TRAINING_JETS:
        raise TrainingError(
            f"{folder} holds {len(jets.label):,} jets, training needs {LEAST_TRAINING_JETS:,}; finish `make data`"
        )
    return jets
