"""Definition of a jet: classes, features of a track, and the `FlavourJets` value that every reader returns."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.flavour.errors import FlavourDataError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

CLASSES: tuple[str, ...] = ("b", "c", "light")
"""Position is label; "light" are jets of u, d, s and gluons. The order of `jet_flav` 5, 4, 0."""
TRACKS = 15
FEATURES: tuple[str, ...] = ("d0", "z0", "d0_significance", "z0_significance", "pt_fraction", "dr")
"""Features of a track: impact parameters in mm (d0 signed by the jet), both over their errors, pT over the jet's, and
distance to the jet's axis in eta and phi."""

TREE_NAME = "jets"
JET_COLUMNS: dict[str, type] = {
    "label": np.int8,
    "jet_pt": np.float32,
    "jet_eta": np.float32,
    "jet_phi": np.float32,
    "jet_mass": np.float32,
    "process": np.int8,
    "n_tracks": np.int16,
}
TRACK_COLUMNS: tuple[str, ...] = tuple(f"track_{name}" for name in FEATURES)
"""Branches of the TTree: a number a jet, and 15 float32 a jet."""


@dataclass(frozen=True)
class FlavourJets:
    """Jets as networks take them.

    `tracks`: (n, 15, 6) float32, tracks by falling absolute significance of d0, features by `FEATURES`; a missing track
    is six zeros. `labels`: (n,) int8, an index into `CLASSES`. `jet_pt` (GeV) and `jet_eta`: (n,) float32, or None
    where a file does not say.
    """

    tracks: NDArray[np.float32]
    labels: NDArray[np.int8]
    jet_pt: NDArray[np.float32] | None = None
    jet_eta: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        n = len(self.labels)
        if self.tracks.shape != (n, TRACKS, len(FEATURES)):
            raise FlavourDataError(f"tracks have shape {self.tracks.shape}, expected ({n}, {TRACKS}, {len(FEATURES)})")
        for name, column in (("jet_pt", self.jet_pt), ("jet_eta", self.jet_eta)):
            if column is not None and column.shape != (n,):
                raise FlavourDataError(f"{name} has shape {column.shape}, expected ({n},)")

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, chosen: Any) -> "FlavourJets":
        """The jets `chosen`, by slice, index or mask."""
        pt, eta = (None if column is None else column[chosen] for column in (self.jet_pt, self.jet_eta))
        return FlavourJets(self.tracks[chosen], self.labels[chosen], pt, eta)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Tracks of each jet, (n,): those that are not six zeros."""
        return np.count_nonzero(np.any(self.tracks, axis=2), axis=1)


def join(parts: list[FlavourJets]) -> FlavourJets:
    """All jets of `parts` (at least one), in order; pT and eta are kept where every part has them."""
    columns: list[NDArray[np.float32] | None] = []
    for name in ("jet_pt", "jet_eta"):
        found = [getattr(part, name) for part in parts]
        columns.append(None if any(column is None for column in found) else np.concatenate(found))
    tracks, labels = (np.concatenate([getattr(part, name) for part in parts]) for name in ("tracks", "labels"))
    return FlavourJets(tracks, labels, *columns)


def finite(path: Path, jets: FlavourJets) -> FlavourJets:
    """The jets. Raises FlavourDataError where their features are not finite numbers."""
    bad = np.count_nonzero(~np.isfinite(jets.tracks).all(axis=(1, 2)))
    if bad:
        raise FlavourDataError(f"{path}: {bad} of {len(jets)} jets hold NaN or infinite numbers; the file is damaged")
    return jets
