"""Showers as spots: where a sampling calorimeter sees the energy of many particles, all at once.

Electromagnetic: Grindhammer and Peters, hep-ex/0001020, appendix A, for a homogeneous medium. Hadronic: Bock,
Hansl-Kostyrka and Shau, NIM 186 (1981) 533, for the shape of the profile; first interaction, electromagnetic fraction
and width are choices, stated below. A spot is `SPOT_GEV` of shower energy that the silicon behind it sees as an
exponentially distributed number of MIPs; with 0.02 GeV, all layers together measure a shower with 20 %/sqrt(E), and
those that are read, every second one, with 28 %/sqrt(E).
"""

from dataclasses import dataclass

import numpy as np

from datasets.calorimeter.detector import LAYERS
from datasets.calorimeter.geometry import Floats, Integers
from datasets.calorimeter.particles import CHARGED, ELECTROMAGNETIC, Particles

SPOT_GEV = 0.02
CRITICAL_ENERGY_GEV = 0.010
ATOMIC_NUMBER = 65.0
MOLIERE_RADIUS_CM = 2.8
"""Effective values of the absorbers of CE-E (copper-tungsten, lead, steel): rounded, an assumption."""
HADRON_RESPONSE = 0.6
"""Visible share of the hadronic energy that is not electromagnetic."""
HADRON_RADIUS_CM, HADRON_SPREAD_CM = 2.5, 4.0
"""Radius of half of the hadronic energy: at the first interaction, and growing an interaction length behind it."""
FRACTION_CONCENTRATION = 4.0
"""Sum of the parameters of the beta distribution of the electromagnetic fraction."""
LANDAU_WIDTH = 0.09
"""Width of the Moyal distribution of a MIP's deposit in 300 um of silicon, against its most probable one."""


@dataclass(frozen=True)
class Spots:
    """Signals in layers that are read, (n,) each.

    `particle` is an index into the particles, `layer` one into `LAYERS`; position in cm; `mips` the signal.
    """

    particle: Integers
    layer: Integers
    x_cm: Floats
    y_cm: Floats
    mips: Floats


def showers(rng: np.random.Generator, particles: Particles) -> Spots:
    """Spots of all particles, in no order."""
    is_light = particles.kind == ELECTROMAGNETIC
    light, heavy = np.flatnonzero(is_light), np.flatnonzero(~is_light)
    parts = [
        _electromagnetic(rng, particles, light, particles.energy_gev[light], particles.starts_x0[light]),
        *_hadronic(rng, particles, heavy),
    ]
    return Spots(*(np.concatenate(columns) for columns in zip(*(vars(part).values() for part in parts), strict=True)))


def mean_profile(energy_gev: Floats) -> tuple[Floats, Floats]:
    """Depth T of the shower maximum in radiation lengths and shape alpha, the means of many showers (A.1.1).

    <T> = ln y - 0.858, <alpha> = 0.21 + (0.492 + 2.38 / Z) ln y with y = E / Ec. They are kept above 0.2 and 1.1, which
    electrons below 30 MeV would reach.
    """
    log_y = np.log(np.maximum(energy_gev, 1e-3) / CRITICAL_ENERGY_GEV)
    return np.maximum(log_y - 0.858, 0.2), np.maximum(0.21 + (0.492 + 2.38 / ATOMIC_NUMBER) * log_y, 1.1)


def draw_profiles(rng: np.random.Generator, energy_gev: Floats) -> tuple[Floats, Floats]:
    """T and alpha of single showers: log-normal around `mean_profile`, correlated (A.1.3)."""
    log_y = np.maximum(np.log(np.maximum(energy_gev, 1e-3) / CRITICAL_ENERGY_GEV), 2.0)
    maximum, shape = mean_profile(energy_gev)
    width_t, width_alpha = 1 / (-1.4 + 1.26 * log_y), 1 / (-0.58 + 0.86 * log_y)
    correlation = 0.705 - 0.023 * log_y
    first, second = rng.standard_normal((2, len(maximum)))
    second = correlation * first + np.sqrt(1 - correlation**2) * second
    alpha = 1 + (shape - 1) * np.exp(width_alpha * second - width_alpha**2 / 2)
    return maximum * np.exp(width_t * first - width_t**2 / 2), alpha


def _electromagnetic(
    rng: np.random.Generator, particles: Particles, chosen: Integers, energy_gev: Floats, starts_x0: Floats
) -> Spots:
    """Showers of `energy_gev` that begin `starts_x0` radiation lengths, along the path, behind the front."""
    maximum, shape = draw_profiles(rng, energy_gev)
    own = np.repeat(np.arange(len(chosen)), rng.poisson(energy_gev / SPOT_GEV))
    depth = rng.standard_gamma(shape[own]) * (maximum / (shape - 1))[own]
    layer = np.searchsorted(LAYERS.depth_x0, (starts_x0[own] + depth) / particles.stretch[chosen][own])
    own, depth, layer = _read(own, depth, layer)
    radius = MOLIERE_RADIUS_CM * _radii(rng, energy_gev[own], depth / maximum[own])
    return _spread(rng, particles, chosen[own], layer, radius)


