"""Muons through the chamber, all events at once."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.muon.chamber import CHAMBER, Chamber, check
from datasets.muon.errors import MuonDataError

Hits = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Spectrum:
    """Spectrum of the muons, the field that bends them and the material they cross. README.md explains the defaults.

    ``dN/dpT`` falls as ``pT**-power`` from ``lowest_pt_gev`` to ``highest_pt_gev``; both charges are equally frequent.
    The field bends a muon by 0.3 ``bending_t_m`` / p before the chamber, so that it arrives under an angle other than
    that of the straight line from the collision point. ``station_material`` and ``gap_material`` are the thicknesses,
    in radiation lengths, crossed behind the last gap of a station and behind any other gap.
    """

    lowest_pt_gev: float = 6.0
    highest_pt_gev: float = 200.0
    power: float = 3.0
    bending_t_m: float = 1.0
    gap_material: float = 0.05
    station_material: float = 0.10


@dataclass(frozen=True)
class Conditions:
    """Response of the gaps. ``CLEAN`` has neither inefficiency nor delta rays nor noise.

    ``efficiency`` of a gap for a muon; ``noise`` probability that a channel fires by itself; ``shared`` the part of a
    channel's width, at its two edges together, within which the neighbour fires too; ``delta_rays`` the probability
    that an electron knocked out in a gap fires one to three channels more on one side.
    """

    efficiency: float = 0.98
    noise: float = 0.001
    shared: float = 0.10
    delta_rays: float = 0.01


DEFAULT = Conditions()
CLEAN = Conditions(efficiency=1.0, noise=0.0, delta_rays=0.0)


@dataclass(frozen=True)
class Muons:
    """``hits`` (n, gaps, channels); ``angle_mrad`` (n,), the angle to the beam in front of the first gap;
    ``pt_gev`` (n,), 0 where it is not known."""

    hits: Hits
    angle_mrad: Floats
    pt_gev: Floats

    def __len__(self) -> int:
        return len(self.angle_mrad)

    def take(self, chosen: "slice | NDArray[np.int64]") -> "Muons":
        """The events ``chosen``."""
        return Muons(self.hits[chosen], self.angle_mrad[chosen], self.pt_gev[chosen])


def simulate(
    events: int,
    seed: int | tuple[int, ...],
    *,
    conditions: Conditions = DEFAULT,
    spectrum: Spectrum | None = None,
    chamber: Chamber = CHAMBER,
) -> Muons:
    """``events`` muons, each of which crosses every gap within its channels. The same seed gives the same muons.

    Tracks are straight but for multiple scattering in the gaps. Raises ``MuonDataError`` for a chamber or conditions
    that make no sense.
    """
    spectrum = spectrum or Spectrum()
    check(chamber)
    _check(conditions, spectrum)
    rng = np.random.default_rng(seed)
    found: list[tuple[Floats, Floats, Floats]] = []
    kept = 0
    while kept < events:
        wanted = events - kept
        positions, angle, pt = _tracks(rng, wanted + wanted // 8 + 64, spectrum, chamber)
        inside = ((positions >= 0) & (positions < chamber.channels)).all(axis=1)
        if not inside.any():
            raise MuonDataError(
                "no muon crosses every gap within its channels; bring the offsets of the gaps closer together"
            )
        found.append((positions[inside][:wanted], angle[inside][:wanted], pt[inside][:wanted]))
        kept += len(found[-1][1])
    positions, angle, pt = (np.concatenate(column) for column in zip(*found, strict=True))
    return Muons(_answers(rng, positions, conditions, chamber.channels), angle, pt)


def scattering_mrad(momentum_gev: Floats, radiation_lengths: Floats) -> Floats:
    """Highland's width of the projected angle for muons: Review of Particle Physics, section 34.3, with beta = 1."""
    return 13.6 / momentum_gev * np.sqrt(radiation_lengths) * (1 + 0.038 * np.log(radiation_lengths))


