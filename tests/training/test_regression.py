"""Training a quantity in place of classes: what it leaves, its front, what it refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.training.conftest import train, write_toy
from trigforge import training
from trigforge.errors import TrainingError
from trigforge.merit import half_width, residuals, resolution
from trigforge.training.framework import keras
from trigforge.training.quantization import calibrate

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

FRONT = (1e-4, 1e-3)


def write_line(workspace: Path, labels: str = "features.sum(axis=1)") -> Path:
    """The toy's folder with one output: the sum of its four numbers."""
    task = f'task=Regression("mm", 3.0),\n    scan=ParetoScan({FRONT}, Stage(3, 100, 1e-2)),'
    return write_toy(workspace, task=task, labels=labels, outputs=1)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """The folder, the checkpoint, and what was said."""
    workspace = tmp_path_factory.mktemp("workspace")
    folder = write_line(workspace)
    return (folder, *train(folder, workspace / "out", epochs=3))


def test_what_is_left(trained: tuple[Path, Path, str]) -> None:
    folder, path, said = trained
    metrics = json.loads(path.with_name("metrics.json").read_text())
    points = [f"{point['name']}.keras" for point in metrics["front"]]
    left = ["float.npz", "front_1.npz", "front_2.npz", "metrics.json", "quantized.npz", "toy.keras", *points]
    assert sorted(file.name for file in path.parent.iterdir()) == sorted(left)
    assert (metrics["task"]["kind"], metrics["task"]["unit"], metrics["task"]["window"]) == ("regression", "mm", 3.0)
    assert metrics["task"]["figures"]["resolution"] == {"unit": "mm", "better": "less"}
    events = training.load_recipe(folder).load("test")
    for network in ("float", "quantized"):
        reached = metrics[network]
        assert 0 < reached["resolution"]["test"] < events.labels.std()
        assert reached["kept"]["test"] > 0.99
        assert "accuracy" not in reached
    assert f"quantized {metrics['quantized']['resolution']['test']:.3f} mm at {metrics['ebops']:,} EBOPs" in said


def test_the_figures_are_those_of_the_checkpoint(trained: tuple[Path, Path, str]) -> None:
    folder, path, _ = trained
    metrics = json.loads(path.with_name("metrics.json").read_text())
    events = training.load_recipe(folder).load("test")
    model = keras().models.load_model(path, compile=False)
    differences = residuals(np.asarray(model.predict(events.features, verbose=0), np.float64), events.labels)
    spread, kept = resolution(differences, 3.0)
    told = {name: metrics["quantized"][name]["test"] for name in ("resolution", "kept", "half_width")}
    assert told == pytest.approx({"resolution": spread, "kept": kept, "half_width": half_width(differences)}, abs=1e-4)


def test_points_of_the_front_cost_less_and_less(trained: tuple[Path, Path, str]) -> None:
    folder, path, _ = trained
    metrics = json.loads(path.with_name("metrics.json").read_text())
    features = training.load_recipe(folder).load("train").features
    assert [point["beta"] for point in metrics["front"]] == list(FRONT)
    costs = [metrics["ebops"], *(point["ebops"] for point in metrics["front"])]
    assert costs == sorted(costs, reverse=True) and costs[-1] < costs[0]
    for point in metrics["front"]:
        assert point["name"] == f"toy_{point['ebops']}"
        assert (point["epochs"], point["best_epoch"]) == (3, 3)
        model = keras().models.load_model(path.with_name(f"{point['name']}.keras"), compile=False)
        assert sum(calibrate(model, features).values()) == point["ebops"]


def test_a_front_goes_on_where_it_was_interrupted(trained: tuple[Path, Path, str], tmp_path: Path) -> None:
    """From the states of all stages but the last, the same points."""
    folder, path, _ = trained
    for name in ("float.npz", "quantized.npz", "front_1.npz"):
        shutil.copy(path.with_name(name), tmp_path)
    again, _ = train(folder, tmp_path, epochs=3)
    ours, theirs = (json.loads(where.with_name("metrics.json").read_text())["front"] for where in (again, path))
    for point in (*ours, *theirs):
        del point["training_seconds"]
    assert ours == theirs


def test_a_quantity_that_is_not_finite(tmp_path: Path) -> None:
    folder = write_line(tmp_path, "features.sum(axis=1) / (labels > 0)")
    with np.errstate(divide="ignore", invalid="ignore"), pytest.raises(TrainingError) as error:
        train(folder, tmp_path / "out")
    assert str(error.value) == (
        "the split 'train' holds values in mm that are not finite; recipe.py should leave those events out"
    )


def test_resolution_counts_what_is_within_the_window() -> None:
    differences = np.array([3.0, -4.0, 30.0, np.inf])
    assert resolution(differences, 30.0) == (np.sqrt(12.5), 0.5)
    assert resolution(np.array([30.0, -np.inf]), 30.0) == (np.inf, 0.0)
    assert half_width(np.arange(-100.0, 101.0)) == pytest.approx(68.0, abs=0.5)
