"""Simulated jets for the recipes of jet taggers: their leading constituents, in the units of a network."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models import simulated
from trigforge.training import Classes, LabelledEvents, ParetoScan, Recipe

if TYPE_CHECKING:
    from datasets.jets import Jets

JETS = simulated.folder_of("jets")
CLASS_NAMES = ("g", "q", "W", "Z", "t")
DATA = simulated.told(
    JETS, "jets simulated here (datasets/jets); they are not the public benchmark hls4ml_lhc_jets_150p"
)
UNITS = np.array([2.0**-2, 4.0, 4.0], np.float32)
"""pT in units of 4 GeV, angles in units of 1/4"""
PURPOSE: dict[str, Any] = {
    "data": DATA,
    "task": Classes(CLASS_NAMES),
    "evaluated": simulated.EVALUATED,
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


def front(shipped: Recipe, checkpoint: str, epochs: int = 15) -> Recipe:
    """A Pareto front that begins where ``shipped`` ended, in ``models/<checkpoint>.keras``: the weight of the EBOPs
    doubles from point to point."""
    beta, stage = shipped.beta[1], replace(shipped.quantized_stage, epochs=epochs)
    return replace(
        shipped,
        begin=Path(__file__).parent / f"{checkpoint}.keras",
        begin_types=True,
        quantized_stage=replace(stage, epochs=5),
        beta=(beta, beta),
        scan=ParetoScan(tuple(beta * factor for factor in FRONT_FACTORS), stage),
    )


FRONT_FACTORS = (2, 4, 8, 16)
"""weights of the EBOPs along a front, over the one that a shipped network was trained with"""


def _read(split: str, constituents: int) -> "Jets":
    from datasets.jets import SAMPLE_PATH, read_jets

    read = partial(read_jets, n_particles=constituents)
    return simulated.read_split(split, JETS, SAMPLE_PATH, read, lambda jets: len(jets.label), "make data")
