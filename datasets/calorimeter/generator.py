"""Crossings of one endcap -> modules: pile-up and signal, their showers, noise, a threshold, and integers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from datasets.calorimeter.detector import ETA_RANGE, LAYERS, sites
from datasets.calorimeter.errors import CalorimeterDataError
from datasets.calorimeter.geometry import CELLS, Floats, cell_at
from datasets.calorimeter.modules import CALQ_BITS, TRUTH, UNITS_A_MIP, Modules, join
from datasets.calorimeter.particles import (
    Momenta,
    PythiaCollisions,
    Signal,
    at_first_layer,
    minimum_bias,
    signal_particles,
)
from datasets.calorimeter.showers import Spots, showers

PARAMETRISED, PYTHIA = "parametrised", "pythia"


@dataclass(frozen=True)
class Conditions:
    """What a crossing holds, and what of it is kept.

    `pileup` mean numbers of collisions, which modules get in equal parts; `minimum_bias` where these come from;
    `noise_mip` and `threshold_mip` of a trigger cell, in MIPs (not transverse); `layers` whose modules are kept, all
    that are read where empty; `share` of the modules that is kept, at random.
    """

    pileup: tuple[int, ...] = (140,)
    signal: Signal = field(default_factory=Signal)
    minimum_bias: str = PARAMETRISED
    noise_mip: float = 0.25
    threshold_mip: float = 0.75
    layers: tuple[int, ...] = ()
    share: float = 1.0


DEFAULT = Conditions()


def simulate(modules: int, seed: int | tuple[int, ...], conditions: Conditions = DEFAULT) -> Modules:
    """`modules` modules with charge, by crossing; the last crossing of each pile-up is cut short. Same seed, same
    modules.

    Modules without any charge are left out, as in the published sample. Raises `CalorimeterDataError` for conditions
    that make no sense, or under which no module has a charge.
    """
    check(conditions)
    rng = np.random.default_rng(seed)
    collisions = _collisions(conditions.minimum_bias)
    parts: list[Modules] = []
    event = 0
    for number, pileup in enumerate(conditions.pileup):
        missing = modules * (number + 1) // len(conditions.pileup) - modules * number // len(conditions.pileup)
        empty = 0
        while missing > 0:
            part = _crossing(rng, collisions, pileup, event, conditions).take(slice(missing))
            empty = 0 if len(part) else empty + 1
            if empty == 100:
                raise CalorimeterDataError(
                    f"no module of 100 crossings at pile-up {pileup} holds a charge; lower the threshold of "
                    f"{conditions.threshold_mip:g} MIP, keep more modules or layers, or add signal particles"
                )
            parts.append(part)
            missing -= len(part)
            event += 1
    return join(parts) if parts else Modules(np.zeros((0, CELLS), np.int32), {})


def check(conditions: Conditions) -> None:
    """Raises `CalorimeterDataError` for conditions that make no sense."""
    if not conditions.pileup or min(conditions.pileup) < 0 or max(conditions.pileup) > 1000:
        raise CalorimeterDataError(f"pile-up {list(conditions.pileup)}; give numbers of collisions from 0 to 1000")
    for name in ("electromagnetic", "hadrons"):
        if not 0 <= getattr(conditions.signal, name) <= 1000:
            raise CalorimeterDataError(f"{name} is {getattr(conditions.signal, name)}; give 0 to 1000 signal particles")
    for name in ("noise_mip", "threshold_mip"):
        value = getattr(conditions, name)
        if not 0 <= value < 1000:
            raise CalorimeterDataError(f"{name} is {value:g}; give MIPs from 0 to 1000")
    if not 0 < conditions.share <= 1:
        raise CalorimeterDataError(f"share is {conditions.share:g}; give a share above 0, at most 1")
    if conditions.minimum_bias not in (PARAMETRISED, PYTHIA):
        raise CalorimeterDataError(f"minimum bias is {conditions.minimum_bias!r}; give {PARAMETRISED} or {PYTHIA}")
    read = LAYERS.number[LAYERS.read].tolist()
    for layer in conditions.layers:
        if layer not in read:
            raise CalorimeterDataError(
                f"layer {layer} does not go to the trigger; it reads {', '.join(map(str, read))}"
            )


def crossing_momenta(
    rng: np.random.Generator,
    collisions: Callable[[np.random.Generator, int], Momenta],
    pileup: int,
    signal: Signal,
) -> tuple[Momenta, int]:
    """The particles of one crossing, pile-up first, and how many of them are pile-up; collisions are Poisson."""
    parts = [collisions(rng, int(rng.poisson(pileup))), signal_particles(rng, signal, ETA_RANGE)]
    columns = (np.concatenate(pair) for pair in zip(*(vars(part).values() for part in parts), strict=True))
    return Momenta(*columns), len(parts[0])


def deposits(spots: Spots, weights: Floats) -> Floats:
    """Sums (sites, 48) of `weights` over the spots in each cell; what falls beside all modules is lost."""
    site, x, y = sites().at(spots.layer, spots.x_cm, spots.y_cm)
    inside = site >= 0
    cell = site[inside] * CELLS + cell_at(x[inside], y[inside])
    sums = np.bincount(cell, weights[inside], len(sites()) * CELLS)
    return sums.astype(np.float64, copy=False).reshape(-1, CELLS)


@cache
def _collisions(source: str) -> Callable[[np.random.Generator, int], Momenta]:
    return PythiaCollisions(seed=1) if source == PYTHIA else minimum_bias


def _crossing(
    rng: np.random.Generator,
    collisions: Callable[[np.random.Generator, int], Momenta],
    pileup: int,
    event: int,
    conditions: Conditions,
) -> Modules:
    momenta, first_signal = crossing_momenta(rng, collisions, pileup, conditions.signal)
    spots = showers(rng, at_first_layer(rng, momenta))
    where = sites()
    mips = deposits(spots, spots.mips)
    of_signal = deposits(spots, np.where(spots.particle >= first_signal, spots.mips, 0.0)).sum(axis=1)
    measured = mips + conditions.noise_mip * rng.standard_normal(mips.shape)
    measured[measured < conditions.threshold_mip] = 0.0
    measured = np.maximum(measured, 0.0)
    calq = np.floor(UNITS_A_MIP * measured / where.cosh_eta).astype(np.int64)
    calq = np.minimum(calq, 2**CALQ_BITS - 1).astype(np.int32)
    kept = calq.any(axis=1) & _wanted(rng, conditions)
    mip_gev = LAYERS.mip_gev[where.layer]
    energy = (calq * where.cosh_eta).sum(axis=1) / UNITS_A_MIP * mip_gev
    truth = {
        "event": np.full(len(where), event),
        "layer": LAYERS.number[where.layer],
        "subdet": LAYERS.subdetector[where.layer],
        "waferu": where.u,
        "waferv": where.v,
        "wafertype": where.wafertype,
        "eta": where.eta,
        "energy": energy,
        "simenergy": of_signal * mip_gev,
        "pileup": np.full(len(where), pileup),
    }
    return Modules(calq[kept], {name: column[kept].astype(TRUTH[name]) for name, column in truth.items()})


def _wanted(rng: np.random.Generator, conditions: Conditions) -> NDArray[np.bool_]:
    """The sites whose modules are kept."""
    wanted = rng.random(len(sites())) < conditions.share
    if conditions.layers:
        wanted &= np.isin(LAYERS.number[sites().layer], conditions.layers)
    return wanted
