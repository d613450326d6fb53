"""A run of a benchmark becomes one line of data that says where its numbers come from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.harness import Measurement, commit, machine, record


def test_one_line_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seconds in (0.5, 0.25):
        path = record("import_time", [Measurement("import trigforge", seconds, "s")], {"g++": "12.2.0"}, tmp_path)
    assert path == tmp_path / "import_time.jsonl"
    runs = [json.loads(line) for line in path.read_text().splitlines()]
    assert [run["measurements"] for run in runs] == [
        [{"name": "import trigforge", "value": seconds, "unit": "s"}] for seconds in (0.5, 0.25)
    ]
    assert set(runs[0]) == {"benchmark", "time", "commit", "machine", "environment", "measurements"}
    assert runs[0]["environment"]["g++"] == "12.2.0"
    assert runs[0]["environment"]["python"]
    printed = capsys.readouterr().out
    assert "import trigforge" in printed
    assert "0.25" in printed


def test_the_machine_is_told() -> None:
    told = machine()
    assert told["processor"]
    assert int(told["cores"]) >= 1
    assert int(told["memory_gib"]) >= 1
    assert commit()


def test_stored_results_are_whole(repository: Path) -> None:
    for path in (repository / "benchmarks" / "results").glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            run = json.loads(line)
            assert run["benchmark"] == path.stem
            assert all(set(entry) == {"name", "value", "unit"} for entry in run["measurements"])
