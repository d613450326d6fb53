"""Figures of earlier runs, by network, conditions and name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parents[1] / "results"
MEASURED, MAPPED, AGREED = "muon", "muon_mapped", "muon_agreement"


@dataclass(frozen=True)
class Results:
    """``values`` by the name of a measurement, ``runs`` the lines of data that they come from."""

    values: Mapping[str, float]
    runs: tuple[Mapping[str, Any], ...]

    def of(self, key: str) -> dict[str, float]:
        """What is known of a network or a fit, by the rest of the name."""
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
