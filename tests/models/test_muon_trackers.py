"""The muon trackers as Keras computes them, on muons. What holds of every model: test_shipped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datasets.muon import CHAMBER, SAMPLE_PATH, check_read_by, simulate
from tests.shipped import models_on
from trigforge.frontends.keras.files import open_model
from trigforge.merit import residuals, resolution

MUONS = 4000


@pytest.fixture(scope="module", params=models_on(SAMPLE_PATH), ids=lambda path: path.name)
def folder(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture(scope="module")
def model(folder: Path) -> Any:
    return open_model(folder / f"{folder.name}.keras")


@pytest.fixture(scope="module")
def metrics(folder: Path) -> Any:
    return json.loads((folder / "metrics.json").read_text())


def test_it_reads_the_chamber(model: Any) -> None:
    channels, gaps = model.input_shape[1:]
    check_read_by(CHAMBER, gaps, channels)


def test_it_reaches_what_its_metrics_say(model: Any, metrics: Any) -> None:
    muons = simulate(MUONS, 1)
    hits = muons.hits.transpose(0, 2, 1).astype(np.float32)
    outputs = np.asarray(model.predict(hits, batch_size=1000, verbose=0), np.float64)
    spread, kept = resolution(residuals(outputs, muons.angle_mrad), metrics["task"]["window"])
    assert abs(spread / metrics["quantized"]["resolution"]["test"] - 1) < 0.1
    assert kept > 0.995


def test_the_card_says_where_the_muons_come_from(folder: Path, metrics: Any) -> None:
    assert metrics["task"]["unit"] == "mrad" and metrics["task"]["window"] == 30.0
    assert "not the public sample" in metrics["data"]
    assert "simulated here" in (folder / "README.md").read_text(encoding="utf-8")
