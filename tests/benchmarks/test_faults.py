"""What `docs/redundancy.md` says of flips and cost, from stored results."""

from __future__ import annotations

import pytest

from benchmarks import faults
from trigforge.design import Redundancy
from trigforge.faults import Campaign, Kind


@pytest.fixture(scope="module")
def kept() -> dict[tuple[str, Redundancy], Campaign]:
    return faults.campaigns()


def test_the_page_shows_the_stored_results() -> None:
    page = faults.PAGE.read_text()
    lines = (faults.flips_table(), faults.points_line(), faults.cost_table(), faults.time_line())
    assert all(text in page for text in lines)


@pytest.mark.parametrize("name", faults.CAMPAIGNS)
def test_triplication_let_nothing_through_but_glitches_of_voters(
    name: str, kept: dict[tuple[str, Redundancy], Campaign]
) -> None:
    once, thrice = kept[name, Redundancy.NONE], kept[name, Redundancy.TRIPLICATED]
    assert once.digest == thrice.digest and once.latency_cycles == thrice.latency_cycles
    assert once.counts.flips == thrice.counts.flips == faults.FLIPS
    assert once.counts.wrong > 0 and thrice.unexpected == 0
    assert {point.kind for point in thrice.single_points} == {Kind.VOTERS}
    assert sum(point.wrong for point in thrice.single_points) == thrice.counts.wrong
    for campaign in (once, thrice):
        flips = {kind: counts.flips / faults.FLIPS for kind, (_, counts) in campaign.kinds.items()}
        assert {str(kind): share for kind, share in flips.items() if share} == dict(campaign.shares)
