"""The study of transformers: what was to be shown holds."""

from __future__ import annotations

from benchmarks.study import requirements
from benchmarks.study.results import Study


def test_what_was_to_be_shown_holds() -> None:
    """What compares with the network of the paper's size waits for that to be trained."""
    rows = list(requirements.requirements(Study.load("transformers")))
    assert rows
    assert [(row.text, row.found) for row in rows if row.verdict != "yes"] == [
        (f"the same, AUC {pair}, below that of the paper's size", None) for pair in ("b against light", "b against c")
    ]
