"""Jets made by hand: no simulation is needed to test formats."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from datasets.jets.generator import JetTable
from datasets.jets.schema import HIGH_LEVEL_NAMES, JET_COLUMNS

PUBLIC_PARTICLE_NAMES = (
    "j1_px j1_py j1_pz j1_e j1_erel j1_pt j1_ptrel j1_eta j1_etarel j1_etarot j1_phi j1_phirel j1_phirot "
    "j1_deltaR j1_costheta j1_costhetarel"
).split()


@pytest.fixture
def table() -> JetTable:
    """Seven jets with 0 to 6 constituents, labels 0 1 2 3 4 0 1."""
    rng = np.random.default_rng(3)
    counts = np.arange(7)
    scalars: dict[str, np.ndarray] = {"label": (np.arange(7) % 5).astype(np.int8)}
    scalars |= {name: rng.random(7, dtype=np.float32) for name in (*JET_COLUMNS, *HIGH_LEVEL_NAMES)}
    momentum = np.concatenate([np.sort(rng.random(n, dtype=np.float32))[::-1] * 100 for n in counts])
    angles = rng.uniform(-0.8, 0.8, (2, counts.sum())).astype(np.float32)
    particles = {"constituent_pt": momentum, "constituent_eta_rel": angles[0], "constituent_phi_rel": angles[1]}
    return JetTable(scalars, counts, particles)


def write_public_file(path: Path, label_columns: list[str], one_hot: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Writes `one_hot` (n, 6) and random features in the layout of hls4ml_lhc_jets_150p: 53 features, then labels."""
    rng = np.random.default_rng(5)
    jets = rng.random((len(one_hot), 59)).astype(np.float32)
    jets[:, 53:] = one_hot
    names = [f"j_other{i}" for i in range(53)]
    for column, name in zip([12, *range(34, 47), 48, 52], HIGH_LEVEL_NAMES, strict=True):
        names[column] = name
    constituents = rng.random((len(one_hot), 150, 16)).astype(np.float32)
    with h5py.File(path, "w") as file:
        file["jets"] = jets
        file["jetConstituentList"] = constituents
        file["jetFeatureNames"] = np.array([*names, *label_columns], dtype="S")
        file["particleFeatureNames"] = np.array(PUBLIC_PARTICLE_NAMES, dtype="S")
    return jets, constituents
