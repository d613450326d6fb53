"""Bits of adders beside mapped LUTs, over our own networks: what is known of a design before it is mapped."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.estimates_study.fitting import interval_percent, left_out, mean_over_groups
from benchmarks.harness import BENCHMARKS
from benchmarks.qor_study.results import OURS

RESULTS = BENCHMARKS / "results"
SINCE = "2026-11-27T23"
"""the hour of adders of three operands, products in LUTs, registers on minimum cuts; older counts are of other circuits
"""
FAMILIES = {
    "jet_tagger_mlp": "constituents, dense",
    "jet_tagger_deepsets": "deep sets",
    "deepsets": "deep sets",
    "jet_tagger_in": "interaction network",
    "jet_tagger_linear": "JEDI-linear",
    "jet_tagger_hlf": "jet features, dense",
    "hgq_jsc": "jet features, dense",
    "da4ml_jsc": "jet features, dense",
    "muon": "muons",
    "hgq_tgc": "muons",
    "hgq_plf": "mixer",
    "jet_tagger": "jet tagger",
    "jet_transformer": "attention",
    "jet_linformer": "attention",
    "btag_transformer": "attention",
    "mha16part": "attention",
    "lin16part": "attention",
}
"""by the beginning of a network's name; the first that fits"""
STUDIES = ("jets", "muon", "transformers")


@dataclass(frozen=True)
class Mapped:
    """A network of ours, its bits of adders and its mapped LUTs, inverters included."""

    network: str
    family: str
    adder_bits: float
    lut: float


def load(results: Path = RESULTS) -> tuple[Mapped, ...]:
    """Every network that was mapped since ``SINCE``, as it was last."""
    found = {mapped.network: mapped for name in STUDIES for mapped in _study(results / f"{name}_mapped.jsonl")}
    found |= {mapped.network: mapped for mapped in _qor(results / "qor.jsonl")}
    return tuple(found.values())


def _study(path: Path) -> Iterator[Mapped]:
    for subject, values in _runs(path, ": "):
        if "LUT, mapped" in values:
            yield _mapped(subject, values["adder bits"], values["LUT, mapped"])


def _qor(path: Path) -> Iterator[Mapped]:
    for subject, values in _runs(path, f": {OURS}: "):
        if "LUT" in values:
            yield _mapped(subject, values["adder bits"], values["LUT"])


def _runs(path: Path, separator: str) -> Iterator[tuple[str, dict[str, float]]]:
    for run in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        if run["time"] >= SINCE:
            found: dict[str, dict[str, float]] = {}
            for entry in run["measurements"]:
                subject, known, name = entry["name"].partition(separator)
                if known:
                    found.setdefault(subject.partition("@")[0], {})[name] = entry["value"]
            yield from found.items()


def _mapped(network: str, adder_bits: float, lut: float) -> Mapped:
    family = next((family for start, family in FAMILIES.items() if network.startswith(start)), None)
    if family is None:
        raise ValueError(f"{network} is of no family; add the beginning of its name to FAMILIES in {__file__}")
    return Mapped(network, family, adder_bits, lut)


def lut_per_bit(those: Sequence[Mapped]) -> float:
    """Mapped LUTs a bit: the mean over families."""
    return mean_over_groups(those, _family, lambda mapped: mapped.lut / mapped.adder_bits)


def residuals(those: Sequence[Mapped]) -> dict[Mapped, float]:
    """Estimate / truth - 1 of the mapped LUTs of each network, by a fit to the other families."""
    return left_out(
        those, _family, lambda others, mapped: lut_per_bit(others) * mapped.adder_bits, lambda mapped: mapped.lut
    )


def _family(mapped: Mapped) -> str:
    return mapped.family


def widened_percent(those: Sequence[Mapped], placed_percent: float) -> float:
    """The half width of placed LUTs from bits: bits to mapped LUTs, and on top mapped to placed ones."""
    own = interval_percent(list(residuals(those).values()))
    return 100 * ((1 + own / 100) * (1 + placed_percent / 100) - 1)
