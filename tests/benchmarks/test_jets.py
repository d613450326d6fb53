"""The study of the jet taggers: what was to be shown holds."""

from __future__ import annotations

from benchmarks.study import requirements
from benchmarks.study.results import Study


def test_what_was_to_be_shown_holds() -> None:
    """All but one figure: what the linear network on 32 constituents loses to quantization."""
    rows = list(requirements.requirements(Study.load("jets")))
    assert rows
    missed = [row for row in rows if row.verdict != "yes"]
    assert [(row.text, row.limit, round(row.found or 0, 2)) for row in missed] == [
        ("the same, accuracy lost to quantization", 0.5, 0.57)
    ]
