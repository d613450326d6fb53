"""Tasks on tiny networks: reconstruction, tagging at a working point, and what every task promises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.card import figures
from tests.training.conftest import train, write_toy
from trigforge import training
from trigforge.errors import TrainingError
from trigforge.merit import root_mean_square
from trigforge.training import Better, Classes, Quantity, Reconstruction, Regression, Tagging, Task, quantization
from trigforge.training.framework import keras, outputs

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

RANDOM = np.random.default_rng(3)
TASKS: list[tuple[Task, Any, Any]] = [
    (Classes(("a", "b", "c")), RANDOM.normal(size=(90, 3)), np.arange(90) % 3),
    (Regression("mm", 2.0), RANDOM.normal(size=(90, 1)), np.zeros(90)),
    (Reconstruction(), RANDOM.normal(size=(90, 2, 2)), np.zeros((90, 2, 2))),
    (Tagging("tau", 0.1), RANDOM.normal(size=(90, 1)), np.arange(90) % 2),
]


@pytest.mark.parametrize(("task", "answers", "labels"), TASKS, ids=[task.kind for task, _, _ in TASKS])
def test_every_task_tells_all_its_figures(task: Task, answers: Any, labels: Any) -> None:
    task.check("test", labels)
    figures = task.figures(answers, labels)
    assert list(figures) == [quantity.name for quantity in task.quantities]
    described = task.described()
    assert described == json.loads(json.dumps(described)) and described["kind"] == task.kind
    assert list(described["figures"]) == list(figures)
    assert json.loads(json.dumps(task.tables(answers, labels))) == task.tables(answers, labels)
    assert task.headline.text(figures[task.headline.name]) in task.words(figures)
    loss = float(keras().ops.mean(task.loss()(labels, answers.astype(np.float32))))
    assert 0 < loss < 5


@pytest.mark.parametrize(("task", "answers", "labels"), TASKS, ids=[task.kind for task, _, _ in TASKS])
def test_the_best_epoch_has_the_better_headline(task: Task, answers: Any, labels: Any) -> None:
    figures = task.figures(answers, labels)
    name = task.headline.name
    worse = figures | {name: figures[name] * (2 if task.headline.better is Better.LESS else 0.5)}
    assert task.cost(figures) < task.cost(worse)


def test_classes_aim_at_labels_and_at_what_a_teacher_says() -> None:
    """A tenth of the label, the rest of two probabilities, 1/4 and 3/4."""
    task = Classes(("a", "b"))
    found = task.taught(np.array([0]), np.log(np.array([[1.0, 3.0]])), 0.9)
    np.testing.assert_allclose(found.values, [[0.1 + 0.9 / 4, 0.9 * 3 / 4]], rtol=1e-6)
    with pytest.raises(TrainingError, match="cannot be taught by another network; remove teaching from"):
        Regression("mrad", 3.0).taught(np.zeros(1), np.zeros((1, 1)), 0.5)


def test_quantities_as_text() -> None:
    assert Quantity("a", "a", "share", Better.MORE).text(0.70284) == "70.28%"
    assert Quantity("a", "a", "mrad", Better.LESS).text(1.22949) == "1.229 mrad"
    assert Quantity("a", "a", "", Better.LESS).text(1.22949) == "1.229"


def test_a_loss_by_quantization_as_text() -> None:
    assert Quantity("a", "accuracy", "share", Better.MORE).lost(0.7118, 0.70284) == "0.90 points of accuracy"
    assert Quantity("r", "resolution", "mrad", Better.LESS).lost(1.13548, 1.22949) == "0.094 mrad of resolution"
    assert Quantity("r", "error", "", Better.LESS).lost(1.5, 1.25) == "-0.250 of error"


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """A tagger of class 2 of the toy at 5 % of the others: folder, checkpoint, what was said."""
    workspace = tmp_path_factory.mktemp("tagging")
    folder = write_toy(workspace, task='task=Tagging("tau", 0.05),', labels="(labels == 2).astype(np.int64)", outputs=1)
    return (folder, *train(folder, workspace / "out"))


def test_tagging_reaches_its_working_point(tagged: tuple[Path, Path, str]) -> None:
    folder, path, said = tagged
    metrics = json.loads(path.with_name("metrics.json").read_text())
    assert metrics["task"] == {
        "kind": "tagging",
        "signal": "tau",
        "background": 0.05,
        "figures": {
            "signal_efficiency": {"unit": "share", "better": "more"},
            "area": {"unit": "", "better": "more"},
        },
    }
    reached = metrics["quantized"]
    assert 0.3 < reached["signal_efficiency"]["test"] <= 1 and reached["area"]["test"] > 0.8
    events = training.load_recipe(folder).load("test")
    answers = outputs(keras().models.load_model(path, compile=False), events.features)[:, 0]
    passing = answers > reached["threshold"]
    assert passing[events.labels == 1].mean() == pytest.approx(reached["signal_efficiency"]["test"], abs=1e-6)
    assert passing[events.labels == 0].mean() == pytest.approx(reached["background_passing"], abs=1e-6)
    assert reached["background_passing"] <= 0.05
    floating = metrics["float"]["signal_efficiency"]["test"]
    assert f"tau efficiency at 5 % background on 500 test events: float {floating:.2%}" in said
    assert "validation tau efficiency at 5 % background " in said


def test_a_card_of_a_tagger(tagged: tuple[Path, Path, str]) -> None:
    folder, path, _ = tagged
    metrics = json.loads(path.with_name("metrics.json").read_text())
    (folder / "design.toml").write_text('[target]\npart = "xcvu13p-flga2577-2-e"\nclock_period_ns = 4.0\n')
    card = figures(folder, metrics)
    floating, quantized = metrics["float"], metrics["quantized"]
    reached = f"{floating['signal_efficiency']['test']:.2%} | {quantized['signal_efficiency']['test']:.2%}"
    assert f"| tau efficiency at 5 % background, test events | {reached} |" in card
    assert f"| threshold on the logit | {floating['threshold']:.4g} | {quantized['threshold']:.4g} |" in card
    passing = f"{floating['background_passing']:.2%} | {quantized['background_passing']:.2%}"
    assert f"| background that passes | {passing} |" in card
    assert "points of tau efficiency at 5 % background. 2,000 training and 500 validation points" in card
    assert "with a clock period of 4 ns" in card


def test_the_kept_epoch_of_a_tagger_has_the_highest_efficiency(tagged: tuple[Path, Path, str]) -> None:
    _, path, _ = tagged
    with np.load(path.with_name("float.npz"), allow_pickle=False) as file:
        history = json.loads(str(file["notes"]))["history"]
    found = [record["figures"]["signal_efficiency"] for record in history]
    assert json.loads(path.with_name("metrics.json").read_text())["float"]["best_epoch"] == 1 + int(np.argmax(found))


def test_a_tagger_needs_signal_and_background(tmp_path: Path) -> None:
    folder = write_toy(tmp_path, task='task=Tagging("tau", 0.05),', outputs=1)
    with pytest.raises(TrainingError) as error:
        train(folder, tmp_path / "out")
    assert str(error.value) == (
        "the split 'train' has the labels 0, 1, 2; tagging needs both 0 (background) and 1 (tau), and no others"
    )


MEASURED = """task=Reconstruction(
        lambda labels, outputs: abs(labels - outputs),
        {
            Quantity("mean_error", "mean error", "GeV", Better.LESS): lambda found, true: abs(found - true).mean(),
            Quantity("worst", "largest error", "GeV", Better.LESS): lambda found, true: abs(found - true).max(),
        },
    ),"""


@pytest.mark.parametrize("task", ["task=Reconstruction(),", MEASURED], ids=["default", "given"])
def test_an_autoencoder_repeats_its_inputs(tmp_path: Path, task: str) -> None:
    folder = write_toy(tmp_path, task=task, labels="features.astype(np.float32)", outputs=4)
    path, said = train(folder, tmp_path / "out", epochs=4)
    metrics = json.loads(path.with_name("metrics.json").read_text())
    recipe = training.load_recipe(folder)
    headline = recipe.task.headline
    events = recipe.load("test")
    answers = outputs(keras().models.load_model(path, compile=False), events.features)
    assert answers.shape == (500, 4)
    reached = metrics["quantized"][headline.name]["test"]
    assert recipe.task.figures(answers, events.labels)[headline.name] == pytest.approx(reached, abs=1e-5)
    assert root_mean_square(answers, events.labels) < 0.7 * events.labels.std()
    assert f"quantized {headline.text(reached)} at " in said
    assert metrics["task"]["kind"] == "reconstruction" and metrics["task"]["figures"][headline.name]["better"] == "less"


DECODED = """
encoder = build


