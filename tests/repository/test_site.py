"""The site of docs/: what links become, which pages it has, and that its pages name what there is."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import click
import pytest

import trigforge
from tests.repository.messages import _text, messages
from trigforge.cli import main
from trigforge.flow.workspace import resolve

DOCS = Path(__file__).parents[2] / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def rows(text: str) -> list[list[str]]:
    """The cells of all rows of tables."""
    found = [line.strip("|").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in cells] for cells in found]


@pytest.fixture(scope="module")
def site(repository: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("site_hooks", repository / ".ci" / "site.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "docs/a.md": "[b](b.md#part) [models](../models/README.md)",
        "docs/results/c.md": "",
        "docs/results/d.md": "",
        "docs/b.md": "",
        "models/README.md": "[one](one/) ![roc](roc.svg) [far](../far/README.md)",
        "models/one/README.md": "",
        "models/roc.svg": "",
        "models/recipe.py": "",
        "far/README.md": "",
        "alone/README.md": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("where", "text", "expected"),
    [
        ("docs/a.md", "[b](b.md#part)", "[b](b.md#part)"),
        ("docs/a.md", "[models](../models/README.md#x)", "[models](repository/models/README.md#x)"),
        ("docs/results/c.md", "[models](../../models/)", "[models](../repository/models/README.md)"),
        ("models/README.md", "![roc](roc.svg), [b](../docs/b.md)", "![roc](roc.svg), [b](../../b.md)"),
        ("docs/a.md", "[`recipe.py`](../models/recipe.py)", "`models/recipe.py`"),
        ("docs/a.md", "[a recipe](../models/recipe.py)", "a recipe (`models/recipe.py`)"),
        ("docs/a.md", "[results](results/)", "`docs/results`"),
        ("docs/a.md", "[there](https://x.org/a.md), [below](#part)", "[there](https://x.org/a.md), [below](#part)"),
        ("docs/a.md", "`[x](../models/recipe.py)`", "`[x](../models/recipe.py)`"),
        ("docs/a.md", "```\n[x](../models/recipe.py)\n- y\n```", "```\n[x](../models/recipe.py)\n- y\n```"),
        ("docs/a.md", "`a\nb`, [`recipe.py`](../models/recipe.py)", "`a\nb`, `models/recipe.py`"),
        ("docs/a.md", "Two:\n- one\n- two\n  more\n- three", "Two:\n\n- one\n- two\n  more\n- three"),
        ("docs/a.md", "<!-- keys -->\n| a |", "\n| a |"),
        ("docs/a.md", "[lost](../models/lost.md)", "[lost](../models/lost.md)"),
    ],
)
def test_a_page_of_the_site(site: ModuleType, root: Path, where: str, text: str, expected: str) -> None:
    assert site.as_page(where, text, root) == f"{expected}\n"


def test_pages_outside_of_docs_are_those_that_are_linked_to(site: ModuleType, root: Path) -> None:
    linked = ["far/README.md", "models/README.md", "models/one/README.md", "models/roc.svg"]
    assert site.outside(root) == linked
    assert site.outside(root, ("alone/README.md",)) == ["alone/README.md", *linked]


def test_a_folder_of_the_navigation_is_its_pages(site: ModuleType, root: Path) -> None:
    found = site.spelt_out([{"A": "a.md"}, {"Results": "results/"}], root)
    assert found == [{"A": "a.md"}, {"Results": ["results/c.md", "results/d.md"]}]
    assert site.pages_of(found) == ["a.md", "results/c.md", "results/d.md"]


def test_the_navigation_names_every_page(site: ModuleType, repository: Path) -> None:
    """A page that is not in it makes ``make site`` fail; this says so without mkdocs."""
    text = (repository / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:\n")[1].split("\n\n")[0]
    named = site.pages_of(site.spelt_out(re.findall(r": (\S+)$", text, re.MULTILINE)))
    assert [name for name in named if not (repository / site.source(name)).is_file()] == []
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    assert {name for name in named if not name.startswith(site.OUTSIDE)} == pages and len(set(named)) == len(named)


def test_the_reference_has_every_public_name() -> None:
    named = re.findall(r"^::: (\S+)$", page("api.md"), re.MULTILINE)
    assert {f"trigforge.{name}" for name in trigforge.__all__} <= set(named)
    for name in named:
        module, _, own = name.rpartition(".")
        assert getattr(importlib.import_module(module), own).__doc__, name


def test_the_glossary_is_in_order_and_complete_in_itself() -> None:
    words = [cells[0] for cells in rows(page("glossary.md"))[1:]]
    assert words == sorted(words, key=str.lower)
    known = {part.strip().lower() for word in words for part in word.split(",")}
    meant = {word.lower() for cells in rows(page("glossary.md"))[1:] for word in re.findall(r"\*(\w+)\*", cells[1])}
    assert {word for word in meant if not {word, word.removesuffix("s")} & known} == set()


def test_messages_of_the_faq_are_those_of_the_code() -> None:
    package = Path(trigforge.__file__).parent
    said = {message.text for message in messages(package)} | {
        _text(node)
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant | ast.JoinedStr)
    }
    quoted = [match.group(1) for cells in rows(page("faq.md")) if (match := re.fullmatch(r"`([^`]+)`", cells[0]))]
    parts = [[part for part in re.split("…", message) if part.strip(" ;:,.()")] for message in quoted]
    patterns = [re.compile(".*".join(map(re.escape, pieces)), re.DOTALL) for pieces in parts]
    unsaid = [message for message, own in zip(quoted, patterns, strict=True) if not any(map(own.search, said))]
    assert unsaid == [] and len(quoted) > 20


def test_exit_codes_are_those_of_the_command_line() -> None:
    table = page("faq.md").split("## Exit codes")[1].split("##")[0]
    assert isinstance(main, click.Group) and main.epilog is not None
    assert [cells[0] for cells in rows(table)[1:]] == re.findall(r"(?:: |; )(\d+) ", main.epilog)


def test_the_folder_on_the_page_is_read(tmp_path: Path) -> None:
    found = re.search(r"```toml\n(.*?)```", page("bring_your_own_model.md"), re.DOTALL)
    assert found is not None
    (tmp_path / "model.toml").write_text(found.group(1), encoding="utf-8")
    source = resolve(str(tmp_path))
    assert source.binding.branches == {"x": ("pt", "eta", "phi")}
    scale = source.units["x"].scale
    assert scale is not None and scale.to_float().tolist() == [0.0625, 4, 4]
