"""The jet tagger as Keras computes it: a set, in which padding is nothing. What holds of every model: test_shipped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trigforge.frontends.keras.files import open_model
from trigforge.training import load_recipe


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
    assert 100 * (floating - quantized) < 1
    assert metrics["events"]["train"] >= 150_000


def test_the_card_says_where_the_jets_come_from(folder: Path, metrics: Any) -> None:
    assert "not the public benchmark" in metrics["data"]
    assert "not the\npublic benchmark" in (folder / "README.md").read_text(encoding="utf-8")
