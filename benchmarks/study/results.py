"""Figures of earlier runs of a study, by network, conditions and name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.study.networks import Kind, Network, definition, networks

RESULTS = Path(__file__).resolve().parents[1] / "results"
SIMULATORS = ("native emulator", "csim", "RTL")


@dataclass(frozen=True)
class Results:
    """``values`` by the name of a measurement, ``runs`` the lines of data that they come from."""

    values: Mapping[str, float]
    runs: tuple[Mapping[str, Any], ...]

    def of(self, key: str) -> dict[str, float]:
        """The figures of a network or a fit, by the rest of the name."""
        start = f"{key}: "
        return {name.removeprefix(start): value for name, value in self.values.items() if name.startswith(start)}

    def find(self, *parts: str) -> float | None:
        """One figure, None where it was not measured."""
        return self.values.get(": ".join(parts))


def load(benchmark: str, results: Path = RESULTS, *, latest: bool = False) -> Results:
    """The ``latest`` run alone, or all runs, of which later ones replace earlier ones. Empty where there is none."""
    path = results / f"{benchmark}.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    runs = tuple(json.loads(line) for line in (lines[-1:] if latest else lines))
    return Results({entry["name"]: entry["value"] for run in runs for entry in run["measurements"]}, runs)


@dataclass(frozen=True)
class Study:
    """The networks that are here, the last measurement, and everything ever mapped or compared.

    ``definition`` is the study's file.
    """

    definition: Mapping[str, Any]
    networks: tuple[Network, ...]
    measured: Results
    mapped: Results
    agreed: Results

    @classmethod
    def load(cls, name: str) -> Study:
        """A study from its file and its stored results."""
        table = definition(name)
        files = load(name, latest=True), load(f"{name}_mapped"), load(f"{name}_agreement")
        return cls(table, tuple(networks(table)), *files)

    def of(self, *kinds: Kind) -> list[Network]:
        """The networks of some kinds that were measured."""
        return [n for kind in kinds for n in self.networks if n.kind is kind and self.measured.of(n.key)]

    def figures(self, key: str) -> dict[str, float]:
        """All figures of a network or a fit, those of comparisons included, with its ``latency`` in ns, and the events
        ``compared`` in every simulator with their ``mismatches``."""
        built, agreed = self.mapped.of(key), self.agreed.of(key)
        derived: dict[str, float] = {}
        events = self.definition["events"]
        if built:
            derived["latency"] = built["cycles"] * built["clock period"]
        if all(f"{simulator}: mismatches" in agreed for simulator in SIMULATORS):
            derived["compared"] = min(agreed[f"{simulator}: {events}"] for simulator in SIMULATORS)
            derived["mismatches"] = sum(agreed[f"{simulator}: mismatches"] for simulator in SIMULATORS)
        return agreed | self.measured.of(key) | built | derived
