"""Models of others that are read fast, against their frameworks or what the survey recorded of these; and its table."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.frontends.others import reading, table
from tests.frontends.others.entry import Other
from tests.frontends.others.survey import collected, kept
from trigforge.flow.framework_check import compare_with_framework
from trigforge.passes import optimize

FAST = [other for other in collected() if other.fast]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("other", FAST, ids=lambda other: f"{other.family}/{other.name}")
def test_models_of_others_are_read_exactly(other: Other, tmp_path: Path) -> None:
    read = reading.read(other.build(tmp_path))
    optimized = optimize(read.graph)
    if read.model is not None:
        compare_with_framework(read.graph, optimized, read.model)
        return
    found = reading.fingerprint(reading.results(optimized, reading.drawn_events(read.graph)))
    assert found == kept()[f"{other.family}/{other.name}"]["outputs"]


def test_nine_of_ten_are_read_and_the_rest_refused_with_a_reason() -> None:
    entries = list(kept().values())
    outcomes = [entry["outcome"] for entry in entries]
    assert set(outcomes) <= {"equal", "read", "refused"}
    assert outcomes.count("refused") <= 0.1 * len(outcomes)
    assert all(entry["reason"] for entry in entries if entry["outcome"] == "refused")


def test_the_page_holds_the_table() -> None:
    text = table.PAGE.read_text(encoding="utf-8")
    assert f"<!-- others -->\n{table.table()}\n<!-- end of others -->" in text
