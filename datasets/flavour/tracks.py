"""Tracks: what a tracker measures of charged particles, and the features of a jet's tracks.

Impact parameters are those of the straight line through the place of birth along the momentum, relative to the primary
vertex: d0 = x sin(phi) - y cos(phi), z0 = z - (x cos(phi) + y sin(phi)) cot(theta).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.angles import wrap_phi
from datasets.flavour.events import Particles
from datasets.flavour.schema import FEATURES, TRACKS, Floats, Integers

TRACK_PT_GEV = 0.5
EFFICIENCY = 0.93
D0_TERMS_MM = (0.010, 0.100)
Z0_TERMS_MM = (0.030, 0.120)
"""Constant, and over p sin^1.5(theta) of d0, over p sin^2.5(theta) of z0, with p in GeV; added in quadrature."""
TAIL_SHARE = 0.03
TAIL_FACTOR = 3.0
"""Share of tracks whose deviations are larger than their errors say, and by how much."""
LARGEST_RADIUS_MM = 100.0
"""Particles born further from the beam leave too few hits in the pixels, and are not found."""


@dataclass(frozen=True)
class Tracks:
    """Measured tracks, flat and in any order; `jet` is the index of the jet. GeV, radians, mm."""

    jet: Integers
    pt: Floats
    eta: Floats
    phi: Floats
    d0: Floats
    z0: Floats
    d0_error: Floats
    z0_error: Floats


def measure(particles: Particles, jet: Integers, rng: np.random.Generator) -> Tracks:
    """The tracks of the charged ones among `particles`, each of the jet `jet`: thresholds, efficiency, resolution.

    Momenta are exact. Errors are those that a fit would quote; tails are not in them.
    """
    pt = np.hypot(particles.px, particles.py)
    born_inside = np.hypot(particles.x, particles.y) < LARGEST_RADIUS_MM
    found = np.flatnonzero(particles.charged & (pt > TRACK_PT_GEV) & born_inside & (rng.random(len(pt)) < EFFICIENCY))
    own, pt = particles.take(found), pt[found]
    cos_phi, sin_phi, cot_theta = own.px / pt, own.py / pt, own.pz / pt
    sin_theta = 1 / np.sqrt(1 + cot_theta**2)
    momentum = pt / sin_theta
    d0_error = np.hypot(D0_TERMS_MM[0], D0_TERMS_MM[1] / (momentum * sin_theta**1.5))
    z0_error = np.hypot(Z0_TERMS_MM[0], Z0_TERMS_MM[1] / (momentum * sin_theta**2.5))
    factor = np.where(rng.random(len(pt)) < TAIL_SHARE, TAIL_FACTOR, 1.0)
    d0 = own.x * sin_phi - own.y * cos_phi + d0_error * factor * rng.standard_normal(len(pt))
    z0 = own.z - (own.x * cos_phi + own.y * sin_phi) * cot_theta + z0_error * factor * rng.standard_normal(len(pt))
    return Tracks(jet[found], pt, np.arcsinh(cot_theta), np.arctan2(own.py, own.px), d0, z0, d0_error, z0_error)


def features(jet_pt: Floats, jet_eta: Floats, jet_phi: Floats, tracks: Tracks) -> NDArray[np.float32]:
    """(n, 15, 6): the tracks of each jet by falling absolute significance of d0, features by `FEATURES`.

    d0 is positive where the track passes the primary vertex on the jet's side, as those from decays do.
    """
    turn = wrap_phi(tracks.phi - jet_phi[tracks.jet])
    d0 = np.where(tracks.d0 * np.sin(turn) < 0, -1.0, 1.0) * np.abs(tracks.d0)
    columns = (
        d0,
        tracks.z0,
        d0 / tracks.d0_error,
        tracks.z0 / tracks.z0_error,
        tracks.pt / jet_pt[tracks.jet],
        np.hypot(tracks.eta - jet_eta[tracks.jet], turn),
    )
    order = np.lexsort((-np.abs(columns[2]), tracks.jet))
    jet = tracks.jet[order]
    rank = np.arange(len(jet)) - np.searchsorted(jet, jet)
    first = rank < TRACKS
    result = np.zeros((len(jet_pt), TRACKS, len(FEATURES)), np.float32)
    with np.errstate(over="ignore"):  # readers say what is too large
        result[jet[first], rank[first]] = np.stack(columns, axis=1)[order][first]
    return result
