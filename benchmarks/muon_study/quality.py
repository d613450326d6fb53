"""Resolution and efficiency of networks and fits, on the same muons."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from benchmarks.harness import Measurement
from benchmarks.muon_study.answers import FIT, REJECTING, Floats, angles, fit, fit_rejecting
from benchmarks.study.networks import Network, graph_of
from datasets.muon import CLEAN, DEFAULT, Conditions, Muons, simulate
from trigforge.merit import half_width, resolution

WINDOW_MRAD = 30.0
MUONS = 100_000
SEED = 5
"""with the number of the conditions; recipes draw from (2202, split), the committed sample from 7"""
AGREE_SEED = 99
"""in place of the number of the conditions: these muons are measured nowhere else"""
NOISE_PERCENT = (0.0, 0.1, 0.5, 1.0)
EFFICIENCY_PERCENT = (100.0, 98.0, 95.0, 90.0)
ANGLE_EDGES_MRAD = tuple(range(192, 265, 8))


@dataclass(frozen=True)
class Quality:
    """Figures of residuals: RMS of those within the window, their share, the size that 68 % of all stay below, and the
    mean of those within the window. mrad and %."""

    resolution: float
    kept: float
    half_width: float
    bias: float


def quality(residuals: Floats) -> Quality:
    """The figures of residuals in mrad; NaN counts as a muon that is lost."""
    differences = np.where(np.isfinite(residuals), residuals, np.inf)
    spread, kept = resolution(differences, WINDOW_MRAD)
    inside = differences[np.abs(differences) < WINDOW_MRAD]
    return Quality(spread, 100 * kept, half_width(differences), float(inside.mean()) if len(inside) else 0.0)


def conditions() -> dict[str, Conditions]:
    """Clean and default ones, and the scans, in which all that is not scanned stays at its default."""
    return {
        "clean": CLEAN,
        "default": DEFAULT,
        **{noise(percent): replace(DEFAULT, noise=percent / 100) for percent in NOISE_PERCENT},
        **{efficiency(percent): replace(DEFAULT, efficiency=percent / 100) for percent in EFFICIENCY_PERCENT},
    }


def noise(percent: float) -> str:
    """The name of conditions with so much noise."""
    return f"noise {percent:g} %"


def efficiency(percent: float) -> str:
    """The name of conditions with such an efficiency."""
    return f"efficiency {percent:g} %"


def angle(name: str, low: float, high: float) -> str:
    """The name of the muons of conditions ``name`` in a range of angles."""
    return f"{name}, {low:g} to {high:g} mrad"


def measure(found: list[Network], muons: int, say: Callable[[str], None]) -> list[Measurement]:
    """Every network and both fits in all conditions; equal conditions are simulated once."""
    answers: dict[str, Callable[[npt.NDArray[np.bool_]], Floats]] = {FIT: fit, REJECTING: fit_rejecting}
    for network in found:
        answers[network.key] = partial(angles, graph_of(network))
    named = conditions()
    distinct = list(dict.fromkeys(named.values()))
    measured: list[Measurement] = []
    for number, wanted in enumerate(distinct):
        names = [name for name, entry in named.items() if entry == wanted]
        say(", ".join(names))
        events = simulate(muons, (SEED, number), conditions=wanted)
        for key, answer in answers.items():
            residuals = answer(events.hits) - events.angle_mrad
            for name in names:
                measured += _entries(key, name, quality(residuals))
            for name in {"clean", "default"} & set(names):
                for part, chosen in _ranges(name, events):
                    measured += _entries(key, part, quality(residuals[chosen]))[:2]
    return measured


def _ranges(name: str, events: Muons) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    for low, high in pairwise(ANGLE_EDGES_MRAD):
        yield angle(name, low, high), (events.angle_mrad >= low) & (events.angle_mrad < high)


def _entries(key: str, name: str, found: Quality) -> list[Measurement]:
    return [
        Measurement(f"{key}: {name}: resolution", round(found.resolution, 4), "mrad"),
        Measurement(f"{key}: {name}: kept", round(found.kept, 4), "%"),
        Measurement(f"{key}: {name}: half width", round(found.half_width, 4), "mrad"),
        Measurement(f"{key}: {name}: bias", round(found.bias, 4), "mrad"),
    ]
