"""The straight-line fit: a line through the clusters, with the least chi-square, all events at once.

The fit knows the chamber: the position of every channel, the width of a cell (a uniform distribution, pitch/sqrt(12) a
channel) and the covariance that multiple scattering gives the positions for a muon of a given momentum. Every cluster,
adjacent channels that fire in one gap, is one measurement at the cluster's middle.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.muon.chamber import CHAMBER, Chamber, check_read_by
from datasets.muon.simulation import Hits, Spectrum, material, scattering_mrad

Floats = NDArray[np.float64]
MOST_CLUSTERS = 24
"""measurements of one event that are fitted; further ones, in gaps farther back, are left out"""
REJECT_ABOVE = 6.0
"""the fall of the chi-square from which a cluster is an outlier, wherever outliers are rejected here"""
REFERENCE_MOMENTUM_GEV = 50.0
"""the momentum is not known before the fit: the spectrum's median stands in the covariance"""


@dataclass(frozen=True)
class LineFit:
    """``angle_mrad`` (n,), the angle to the beam, NaN where fewer than two gaps remain; ``chi_square`` (n,), 0 there;
    ``measurements`` (n,), how many clusters the line goes through; ``position_m`` (n,), its distance from the beam at
    the mean ``z_m`` of the gaps, NaN as the angle."""

    angle_mrad: Floats
    chi_square: Floats
    measurements: NDArray[np.int64]
    position_m: Floats


def fit_lines(
    hits: Hits,
    *,
    chamber: Chamber = CHAMBER,
    spectrum: Spectrum | None = None,
    reject_above: float | None = None,
    batch: int = 20_000,
) -> LineFit:
    """Fit ``hits`` (n, gaps, channels).

    With ``reject_above``, the cluster whose removal lowers the chi-square most is left out, again and again, while that
    lowers it by more than ``reject_above``, and clusters remain in at least three gaps. Generalised least squares with
    the full covariance; the gain of a removal is r_i**2 / (C^-1 of the residuals)_ii, exact for one removal.
    """
    check_read_by(chamber, hits.shape[1], hits.shape[2])
    noise = scattering_covariance(chamber, spectrum or Spectrum())
    parts = [_fit(hits[first : first + batch], chamber, noise, reject_above) for first in range(0, len(hits), batch)]
    if not parts:
        return LineFit(np.zeros(0), np.zeros(0), np.zeros(0, np.int64), np.zeros(0))
    return LineFit(
        np.concatenate([part.angle_mrad for part in parts]),
        np.concatenate([part.chi_square for part in parts]),
        np.concatenate([part.measurements for part in parts]),
        np.concatenate([part.position_m for part in parts]),
    )


def scattering_covariance(chamber: Chamber, spectrum: Spectrum) -> Floats:
    """Covariance (gaps, gaps), in m**2, of the positions of a muon of ``REFERENCE_MOMENTUM_GEV``."""
    momentum = np.array(REFERENCE_MOMENTUM_GEV)
    slope = np.tan(chamber.axis_mrad / 1000)
    kink = scattering_mrad(momentum, material(chamber, spectrum)) / 1000 * (1 + slope**2)
    reach = np.maximum(chamber.z_m[None, :] - chamber.z_m[:, None], 0)
    return (reach * (kink**2)[:, None]).T @ reach


@dataclass(frozen=True)
class _Clusters:
    """Measurements (n, slots): their gap, middle and standard deviation in m, and which slots are used."""

    gap: NDArray[np.int64]
    middle: Floats
    sigma: Floats
    used: NDArray[np.bool_]


