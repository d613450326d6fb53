"""What `docs/folding.md` says of size and latency at several initiation intervals, from stored results."""

from __future__ import annotations

import pytest

from benchmarks import folding


@pytest.fixture(scope="module")
def measured() -> dict[str, dict[int, dict[str, float]]]:
    return {name: {round(entry["interval"]): entry for entry in entries} for name, entries in folding.points().items()}


def test_the_page_shows_the_stored_results() -> None:
    page = folding.PAGE.read_text()
    assert all(text in page for text in (folding.table(), folding.published(), folding.agreement_line()))


def test_the_jet_tagger_shrinks_as_asked(measured: dict[str, dict[int, dict[str, float]]]) -> None:
    """At most 0.45 of the look-up tables at 4 and 0.30 at 16, no more registers, and few more cycles."""
    of = measured["jet_tagger"]
    assert of[4]["LUT"] <= 0.45 * of[1]["LUT"] and of[16]["LUT"] <= 0.30 * of[1]["LUT"]
    for interval, entry in of.items():
        assert entry["FF"] <= of[1]["FF"]
        assert entry["latency"] <= of[1]["latency"] + interval + 3


def test_nothing_differed(measured: dict[str, dict[int, dict[str, float]]]) -> None:
    assert ": 0 values differ" in folding.agreement_line() and measured


def test_constant_adders_are_left_where_sharing_neurons_would_not_pay(
    measured: dict[str, dict[int, dict[str, float]]],
) -> None:
    """At an interval of 4 the dense network stays as it is, so that no such row is there."""
    of = measured["dense 16-64-32-32-5"]
    assert 4 not in of and all(entry["LUT"] <= of[1]["LUT"] for entry in of.values())


def test_what_arrives_row_by_row_takes_no_longer_from_the_last_one_on(
    measured: dict[str, dict[int, dict[str, float]]],
) -> None:
    """At most four cycles more than the form that takes all at once."""
    at_once, arriving = measured["jet_tagger"][1], measured[folding.SERIAL]
    assert set(arriving) == {2, 4, 8, 16}
    for entry in arriving.values():
        assert entry["latency"] - entry["arrival"] <= at_once["latency"] + 4
        assert entry["LUT"] <= measured["jet_tagger"][round(entry["interval"])]["LUT"]