def _radii(rng: np.random.Generator, energy_gev: Floats, tau: Floats) -> Floats:
    """Distances of spots from the axis in Moliere radii at depth `tau`, in units of the maximum's (A.2).

    f(r) = p 2 r Rc^2 / (r^2 + Rc^2)^2 + (1 - p) 2 r Rt^2 / (r^2 + Rt^2)^2; r = R sqrt(u / (1 - u)) for uniform u.
    """
    log_e, tau = np.log(np.maximum(energy_gev, 0.1)), np.minimum(tau, 5.0)
    core = 0.0251 + 0.00319 * log_e + (0.1162 - 0.000381 * ATOMIC_NUMBER) * tau
    tail = 0.659 - 0.00309 * ATOMIC_NUMBER
    tail *= np.exp(-2.59 * (tau - 0.645)) + np.exp((0.3585 + 0.0421 * log_e) * (tau - 0.645))
    rise = (0.401 + 0.00187 * ATOMIC_NUMBER - tau) / np.maximum(1.313 - 0.0686 * log_e, 0.5)
    share = (2.632 - 0.00094 * ATOMIC_NUMBER) * np.exp(rise - np.exp(rise))
    return np.where(rng.random(len(tau)) < share, core, tail) * _quantile(rng, len(tau))


def _hadronic(rng: np.random.Generator, particles: Particles, chosen: Integers) -> list[Spots]:
    """A track of charged hadrons up to the first interaction, its electromagnetic and its hadronic shower.

    The interaction is exponential in interaction lengths. The electromagnetic fraction follows a beta distribution of
    mean 1 - E^-0.18 (E in GeV, Groom and Wigmans), at least 0.02.
    """
    energy, stretch = particles.energy_gev[chosen], particles.stretch[chosen]
    starts = rng.standard_exponential(len(chosen))
    mean = np.clip(1 - np.maximum(energy, 1.0) ** -0.18, 0.02, 0.9)
    fraction = rng.beta(FRACTION_CONCENTRATION * mean, FRACTION_CONCENTRATION * (1 - mean))
    track = _tracks(rng, particles, chosen, starts)
    lengths, radiation = np.r_[0.0, LAYERS.depth_lambda], np.r_[0.0, LAYERS.depth_x0]
    inside = starts / stretch < lengths[-1]
    chosen = chosen[inside]
    energy, stretch, starts, fraction = (column[inside] for column in (energy, stretch, starts, fraction))
    starts_x0 = stretch * np.interp(starts / stretch, lengths, radiation)
    light = _electromagnetic(rng, particles, chosen, fraction * energy, starts_x0)
    own = np.repeat(np.arange(len(chosen)), rng.poisson(HADRON_RESPONSE * (1 - fraction) * energy / SPOT_GEV))
    log_e = np.log(np.maximum(energy, 0.5))
    depth = rng.standard_gamma((0.6165 + 0.3193 * log_e)[own]) / (0.9099 - 0.0237 * log_e)[own]
    layer = np.searchsorted(LAYERS.depth_lambda, (starts[own] + depth) / stretch[own])
    own, depth, layer = _read(own, depth, layer)
    radius = (HADRON_RADIUS_CM + HADRON_SPREAD_CM * depth) * _quantile(rng, len(depth))
    return [track, light, _spread(rng, particles, chosen[own], layer, radius)]


def _tracks(rng: np.random.Generator, particles: Particles, chosen: Integers, starts: Floats) -> Spots:
    """One MIP in every layer that a charged hadron crosses before it interacts, or has lost its energy.

    The deposit follows Moyal's approximation of Landau's distribution; one MIP is its mean.
    """
    charged = particles.kind[chosen] == CHARGED
    reach = starts / particles.stretch[chosen]
    lost = np.cumsum(LAYERS.mip_gev) * particles.stretch[chosen][:, None]
    crossed = (LAYERS.depth_lambda < reach[:, None]) & (lost < particles.energy_gev[chosen][:, None])
    own, layer = np.nonzero(crossed & charged[:, None] & LAYERS.read)
    moyal = -np.log(rng.standard_normal(len(own)) ** 2)
    mips = (1 + LANDAU_WIDTH * moyal) / (1 + LANDAU_WIDTH * (np.euler_gamma + np.log(2)))
    x, y = _axis(particles, chosen[own], layer)
    return Spots(chosen[own], layer, x, y, mips)


def _read(own: Integers, depth: Floats, layer: Integers) -> tuple[Integers, Floats, Integers]:
    """The spots in layers that are read."""
    kept = np.flatnonzero(np.append(LAYERS.read, False)[layer])
    return own[kept], depth[kept], layer[kept]


def _spread(
    rng: np.random.Generator, particles: Particles, particle: Integers, layer: Integers, radius_cm: Floats
) -> Spots:
    """Spots at `radius_cm` around the axes of their particles, in the plane of the layer."""
    phi = rng.uniform(0, 2 * np.pi, len(radius_cm))
    x, y = _axis(particles, particle, layer)
    mips = rng.standard_exponential(len(radius_cm)) * (SPOT_GEV / LAYERS.mip_gev)[layer]
    return Spots(particle, layer, x + radius_cm * np.cos(phi), y + radius_cm * np.sin(phi), mips)


def _axis(particles: Particles, particle: Integers, layer: Integers) -> tuple[Floats, Floats]:
    behind = LAYERS.z_cm[layer] - LAYERS.z_cm[0]
    x, y = particles.x_cm[particle], particles.y_cm[particle]
    return x + behind * particles.slope_x[particle], y + behind * particles.slope_y[particle]


def _quantile(rng: np.random.Generator, size: int) -> Floats:
    uniform = rng.random(size)
    return np.sqrt(uniform / (1 - uniform))