def _clusters(hits: Hits, chamber: Chamber) -> _Clusters:
    padded = np.pad(hits, ((0, 0), (0, 0), (1, 1)))
    event, gap, first = np.nonzero(padded[:, :, 1:-1] & ~padded[:, :, :-2])
    last = np.nonzero(padded[:, :, 1:-1] & ~padded[:, :, 2:])[2]
    slot = np.arange(len(event)) - np.searchsorted(event, event, side="left")
    kept = slot < MOST_CLUSTERS
    slots = int(slot[kept].max(initial=0)) + 1
    at = event[kept], slot[kept]
    pitch, edge = chamber.pitch_m[gap[kept]], chamber.edge_m[gap[kept]]
    shape = (len(hits), slots)
    found = _Clusters(np.zeros(shape, np.int64), np.zeros(shape), np.ones(shape), np.zeros(shape, np.bool_))
    found.gap[at] = gap[kept]
    found.middle[at] = edge + pitch * (first[kept] + last[kept] + 1) / 2
    found.sigma[at] = pitch / np.sqrt(12)
    found.used[at] = True
    return found


def _fit(hits: Hits, chamber: Chamber, scattering: Floats, reject_above: float | None) -> LineFit:
    clusters = _clusters(hits, chamber)
    used = clusters.used.copy()
    todo = np.arange(len(hits))
    line, chi_square = np.zeros((len(hits), 2)), np.zeros(len(hits))
    while len(todo):
        part = _Clusters(clusters.gap[todo], clusters.middle[todo], clusters.sigma[todo], used[todo])
        line[todo], chi_square[todo], gain = _least_squares(part, chamber, scattering)
        if reject_above is None:
            break
        worst = gain.argmax(axis=1)
        rows = np.arange(len(todo))
        without = part.used.copy()
        without[rows, worst] = False
        again = (gain[rows, worst] > reject_above) & (_gaps_used(part.gap, without, len(chamber.gaps)) >= 3)
        used[todo[again], worst[again]] = False
        todo = todo[again]
    enough = _gaps_used(clusters.gap, used, len(chamber.gaps)) >= 2
    angle = np.where(enough, np.arctan(line[:, 1]) * 1000, np.nan)
    return LineFit(angle, np.where(enough, chi_square, 0.0), used.sum(axis=1), np.where(enough, line[:, 0], np.nan))


def _gaps_used(gap: NDArray[np.int64], used: NDArray[np.bool_], gaps: int) -> NDArray[np.int64]:
    there = [((gap == number) & used).any(axis=1) for number in range(gaps)]
    return np.stack(there).sum(axis=0)


def _least_squares(clusters: _Clusters, chamber: Chamber, scattering: Floats) -> tuple[Floats, Floats, Floats]:
    """Lines (position at the mean z, slope), their chi-squares, and by how much these fall without each measurement.

    The last are 0 for measurements that are not used.
    """
    weight = clusters.used.astype(np.float64)
    both = weight[:, :, None] * weight[:, None, :]
    covariance = scattering[clusters.gap[:, :, None], clusters.gap[:, None, :]] * both
    slots = np.arange(weight.shape[1])
    covariance[:, slots, slots] += np.where(clusters.used, clusters.sigma**2, 1.0)
    inverse = np.linalg.inv(covariance) * both
    middle_z = chamber.z_m.mean()
    design = np.stack([weight, (chamber.z_m - middle_z)[clusters.gap] * weight], axis=2)
    projected = inverse @ design
    normal = np.swapaxes(design, 1, 2) @ projected
    largest = np.abs(normal).max(axis=(1, 2), keepdims=True)
    normal += np.eye(2) * np.where(largest > 0, 1e-9 * largest, 1.0)
    spread = np.linalg.inv(normal)
    measured = clusters.middle * weight
    line = (spread @ (np.swapaxes(projected, 1, 2) @ measured[:, :, None]))[:, :, 0]
    residual = measured - (design @ line[:, :, None])[:, :, 0]
    pulled = (inverse @ residual[:, :, None])[:, :, 0]
    chi_square = (residual * pulled).sum(axis=1)
    left = inverse - projected @ spread @ np.swapaxes(projected, 1, 2)
    information = left[:, slots, slots]
    usable = clusters.used & (information > 1e-9 * np.abs(inverse[:, slots, slots]))
    gain = np.where(usable, pulled**2 / np.where(usable, information, 1.0), 0.0)
    return line, chi_square, gain
