"""The table of models that were measured at different times, and a run of one small model."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def exact(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Any, None, None]:
    monkeypatch.syspath_prepend(str(repository / "benchmarks"))
    yield import_module("emulator_exact")
    for name in ("emulator_exact", "emulator", "harness"):
        sys.modules.pop(name, None)


def line(model: str, day: str, events: float, mismatches: float = 0.0) -> str:
    values = {"events": events, "outputs of an event": 5.0, "mismatches": mismatches}
    return json.dumps(
        {
            "time": f"2026-11-{day}T00:00:00+00:00",
            "commit": "abc",
            "machine": {"processor": "P"},
            "environment": {"graph": "0123456789abcdef"},
            "measurements": [{"name": f"{model}, {key}", "value": value, "unit": ""} for key, value in values.items()],
        }
    )


def test_the_newest_run_of_each_model(exact: Any, tmp_path: Path) -> None:
    results = tmp_path / "r.jsonl"
    results.write_text("\n".join([line("a", "01", 1e6), line("b", "02", 1e6, 2), line("a", "03", 1e4)]) + "\n")
    assert exact.table(results).splitlines()[2:] == [
        "| a | `0123456789ab` | 10,000 | 50,000 | 0 | 2026-11-03 | P | abc |",
        "| b | `0123456789ab` | 1,000,000 | 5,000,000 | 2 | 2026-11-02 | P | abc |",
    ]


def test_both_engines_on_blocks_of_events(
    exact: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exact, "BLOCK", 400)
    (model,) = exact.models(["dense_mlp"])
    measured, first = exact.measure(model, 1000, tmp_path)
    assert first is None
    assert [(entry.name, entry.value) for entry in measured[:3]] == [
        ("dense_mlp, events", 1000.0),
        ("dense_mlp, outputs of an event", 5.0),
        ("dense_mlp, mismatches", 0.0),
    ]
    assert "dense_mlp: 1,000/1,000 events, " in capsys.readouterr().err