def build(quantized):
    import keras

    code = encoder(quantized)
    return keras.Model(code.inputs, keras.layers.Dense(4, name="decoder")(code.outputs[0]))


RECIPE = Recipe(
    cut_behind="b","""


def test_what_stands_behind_the_last_layer_is_a_file_of_its_own(tmp_path: Path) -> None:
    """Encoder and decoder are what the metrics are of, the decoder learns in float, and both are begun from."""
    task = "task=Reconstruction(),"
    folder = write_toy(tmp_path, task=task, labels="features.astype(np.float32)", outputs=2)
    recipe = folder / "recipe.py"
    recipe.write_text(recipe.read_text().replace("RECIPE = Recipe(", DECODED))
    path, _ = train(folder, tmp_path / "out", epochs=2)
    metrics = json.loads(path.with_name("metrics.json").read_text())
    assert metrics["parameters"] == 4 * 8 + 8 + 8 * 2 + 2
    encoder, decoder = (keras().models.load_model(file, compile=False) for file in (path, training.behind(path)))
    events = training.load_recipe(folder).load("test")
    answers = outputs(decoder, outputs(encoder, events.features).astype(np.float32))
    assert answers.shape == (500, 4)
    reached = metrics["quantized"]["error"]["test"]
    assert root_mean_square(answers, events.labels) == pytest.approx(reached, abs=1e-5)
    model = training.load_recipe(folder).build(True)
    quantization.start_from_trained(model, path)
    for name, trained in (("b", encoder), ("decoder", decoder)):
        np.testing.assert_array_equal(model.get_layer(name).kernel, trained.get_layer(name).kernel)


def test_a_network_that_has_no_such_layer(tmp_path: Path) -> None:
    folder = write_toy(tmp_path)
    recipe = folder / "recipe.py"
    recipe.write_text(recipe.read_text().replace("    beta=(", "    cut_behind='code',\n    beta=("))
    with pytest.raises(TrainingError, match=r"cannot be cut behind 'code' .*; name one of its layers in recipe.py: "):
        train(folder, tmp_path / "out", epochs=1)


def test_an_autoencoder_refuses_values_that_are_not_finite(tmp_path: Path) -> None:
    folder = write_toy(tmp_path, task="task=Reconstruction(),", labels="features * np.inf", outputs=4)
    with pytest.raises(TrainingError) as error:
        train(folder, tmp_path / "out")
    assert str(error.value) == (
        "the split 'train' holds values to reconstruct that are not finite; recipe.py should leave those events out"
    )
