"""Training the toy: what it leaves, how it resumes, when it refuses."""

from __future__ import annotations

import json
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from tests.training.conftest import train, write_toy
from trigforge import training
from trigforge.errors import TrainingError
from trigforge.files import locked
from trigforge.training import loop, quantization
from trigforge.training.framework import keras
from trigforge.training.state import EpochRecord, TrainingState, save_state

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


def weights(path: Path) -> list[np.ndarray[Any, Any]]:
    return [np.array(variable) for variable in keras().models.load_model(path, compile=False).variables]


def without_times(path: Path) -> Any:
    metrics = json.loads(path.read_text())
    return [metrics[stage].pop("training_seconds") > 0 for stage in ("float", "quantized")], metrics


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """The toy's folder, the checkpoint of two uninterrupted epochs, and what was said."""
    workspace = tmp_path_factory.mktemp("workspace")
    folder = write_toy(workspace)
    return (folder, *train(folder, workspace / "whole", epochs=2))


def test_what_is_left(whole: tuple[Path, Path, str]) -> None:
    folder, path, said = whole
    left = ["float.npz", "metrics.json", "quantized.npz", "toy.keras"]
    assert sorted(file.name for file in path.parent.iterdir()) == left
    assert [file.name for file in folder.iterdir() if file.is_file()] == ["recipe.py"]
    metrics = json.loads(path.with_name("metrics.json").read_text())
    assert metrics["data"] == "numbers made up here"
    assert metrics["events"] == {"train": 2000, "validation": 500, "test": 500}
    assert metrics["quantized"]["epochs"] == 2
    assert metrics["quantized"]["accuracy"]["test"] > 0.8
    assert metrics["ebops"] == sum(metrics["ebops_of_layers"].values()) <= 100_000
    assert "2,000 points to train on, 500 to validate" in said
    assert "quantized 2/2: loss " in said
    assert "to ship it, copy" in said


