"""The recorded run of ``make formats``: no model of any format was wrong, and all went through C simulation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.hunt.formats import FORMATS

EACH, BUILT = 100, 10


@pytest.fixture(scope="module")
def counts(repository: Path) -> dict[str, float]:
    last = (repository / "benchmarks/results/formats.jsonl").read_text(encoding="utf-8").splitlines()[-1]
    return {entry["name"]: entry["value"] for entry in json.loads(last)["measurements"]}


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_hundred_models_are_equal_everywhere(counts: dict[str, float], name: str) -> None:
    judged = sum(counts.get(f"{name}: model, {outcome}", 0) for outcome in ("equal", "refused"))
    assert counts[f"{name}: model, equal"] >= EACH
    assert counts[f"{name}: model, equal"] > 0.8 * judged
    for route in ("kernel", "csim"):
        assert (
            counts[f"{name}: {route}, equal"] + counts[f"{name}: {route}, refused"] == counts[f"{name}: model, equal"]
        )
    assert counts[f"{name}: RTL, equal"] >= BUILT


def test_nothing_was_wrong(counts: dict[str, float]) -> None:
    for entry, value in counts.items():
        assert value == 0 or not entry.endswith((", wrong", ", traceback", ", slow")), entry
