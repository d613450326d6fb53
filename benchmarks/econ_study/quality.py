"""Energy mover's distance of weight sets and of compression without a network, over pile-up, eta and occupancy."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.econ_study.sets import SETS, answers
from benchmarks.harness import BENCHMARKS, Measurement
from datasets.calorimeter import Modules, occupancy, simulate
from datasets.calorimeter.algorithms import MANTISSA_BITS, Code, best_choice, supercells, threshold
from datasets.calorimeter.emd import movers_distances
from datasets.calorimeter.generator import Conditions
from models import econ

KEPT = BENCHMARKS / "results" / "econ"
SEED = 2105
PILEUPS = (0, 140, 200)
MODULES, TUNED_ON = 20_000, 3_000
LEAST_MIP = (0.0, 0.2, 0.35, 0.5, 1.0)
ETA = (1.5, 1.8, 2.1, 2.4, 2.7, 3.1)
OCCUPANCY = (0, 1, 3, 6, 10, 15, 49)
"""first of each bin, and behind the last"""
THRESHOLD, BEST, SUPER = "threshold", "best choice", "super trigger cells"
BASELINES = (THRESHOLD, BEST, SUPER)

Compression = Callable[[Modules], NDArray[Any]]


def conditions(modules: int) -> dict[int, Modules]:
    """Fresh modules for each pile-up, none of them seen in training."""
    return {n: simulate(modules, (SEED, n), Conditions(pileup=(n,))) for n in PILEUPS}


def baselines(bits: int) -> dict[str, tuple[str, Compression]]:
    """Each kind of compression at 16 x ``bits`` bits with the code, and threshold, of least distance on modules apart,
    in words and as a function."""
    own = simulate(TUNED_ON, (SEED, 1, bits), Conditions(pileup=(140,)))
    sent = econ.NUMBERS * bits
    codes = [Code(mantissa) for mantissa in MANTISSA_BITS]
    best = _least(own, {f"{code.bits} bits a charge": _best(sent, code) for code in codes})
    over = _least(
        own,
        {
            f"{least:g} MIP, {code.bits} bits a charge": _threshold(sent, code, least)
            for code in codes[:4]
            for least in LEAST_MIP
        },
    )
    whole = (f"{sent // 12} bits a sum", lambda modules: supercells(modules.calq, sent))
    return {THRESHOLD: over, BEST: best, SUPER: whole}


def _best(sent: int, code: Code) -> Compression:
    return lambda modules: best_choice(modules.calq, sent, code)


def _threshold(sent: int, code: Code, least_mip: float) -> Compression:
    return lambda modules: threshold(modules.calq, sent, code, least_mip)


def _least(modules: Modules, choices: Mapping[str, Compression]) -> tuple[str, Compression]:
    found = {text: movers_distances(modules.calq, choice(modules)).mean() for text, choice in choices.items()}
    text = min(found, key=lambda name: found[name])
    return text, choices[text]


def measure(modules: int, tell: Callable[[str], None]) -> list[Measurement]:
    """Mean distances under each condition, and bins at pile-up 140, kept as ``results/econ/distances.json``."""
    samples, out, bins = conditions(modules), list[Measurement](), dict[str, Any]()
    out.append(Measurement("all: modules", modules, "modules"))
    for title, compression in _compressions(tell):
        for pileup, sample in samples.items():
            distances = movers_distances(sample.calq, compression(sample))
            out.append(Measurement(f"{title}: pile-up {pileup}", float(distances.mean()), "cm"))
            if pileup == 140:
                bins[title] = _binned(sample, distances)
                out += _regions(title, sample, distances)
        tell(f"{title}: {out[-len(econ.REGIONS) - 2].value:.3f} cm at pile-up 140")
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / "distances.json").write_text(json.dumps(bins, indent=1) + "\n", encoding="utf-8")
    return out


def _compressions(tell: Callable[[str], None]) -> Iterator[tuple[str, Compression]]:
    for weights in SETS:
        yield weights.name, lambda modules, weights=weights: answers(weights, modules)
    for bits in econ.LINKS:
        for name, (text, compression) in baselines(bits).items():
            tell(f"{name} at {bits} bits a number: {text}")
            yield f"{name} {bits}", compression


def _binned(modules: Modules, distances: NDArray[np.float64]) -> dict[str, list[float | None]]:
    """Means by eta and by occupancy; None for less than 20 modules."""
    found: dict[str, list[float | None]] = {}
    for name, values, edges in (
        ("eta", np.abs(modules.truth["eta"]), ETA),
        ("occupancy", occupancy(modules), OCCUPANCY),
    ):
        chosen = [(values >= first) & (values < last) for first, last in pairwise(edges)]
        found[name] = [round(float(distances[own].mean()), 4) if own.sum() >= 20 else None for own in chosen]
    return found


def _regions(title: str, modules: Modules, distances: NDArray[np.float64]) -> list[Measurement]:
    """Means of each region of the detector."""
    layer = modules.truth["layer"]
    return [
        Measurement(f"{title}: {region}", float(distances[(layer >= first) & (layer <= last)].mean()), "cm")
        for region, (first, last) in econ.REGIONS.items()
    ]


def load(folder: Path = KEPT) -> dict[str, dict[str, list[float | None]]]:
    """The bins that are kept."""
    return json.loads((folder / "distances.json").read_text(encoding="utf-8"))
