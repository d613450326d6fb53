"""A recipe is found by its folder's path, and each way not to have one has a message."""

from __future__ import annotations

from pathlib import Path

import pytest

from trigforge import training
from trigforge.errors import TrainingError
from trigforge.training import load_recipe


def test_the_toy(toy: Path) -> None:
    recipe = load_recipe(toy)
    assert recipe.task == training.Classes(("x", "y", "z"))
    assert len(recipe.load("train")) == 2000


def test_no_recipe(tmp_path: Path) -> None:
    with pytest.raises(TrainingError) as error:
        load_recipe(tmp_path)
    assert str(error.value) == (
        f"{tmp_path / 'recipe.py'} does not exist; a model that can be trained has a recipe.py that defines RECIPE"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("RECIPE = 3", "{} defines no RECIPE; assign it a trigforge.training.Recipe or ScriptRecipe"),
        ("1 / 0", "{} cannot be run (ZeroDivisionError: division by zero); correct it"),
        (
            "import no_such_package_here",
            "{} cannot be run (ModuleNotFoundError: No module named 'no_such_package_here'); correct it",
        ),
    ],
)
def test_a_recipe_that_is_none(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "recipe.py").write_text(text)
    with pytest.raises(TrainingError) as error:
        load_recipe(tmp_path)
    assert str(error.value) == message.format(tmp_path / "recipe.py")