def material(chamber: Chamber, spectrum: Spectrum) -> Floats:
    """Radiation lengths crossed behind each gap, (gaps,)."""
    last = np.isin(np.arange(1, len(chamber.gaps) + 1), np.cumsum(chamber.stations))
    return np.where(last, spectrum.station_material, spectrum.gap_material)


def _tracks(
    rng: np.random.Generator, events: int, spectrum: Spectrum, chamber: Chamber
) -> tuple[Floats, Floats, Floats]:
    """Positions (n, gaps) in channels from the lower edge of channel 0, angles (n,) in mrad, pT (n,) in GeV."""
    steep = 1 - spectrum.power
    low, high = spectrum.lowest_pt_gev**steep, spectrum.highest_pt_gev**steep
    pt = (low + rng.random(events) * (high - low)) ** (1 / steep)
    z_m, pitch_m, edge_m = chamber.z_m, chamber.pitch_m, chamber.edge_m
    radius = edge_m[0] + rng.random(events) * chamber.channels * pitch_m[0]
    straight = np.arctan(radius / z_m[0])
    momentum = pt / np.sin(straight)
    angle = straight + rng.choice((-1.0, 1.0), events) * 0.3 * spectrum.bending_t_m / momentum
    positions = radius[:, None] + (z_m - z_m[0]) * np.tan(angle)[:, None]
    width = scattering_mrad(momentum[:, None], material(chamber, spectrum)) / 1000
    kinks = rng.standard_normal(width.shape) * width * (1 + np.tan(angle)[:, None] ** 2)
    reach = np.maximum(z_m[None, :] - z_m[:, None], 0)
    positions += kinks @ reach
    return (positions - edge_m) / pitch_m, angle * 1000, pt


def _answers(rng: np.random.Generator, positions: Floats, conditions: Conditions, channels: int) -> Hits:
    """The channels that fire, (n, gaps, channels)."""
    events, gaps = positions.shape
    hits = np.zeros(events * gaps * channels, np.bool_)
    seen = rng.random(positions.shape) < conditions.efficiency
    channel = positions.astype(np.int64)
    within = positions - channel
    base = np.arange(events * gaps).reshape(events, gaps) * channels

    def fire(where: NDArray[np.bool_], number: NDArray[np.int64]) -> None:
        where = where & (number >= 0) & (number < channels)
        hits[(base + number)[where]] = True

    fire(seen, channel)
    fire(seen & (within < conditions.shared / 2), channel - 1)
    fire(seen & (within >= 1 - conditions.shared / 2), channel + 1)
    if conditions.delta_rays:
        knocked = seen & (rng.random(positions.shape) < conditions.delta_rays)
        side, length = rng.choice((-1, 1), positions.shape), rng.integers(1, 4, positions.shape)
        for step in (1, 2, 3):
            fire(knocked & (length >= step), channel + side * step)
    if conditions.noise:
        hits[_noisy(rng, hits.size, conditions.noise)] = True
    return hits.reshape(events, gaps, channels)


def _noisy(rng: np.random.Generator, size: int, probability: float) -> NDArray[np.int64]:
    """Places that fire among ``size`` independent ones, by the distances between them."""
    expected = size * probability
    distances = rng.geometric(probability, int(expected + 10 * math.sqrt(expected) + 10))
    places = np.cumsum(distances) - 1
    return places[places < size]


def _check(conditions: Conditions, spectrum: Spectrum) -> None:
    for name in ("efficiency", "noise", "shared", "delta_rays"):
        value = getattr(conditions, name)
        if not 0 <= value <= 1:
            raise MuonDataError(f"{name} is {value:g}; give a share between 0 and 1")
    if not 0 < spectrum.lowest_pt_gev < spectrum.highest_pt_gev or spectrum.power <= 1:
        raise MuonDataError(
            f"the spectrum falls as pT^-{spectrum.power:g} from {spectrum.lowest_pt_gev:g} to "
            f"{spectrum.highest_pt_gev:g} GeV; give a power above 1 and rising bounds above 0"
        )
