"""Definition of a jet: classes, feature names, the `Jets` value that every reader returns, and the TTree's columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.jets.errors import JetDataError

CLASS_NAMES: tuple[str, ...] = ("g", "q", "w", "z", "t")
"""Position is label. The order of the columns `j_g j_q j_w j_z j_t` of the public files, not the alphabetical one
(g, q, t, w, z) that a label encoder would choose."""

PARTICLE_FEATURES: tuple[str, ...] = ("constituent_pt", "constituent_eta_rel", "constituent_phi_rel")

HIGH_LEVEL_NAMES: tuple[str, ...] = (
    "j_zlogz",
    "j_c1_b0_mmdt",
    "j_c1_b1_mmdt",
    "j_c1_b2_mmdt",
    "j_c2_b1_mmdt",
    "j_c2_b2_mmdt",
    "j_d2_b1_mmdt",
    "j_d2_b2_mmdt",
    "j_d2_a1_b1_mmdt",
    "j_d2_a1_b2_mmdt",
    "j_m2_b1_mmdt",
    "j_m2_b2_mmdt",
    "j_n2_b1_mmdt",
    "j_n2_b2_mmdt",
    "j_mass_mmdt",
    "j_multiplicity",
)
"""The 16 high-level features under the names of the public sets."""

JET_COLUMNS: tuple[str, ...] = ("jet_pt", "jet_eta", "jet_phi", "jet_mass")
SCALAR_COLUMNS: tuple[str, ...] = ("label", *JET_COLUMNS, *HIGH_LEVEL_NAMES)
TREE_NAME = "jets"


@dataclass(frozen=True)
class Jets:
    """Jets as networks take them.

    `label`: (n,) int8, an index into `CLASS_NAMES`.
    `features`: (n, n_particles, 3) float32: pT in GeV, eta and phi relative to the jet axis (subtraction, phi wrapped
    to [-pi, pi)), by falling pT; a missing particle is three zeros.
    `high_level`: (n, 16) float32, columns named by `HIGH_LEVEL_NAMES`.
    """

    label: NDArray[np.int8]
    features: NDArray[np.float32]
    high_level: NDArray[np.float32]

    def __post_init__(self) -> None:
        n = self.label.shape[0]
        if self.features.ndim != 3 or self.features.shape[0] != n or self.features.shape[2] != 3:
            raise JetDataError(f"features have shape {self.features.shape}, expected ({n}, n_particles, 3)")
        if self.high_level.shape != (n, len(HIGH_LEVEL_NAMES)):
            raise JetDataError(f"high_level has shape {self.high_level.shape}, expected ({n}, {len(HIGH_LEVEL_NAMES)})")

    def __len__(self) -> int:
        return int(self.label.shape[0])
