"""``trigforge init``: guesses at columns, the folder that is made, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from tests.cli.test_cli import invoke
from tests.small_graph import SMALL
from trigforge.building import Builder, Quantization, quantize
from trigforge.events import FileColumn
from trigforge.fixed import FixedArray
from trigforge.flow.column_guess import Guess, guess_columns
from trigforge.flow.observer import Silent
from trigforge.flow.recipe_skeleton import skeleton
from trigforge.flow.starting import start
from trigforge.flow.workspace import resolve
from trigforge.graph import HostUnits, save_graph
from trigforge.training import Classes, Recipe
from trigforge.training.recipe import load_recipe

LISTS = [FileColumn(name, (None,)) for name in ("pt", "eta", "phi")]


def columns(*names: str, shape: tuple[int | None, ...] = ()) -> list[FileColumn]:
    return [FileColumn(name, shape) for name in names]


@pytest.mark.parametrize(
    ("shape", "found", "expected"),
    [
        ((2,), columns("x", shape=(2,)) + columns("a", "b"), ("x",)),  # by its name
        ((16, 3), LISTS + columns("met"), ("pt", "eta", "phi")),  # the only lists
        ((16, 3), LISTS + columns("label", "weight", shape=(None,)), ("pt", "eta", "phi")),  # some are no inputs
        ((16, 3), LISTS + columns("charge", shape=(None,)), None),  # one too many
        ((16, 3), LISTS + columns("hits", shape=(16, 3)), ("hits",)),  # one of the whole shape
        ((16, 2), LISTS + columns("trk_d0", "trk_z0", shape=(None,)), ("trk_d0", "trk_z0")),  # a family
        ((2,), columns("ht", "met", "run", "event"), ("ht", "met")),
        ((48,), columns("cells", shape=(48,)) + columns("energy"), ("cells",)),
        ((48,), columns("cells", shape=(50,)) + columns("energy"), None),
        ((), columns("score"), ("score",)),
        ((8, 8, 2), columns("image", shape=(8, 8, 2)) + columns("other", shape=(8, 8)), ("image",)),
        ((16, 3), [], None),
    ],
)
def test_a_guess(shape: tuple[int, ...], found: list[FileColumn], expected: tuple[str, ...] | None) -> None:
    guess = guess_columns({"x": shape}, found).get("x")
    assert (None if guess is None else guess.columns) == expected


def test_no_column_is_guessed_for_two_inputs() -> None:
    found = columns("a", "b", shape=(None,))
    assert guess_columns({"x": (4, 2), "y": (6, 2)}, found) == {}
    assert guess_columns({"x": (4, 2), "a": (6,)}, LISTS[:2] + columns("a", shape=(6,)))["a"] == Guess(
        ("a",), "is called like it"
    )


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIGFORGE_CACHE", str(tmp_path / "cache"))
    save_graph(SMALL, tmp_path / "my_net.json")
    rng = np.random.default_rng(0)
    np.savez("my.npz", ht=rng.uniform(-1, 1, 50), met=rng.uniform(-1, 1, 50), label=np.zeros(50, int))
    return tmp_path


def test_the_folder_is_what_every_command_reads(here: Path) -> None:
    code, out, _ = invoke("init", "my_net.json", "--events", "my.npz")
    assert code == 0 and "input x: ht, met (are the only columns of numbers, in the order of the file)" in out
    source = resolve("my_net")
    assert source.binding.branches == {"x": ("ht", "met")} and source.events is not None and source.events.is_file()
    assert invoke("emulate", "my_net", "my.npz", "out.npz", "--engine", "reference")[0] == 0
    assert sorted(path.name for path in (here / "models" / "my_net").iterdir()) == [
        "design.toml",
        "model.toml",
        "my_net.json",
        "my_net.npz",
    ]


def test_units_and_columns_as_given(here: Path) -> None:
    code, out, _ = invoke(
        "init", "my_net.json", "--events", "my.npz", "--branches", "x=met,ht", "--scale", "x=2,0.5", "--offset", "x=1"
    )
    assert code == 0 and "input x: met, ht (as given)" in out
    source = resolve("my_net")
    units = source.units["x"]
    assert source.binding.branches == {"x": ("met", "ht")}
    assert units.scale is not None and units.scale.to_float().tolist() == [2, 0.5]
    assert units.offset is not None and units.offset.to_float().tolist() == 1


def test_a_user_is_asked_where_a_name_does_not_say_it(here: Path) -> None:
    asked: list[object] = []

    def ask(*question: object) -> tuple[str, ...]:
        asked.append(question)
        return ("met", "ht")

    made = start("my_net.json", Path("my.npz"), Silent(), ask=ask)
    assert made.columns == {"x": Guess(("met", "ht"), "as answered")}
    ((name, shape, fit, guess),) = asked  # type: ignore[misc]
    assert (name, shape, fit) == ("x", (2,), ["ht", "met", "label"]) and guess.columns == ("ht", "met")


def test_labels_a_float_twin_and_a_recipe(here: Path) -> None:
    (here / "float.keras").write_bytes(b"a network")
    labels = ("--labels", "label", "--float-twin", "float.keras", "--recipe")
    code, _, err = invoke("init", "my_net.json", "--events", "my.npz", "--scale", "x=2,0.5", *labels)
    assert code == 0, err
    source = resolve("my_net")
    assert source.labels is not None and source.labels.column == "label"
    assert source.labels.float_twin == here / "models" / "my_net" / "float.keras"
    assert source.labels.float_twin.read_bytes() == b"a network"
    recipe = load_recipe(here / "models" / "my_net")
    assert isinstance(recipe, Recipe) and isinstance(recipe.task, Classes) and len(recipe.task.names) == 2
    counts = {split: len(recipe.load(split)) for split in ("train", "validation", "test")}
    assert counts == {"train": 35, "validation": 7, "test": 8}
    assert recipe.load("train").features.shape == (35, 2) and abs(recipe.load("train").features[:, 1]).max() <= 0.5


@pytest.mark.parametrize(
    ("outputs", "labels", "task"),
    [
        (1, [0, 1, 1], 'Tagging("signal", background=0.01)'),
        (1, [-2, 2, 2, -2], 'Regression("", window=10)'),
        (3, [0, 2, 1], 'Classes(("class 0", "class 1", "class 2"))'),
    ],
)
def test_the_task_of_a_recipe_follows_from_labels_and_outputs(outputs: int, labels: list[float], task: str) -> None:
    build = Builder("net")
    x = build.input("x", (outputs,), "ap_fixed<12,8>")
    graph = build.graph([quantize(x, Quantization.of("ap_fixed<10,8>"), name="y")])
    units = {"x": HostUnits(offset=FixedArray.from_float([1.0] * outputs))}
    text = skeleton("net", graph, "../my.root", "Events", {"x": ("a",)}, units, "kind", np.array(labels))
    compile(text, "recipe.py", "exec")
    assert f"    task={task},\n" in text and 'TREE = "Events"\n' in text
    assert 'BRANCHES = {"x": ("a",), "kind": ("kind",)}\n' in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["my_net.json", "--recipe"], "a recipe and a float twin need labels; name their column with --labels"),
        (["my_net.json", "--labels", "y"], "labels 'y' are a column of a file of events; give it with --events"),
        (["my_net.json", "--float-twin", "no.keras"], "float twin no.keras is no model file (.keras,"),
        (["my_net.json", "--float-twin", "my.npz"], "float twin my.npz is no model file (.keras,"),
        (
            ["my_net.json", "--events", "my.npz", "--labels", "ht", "--recipe"],
            "labels 'ht' are not the numbers of the 2 classes that 'small' tells; name another column with --labels",
        ),
        (["no.json"], "model file no.json does not exist; check the path"),
        (["my_net.json", "--events", "no.npz"], "events file no.npz does not exist; check the path"),
        (
            ["my_net.json", "--events", "many.npz"],
            "input 'x' of shape [2]: no columns of many.npz stand out; name them",
        ),
        (
            ["my_net.json", "--events", "my.npz", "--branches", "x=ht,mte"],
            "events file my.npz holds no array 'mte'; nearest is 'met'",
        ),
        (["my_net.json", "--events", "my.npz", "--branches", "y=ht"], "the model has no input 'y'; known are x"),
        (["my_net.json", "--name", "my-net"], "'my-net' is no name of a model: it becomes an identifier of C; give"),
        (["my_net.json", "--name", "there"], "models/there exists; give another name with --name, or remove it"),
    ],
)
def test_what_is_refused_leaves_nothing(here: Path, arguments: list[str], message: str) -> None:
    np.savez("many.npz", a=np.zeros(9), b=np.zeros(9), c=np.zeros(9))
    (here / "models" / "there").mkdir(parents=True)
    code, _, err = invoke("init", *arguments)
    assert code == 1 and message in " ".join(err.split("trigforge: ")[-1].split()), err
    assert [path.name for path in (here / "models").iterdir()] == ["there"]
