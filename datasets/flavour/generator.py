"""Jets of the three classes, from the hard processes to the columns of the TTree."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from datasets.flavour.clustering import cluster
from datasets.flavour.events import next_events, start_pythia
from datasets.flavour.matching import choose, triples
from datasets.flavour.schema import CLASSES, TRACK_COLUMNS, Integers
from datasets.flavour.tracks import features, measure

EVENTS_PER_BATCH = {"ttbar": 250, "ccbar": 140}
"""Events of each process in a batch. ttbar has two b and one c an event; ccbar brings the c jets that it lacks."""


@dataclass(frozen=True)
class JetTable:
    """Columns of the TTree (`schema.COLUMNS`): name -> (n,), or (n, 15) of the tracks."""

    columns: dict[str, np.ndarray[Any, Any]]

    def __len__(self) -> int:
        return len(self.columns["label"])

    def take(self, chosen: Integers) -> "JetTable":
        """The jets at positions `chosen`, in that order."""
        return JetTable({name: column[chosen] for name, column in self.columns.items()})


def concatenate(tables: list[JetTable]) -> JetTable:
    """One table of all jets of `tables` (at least one), in order."""
    return JetTable({name: np.concatenate([t.columns[name] for t in tables]) for name in tables[0].columns})


def generate_jets(jets: int, seed: int) -> JetTable:
    """Exactly `jets` jets (a multiple of 3), equal numbers of each class in each cell of pT and abs(eta) (`matching`).

    The same arguments give the same bits on the same versions.
    """
    rng = np.random.default_rng([seed])
    pythias = {name: start_pythia(name, int(rng.integers(1, 900_000_000))) for name in EVENTS_PER_BATCH}
    wanted = jets // len(CLASSES)
    table: JetTable | None = None
    while True:
        for number, (name, pythia) in enumerate(pythias.items()):
            batch = _batch(pythia, EVENTS_PER_BATCH[name], number, rng)
            table = batch if table is None else concatenate([table, batch])
        assert table is not None
        triple = triples(table.columns["jet_pt"], table.columns["jet_eta"], table.columns["label"])
        if triple.max(initial=-1) + 1 >= wanted:
            return table.take(choose(triple, wanted, rng))


def _batch(pythia: Any, events: int, process: int, rng: np.random.Generator) -> JetTable:
    made, particles, hadrons = next_events(pythia, events)
    jets = cluster(made, particles, hadrons)
    owner = np.repeat(np.arange(len(jets.pt)), jets.counts)
    tracks = measure(particles.take(jets.members), owner, rng)
    kinematics = {"jet_pt": jets.pt, "jet_eta": jets.eta, "jet_phi": jets.phi, "jet_mass": jets.mass}
    columns: dict[str, np.ndarray[Any, Any]] = {"label": jets.label.astype(np.int8)}
    columns |= {name: column.astype(np.float32) for name, column in kinematics.items()}
    columns["process"] = np.full(len(jets.pt), process, np.int8)
    columns["n_tracks"] = np.bincount(tracks.jet, minlength=len(jets.pt)).astype(np.int16)
    values = features(jets.pt, jets.eta, jets.phi, tracks)
    return JetTable(columns | {name: values[:, :, number] for number, name in enumerate(TRACK_COLUMNS)})
