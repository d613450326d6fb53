"""Every model folder as Keras computes it: checkpoint, recipe, metrics and card say the same. On integers:
tests/agreement."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.harness import fill
from models.card import figures, folders, metrics_of, models_table, rates, triggers
from tests.trigger_networks import described
from trigforge.events import read_events
from trigforge.flow import emulate
from trigforge.flow.preparing import read_source
from trigforge.flow.rating import rate_files
from trigforge.flow.workspace import resolve
from trigforge.frontends.keras.files import open_model
from trigforge.menu import check_hold
from trigforge.reports import Verdict
from trigforge.training import Recipe, ScriptRecipe, cut, load_recipe
from trigforge.training.elsewhere import digest
from trigforge.training.framework import keras
from trigforge.training.quantization import calibrate

TRAINED_HERE = [path for path in folders() if isinstance(load_recipe(path), Recipe)]
TRAINED_ELSEWHERE = [path for path in folders() if isinstance(load_recipe(path), ScriptRecipe)]


@pytest.fixture(scope="module", params=TRAINED_HERE, ids=lambda path: path.name)
def folder(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture(scope="module")
def model(folder: Path) -> Any:
    return open_model(folder / f"{folder.name}.keras")


@pytest.fixture(scope="module")
def recipe(folder: Path) -> Recipe:
    return load_recipe(folder)


@pytest.fixture(scope="module")
def metrics(folder: Path) -> Any:
    return metrics_of(folder)


@pytest.fixture(scope="module")
def features(folder: Path, model: Any) -> np.ndarray[Any, Any]:
    """500 events that the folder names, in the units of the network."""
    source = resolve(str(folder))
    assert source.events is not None
    if source.normalised:
        return load_recipe(folder).load("sample").features[:500]
    (name,) = source.units
    host = read_events(source.events, {name: model.input_shape[1:]}, source.binding, 500)[name]
    scale = source.units[name].scale
    return host.astype(np.float32) * (np.float32(1) if scale is None else scale.to_float().astype(np.float32))


def test_ebops(model: Any, metrics: Any, features: np.ndarray[Any, Any]) -> None:
    ebops = calibrate(model, features)
    assert ebops == metrics["ebops_of_layers"]
    assert sum(ebops.values()) == metrics["ebops"] <= metrics["ebops_limit"]
    assert bool(metrics["ebops"]) == any(getattr(layer, "enable_iq", False) for layer in model.layers)


def test_points_of_the_front_are_those_of_the_metrics(
    folder: Path, metrics: Any, features: np.ndarray[Any, Any]
) -> None:
    noted = {point["name"]: point["ebops"] for point in metrics.get("front", ())}
    files = sorted((folder / "front").glob("*.keras"))
    assert {path.stem for path in files} <= set(noted)
    for path in files:
        assert sum(calibrate(open_model(path), features).values()) == noted[path.stem]


@pytest.mark.parametrize("folder", folders(), ids=lambda path: path.name)
def test_the_recipe_describes_the_metrics(folder: Path) -> None:
    recipe, metrics = load_recipe(folder), metrics_of(folder)
    assert (metrics["model"], metrics["data"], metrics["task"]) == (folder.name, recipe.data, recipe.task.described())
    assert metrics["seed"] == recipe.seed
    assert metrics.get("ebops_limit") == getattr(recipe, "ebops_limit", None)
    assert set(metrics["events"]) == {"train", "validation", *recipe.evaluated}
    for network in ("float", "quantized"):
        for quantity in recipe.task.quantities:
            assert set(metrics[network][quantity.name]) == set(recipe.evaluated)


def without_counters(config: Any) -> Any:
    """A configuration without the numbers that Keras counts up in each process."""
    if isinstance(config, dict):
        return {key: without_counters(value) for key, value in config.items() if key != "shared_object_id"}
    if isinstance(config, list | tuple):
        return [without_counters(value) for value in config]
    return re.sub(r"^(get_item|relu|reshape|take)_\d+$", r"\1", config) if isinstance(config, str) else config


def test_the_recipe_builds_the_checkpoint(
    folder: Path, recipe: Recipe, model: Any, features: np.ndarray[Any, Any]
) -> None:
    """The same configuration, the same variables, and with the shipped weights the same answers."""
    checkpoint = folder / f"{folder.name}.keras"
    built, _ = cut(recipe.build(True), recipe.cut_behind)
    variables = [
        [(str(variable.name), tuple(variable.shape)) for variable in network.variables] for network in (built, model)
    ]
    assert variables[0] == variables[1]
    with zipfile.ZipFile(checkpoint) as archive:
        shipped = json.loads(archive.read("config.json"))
    ours = json.loads(json.dumps(keras().saving.serialize_keras_object(built)))
    assert without_counters(ours["config"]) == without_counters(shipped["config"])
    built.load_weights(checkpoint)
    answers = [np.array(network(features, training=False)) for network in (built, model)]
    assert len(np.unique(answers[0])) > 100
    np.testing.assert_array_equal(*answers)


def test_float_and_quantized_layers_have_the_same_names(recipe: Recipe) -> None:
    floating, quantized = recipe.build(False), recipe.build(True)
    named = {layer.name for layer in floating.layers}
    quantized_layers = [
        layer for layer in quantized.layers if hasattr(layer, "kq") or getattr(layer, "enable_iq", False)
    ]
    assert quantized_layers and {layer.name for layer in quantized_layers} <= named
    for layer in quantized_layers:
        twin = floating.get_layer(layer.name)
        assert tuple(twin.output.shape) == tuple(layer.output.shape)


@pytest.mark.parametrize("folder", folders(), ids=lambda path: path.name)
def test_the_card_shows_the_metrics(folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "README.md", tmp_path)
    fill(tmp_path / "README.md", {"figures": figures(folder, metrics_of(folder))})
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == text, "run python models/card.py"


@pytest.mark.parametrize("folder", TRAINED_ELSEWHERE, ids=lambda path: path.name)
def test_graphs_give_the_answers_that_another_framework_gave(folder: Path) -> None:
    """Every output on the events that the folder names, and the figures that follow from them."""
    source, recipe, metrics = resolve(str(folder)), load_recipe(folder), metrics_of(folder)
    graph = read_source(source)
    events = recipe.load("sample")
    (tensor,) = graph.inputs
    scale = source.units[tensor.name].scale
    assert scale is not None
    outputs = emulate(graph, {tensor.name: events.features / scale.to_float()}).values(graph)
    (answers,) = outputs.values()
    assert digest(answers) == metrics["answers_sha256"]["sample"]
    for name, value in recipe.task.figures(answers, events.labels).items():
        assert round(value, 6) == metrics["quantized"][name]["sample"]


@pytest.mark.parametrize("folder", triggers(), ids=lambda path: path.name)
def test_a_card_shows_the_rates_of_a_trigger_that_holds(folder: Path, tmp_path: Path) -> None:
    curve, _ = rate_files(str(folder))
    assert {line.verdict for line in check_hold(resolve(str(folder)).menu.hold, curve)} == {Verdict.MET}
    shutil.copy(folder / "README.md", tmp_path)
    fill(tmp_path / "README.md", {"rates": rates(curve)})
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == text, "run python models/card.py"
    assert (folder / "rate.svg").is_file()


@pytest.mark.parametrize("folder", triggers(), ids=lambda path: path.name)
def test_a_trigger_is_the_plain_description_of_its_logits(folder: Path) -> None:
    source = resolve(str(folder))
    assert source.trigger is not None and source.events is not None
    graph = read_source(source)
    shapes = {tensor.name: tensor.shape for tensor in graph.inputs}
    found = emulate(graph, read_events(source.events, shapes, source.binding, 2000)).values(graph)
    logits = found[source.trigger.output or graph.outputs[0]]
    for name, values in zip(
        (source.trigger.score, source.trigger.name), described(logits, source.trigger), strict=True
    ):
        np.testing.assert_array_equal(found[name], values)


def test_the_table_of_models(repository: Path) -> None:
    text = (repository / "models" / "README.md").read_text(encoding="utf-8")
    assert f"<!-- models -->\n{models_table(folders())}\n<!-- end of models -->" in text, "run python models/card.py"
