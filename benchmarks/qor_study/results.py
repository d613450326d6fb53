"""Stored figures by network, form and name, each the last that was measured."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.harness import BENCHMARKS
from benchmarks.qor_study.peer_process import FORMS

RESULTS = BENCHMARKS / "results" / "qor.jsonl"
OURS = "ours"
OPTIMIZED = "optimized"
"""our Verilog with what ``trigforge optimize`` found in the minutes that are one of its figures"""
TERNARY = "t3"
THEIRS = (*FORMS, TERNARY)
"""the peer's forms, the interpreter of all being ``PEER``"""
PEER = "peer"


@dataclass(frozen=True)
class Entry:
    """One network: figures and words (units) by form and name, and the run that measured them."""

    key: str
    run: Mapping[str, Any]
    values: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    words: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])

    @property
    def name(self) -> str:
        """The network's name."""
        return self.key.partition("@")[0]

    def find(self, form: str, name: str) -> float | None:
        """One figure, None where it was not measured."""
        return self.values.get(form, {}).get(name)

    def figure(self, form: str, name: str) -> float | None:
        """As ``find``; look-up tables without inverters are derived."""
        if name != "LUT without inverters":
            return self.find(form, name)
        lut, inverters = self.find(form, "LUT"), self.find(form, "INV")
        return None if lut is None or inverters is None else lut - inverters

    def over_best(self, name: str, forms: Sequence[str] = THEIRS, form: str = OURS) -> float | None:
        """One form of ours over the least of the peer's forms; None where one side was not measured."""
        ours = self.figure(form, name)
        known = [value for form in forms if (value := self.figure(form, name)) is not None]
        return ours / min(known) if ours is not None and known else None


def load(results: Path = RESULTS) -> dict[str, Entry]:
    """The networks by key, in the order in which they were first measured."""
    found: dict[str, Entry] = {}
    lines = results.read_text(encoding="utf-8").splitlines() if results.is_file() else []
    for run in map(json.loads, lines):
        fresh: dict[str, Entry] = {}
        for entry in run["measurements"]:
            key, form, name = entry["name"].split(": ", 2)
            own = fresh.setdefault(key, Entry(key, run))
            own.values.setdefault(form, {})[name] = entry["value"]
            own.words.setdefault(form, {})[name] = entry["unit"]
        found |= fresh
    return found
