"""Random types for a model in floating point, a pure function of a seed, as texts; NumPy alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.frontends.rounding import Spelt

ROUNDINGS = ("TRN", "RND", "RND_CONV", "TRN_ZERO", "RND_ZERO", "RND_MIN_INF", "RND_INF")
OVERFLOWS = ("SAT", "SAT", "SAT_SYM", "WRAP")
OF_QONNX = ("RND_CONV", "TRN", "TRN_ZERO", "RND_INF", "RND_ZERO")
"""roundings of results that quantizers of QONNX have"""


@dataclass(frozen=True)
class Drawn:
    """Types by the names of inputs, and by layer and part."""

    inputs: dict[str, Spelt] = field(default_factory=dict[str, Spelt])
    layers: dict[str, dict[str, Spelt]] = field(default_factory=dict[str, dict[str, Spelt]])

    def of(self, layer: str) -> Mapping[str, Spelt]:
        """The types of a layer by part."""
        return self.layers.get(layer, {})


def drawn_type(
    rng: np.random.Generator,
    largest: Sequence[float],
    signed: bool,
    roundings: Sequence[str] = ROUNDINGS,
    overflows: Sequence[str] = OVERFLOWS,
) -> Spelt:
    """A type of 4 to 7 bits for values up to ``largest``, one a channel of several; some are too narrow."""
    modes = f",{rng.choice(roundings)},{rng.choice(overflows)}" if rng.random() < 0.7 else ""
    found: list[str] = []
    for one in largest:
        integers = int(np.ceil(np.log2(max(float(one), 2.0**-6)))) + int(signed) + int(rng.choice([-1, 0, 0, 0, 1]))
        kind = "fixed" if signed else "ufixed"
        found.append(f"ap_{kind}<{int(rng.integers(4, 8))},{integers}{modes}>")
    return found if len(found) > 1 else found[0]


def drawn_types(rng: np.random.Generator, places: Sequence[Any], spans: Mapping[Any, Any], qonnx: bool) -> Drawn:
    """A type for each place (``name`` and ``part``) by its lowest and highest value, a pair of arrays."""
    found = Drawn()
    for place in places:
        lo, hi = (np.asarray(end, np.float64).reshape(-1) for end in spans[place])
        largest = np.maximum(np.abs(lo), np.abs(hi))
        signed = bool(lo.min() < 0) or bool(rng.random() < 0.3)
        narrow = qonnx and place.part == "result"
        if len(largest) > 1 and (narrow or rng.random() < 0.6):
            largest = largest.max(keepdims=True)
        modes = (OF_QONNX, ("SAT", "SAT_SYM") if signed else ("SAT",)) if narrow else (ROUNDINGS, OVERFLOWS)
        spelt = drawn_type(rng, largest.tolist(), signed, *modes)
        if place.part == "type":
            found.inputs[place.name] = spelt
        else:
            found.layers.setdefault(place.name, {})[place.part] = spelt
    return found
