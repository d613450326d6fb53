"""The study of transformers: the page says what was measured, and what was to be shown holds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.study import requirements
from benchmarks.study.networks import Kind
from benchmarks.study.results import Study
from benchmarks.transformer_study import page

NEEDED = {Kind.SHIPPED: {"accuracy", "LUT, mapped", "compared", "mismatches"}}


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.load("transformers")


def test_every_network_was_measured_and_those_that_are_shipped_mapped_and_compared(study: Study) -> None:
    for network in study.networks:
        figures = study.figures(network.key)
        assert NEEDED[network.kind] <= set(figures), network.key


def test_what_was_to_be_shown_holds(study: Study) -> None:
    """What compares with the network of the paper's size waits for that to be trained."""
    rows = list(requirements.requirements(study))
    assert rows
    assert [(row.text, row.found) for row in rows if row.verdict != "yes"] == [
        (f"the same, AUC {pair}, below that of the paper's size", None) for pair in ("b against light", "b against c")
    ]


def test_the_page_shows_the_results(study: Study, tmp_path: Path) -> None:
    shipped = page.FOLDER / "transformers.md"
    shutil.copy(shipped, tmp_path / "transformers.md")
    page.write(study, tmp_path / "transformers.md")
    assert (tmp_path / "transformers.md").read_text(encoding="utf-8") == shipped.read_text(encoding="utf-8")


def test_published_figures_are_marked_as_such(study: Study) -> None:
    text = page.blocks(study)["size"]
    for row in study.definition["published"]:
        assert f"*{row['label']}*, {row['of']}" in text
