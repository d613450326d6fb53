"""Anti-kT jets, their match to the hard partons, and mMDT grooming, through FastJet's awkward interface."""

import os
import sys
from dataclasses import dataclass
from functools import cache
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from datasets.angles import wrap_phi
from datasets.jets.detector import Constituents
from datasets.jets.errors import missing_generator
from datasets.jets.events import Floats, Integers, Partons

RADIUS = 0.8
JET_PT_RANGE_GEV = (800.0, 1600.0)
MATCH_RADIUS = 0.4
MMDT_CUT = 0.1


@dataclass(frozen=True)
class ClusteredJets:
    """Matched jets, (n,) each, with jagged constituents given by `counts` (n,) and flat `pt`, `eta`, `phi`.

    `jet_pt`, `jet_mass` in GeV; `decay_cosine` is that of the matched parton.
    """

    jet_pt: Floats
    jet_eta: Floats
    jet_phi: Floats
    jet_mass: Floats
    decay_cosine: Floats
    counts: Integers
    pt: Floats
    eta: Floats
    phi: Floats

    def select(self, keep: NDArray[np.bool_]) -> "ClusteredJets":
        flat = np.repeat(keep, self.counts)
        return ClusteredJets(
            *(column[keep] for column in (self.jet_pt, self.jet_eta, self.jet_phi, self.jet_mass, self.decay_cosine)),
            self.counts[keep],
            *(column[flat] for column in (self.pt, self.eta, self.phi)),
        )


@dataclass(frozen=True)
class GroomedJets:
    """Jets after mMDT (z > 0.1, Cambridge/Aachen): `mass` (n,) in GeV and jagged constituents."""

    mass: Floats
    counts: Integers
    pt: Floats
    eta: Floats
    phi: Floats


@cache
def import_fastjet() -> Any:
    """The fastjet module, with its banner, which C++ prints at the first clustering, kept off the progress display."""
    try:
        import fastjet
    except ImportError as error:
        raise missing_generator("FastJet (fastjet)") from error
    two = ak.zip(
        {"px": [[1.0, 2.0]], "py": [[0.0, 0.0]], "pz": [[0.0, 0.0]], "E": [[1.0, 2.0]]}, with_name="Momentum4D"
    )
    sys.stdout.flush()
    terminal = os.dup(1)
    try:
        with open(os.devnull, "wb") as sink:
            os.dup2(sink.fileno(), 1)
        fastjet.ClusterSequence(two, fastjet.JetDefinition(fastjet.antikt_algorithm, RADIUS)).inclusive_jets(0.0)
    finally:
        os.dup2(terminal, 1)
        os.close(terminal)
    return fastjet


def matched_jets(constituents: Constituents, partons: Partons) -> ClusteredJets:
    """Clusters each event and keeps the two leading jets where each lies at its own parton and in the pT range.

    An event is kept when both leading jets match (dR < 0.4) different partons; each jet must then have
    800 < pT < 1600 GeV.
    """
    fastjet = import_fastjet()
    n_events = len(partons.eta)
    particles = massless_momenta(np.bincount(constituents.event, minlength=n_events), constituents)
    sequence = fastjet.ClusterSequence(particles, fastjet.JetDefinition(fastjet.antikt_algorithm, RADIUS))
    minimum = JET_PT_RANGE_GEV[0] / 2
    jets = sequence.inclusive_jets(minimum)
    index = sequence.constituent_index(minimum)
    jet_pt = np.hypot(jets.px, jets.py)
    two = ak.num(jets, axis=1) >= 2
    order = ak.argsort(jet_pt, axis=1, ascending=False)[two][:, :2]
    px, py, pz, energy = (ak.to_numpy(jets[name][two][order]) for name in ("px", "py", "pz", "E"))
    pt = np.hypot(px, py)
    eta, phi = np.arcsinh(pz / pt), np.arctan2(py, px)
    kept = ak.to_numpy(two)
    distance = np.hypot(
        eta[:, :, None] - partons.eta[kept][:, None, :], wrap_phi(phi[:, :, None] - partons.phi[kept][:, None, :])
    )
    nearest = np.argmin(distance, axis=2)
    matched = (nearest[:, 0] != nearest[:, 1]) & (distance.min(axis=2) < MATCH_RADIUS).all(axis=1)
    good = matched[:, None] & (pt > JET_PT_RANGE_GEV[0]) & (pt < JET_PT_RANGE_GEV[1])
    cosine = np.take_along_axis(partons.decay_cosine[kept], nearest, axis=1)

    start = np.concatenate(([0], np.cumsum(np.bincount(constituents.event, minlength=n_events))[:-1]))
    members = ak.flatten((index + start)[two][order], axis=1)[good.ravel()]
    flat = ak.to_numpy(ak.flatten(members, axis=1))
    mass = np.sqrt(np.maximum(energy**2 - pt**2 - pz**2, 0.0))
    return ClusteredJets(
        *(column[good] for column in (pt, eta, phi, mass, cosine)),
        ak.to_numpy(ak.num(members, axis=1)).astype(np.int64),
        constituents.pt[flat],
        constituents.eta[flat],
        constituents.phi[flat],
    )


def groom(jets: ClusteredJets) -> GroomedJets:
    """Modified mass-drop tagger with z > 0.1: soft drop with beta = 0 on the Cambridge/Aachen history."""
    fastjet = import_fastjet()
    definition = fastjet.JetDefinition(fastjet.cambridge_algorithm, 10 * RADIUS)
    sequence = fastjet.ClusterSequence(massless_momenta(jets.counts, jets), definition)
    result = sequence.exclusive_jets_softdrop_grooming(njets=1, beta=0.0, symmetry_cut=MMDT_CUT, R0=RADIUS)
    inside = result.constituents
    flat = ak.flatten(inside, axis=1)
    px, py, pz = (ak.to_numpy(flat[name]) for name in ("px", "py", "pz"))
    pt = np.hypot(px, py)
    return GroomedJets(
        ak.to_numpy(result.msoftdrop),
        ak.to_numpy(ak.num(inside, axis=1)).astype(np.int64),
        pt,
        np.arcsinh(pz / pt),
        np.arctan2(py, px),
    )


def massless_momenta(counts: Integers, massless: Constituents | ClusteredJets) -> ak.Array:
    """Jagged massless four-momenta, built as the layout FastJet reads without a copy."""
    pt, eta, phi = massless.pt, massless.eta, massless.phi
    columns = {"px": pt * np.cos(phi), "py": pt * np.sin(phi), "pz": pt * np.sinh(eta), "E": pt * np.cosh(eta)}
    flat = ak.zip(columns, with_name="Momentum4D")
    return ak.unflatten(flat, counts)
