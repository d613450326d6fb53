"""``trigforge coverage`` on a graph file and a few events."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tests.small_graph import SMALL
from trigforge.cli.coverage import coverage
from trigforge.coverage import from_json
from trigforge.graph import save_graph


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    save_graph(SMALL, tmp_path / "graph.json")
    np.save(tmp_path / "events.npy", np.random.default_rng(2).normal(0, 5, (5000, 2)))
    return tmp_path


def invoke(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(coverage, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_table_json_and_picture(model: Path) -> None:
    code, out, _ = invoke("graph.json", "--events", "events.npy", "--plot", "c.svg", "--limit", "4500")
    assert code == 0
    assert out.startswith("small: 4,500 events\nno value wrapped around\n")
    assert out.endswith("\nevery element: build/small/coverage.json\n")
    found = from_json((model / "build/small/coverage.json").read_text())
    assert found.events == 4500
    assert [entry.tensor for entry in found.quantizers] == ["x", "y"]
    assert (model / "c.svg").exists()


def test_without_events_there_is_nothing_to_say(model: Path) -> None:
    assert invoke("graph.json")[::2] == (
        1,
        "trigforge: coverage is about your own events and none are named; give a file with --events\n",
    )
