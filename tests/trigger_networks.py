"""A classifier with a trigger, and a plain description in NumPy of its score and its bit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from trigforge.building import Builder, Trigger, dense
from trigforge.fixed import FixedArray, FixedTypes
from trigforge.graph import FixedPointGraph

TRIGGER = Trigger("tagged", (2, 3, 4), (0, 1), 1.3, "classes")
Values = npt.NDArray[np.float64]


def classifier() -> FixedPointGraph:
    """Five logits of four inputs, each logit with a scale of its own."""
    rng = np.random.default_rng(4)
    build = Builder("tagger", version=3)
    x = build.input("x", (4,), FixedTypes.of(1, 8, 3))
    with build.layer("classes"):
        weights = FixedArray.from_float(rng.integers(-9, 10, (4, 5)) * 2.0 ** -np.arange(5))
        logits = dense(x, weights, FixedArray.of(rng.integers(-5, 6, 5), -2))
    return build.graph([logits])


def drawn(events: int) -> npt.NDArray[np.int64]:
    """Mantissas of the input over all its range."""
    return np.random.default_rng(8).integers(-128, 128, (events, 4))


def described(logits: Values, trigger: Trigger) -> tuple[Values, Values]:
    """The score and the bit of each event, of shape (events, 1)."""
    score = logits[:, trigger.signal].max(axis=1, keepdims=True)
    if trigger.background:
        score = score - logits[:, trigger.background].max(axis=1, keepdims=True)
    return score, (score >= trigger.threshold).astype(float)
