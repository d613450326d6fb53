"""Training the toy: what it leaves, how it resumes, when it refuses."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from tests.training.conftest import write_toy
from trigforge import training
from trigforge.errors import TrainingError
from trigforge.training import loop, quantization
from trigforge.training.framework import keras
from trigforge.training.state import TrainingState, save_state

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


def train(folder: Path, out: Path, **options: Any) -> tuple[Path, str]:
    """Checkpoint and what was said."""
    said = Console(file=StringIO(), width=200)
    path = training.run(folder, out=out, console=said, **options)
    assert isinstance(said.file, StringIO)
    return path, said.file.getvalue()


def weights(path: Path) -> list[np.ndarray[Any, Any]]:
    return [np.array(variable) for variable in keras().models.load_model(path, compile=False).variables]


def without_times(path: Path) -> Any:
    metrics = json.loads(path.read_text())
    return [metrics[stage].pop("training_seconds") > 0 for stage in ("float", "quantized")], metrics


def test_an_interrupted_training_ends_like_an_uninterrupted_one(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, said = train(toy, tmp_path / "whole")
    assert "2,000 points to train on, 500 to validate" in said
    assert "quantized 3/3: loss " in said
    saved: list[Path] = []

    def interrupted(path: Path, state: TrainingState) -> None:
        save_state(path, state)
        saved.append(path)
        if len(saved) in (2, 5):
            raise KeyboardInterrupt

    monkeypatch.setattr(loop, "save_state", interrupted)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            train(toy, tmp_path / "parts")
    assert [path.name for path in saved] == ["float.npz"] * 3 + ["quantized.npz"] * 2
    assert not (tmp_path / "parts" / "toy.keras").exists()
    parts, said = train(toy, tmp_path / "parts")
    assert "float: 3 of 3 epochs are done\nquantized: 2 of 3 epochs are done; going on\n" in said
    for ours, theirs in zip(weights(parts), weights(whole), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert without_times(parts.with_name("metrics.json")) == without_times(whole.with_name("metrics.json"))


def test_what_is_left(toy: Path, tmp_path: Path) -> None:
    path, said = train(toy, tmp_path / "out", epochs=2)
    assert sorted(file.name for file in path.parent.iterdir()) == [
        "float.npz",
        "metrics.json",
        "quantized.npz",
        "toy.keras",
    ]
    metrics = json.loads(path.with_name("metrics.json").read_text())
    assert metrics["data"] == "numbers made up here"
    assert metrics["events"] == {"train": 2000, "validation": 500, "test": 500}
    assert metrics["quantized"]["epochs"] == 2
    assert metrics["quantized"]["accuracy"]["test"] > 0.8
    assert metrics["ebops"] == sum(metrics["ebops_of_layers"].values()) <= 100_000
    assert "to ship it, copy" in said
    with pytest.raises(TrainingError, match="belongs to another recipe"):
        train(toy, tmp_path / "out", epochs=1)
    train(toy, tmp_path / "out", epochs=1, fresh=True)


def test_quantizers_that_wrap_are_calibrated(tmp_path: Path) -> None:
    path, _ = train(write_toy(tmp_path, "WRAP"), tmp_path / "out", epochs=1)
    recipe = training.load_recipe(tmp_path / "models" / "toy")
    features = recipe.load("train").features
    model = keras().models.load_model(path, compile=False)
    first = model.get_layer("a").iq
    found = np.abs(np.array(first(features)) - features)
    assert found.max() <= 2.0 ** -float(np.array(first.quantizer.f).min())


def test_a_limit_that_no_epoch_keeps(toy: Path, tmp_path: Path) -> None:
    recipe = toy / "recipe.py"
    recipe.write_text(recipe.read_text().replace("100_000", "3"))
    with pytest.raises(TrainingError) as error:
        train(toy, tmp_path / "out", epochs=1)
    found = str(error.value).split("the least is ")[1].split(";")[0]
    assert str(error.value) == (
        f"no epoch came to at most 3 EBOPs, the least is {found}; raise beta in recipe.py or train longer"
    )
    assert not (tmp_path / "out" / "toy.keras").exists()


def test_labels_beyond_the_classes(toy: Path, tmp_path: Path) -> None:
    recipe = toy / "recipe.py"
    recipe.write_text(recipe.read_text().replace("np.float32), labels)", "np.float32), labels + 1)"))
    with pytest.raises(TrainingError) as error:
        train(toy, tmp_path / "out")
    assert str(error.value) == ("the labels of the split 'train' reach from 1 to 3; the recipe names 3 classes, 0 to 2")


def test_an_output_directory_that_is_a_file(toy: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(TrainingError) as error:
        train(toy, tmp_path / "out")
    assert str(error.value) == f"output directory {tmp_path / 'out'}: File exists; give another with --out"


def test_the_first_types_cover_the_float_network(toy: Path) -> None:
    recipe = training.load_recipe(toy)
    features = recipe.load("train").features
    keras().utils.set_random_seed(1)
    floating, quantized = recipe.build(False), recipe.build(True)
    quantization.start_from_float(quantized, floating, features)
    layer = quantized.get_layer("a")
    kernel = np.array(floating.get_layer("a").kernel)
    step = 2.0 ** -np.array(layer.kq.quantizer.f)
    assert (np.abs(np.array(layer.qkernel) - kernel) <= step).all()
    largest = np.quantile(np.abs(features), quantization.COVERED, axis=0)
    integer = np.array(layer.iq.quantizer.i)[0]
    assert (largest <= 2.0**integer).all() and (2.0 ** (integer - 1) < largest).all()
    assert float(np.array(layer.iq.quantizer.k).min()) == 1  # the numbers have both signs
    assert float(np.array(quantized.get_layer("b").iq.quantizer.k).max()) == 0  # behind a ReLU


@pytest.mark.parametrize(("epoch", "beta"), [(0, 1e-8), (3, 1e-7), (6, 1e-6), (9, 1e-6)])
def test_beta_rises_and_stays(epoch: int, beta: float) -> None:
    assert quantization.beta_at(epoch, 10, 0.6, (1e-8, 1e-6)) == pytest.approx(beta)
