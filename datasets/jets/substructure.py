"""The 16 high-level features, from NumPy arithmetic over groups of jets of similar multiplicity.

With z_i = pT_i / sum pT and theta_ij the distance in (eta, phi) of massless constituents, beta the angular exponent:
e2 = sum_{i<j} z_i z_j theta_ij^beta; e3 = sum_{i<j<k} z_i z_j z_k (theta_ij theta_ik theta_jk)^beta; 1e3 and 2e3 keep
the smallest angle and the product of the two smallest. C1 = e2, C2 = e3/e2^2, D2 = e3/e2^3 (Larkoski, Salam, Thaler
2013; Larkoski, Moult, Neill 2014), D2_a1_b = e3(1)/e2(b)^(3/b), M2 = 1e3/e2, N2 = 2e3/e2^2 (Moult, Necib, Thaler 2016).
"""

import numpy as np
from numpy.typing import NDArray

from datasets.angles import wrap_phi
from datasets.jets.clustering import ClusteredJets, GroomedJets
from datasets.jets.events import Floats, Integers

_GROUP_STEP = 4
_BLOCK_ELEMENTS = 60_000
"""Elements of a (jets, N, N) block: small enough for the processor's cache."""


def high_level_features(jets: ClusteredJets, groomed: GroomedJets) -> NDArray[np.float32]:
    """Returns (n, 16) float32 in the order of `HIGH_LEVEL_NAMES`. A ratio with a vanishing denominator (fewer than two
    groomed constituents) is 0. `j_zlogz` and `j_multiplicity` are of the ungroomed jet, the others of the groomed."""
    jet = np.repeat(np.arange(len(jets.counts)), jets.counts)
    z = jets.pt / np.bincount(jet, weights=jets.pt)[jet]
    zlogz = np.bincount(jet, weights=z * np.log(z))
    c1_b0, e2_1, e2_2, e3_1, e3_2, v1_1, v1_2, v2_1, v2_2 = correlators(groomed).T
    columns = [zlogz, c1_b0, e2_1, e2_2]
    columns += [_ratio(e3_1, e2_1**2), _ratio(e3_2, e2_2**2), _ratio(e3_1, e2_1**3), _ratio(e3_2, e2_2**3)]
    columns += [_ratio(e3_1, e2_1**3), _ratio(e3_1, e2_2**1.5)]
    columns += [_ratio(v1_1, e2_1), _ratio(v1_2, e2_2), _ratio(v2_1, e2_1**2), _ratio(v2_2, e2_2**2)]
    columns += [groomed.mass, jets.counts.astype(np.float64)]
    return np.stack(columns, axis=1).astype(np.float32)


def correlators(groomed: GroomedJets) -> Floats:
    """Returns (n, 9): e2 for beta 0, 1, 2; e3, 1e3 and 2e3 for beta 1, 2 each."""
    result = np.zeros((len(groomed.counts), 9))
    start = np.concatenate(([0], np.cumsum(groomed.counts)[:-1]))
    padded_size = -(-np.maximum(groomed.counts, 1) // _GROUP_STEP) * _GROUP_STEP
    for size in np.unique(padded_size):
        members = np.flatnonzero(padded_size == size)
        block = max(1, _BLOCK_ELEMENTS // int(size) ** 2)
        for first in range(0, len(members), block):
            chosen = members[first : first + block]
            result[chosen] = _block_correlators(*_padded(groomed, start[chosen], groomed.counts[chosen], int(size)))
    return result


def _padded(groomed: GroomedJets, start: Integers, counts: Integers, size: int) -> tuple[Floats, Floats]:
    """Momentum fractions (jets, size), zero where padded, and angles (jets, size, size)."""
    position = np.arange(size)
    present = position < counts[:, None]
    index = np.where(present, start[:, None] + position, start[:, None])
    z = np.where(present, groomed.pt[index], 0.0)
    z /= z.sum(axis=1, keepdims=True)
    eta, phi = groomed.eta[index], groomed.phi[index]
    theta = np.hypot(eta[:, :, None] - eta[:, None, :], wrap_phi(phi[:, :, None] - phi[:, None, :]))
    return z, theta


def _block_correlators(z: Floats, theta: Floats) -> Floats:
    result = np.zeros((len(z), 9))
    result[:, 0] = (1.0 - np.sum(z * z, axis=1)) / 2
    root = np.sqrt(z[:, :, None] * z[:, None, :])
    for beta in (1, 2):
        power = theta**beta
        result[:, beta] = np.einsum("bi,bi->b", z, np.einsum("bij,bj->bi", power, z)) / 2
        weighted = root * power
        result[:, 2 + beta] = np.einsum("bij,bij->b", weighted @ weighted, weighted) / 6
    for i in range(z.shape[1] - 2):
        result[:, 5:] += z[:, i, None] * _triples(z[:, i + 1 :], theta[:, i, i + 1 :], theta[:, i + 1 :, i + 1 :])
    return result


def _triples(z: Floats, to_first: Floats, theta: Floats) -> Floats:
    """Sums over j < k of z_j z_k times (smallest, smallest^2, product of two smallest, its square) of the triangle
    formed with one more constituent, whose angles to the others are `to_first` (jets, m)."""
    smaller = np.minimum(to_first[:, :, None], to_first[:, None, :])
    larger = np.maximum(to_first[:, :, None], to_first[:, None, :])
    lowest = np.minimum(smaller, theta)
    product = lowest * np.minimum(larger, np.maximum(smaller, theta))
    diagonal = np.arange(z.shape[1])
    lowest[:, diagonal, diagonal] = 0.0
    product[:, diagonal, diagonal] = 0.0
    forms = (lowest, lowest**2, product, product**2)
    return np.stack([np.einsum("bj,bj->b", (form @ z[:, :, None])[:, :, 0], z) / 2 for form in forms], axis=1)


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)
