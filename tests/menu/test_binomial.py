"""Clopper-Pearson intervals against sums of binomial probabilities in exact fractions."""

from __future__ import annotations

from fractions import Fraction
from math import comb, sqrt

import numpy as np
import pytest

from trigforge.menu.binomial import LEVEL, clopper_pearson


def at_least(k: int, n: int, share: float) -> float:
    """The probability of ``k`` or more of ``n`` events."""
    p = Fraction(share)
    return float(sum(comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(k, n + 1)))


@pytest.mark.parametrize("n", [1, 2, 7, 40, 131])
@pytest.mark.parametrize("level", [LEVEL, 0.95])
def test_the_ends_have_the_probability_that_defines_them(n: int, level: float) -> None:
    counts = np.unique(np.array([0, 1, n // 3, n // 2, n - 1, n]))
    low, high = clopper_pearson(counts, n, level)
    tail = (1 - level) / 2
    for k, least, most in zip(counts.tolist(), low.tolist(), high.tolist(), strict=True):
        assert (least == 0.0) if k == 0 else abs(at_least(k, n, least) - tail) < 1e-12
        assert (most == 1.0) if k == n else abs(1 - at_least(k + 1, n, most) - tail) < 1e-12
        assert least < most


def test_none_and_all() -> None:
    tail = (1 - LEVEL) / 2
    low, high = clopper_pearson([0, 4000], 4000)
    assert low[0] == 0 and high[1] == 1
    assert abs(high[0] - (1 - tail ** (1 / 4000))) < 1e-12 and abs(low[1] - tail ** (1 / 4000)) < 1e-12


@pytest.mark.parametrize("n", [10**5, 10**8])
def test_many_events_are_normal(n: int) -> None:
    counts = np.linspace(0, n, 200).astype(np.int64)
    low, high = clopper_pearson(counts, n)
    share = counts[1:-1] / n
    width = np.sqrt(share * (1 - share) / n)
    assert np.all(np.abs((high - low)[1:-1] / (2 * width) - 1) < 0.05)
    assert np.all(np.diff(low) > 0) and np.all(np.diff(high) > 0)


def test_few_of_very_many_are_poisson() -> None:
    """3 events: the interval of 68 % for the mean is 1.37 to 5.92."""
    low, high = clopper_pearson([3], 10**9)
    assert abs(low[0] * 1e9 - 1.3674) < 0.001 and abs(high[0] * 1e9 - 5.9182) < 0.001
    assert abs(sqrt(3) - (high[0] - low[0]) * 1e9 / 2) < 0.6
