"""The recorded searches made networks smaller and never larger or longer, and the page shows them."""

from __future__ import annotations

from benchmarks.harness import newest
from benchmarks.optimize import MINUTES, NETWORKS, PAGE, RESULTS, table


def test_fewer_bits_and_no_more_tables_or_cycles() -> None:
    runs = {name: values for name, (_, values) in newest(RESULTS).items()}
    assert len(runs) >= 3 and runs.keys() <= NETWORKS.keys()
    for values in runs.values():
        for what in ("bits", "tables", "cycles"):
            series = [values[f"{what} after {minutes} min"] for minutes in (0, *MINUTES)]
            assert series == sorted(series, reverse=True), (what, series)
        assert values["bits after 5 min"] < values["bits after 0 min"]


def test_the_page_shows_what_was_found() -> None:
    assert table() in PAGE.read_text(encoding="utf-8")
