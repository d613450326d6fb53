"""The recipe on docs/training.md: both networks are built, and what it trains becomes a graph."""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

import trigforge
from trigforge import training
from trigforge.training.recipe import Recipe, checked

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]
PAGE = Path(__file__).parents[2] / "docs" / "training.md"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``models/small_tagger`` of a workspace of its own, with the recipe of the page."""
    found = re.search(
        r"<!-- recipe -->\n```python\n(.*?)```\n<!-- end of recipe -->", PAGE.read_text("utf-8"), re.DOTALL
    )
    assert found is not None
    folder = tmp_path_factory.mktemp("workspace") / "models" / "small_tagger"
    folder.mkdir(parents=True)
    (folder / "recipe.py").write_text(found.group(1), encoding="utf-8")
    return folder


def test_both_networks_have_the_same_layers(folder: Path) -> None:
    recipe = training.load_recipe(folder)
    assert isinstance(recipe, Recipe)
    plain, quantized = ([layer.name for layer in recipe.build(kind).layers] for kind in (False, True))
    assert plain == quantized == ["x", "hidden", "score"]
    assert [len(checked(recipe, split)) for split in ("train", "validation", "test")] == [20_000, 5_000, 5_000]


def test_it_trains_to_its_limit_and_becomes_a_graph(folder: Path, tmp_path: Path) -> None:
    path = training.run(folder, out=tmp_path, console=Console(file=StringIO()))
    assert json.loads((tmp_path / "metrics.json").read_text("utf-8"))["ebops"] <= 2_500
    graph = trigforge.read(path)
    assert graph.name == "small_tagger"
    assert [tensor.shape for tensor in graph.inputs] == [(4,)]
