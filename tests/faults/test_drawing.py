"""Shares as they are written, and flips that are drawn in proportion to bits."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

from trigforge.errors import CampaignError
from trigforge.faults import Kind, Place, drawn, read_shares
from trigforge.flow.injecting import Asked

PLACES = tuple(
    Place(f"r{n}", bits, kind, "", None, False)
    for n, (bits, kind) in enumerate([(1, Kind.DATA), (9, Kind.DATA), (64, Kind.DATA), (2, Kind.CONTROL)])
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "share '' is no share; write KIND=SHARE"),
        ("data", "share 'data' is no share; write KIND=SHARE"),
        ("dta=1", "share of 'dta': there is no such kind of place; nearest is 'data'"),
        ("data=x", "share of 'data': 'x' is no number; give one from 0 to 1"),
        ("data=1/0", "share of 'data': '1/0' is no number"),
        ("data=-1,control=2", "share of 'data': -1 is not from 0 to 1"),
        ("data=1e9999999", "share of 'data': '1e9999999' is no number"),
        ("data=nan", "share of 'data': 'nan' is no number"),
        ("data=0.5,data=0.5", "share of 'data' is given twice; give it once"),
        ("data=0.5,control=0.4", "the shares data=0.5,control=0.4 add up to 0.9; let them add up to 1"),
    ],
)
def test_shares_that_are_refused(text: str, told: str) -> None:
    with pytest.raises(CampaignError) as error:
        read_shares(text)
    assert told in str(error.value)


def test_shares_are_exact() -> None:
    assert read_shares("data=0.1,control=0.2,voters=0.7") == {
        Kind.DATA: Fraction(1, 10),
        Kind.CONTROL: Fraction(1, 5),
        Kind.VOTERS: Fraction(7, 10),
    }


def test_flips_fall_on_all_bits_alike() -> None:
    flips = drawn(PLACES, 76_000, {}, 3, seed=1)
    assert set(Counter(flips.wait.tolist())) == {0, 1, 2}
    found = Counter(zip(flips.target.tolist(), flips.bit.tolist(), strict=True))
    assert len(found) == 76 and all(850 < count < 1150 for count in found.values())


def test_flips_in_stated_proportions() -> None:
    shares = {Kind.DATA: Fraction(1, 3), Kind.CONTROL: Fraction(2, 3)}
    flips = drawn(PLACES, 1000, shares, 1, seed=1)
    assert np.count_nonzero(flips.target == 3) == 667
    assert not flips.wait.any()
    assert len(drawn(PLACES, 1, {Kind.DATA: Fraction(1), Kind.CONTROL: Fraction(0)}, 1, seed=1).target) == 1


@pytest.mark.parametrize(
    ("flips", "seed", "told"),
    [(0, 0, "flips = 0"), (10**12, 0, "at most 10,000,000"), (-3, 0, "flips = -3"), (1, -1, "seed = -1")],
)
def test_campaigns_that_are_no_such(flips: int, seed: int, told: str) -> None:
    with pytest.raises(CampaignError, match=told):
        Asked(flips, seed)
