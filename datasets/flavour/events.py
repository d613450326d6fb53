"""Hard process, shower, hadronisation and decays: batches of Pythia 8 events as flat NumPy columns.

Everything that decays does so, K0S and Lambda too, where it has flown to. The collision is at the origin.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from datasets.flavour.errors import FlavourDataError, missing_generator
from datasets.flavour.schema import Floats, Integers

_COMMON = ("Print:quiet = on", "Beams:eCM = 13000.", "Tune:pp = 14")
PROCESSES: dict[str, tuple[str, ...]] = {
    "ttbar": (
        *_COMMON,
        "Top:gg2ttbar = on",
        "Top:qqbar2ttbar = on",
        "24:onMode = off",
        "24:onIfAny = 1 2 3 4 5",
    ),
    "ccbar": (
        *_COMMON,
        "HardQCD:hardccbar = on",
        "PhaseSpace:pTHatMin = 30.",
        "PhaseSpace:bias2Selection = on",
        "PhaseSpace:bias2SelectionPow = 3.6",
        "PhaseSpace:bias2SelectionRef = 30.",
    ),
}
"""Pythia 8 settings by process. Both W decay to quarks, so that no jet is a lepton. pTHat of ccbar is drawn from its
spectrum times pTHat^3.6, and events have no weights here: jets are chosen by pT afterwards (`matching`)."""

ETA_LIMIT = 2.8
"""Of the particles that jets are made of; jets end at 2.3."""

BOTTOM = (511, 521, 531, 541, 5122, 5132, 5232, 5332)
CHARM = (411, 421, 431, 4122, 4132, 4232, 4332)
"""PDG numbers of the hadrons that decay weakly, without their signs."""
HADRON_PT_GEV = 5.0

_CHARGED = (11, 13, 211, 321, 2212)
_NEUTRINOS = (12, 14, 16)


@dataclass(frozen=True)
class Particles:
    """Visible stable particles, flat and ordered by event: four-momentum in GeV, place of birth in mm."""

    event: Integers
    charged: np.ndarray[Any, np.dtype[np.bool_]]
    px: Floats
    py: Floats
    pz: Floats
    energy: Floats
    x: Floats
    y: Floats
    z: Floats

    def take(self, chosen: Integers) -> "Particles":
        """The particles at positions `chosen`."""
        return Particles(*(column[chosen] for column in vars(self).values()))


@dataclass(frozen=True)
class Hadrons:
    """Hadrons with b or c above 5 GeV of pT, flat and ordered by event; `label` as in `CLASSES`."""

    event: Integers
    label: Integers
    eta: Floats
    phi: Floats


def start_pythia(process: str, seed: int) -> Any:
    """Returns an initialised Pythia for one of `PROCESSES`; `seed` in 1..900,000,000. Raises FlavourDataError."""
    try:
        import pythia8mc  # noqa: F401
    except ImportError:
        raise missing_generator("Pythia 8 (pythia8mc)") from None
    from datasets.jets.events import initialised

    return initialised(PROCESSES[process], seed, f"for {process} with seed {seed}")


def next_events(pythia: Any, count: int) -> tuple[int, Particles, Hadrons]:
    """Generates up to `count` events (Pythia drops the few that fail) in one call; says how many."""
    import awkward as ak

    record = pythia.nextBatch(count).prt
    if len(record) == 0:
        raise FlavourDataError(f"Pythia made none of {count} events; install the version that [generate] pins")
    event = np.repeat(np.arange(len(record)), ak.to_numpy(ak.num(record, axis=1)))
    flat = ak.flatten(record, axis=1)
    kind, stable = np.abs(ak.to_numpy(flat["id"])), ak.to_numpy(flat["status"]) > 0
    px, py, pz, energy = (ak.to_numpy(flat.p[name]) for name in ("px", "py", "pz", "e"))
    pt = np.hypot(px, py)
    eta = np.arcsinh(pz / np.maximum(pt, 1e-9))

    seen = np.flatnonzero(stable & (np.abs(eta) < ETA_LIMIT) & ~np.isin(kind, _NEUTRINOS))
    born = flat.vProd[seen]
    place = (ak.to_numpy(ak.fill_none(born[name], 0.0)) for name in ("px", "py", "pz"))
    charged = np.isin(kind[seen], _CHARGED)
    particles = Particles(event[seen], charged, px[seen], py[seen], pz[seen], energy[seen], *place)

    bottom = np.isin(kind, BOTTOM)
    heavy = np.flatnonzero((bottom | np.isin(kind, CHARM)) & (pt > HADRON_PT_GEV))
    label = np.where(bottom[heavy], 0, 1)
    return len(record), particles, Hadrons(event[heavy], label, eta[heavy], np.arctan2(py[heavy], px[heavy]))
