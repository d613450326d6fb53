"""Anti-kT jets of true particles, their tracks and their labels."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from datasets.angles import wrap_phi
from datasets.flavour.errors import missing_generator
from datasets.flavour.events import Hadrons, Particles
from datasets.flavour.schema import CLASSES, Floats, Integers

RADIUS = 0.4
JET_PT_GEV = 30.0
JET_ETA = 2.3
LABEL_RADIUS = 0.3


@dataclass(frozen=True)
class ClusteredJets:
    """Jets of a batch, (n,) each; `pt`, `mass` in GeV. Constituents are `counts` (n,) and their flat positions."""

    label: Integers
    pt: Floats
    eta: Floats
    phi: Floats
    mass: Floats
    counts: Integers
    members: Integers


def cluster(events: int, particles: Particles, hadrons: Hadrons) -> ClusteredJets:
    """The jets of `events` events with pT > 30 GeV and abs(eta) < 2.3. Raises FlavourDataError without FastJet.

    A jet is b where a hadron with b (`Hadrons`) lies within dR 0.3, else c where one with c does, else light.
    """
    import awkward as ak

    fastjet = _fastjet()
    starts = np.searchsorted(particles.event, np.arange(events + 1))
    columns = {"px": particles.px, "py": particles.py, "pz": particles.pz, "E": particles.energy}
    momenta = ak.unflatten(ak.zip(columns, with_name="Momentum4D"), np.diff(starts))
    sequence = fastjet.ClusterSequence(momenta, fastjet.JetDefinition(fastjet.antikt_algorithm, RADIUS))
    found = sequence.inclusive_jets(JET_PT_GEV)
    index = ak.flatten(sequence.constituent_index(JET_PT_GEV) + starts[:-1], axis=1)
    event = np.repeat(np.arange(events), ak.to_numpy(ak.num(found, axis=1)))
    flat = ak.flatten(found, axis=1)
    px, py, pz, energy = (ak.to_numpy(flat[name]) for name in ("px", "py", "pz", "E"))
    pt = np.hypot(px, py)
    eta, phi = np.arcsinh(pz / pt), np.arctan2(py, px)
    mass = np.sqrt(np.maximum(energy**2 - pt**2 - pz**2, 0.0))
    kept = np.abs(eta) < JET_ETA
    label = _labels(event[kept], eta[kept], phi[kept], hadrons)
    index = index[kept]
    counts = ak.to_numpy(ak.num(index, axis=1)).astype(np.int64)
    return ClusteredJets(
        label, pt[kept], eta[kept], phi[kept], mass[kept], counts, ak.to_numpy(ak.flatten(index, axis=1))
    )


def _labels(event: Integers, eta: Floats, phi: Floats, hadrons: Hadrons) -> Integers:
    """The smallest label among the hadrons of the same event within dR 0.3, light without any."""
    first, last = np.searchsorted(hadrons.event, event, "left"), np.searchsorted(hadrons.event, event, "right")
    pairs = last - first
    jet = np.repeat(np.arange(len(event)), pairs)
    hadron = np.arange(pairs.sum()) - np.repeat(np.cumsum(pairs) - pairs, pairs) + first[jet]
    near = np.hypot(eta[jet] - hadrons.eta[hadron], wrap_phi(phi[jet] - hadrons.phi[hadron])) < LABEL_RADIUS
    label = np.full(len(event), len(CLASSES) - 1)
    np.minimum.at(label, jet[near], hadrons.label[hadron[near]])
    return label


def _fastjet() -> Any:
    try:
        import fastjet  # noqa: F401
    except ImportError:
        raise missing_generator("FastJet (fastjet)") from None
    from datasets.jets.clustering import import_fastjet

    return import_fastjet()
