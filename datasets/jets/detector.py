"""A simple detector: a tracker for charged particles below 220 GeV, electromagnetic and hadronic cells for the rest.

Resolutions are those of a CMS-like detector, rounded: tracks sigma(pT)/pT = 1 % + 1e-4 pT/GeV; electromagnetic cells
2.8 %/sqrt(E) + 12 %/E + 0.3 %; hadronic cells 100 %/sqrt(E) + 5 % (terms in quadrature, energies in GeV).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.jets.events import Floats, Integers, Particles

TRACKER_LIMIT_GEV = 220.0
ELECTROMAGNETIC_CELL = 0.0175
HADRONIC_CELL = 0.022
ETA_LIMIT = 5.0
CONSTITUENT_THRESHOLD_GEV = 0.5

_CHARGED = (11, 13, 211, 321, 2212, 3112, 3222, 3312, 3334)
_ELECTROMAGNETIC = (11, 22)


@dataclass(frozen=True)
class Constituents:
    """Reconstructed massless objects of a batch, flat and ordered by event; `pt` in GeV."""

    event: Integers
    pt: Floats
    eta: Floats
    phi: Floats


def reconstruct(particles: Particles, rng: np.random.Generator) -> Constituents:
    """Smears tracks, sums and smears cells, and keeps what is above 0.5 GeV of transverse momentum."""
    pt = np.hypot(particles.px, particles.py)
    eta = np.arcsinh(particles.pz / np.maximum(pt, 1e-9))
    phi = np.arctan2(particles.py, particles.px)
    inside = np.abs(eta) < ETA_LIMIT
    tracked = inside & np.isin(particles.kind, _CHARGED) & (pt < TRACKER_LIMIT_GEV)
    electromagnetic = inside & ~tracked & np.isin(particles.kind, _ELECTROMAGNETIC)
    hadronic = inside & ~tracked & ~electromagnetic

    tracks = _tracks(particles.event[tracked], pt[tracked], eta[tracked], phi[tracked], rng)
    photons, hadrons = (
        _cells(particles.event[mask], particles.energy[mask], eta[mask], phi[mask], size, terms, rng)
        for mask, size, terms in (
            (electromagnetic, ELECTROMAGNETIC_CELL, (0.028, 0.12, 0.003)),
            (hadronic, HADRONIC_CELL, (1.0, 0.0, 0.05)),
        )
    )
    event, pt, eta, phi = (np.concatenate(columns) for columns in zip(tracks, photons, hadrons, strict=True))
    keep = np.flatnonzero(pt > CONSTITUENT_THRESHOLD_GEV)
    order = keep[np.argsort(event[keep], kind="stable")]
    return Constituents(event[order], pt[order], eta[order], phi[order])


def _tracks(
    event: Integers, pt: Floats, eta: Floats, phi: Floats, rng: np.random.Generator
) -> tuple[Integers, Floats, Floats, Floats]:
    resolution = np.hypot(0.01, 1e-4 * pt)
    return event, pt * (1.0 + resolution * rng.standard_normal(len(pt))), eta, phi


def _cells(
    event: Integers,
    energy: Floats,
    eta: Floats,
    phi: Floats,
    size: float,
    terms: tuple[float, float, float],
    rng: np.random.Generator,
) -> tuple[Integers, Floats, Floats, Floats]:
    """Sums energies over cells of `size` in eta and (nearly) phi; `terms`: stochastic, noise and constant."""
    n_eta = int(np.ceil(2 * ETA_LIMIT / size))
    n_phi = round(2 * np.pi / size)
    i_eta = np.floor((eta + ETA_LIMIT) / size).astype(np.int64)
    i_phi = np.floor((phi + np.pi) / (2 * np.pi) * n_phi).astype(np.int64) % n_phi
    cell, inverse = np.unique((event * n_eta + i_eta) * n_phi + i_phi, return_inverse=True)
    total = np.bincount(inverse, weights=energy, minlength=len(cell))
    stochastic, noise, constant = terms
    sigma = np.sqrt(stochastic**2 * total + noise**2 + (constant * total) ** 2)
    measured = np.maximum(total + sigma * rng.standard_normal(len(cell)), 0.0)
    cell_event, position = np.divmod(cell, n_eta * n_phi)
    cell_eta = (position // n_phi + 0.5) * size - ETA_LIMIT
    cell_phi: NDArray[np.float64] = (position % n_phi + 0.5) * (2 * np.pi / n_phi) - np.pi
    return cell_event, measured / np.cosh(cell_eta), cell_eta, cell_phi
