"""The comparison with the peer compiler: the page says what was measured, and both compute the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.qor_study import page, results
from benchmarks.qor_study.results import PEER, THEIRS, Entry


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return list(results.load().values())


def test_the_page_shows_the_stored_results(entries: list[Entry], tmp_path: Path) -> None:
    copy = tmp_path / "qor.md"
    shutil.copy(page.PAGE, copy)
    page.write(entries, copy)
    assert copy.read_text() == page.PAGE.read_text()


def test_the_peer_computes_the_same(entries: list[Entry]) -> None:
    """Else the sizes of two different networks would stand beside each other."""
    for entry in entries:
        if "refused" not in entry.words[PEER]:
            assert entry.find(PEER, "interpreter: mismatches") == 0
            assert not any(entry.find(form, "Verilog: mismatches") for form in THEIRS)


def test_look_up_tables_without_inverters_are_compared_with_the_best_form(entries: list[Entry]) -> None:
    entry = Entry("n@1", {})
    entry.values.update(ours={"LUT": 10, "INV": 2}, nt={"LUT": 20, "INV": 0}, t3={"LUT": 17, "INV": 1})
    assert entry.over_best(page.LEAN) == 8 / 16
    assert entry.over_best(page.LEAN, ("nt",)) == 8 / 20
    assert entry.over_best("FF") is None
