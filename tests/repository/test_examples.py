"""The examples of the documentation run, from training to a built report."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from trigforge.reports import load_report


@pytest.mark.parametrize("name", ["deep_set", "interaction_network"])
def test_networks_in_torch(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = importlib.import_module(f"docs.examples.brevitas_{name}")
    network = module.DeepSet() if name == "deep_set" else module.InteractionNetwork()
    module.main(network, 1, tmp_path / "build")
    assert "mismatches" in capsys.readouterr().out
    report = load_report(tmp_path / "build" / "report.json")
    assert {"csim", "RTL"} <= {entry.simulator for entry in report.verification}
    assert not any(entry.mismatches for entry in report.verification)
