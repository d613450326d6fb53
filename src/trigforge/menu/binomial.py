"""Clopper-Pearson intervals: the shares of a population for which so many of so many events are not unlikely."""

from math import lgamma

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

LEVEL = 0.6827
"""the probability of an interval, that of one standard deviation"""
_STEPS = 200
_PRECISION = 1e-12
"""relative, of a fraction and of an end; logarithms of the beta function cost some digits of many events"""
_TINY = 1e-300


def clopper_pearson(passing: npt.ArrayLike, events: int, level: float = LEVEL) -> tuple[Floats, Floats]:
    """The ends of the central interval of probability ``level`` (at least) for each of ``passing`` of ``events``."""
    counts = np.atleast_1d(np.asarray(passing, np.int64)).astype(np.float64)
    tail = (1 - level) / 2
    low, high = np.zeros_like(counts), np.ones_like(counts)
    some, rest = counts > 0, counts < events
    low[some] = _beta_quantile(tail, counts[some], events - counts[some] + 1)
    high[rest] = _beta_quantile(1 - tail, counts[rest] + 1, events - counts[rest])
    return low, high


def _beta_quantile(share: float, a: Floats, b: Floats) -> Floats:
    """``x`` below which the beta distribution holds ``share``: Newton's steps, kept between ends that close in."""
    low, high, x = np.zeros_like(a), np.ones_like(a), a / (a + b)
    for _ in range(_STEPS):
        excess = _beta_below(x, a, b) - share
        low, high = np.where(excess < 0, x, low), np.where(excess < 0, high, x)
        density = np.exp((a - 1) * np.log(x) + (b - 1) * np.log1p(-x) - _log_beta(a, b))
        step = x - excess / np.maximum(density, _TINY)
        found = np.where((step >= low) & (step <= high), step, (low + high) / 2)
        settled = bool((np.abs(found - x) <= _PRECISION * x).all())
        x = found
        if settled:
            break
    return x


def _beta_below(x: Floats, a: Floats, b: Floats) -> Floats:
    """The regularized incomplete beta function, by its continued fraction on the side where that converges."""
    if not x.size:
        return x
    other = x > (a + 1) / (a + b + 2)
    y, p, q = np.where(other, 1 - x, x), np.where(other, b, a), np.where(other, a, b)
    front = np.exp(p * np.log(y) + q * np.log1p(-y) - _log_beta(p, q)) / p
    below = front * _fraction(y, p, q)
    return np.where(other, 1 - below, below)


def _fraction(x: Floats, a: Floats, b: Floats) -> Floats:
    """The continued fraction, by Lentz's method; of order sqrt(max(a, b)) steps."""
    c, d = np.ones_like(x), 1 / (1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 1_000_000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d, c = 1 / (1 + term * d), 1 + term / c
            value = value * c * d
        if bool((np.abs(c * d - 1) < _PRECISION).all()):
            break
    return value


def _log_beta(a: Floats, b: Floats) -> Floats:
    return np.array([lgamma(p) + lgamma(q) - lgamma(p + q) for p, q in zip(a.tolist(), b.tolist(), strict=True)])