def test_an_interrupted_training_ends_like_an_uninterrupted_one(
    whole: tuple[Path, Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, uninterrupted, _ = whole
    shutil.copy(uninterrupted.with_name("float.npz"), tmp_path)

    def interrupted(path: Path, state: TrainingState) -> None:
        save_state(path, state)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(loop, "save_state", interrupted)
        train(folder, tmp_path, epochs=2)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["float.npz", "quantized.npz"]
    resumed, said = train(folder, tmp_path, epochs=2)
    assert "float: 2 of 2 epochs are done\nquantized: 1 of 2 epochs are done; going on\n" in said
    for ours, theirs in zip(weights(resumed), weights(uninterrupted), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert without_times(resumed.with_name("metrics.json")) == without_times(uninterrupted.with_name("metrics.json"))


def test_another_number_of_epochs(whole: tuple[Path, Path, str]) -> None:
    folder, path, _ = whole
    with pytest.raises(TrainingError) as error:
        train(folder, path.parent, epochs=1)
    assert str(error.value) == (
        f"training checkpoint {path.with_name('float.npz')} belongs to another recipe, other data or another number of "
        "epochs; restore those, or start again with --fresh"
    )


def test_quantizers_that_wrap_are_calibrated(tmp_path: Path) -> None:
    path, _ = train(write_toy(tmp_path, "WRAP"), tmp_path / "out", epochs=1)
    recipe = training.load_recipe(tmp_path / "models" / "toy")
    features = recipe.load("train").features
    model = keras().models.load_model(path, compile=False)
    first = model.get_layer("a").iq
    found = np.abs(np.array(first(features)) - features)
    assert found.max() <= 2.0 ** -float(np.array(first.quantizer.f).min())


def test_networks_begin_from_another(whole: tuple[Path, Path, str], tmp_path: Path) -> None:
    """Layers of the same name and shape take what the other has learned, quantized ones their types too."""
    _, path, _ = whole
    recipe = training.load_recipe(write_toy(tmp_path, outputs=2))
    trained = keras().models.load_model(path, compile=False)
    for quantized in (False, True):
        model = recipe.build(quantized)
        fresh = np.array(model.get_layer("b").kernel)
        quantization.start_from_trained(model, path)
        ours, theirs = model.get_layer("a"), trained.get_layer("a")
        np.testing.assert_array_equal(ours.kernel, theirs.kernel)
        np.testing.assert_array_equal(model.get_layer("b").kernel, fresh)
    for ours, theirs in zip(model.get_layer("a").variables, trained.get_layer("a").variables, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_training_that_begins_from_another_network(whole: tuple[Path, Path, str], toy: Path, tmp_path: Path) -> None:
    """It goes on from there: the first epoch already tells most events right."""
    recipe = toy / "recipe.py"
    begin = tmp_path / "begin.keras"
    shutil.copy(whole[1], begin)
    text = recipe.read_text().replace("learning_rate=1e-2", "learning_rate=1e-5")
    start = f"    begin=Path({str(begin)!r}),\n    begin_types=True,\n    beta="
    recipe.write_text("from pathlib import Path\n" + text.replace("    beta=", start))
    train(toy, tmp_path / "out", epochs=1)
    reached = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert reached["float"]["accuracy"]["test"] > 0.8 < reached["quantized"]["accuracy"]["test"]
    train(toy, tmp_path / "out", epochs=1)
    shutil.copy(tmp_path / "out" / "toy.keras", begin)
    with pytest.raises(TrainingError, match="belongs to another recipe"):
        train(toy, tmp_path / "out", epochs=1)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent.keras", "which this training begins from, does not exist; train that network first"),
        ("other.keras", "which this training begins from, shares no layer with the network; name another in recipe.py"),
    ],
)
def test_a_network_that_nothing_can_begin_from(toy: Path, tmp_path: Path, name: str, message: str) -> None:
    other = keras().Sequential([keras().Input((4,)), keras().layers.Dense(8, name="elsewhere")])
    other.save(tmp_path / "other.keras")
    recipe = toy / "recipe.py"
    text = recipe.read_text().replace("    beta=", f"    begin=Path({str(tmp_path / name)!r}),\n    beta=")
    recipe.write_text(f"from pathlib import Path\n{text}")
    with pytest.raises(TrainingError, match=message):
        train(toy, tmp_path / "out", epochs=1)


def test_the_float_network_teaches(toy: Path, tmp_path: Path) -> None:
    """Another share is another training."""
    recipe = toy / "recipe.py"
    text = recipe.read_text()
    answers: list[list[np.ndarray[Any, Any]]] = []
    for share in (0.0, 0.5):
        recipe.write_text(text)
        _with(toy, f"teaching={share}")
        answers.append(weights(train(toy, tmp_path / f"{share}", epochs=1)[0]))
    assert any((a != b).any() for a, b in zip(*answers, strict=True))
    with pytest.raises(TrainingError, match="belongs to another recipe"):
        train(toy, tmp_path / "0.0", epochs=1)


def test_a_network_that_settles_keeps_its_types_and_rounds_its_weights(
    whole: tuple[Path, Path, str], tmp_path: Path
) -> None:
    """It goes on where quantized training ended."""
    folder = tmp_path / "models" / "toy"
    shutil.copytree(whole[0], folder)
    shutil.copytree(whole[1].parent, tmp_path / "out")
    _with(folder, "settled_stage=Stage(epochs=2, batch_size=100, learning_rate=1e-2)")
    path, said = train(folder, tmp_path / "out", epochs=2)
    assert "quantized: 2 of 2 epochs are done" in said and "settled 2/2: loss " in said
    assert json.loads(path.with_name("metrics.json").read_text())["settled"]["epochs"] == 2
    before, after = (keras().models.load_model(file, compile=False) for file in (whole[1], path))
    moved = False
    for name in ("a", "b"):
        ours, theirs = after.get_layer(name), before.get_layer(name)
        for quantizer in ("iq", "kq", "bq"):
            types = [getattr(layer, quantizer).quantizer.variables for layer in (ours, theirs)]
            assert all((np.array(a) == np.array(b)).all() for a, b in zip(*types, strict=True))
        assert (np.array(ours.kernel) == np.array(ours.kq(ours.kernel))).all()
        moved |= (np.array(ours.kernel) != np.array(theirs.kq(theirs.kernel))).any()
    assert moved


def test_a_network_that_settles_above_the_limit_is_refused(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Integer bits of quantizers that wrap follow the weights, so that EBOPs can still rise."""
    monkeypatch.setattr(sys.modules["trigforge.training.run"], "Settling", lambda _: loop.Settling(3))
    _with(toy, "settled_stage=Stage(epochs=1, batch_size=100, learning_rate=1e-2)")
    with pytest.raises(TrainingError, match="no epoch came to at most 100,000 EBOPs"):
        train(toy, tmp_path / "out", epochs=1)
    assert not (tmp_path / "out" / "toy.keras").exists()


def _with(folder: Path, field: str) -> None:
    """One more field in the recipe of a folder."""
    recipe = folder / "recipe.py"
    recipe.write_text(recipe.read_text().replace("    beta=", f"    {field},\n    beta="))


def test_a_limit_that_no_epoch_keeps(toy: Path, tmp_path: Path) -> None:
    recipe = toy / "recipe.py"
    recipe.write_text(recipe.read_text().replace("100_000", "3"))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "float.npz").write_text("damaged")
    with pytest.raises(TrainingError, match=r"float\.npz is damaged"):
        train(toy, tmp_path / "out", epochs=1)
    with pytest.raises(TrainingError) as error:
        train(toy, tmp_path / "out", epochs=1, fresh=True)
    found = str(error.value).split("the least is ")[1].split(";")[0]
    assert str(error.value) == (
        f"no epoch came to at most 3 EBOPs, the least is {found}; raise the limit, which trains nothing again, or "
        "beta, or train longer"
    )
    assert not (tmp_path / "out" / "toy.keras").exists()
    recipe.write_text(recipe.read_text().replace("ebops_limit=3", f"ebops_limit={found.replace(',', '')}"))
    _, said = train(toy, tmp_path / "out", epochs=1)
    assert "quantized: 1 of 1 epochs are done" in said


@pytest.mark.parametrize(("limit", "epoch"), [(100, 1), (90, 1), (89, 3), (60, 3), (59, None)])
def test_the_best_epoch_within_any_limit(limit: int, epoch: int | None) -> None:
    """All epochs that no other beats are kept: one as good with fewer EBOPs, and of equal ones the first."""
    task = training.Classes(("x", "y"))
    model = keras().Sequential([keras().Input((1,)), keras().layers.Dense(1)])
    optimizer = keras().optimizers.Adam()
    state = TrainingState("", (), (), (), {})
    reached = [(0.7, 90), (0.8, 90), (0.8, 95), (0.75, 60), (0.75, 60), (0.74, 80)]
    for number, (accuracy, ebops) in enumerate(reached):
        record = EpochRecord(number, 1.0, 0.0, 0.0, {"accuracy": accuracy}, ebops, 1e-6)
        state = loop._after(state, record, model, optimizer, task)
    assert sorted(state.kept) == [1, 3]
    best = loop._best(state, task, loop.Penalty((1e-6, 1e-6), 0.5, limit))
    assert (best and best.epoch) == epoch


def test_labels_beyond_the_classes(toy: Path, tmp_path: Path) -> None:
    recipe = toy / "recipe.py"
    recipe.write_text(recipe.read_text().replace("astype(np.float32), labels)", "astype(np.float32), labels + 1)"))
    with pytest.raises(TrainingError) as error:
        train(toy, tmp_path / "out")
    assert str(error.value) == ("the labels of the split 'train' reach from 1 to 3; the recipe names 3 classes, 0 to 2")


def test_an_output_directory_that_is_a_file(toy: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(TrainingError) as error:
        train(toy, tmp_path / "out")
    assert str(error.value) == f"output directory {tmp_path / 'out'}: File exists; give another with --out"


def test_two_trainings_in_one_folder_wait_for_each_other(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def release(self: Console, text: str, **_: object) -> None:
        said.append(text)
        first.close()

    monkeypatch.setattr(Console, "print", release)
    module = sys.modules[training.run.__module__]
    monkeypatch.setattr(module, "_train", lambda name, recipe, out, console: out / f"{name}.keras")
    out = tmp_path / "out"
    with ExitStack() as first:
        first.enter_context(locked(out))
        (out / "float.npz").touch()
        assert training.run(toy, out=out, fresh=True) == out / "toy.keras"
    assert said == [f"another training runs in {out}; this one goes on when it has ended"]
    assert not (out / "float.npz").exists()
    assert training.run(toy, out=out) == out / "toy.keras"
    assert len(said) == 1


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
