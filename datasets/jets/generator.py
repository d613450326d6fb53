"""Jets of one class, from the hard process to the columns of the TTree."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.angles import wrap_phi
from datasets.jets.clustering import ClusteredJets, groom, matched_jets
from datasets.jets.detector import reconstruct
from datasets.jets.events import next_events, start_pythia
from datasets.jets.schema import CLASS_NAMES, HIGH_LEVEL_NAMES
from datasets.jets.substructure import high_level_features

EVENTS_PER_BATCH = 250


@dataclass(frozen=True)
class JetTable:
    """Columns of the TTree: `scalars` name -> (n,), `counts` (n,) and jagged `particles` name -> (sum of counts,)."""

    scalars: dict[str, NDArray[np.generic]]
    counts: NDArray[np.int64]
    particles: dict[str, NDArray[np.float32]]

    def __len__(self) -> int:
        return len(self.counts)

    def take(self, order: NDArray[np.int64]) -> "JetTable":
        """The jets at positions `order`, in that order."""
        start = np.concatenate(([0], np.cumsum(self.counts)))[order]
        counts = self.counts[order]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        flat = np.repeat(start, counts) + within
        scalars = {name: column[order] for name, column in self.scalars.items()}
        return JetTable(scalars, counts, {name: column[flat] for name, column in self.particles.items()})


def concatenate(tables: list[JetTable]) -> JetTable:
    """One table of all jets of `tables` (at least one), in order."""
    return JetTable(
        {name: np.concatenate([t.scalars[name] for t in tables]) for name in tables[0].scalars},
        np.concatenate([t.counts for t in tables]),
        {name: np.concatenate([t.particles[name] for t in tables]) for name in tables[0].particles},
    )


def generate_class(class_name: str, n_jets: int, seed: int) -> JetTable:
    """Generates exactly `n_jets` jets of a class; the same arguments give the same bits on the same versions."""
    rng = np.random.default_rng([seed, CLASS_NAMES.index(class_name)])
    pythia = start_pythia(class_name, int(rng.integers(1, 900_000_000)))
    tables: list[JetTable] = []
    missing = n_jets
    while missing > 0:
        partons, particles = next_events(pythia, min(EVENTS_PER_BATCH, missing + 5))
        jets = matched_jets(reconstruct(particles, rng), partons)
        jets = jets.select(rng.random(len(jets.counts)) < 1.0 / (1.0 + jets.decay_cosine**2))
        if len(jets.counts):
            tables.append(_table(jets, CLASS_NAMES.index(class_name)))
            missing -= len(jets.counts)
    return concatenate(tables).take(np.arange(n_jets))


def _table(jets: ClusteredJets, label: int) -> JetTable:
    """Orders constituents by falling pT and expresses them relative to the jet axis."""
    jet = np.repeat(np.arange(len(jets.counts)), jets.counts)
    order = np.lexsort((-jets.pt, jet))
    particles = {
        "constituent_pt": jets.pt[order],
        "constituent_eta_rel": (jets.eta - jets.jet_eta[jet])[order],
        "constituent_phi_rel": wrap_phi(jets.phi - jets.jet_phi[jet])[order],
    }
    kinematics = {"jet_pt": jets.jet_pt, "jet_eta": jets.jet_eta, "jet_phi": jets.jet_phi, "jet_mass": jets.jet_mass}
    high_level = high_level_features(jets, groom(jets))
    scalars: dict[str, NDArray[np.generic]] = {"label": np.full(len(jets.counts), label, np.int8)}
    scalars |= {name: column.astype(np.float32) for name, column in kinematics.items()}
    scalars |= {name: high_level[:, i] for i, name in enumerate(HIGH_LEVEL_NAMES)}
    return JetTable(scalars, jets.counts, {name: column.astype(np.float32) for name, column in particles.items()})
