"""The study of transformers: what was to be shown holds."""

from __future__ import annotations

from benchmarks.study import requirements
from benchmarks.study.results import Study


def test_what_was_to_be_shown_holds() -> None:
    """The network of the paper's size was mapped and measured; its simulations were not run yet."""
    rows = list(requirements.requirements(Study.load("transformers")))
    assert rows
    prefix = "b-tagger, the paper's size"
    expected = [f"{prefix}: C simulation at reuse 1, jets compared", "the same, mismatches"]
    expected += [f"{prefix}: C simulation at reuse 2, jets compared", "the same, mismatches"]
    expected += [f"{prefix}: C simulation at reuse 4, jets compared", "the same, mismatches"]
    expected += [f"{prefix}: emulator = C simulation = RTL, jets compared", "the same, mismatches"]
    assert [(row.text, row.found) for row in rows if row.verdict != "yes"] == [(text, None) for text in expected]
