"""Energy correlators against their definitions, summed one by one, and the detector against conservation of energy."""

import itertools
import math

import numpy as np

from datasets.angles import wrap_phi
from datasets.jets.clustering import ClusteredJets, GroomedJets
from datasets.jets.detector import reconstruct
from datasets.jets.events import Particles
from datasets.jets.schema import HIGH_LEVEL_NAMES
from datasets.jets.substructure import correlators, high_level_features


def _groomed(counts: list[int]) -> GroomedJets:
    rng = np.random.default_rng(11)
    n = sum(counts)
    return GroomedJets(
        np.full(len(counts), 80.0),
        np.array(counts),
        rng.exponential(20.0, n) + 0.5,
        rng.uniform(-0.5, 0.5, n),
        wrap_phi(rng.uniform(-0.5, 0.5, n) + np.pi),
    )


def _by_definition(pt: np.ndarray, eta: np.ndarray, phi: np.ndarray) -> list[float]:
    """The nine sums of `correlators`, one pair and one triple at a time."""
    z = pt / pt.sum()
    sums = [0.0] * 9

    def theta(i: int, j: int) -> float:
        return math.hypot(eta[i] - eta[j], math.remainder(phi[i] - phi[j], 2 * math.pi))

    for i, j in itertools.combinations(range(len(z)), 2):
        for beta in range(3):
            sums[beta] += z[i] * z[j] * theta(i, j) ** beta
    for i, j, k in itertools.combinations(range(len(z)), 3):
        a, b, c = sorted((theta(i, j), theta(i, k), theta(j, k)))
        for beta in (1, 2):
            sums[2 + beta] += z[i] * z[j] * z[k] * (a * b * c) ** beta
            sums[4 + beta] += z[i] * z[j] * z[k] * a**beta
            sums[6 + beta] += z[i] * z[j] * z[k] * (a * b) ** beta
    return sums


def test_correlators_are_their_definitions() -> None:
    counts = [1, 2, 3, 4, 5, 17, 5, 30, 2]
    groomed = _groomed(counts)
    ends = np.cumsum(counts)
    expected = [
        _by_definition(groomed.pt[end - n : end], groomed.eta[end - n : end], groomed.phi[end - n : end])
        for n, end in zip(counts, ends, strict=True)
    ]
    np.testing.assert_allclose(correlators(groomed), expected, rtol=1e-10, atol=1e-15)


def test_features_of_few_constituents_are_finite_and_zero() -> None:
    groomed = _groomed([1, 2, 3])
    n = len(groomed.counts)
    one = np.ones(n)
    jets = ClusteredJets(one, one, one, one, one, groomed.counts, groomed.pt, groomed.eta, groomed.phi)
    features = high_level_features(jets, groomed)
    assert features.shape == (3, 16)
    assert np.isfinite(features).all()
    column = {name: features[:, i] for i, name in enumerate(HIGH_LEVEL_NAMES)}
    assert column["j_zlogz"][0] == 0.0
    assert (column["j_zlogz"][1:] < 0).all()
    for name in HIGH_LEVEL_NAMES[4:14]:
        assert column[name].tolist()[:2] == [0.0, 0.0]
        assert column[name][2] > 0
    assert column["j_multiplicity"].tolist() == [1.0, 2.0, 3.0]
    assert column["j_mass_mmdt"].tolist() == [80.0] * 3


def _particles(kind: int, pt: list[float], eta: list[float], phi: list[float], event: list[int]) -> Particles:
    momentum, rapidity, angle = (np.array(values) for values in (pt, eta, phi))
    return Particles(
        np.array(event),
        np.full(len(pt), kind),
        momentum * np.cos(angle),
        momentum * np.sin(angle),
        momentum * np.sinh(rapidity),
        momentum * np.cosh(rapidity),
    )


def test_photons_in_one_cell_are_one_constituent() -> None:
    photons = _particles(
        22, [30.0, 40.0, 50.0, 60.0], [0.007, 0.012, 0.3, 0.007], [0.010, 0.012, 0.3, 0.010], [0, 0, 0, 1]
    )
    found = reconstruct(photons, np.random.default_rng(1))
    assert found.event.tolist() == [0, 0, 1]
    assert (np.abs(found.pt / [70.0, 50.0, 60.0] - 1) < 0.05).all()
    assert (np.abs(found.eta - [0.010, 0.3, 0.007]) < 0.0175).all()


def test_tracks_keep_their_direction_up_to_220_gev() -> None:
    pions = _particles(211, [10.0, 219.0, 221.0], [0.1234, 0.2, 1.2345], [3.14, -3.14, 1.0], [0, 0, 0])
    found = reconstruct(pions, np.random.default_rng(1))
    assert np.abs(found.eta[:2] - [0.1234, 0.2]).max() < 1e-12
    assert found.eta[2] != 1.2345
    assert abs(found.eta[2] - 1.2345) < 0.022


def test_soft_and_forward_particles_are_lost() -> None:
    pions = _particles(211, [0.4, 10.0], [0.0, 5.1], [0.0, 0.0], [0, 0])
    assert len(reconstruct(pions, np.random.default_rng(1)).pt) == 0


def test_angles_are_wrapped() -> None:
    assert np.abs(wrap_phi(np.array([3.5, -3.5, 0.25])) - [3.5 - 2 * np.pi, 2 * np.pi - 3.5, 0.25]).max() < 1e-12
