"""The studies of jet taggers and transformers: every network was measured, and the page says what was found."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks.jet_study import page as jets
from benchmarks.study.networks import Kind
from benchmarks.study.results import Study
from benchmarks.transformer_study import page as transformers

PAGES = {"jets": jets, "transformers": transformers}
NEEDED = {
    Kind.SHIPPED: {"accuracy", "LUT, mapped", "compared", "mismatches"},
    Kind.FRONT: {"accuracy", "LUT, mapped"},
    Kind.RECIPE: {"accuracy"},
}


@pytest.fixture(scope="module", params=PAGES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def study(name: str) -> Study:
    return Study.load(name)


@pytest.fixture(scope="module")
def page(name: str) -> ModuleType:
    return PAGES[name]


def test_every_network_was_measured_and_those_that_are_shipped_mapped_and_compared(study: Study) -> None:
    for network in study.networks:
        figures = study.figures(network.key)
        assert NEEDED[network.kind] <= set(figures), network.key


def test_the_page_shows_the_results(name: str, study: Study, page: ModuleType, tmp_path: Path) -> None:
    shipped = page.FOLDER / f"{name}.md"
    shutil.copy(shipped, tmp_path / shipped.name)
    page.write(study, tmp_path / shipped.name)
    assert (tmp_path / shipped.name).read_text(encoding="utf-8") == shipped.read_text(encoding="utf-8")


def test_published_figures_are_marked_as_such(study: Study, page: ModuleType) -> None:
    text = page.blocks(study)["size"]
    for row in study.definition["published"]:
        assert f"*{row['label']}*, {row['of']}" in text
