"""The shipped muon trackers, as Keras computes them. On integers: tests/agreement."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datasets.muon import CHAMBER, check_read_by, simulate
from trigforge.frontends.hgq.files import open_model
from trigforge.training import Recipe, load_recipe
from trigforge.training.evaluation import residuals, resolution
from trigforge.training.quantization import calibrate

MUONS = 4000


@pytest.fixture(scope="module", params=["muon_tracker", "muon_tracker_cnn"])
def folder(request: pytest.FixtureRequest, repository: Path) -> Path:
    return repository / "models" / request.param


@pytest.fixture(scope="module")
def model(folder: Path) -> Any:
    return open_model(folder / f"{folder.name}.keras")


@pytest.fixture(scope="module")
def recipe(folder: Path) -> Recipe:
    return load_recipe(folder)


@pytest.fixture(scope="module")
def metrics(folder: Path) -> Any:
    return json.loads((folder / "metrics.json").read_text())


def test_ebops(model: Any, metrics: Any) -> None:
    ebops = calibrate(model, np.zeros((1, *model.input_shape[1:]), np.float32))
    assert ebops == metrics["ebops_of_layers"]
    assert 0 < sum(ebops.values()) == metrics["ebops"] <= metrics["ebops_limit"]


def test_it_reads_the_chamber(model: Any) -> None:
    channels, gaps = model.input_shape[1:]
    check_read_by(CHAMBER, gaps, channels)


def test_it_reaches_what_its_metrics_say(model: Any, metrics: Any) -> None:
    muons = simulate(MUONS, 1)
    hits = muons.hits.transpose(0, 2, 1).astype(np.float32)
    outputs = np.asarray(model.predict(hits, batch_size=1000, verbose=0), np.float64)
    spread, kept = resolution(residuals(outputs, muons.angle_mrad), metrics["window"])
    assert abs(spread / metrics["quantized"]["resolution"]["test"] - 1) < 0.1
    assert kept > 0.995


def test_the_recipe_describes_the_checkpoint(recipe: Recipe, model: Any, metrics: Any) -> None:
    built, shipped = (
        [(str(variable.name), tuple(variable.shape)) for variable in network.variables]
        for network in (recipe.build(True), model)
    )
    assert built == shipped
    assert recipe.regression is not None
    assert (recipe.regression.unit, recipe.regression.window) == ("mrad", 30.0)
    assert recipe.data == metrics["data"]
    assert "not the public sample" in recipe.data


def _card(repository: Path) -> Any:
    path = repository / "models" / "muon_tracker" / "card.py"
    spec = importlib.util.spec_from_file_location("card_of_muon_tracker", path)
    assert spec is not None and spec.loader is not None
    card = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(card)
    return card


def test_the_card_shows_the_metrics(folder: Path, repository: Path, metrics: Any) -> None:
    card = _card(repository)
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert card.card(text, metrics) == text, "run python models/muon_tracker/card.py"
    assert "simulated here" in text
    assert f"{metrics['quantized']['resolution']['clean']:.3f} mrad" in text


def test_the_card_shows_a_front(repository: Path) -> None:
    card, path = _card(repository), repository / "models" / "muon_tracker"
    point = {"name": "muon_tracker_19000", "ebops": 19_000, "resolution": {"test": 1.6, "clean": 1.25}}
    metrics = json.loads((path / "metrics.json").read_text()) | {"front": [point]}
    assert "| muon_tracker_19000 | 19,000 | 1.600 | 1.250 |" in card.figures(metrics)


def test_points_of_the_front_are_those_of_the_metrics(folder: Path, metrics: Any) -> None:
    files = sorted((folder / "front").glob("*.keras"))
    if not files:
        pytest.skip("this model ships no points of a front")
    noted = {point["name"]: point["ebops"] for point in metrics["front"]}
    assert {path.stem for path in files} <= set(noted)
    for path in files:
        network = open_model(path)
        counted = calibrate(network, np.zeros((1, *network.input_shape[1:]), np.float32))
        assert sum(counted.values()) == noted[path.stem]
