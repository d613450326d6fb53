"""The recorded scan was killed in the middle, went on, and mapped no stage twice; the page says so."""

from __future__ import annotations

from benchmarks.harness import newest
from benchmarks.scan import KILLED_AT, PAGE, RESULTS, sentence


def test_nothing_was_mapped_twice() -> None:
    found = {name: values[""] for name, (_, values) in newest(RESULTS).items()}
    assert found["points"] == 12 * 4 and found["points without figures"] == 0
    assert KILLED_AT <= found["points when it was killed"] < found["points"] / 2
    assert found["stages mapped twice"] == 0 and found["stages when it was killed"] < found["stages"]


def test_the_page_says_what_was_found() -> None:
    assert sentence() in PAGE.read_text(encoding="utf-8")
