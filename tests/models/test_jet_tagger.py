"""The shipped checkpoint, as Keras computes it, and its model card. On integers: tests/agreement."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trigforge.frontends.hgq.files import open_model
from trigforge.training import load_recipe
from trigforge.training.quantization import calibrate

EBOPS_LIMIT = 120_000


@pytest.fixture(scope="module")
def folder(repository: Path) -> Path:
    return repository / "models" / "jet_tagger"


@pytest.fixture(scope="module")
def model(folder: Path) -> Any:
    return open_model(folder / "jet_tagger.keras")


@pytest.fixture(scope="module")
def metrics(folder: Path) -> Any:
    return json.loads((folder / "metrics.json").read_text())


@pytest.fixture(scope="module")
def features(folder: Path) -> np.ndarray[Any, Any]:
    return load_recipe(folder).load("sample").features[:500]


def test_ebops(model: Any, metrics: Any, features: np.ndarray[Any, Any]) -> None:
    ebops = calibrate(model, features)
    assert ebops == metrics["ebops_of_layers"]
    assert 0 < sum(ebops.values()) == metrics["ebops"] <= EBOPS_LIMIT


def test_types_are_shared_along_the_particle_axis(model: Any) -> None:
    shared = []
    for layer in model._flatten_layers(include_self=False):
        mapper = getattr(layer, "bw_mapper", None)
        if mapper is not None and layer._k.ndim == 3:
            assert layer._i.shape[:2] == (1, 1), layer.path
            shared.append(layer)
    # angles, particle (two each), the two factors, the sum, the input and `present`
    assert len(shared) == 4 + 2 + 1 + 2


def test_permutations_change_no_output(model: Any, features: np.ndarray[Any, Any]) -> None:
    order = np.random.default_rng(1).permutation(features.shape[1])
    ours, theirs = (np.array(model(x)) for x in (features, features[:, order]))
    assert len(np.unique(ours, axis=0)) > 400
    np.testing.assert_array_equal(ours, theirs)


def test_padding_contributes_nothing(model: Any, features: np.ndarray[Any, Any]) -> None:
    import keras

    before_the_sum = keras.Model(model.inputs[0], model.get_layer("jet").input)
    padded = features.copy()
    padded[:, 5:] = 0
    found = np.array(before_the_sum(padded))
    assert not found[:, 5:].any()
    assert found[:, :5].any()


def test_it_costs_less_than_a_point(metrics: Any) -> None:
    floating, quantized = (metrics[network]["accuracy"]["test"] for network in ("float", "quantized"))
    assert metrics["points_lost_by_quantization"] == round(100 * (floating - quantized), 3) < 1
    assert metrics["events"]["train"] >= 150_000


def test_the_recipe_describes_the_checkpoint(folder: Path, model: Any, metrics: Any) -> None:
    recipe = load_recipe(folder)
    built, shipped = (
        [(str(variable.name), tuple(variable.shape)) for variable in network.variables]
        for network in (recipe.build(True), model)
    )
    assert built == shipped
    assert recipe.data == metrics["data"]
    assert "not the public benchmark" in recipe.data


def test_the_card_shows_the_metrics(folder: Path, metrics: Any) -> None:
    spec = importlib.util.spec_from_file_location("card_of_jet_tagger", folder / "card.py")
    assert spec is not None and spec.loader is not None
    card = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(card)
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert card.card(text, metrics) == text, "run python models/jet_tagger/card.py"
    assert "not the\npublic benchmark" in text
    assert f"{metrics['quantized']['accuracy']['test']:.2%}" in text
