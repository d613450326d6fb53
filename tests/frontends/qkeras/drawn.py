"""Events and weights drawn from seeds, alike where vectors are recorded and where they are compared."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

EVENTS = 1000
Singles = npt.NDArray[np.float32]


def events(seed: int, shape: tuple[int, ...], count: int = EVENTS) -> Singles:
    """Numbers of several magnitudes with 11 bits: on the grids of quantizers, between their values, and beyond."""
    rng = np.random.default_rng(seed)
    mantissas = rng.integers(-1024, 1024, (count, *shape))
    places = rng.integers(-10, -4, (count,) + (1,) * len(shape))
    return np.ldexp(mantissas.astype(np.float32), places)


def weights(seed: int, shape: tuple[int, ...]) -> Singles:
    """Numbers as training leaves them, some of them zeros, ties of quantizers, and beyond their ranges."""
    rng = np.random.default_rng(seed)
    mantissas = rng.integers(-(2**23), 2**23, shape).astype(np.float64) / 2**23
    mantissas *= 1.3
    ties = rng.integers(-40, 40, shape) / 32.0
    kind = rng.integers(0, 10, shape)
    return np.where(kind == 0, ties, np.where(kind == 1, 0.0, mantissas)).astype(np.float32)


def whole(seed: int, low: int, high: int) -> int:
    """One number from ``low`` to ``high``."""
    return int(np.random.default_rng(seed).integers(low, high + 1))


def statistics(seed: int, count: int, epsilon: float) -> dict[str, Any]:
    """Batch-norm weights whose scale and offset are short: ``variance + epsilon`` is a power of 4."""
    rng = np.random.default_rng(seed)
    return {
        "gamma": (rng.choice([-1, 1, 1], count) * rng.integers(2, 8, count) / 4).astype(np.float32),
        "beta": (rng.integers(-4, 4, count) / 4).astype(np.float32),
        "moving_mean": (rng.integers(-4, 4, count) / 4).astype(np.float32),
        "moving_variance": (4.0 ** rng.integers(-1, 2, count) - epsilon).astype(np.float32),
    }
