"""The study of the jet taggers: the page says what was measured, and what was to be shown holds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.jet_study import page
from benchmarks.study import requirements
from benchmarks.study.networks import Kind
from benchmarks.study.results import Study

NEEDED = {
    Kind.SHIPPED: {"accuracy", "LUT, mapped", "compared", "mismatches"},
    Kind.FRONT: {"accuracy", "LUT, mapped"},
    Kind.RECIPE: {"accuracy"},
}


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.load("jets")


def test_every_network_was_measured_and_those_that_are_shipped_mapped_and_compared(study: Study) -> None:
    for network in study.networks:
        figures = study.figures(network.key)
        assert NEEDED[network.kind] <= set(figures), network.key


def test_what_was_to_be_shown_holds(study: Study) -> None:
    """All but one figure: what the linear network on 32 constituents loses to quantization."""
    rows = list(requirements.requirements(study))
    assert rows
    missed = [row for row in rows if row.verdict != "yes"]
    assert [(row.text, row.limit, round(row.found or 0, 2)) for row in missed] == [
        ("the same, accuracy lost to quantization", 0.5, 0.57)
    ]


def test_the_page_shows_the_results(study: Study, tmp_path: Path) -> None:
    shipped = page.FOLDER / "jets.md"
    shutil.copy(shipped, tmp_path / "jets.md")
    page.write(study, tmp_path / "jets.md")
    assert (tmp_path / "jets.md").read_text(encoding="utf-8") == shipped.read_text(encoding="utf-8")


def test_published_figures_are_marked_as_such(study: Study) -> None:
    text = page.blocks(study)["size"]
    for row in study.definition["published"]:
        assert f"*{row['label']}*, {row['of']}" in text
