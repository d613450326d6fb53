"""The search for types: integer bits from ranges, fraction bits taken away where the outputs need them least."""

import heapq
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trigforge.building import Floats, LayerTypes, ModelTypes, Quantization
from trigforge.errors import UnsupportedModelError, WidthError
from trigforge.fixed import FixedTypes
from trigforge.flow.observer import Step
from trigforge.frontends import FloatModel, Place, Span

_WIDEST, _NARROWEST = 16, 2
_BIAS_BITS = 2
"""fraction bits of a bias beyond those of its layer's result, or weights"""
_TRIED, _TINY = 8, 1e-12
_ROOM = 0.5
"""the part of the permitted loss that one width for everything may use up; the search place by place has the rest"""


@dataclass(frozen=True)
class Trial:
    """A table of types and what it is worth: the ``loss`` of the figure, the ``deviation`` of the outputs, the size."""

    types: ModelTypes
    loss: float
    deviation: float
    size: float


@dataclass(frozen=True)
class Ranges:
    """Signs and integer bits of each place, one a channel or one for all."""

    signed: Mapping[Place, bool]
    integer_bits: Mapping[Place, Floats]

    @classmethod
    def of(cls, model: FloatModel, spans: Mapping[Place, Span], margin: float) -> "Ranges":
        """The ranges of weights, and of values with ``margin`` (0.1 for a tenth) beyond the largest ones seen."""
        whole = {place: Span.of(values.reshape(-1), None) for place, values in model.weights.items()}
        whole |= {place: Span((1 + margin) * span.lo, (1 + margin) * span.hi) for place, span in spans.items()}
        signed = {place: bool((span.lo < 0).any()) for place, span in whole.items()}
        return cls(signed, {place: _magnitude(span) + signed[place] for place, span in whole.items()})

    def quantization(self, place: Place, fraction: int) -> Quantization:
        """The type of a place with so many fraction bits.

        Inputs have as many bits in each channel: ``fraction`` is that of the widest one.
        """
        own = self.integer_bits[place].astype(np.int64)
        width = np.maximum(own + fraction, 1)
        if place.part == "type":
            width = np.full_like(width, max(int(own.max()) + fraction, 1))
        return Quantization(FixedTypes.of(int(self.signed[place]), width, own))

    def fraction(self, place: Place, width: int) -> int:
        """The fraction bits at which the widest channel of a place has ``width`` bits."""
        return width - int(self.integer_bits[place].max())


def _magnitude(span: Span) -> Floats:
    """Bits left of the point, without the sign, for the larger end; 2**n itself needs one more."""
    largest = np.maximum(np.abs(span.lo), np.abs(span.hi))
    return np.where(largest > 0, np.floor(np.log2(np.where(largest > 0, largest, 1.0))) + 1, 0.0)


@dataclass(frozen=True)
class Search:
    """All that a search looks at. ``evaluate`` reads, runs and judges a table of types.

    ``most`` is the permitted loss.
    """

    places: Sequence[Place]
    ranges: Ranges
    evaluate: Callable[[ModelTypes], Trial]
    most: float

    @cached_property
    def free(self) -> tuple[Place, ...]:
        """The places that the search decides about; biases follow."""
        return tuple(place for place in self.places if place.part != "bias")

    def types(self, fractions: Mapping[Place, int]) -> ModelTypes:
        """The table for fraction bits by place; those of biases follow."""
        inputs = {p.name: self.ranges.quantization(p, fractions[p]) for p in self.places if p.part == "type"}
        layers: dict[str, dict[str, Quantization]] = {}
        for place in self.places:
            if place.part != "type":
                found = fractions[place] if place in fractions else self._bias(place, fractions)
                layers.setdefault(place.name, {})[place.part] = self.ranges.quantization(place, found)
        return ModelTypes(inputs, {name: LayerTypes(**parts) for name, parts in layers.items()})

    def _bias(self, place: Place, fractions: Mapping[Place, int]) -> int:
        near = [fractions.get(Place(place.name, part)) for part in ("sum", "result", "weight")]
        own = next((found for found in near if found is not None), None)
        finest = self.ranges.fraction(place, _WIDEST)
        return finest if own is None else min(own + _BIAS_BITS, finest)

    def uniform(self, width: int) -> dict[Place, int]:
        """Fraction bits at which everything has one width."""
        return {place: self.ranges.fraction(place, width) for place in self.free}

    @property
    def bits(self) -> int:
        """The bits that the search decides about, at most."""
        return (_WIDEST - 1) * len(self.free)

    def run(self, step: Step) -> tuple[Trial, Trial]:
        """The trial that everything begins with, and the smallest one that keeps the permitted loss.

        ``step`` advances by bits that are decided. Raises ``UnsupportedModelError`` where no width can be read.
        """
        width, first = self._widest()
        best, allowed = first, max(first.loss, 0.0) + _ROOM * (self.most - max(first.loss, 0.0))
        step.advance((_WIDEST - width) * len(self.free))
        while width > _NARROWEST and first.loss <= self.most:
            step.say(f"{width - 1} bits for all")
            trial = self.evaluate(self.types(self.uniform(width - 1)))
            if trial.loss > allowed:
                break
            width, best = width - 1, trial
            step.advance(len(self.free))
        return first, self._narrowed(self.uniform(width), best, step) if best.loss <= self.most else best

    def _widest(self) -> tuple[int, Trial]:
        """The first width at which the model can be read: tables take at most 16 bits, the emulator 63."""
        width = _WIDEST
        while True:
            try:
                return width, self.evaluate(self.types(self.uniform(width)))
            except (UnsupportedModelError, WidthError):
                if width == _WIDEST - _TRIED:
                    raise
            width -= 1

    def _narrowed(self, fractions: dict[Place, int], best: Trial, step: Step) -> Trial:
        """Bits taken away one by one, where the size falls most for what the outputs move."""
        tried: dict[tuple[int, ...], Trial] = {}
        waiting = [(-math.inf, n) for n in range(len(self.free))]
        while waiting:
            _, n = heapq.heappop(waiting)
            place = self.free[n]
            fewer = {**fractions, place: fractions[place] - 1}
            left = fractions[place] + int(self.ranges.integer_bits[place].max()) - 1
            step.say(f"{place.name}, {place.part}")
            trial = self._tried(fewer, tried) if left > 0 else best
            if trial.loss > self.most or trial.size >= best.size:
                step.advance(left)
                continue
            worth = (best.size - trial.size) / (max(trial.deviation - best.deviation, 0.0) + _TINY)
            if waiting and worth < -waiting[0][0]:
                heapq.heappush(waiting, (-worth, n))
                continue
            fractions, best = fewer, trial
            step.advance(1)
            heapq.heappush(waiting, (-worth, n))
        return best

    def _tried(self, fractions: Mapping[Place, int], tried: dict[tuple[int, ...], Trial]) -> Trial:
        key = tuple(fractions[place] for place in self.free)
        if key not in tried:
            tried[key] = self.evaluate(self.types(fractions))
        return tried[key]
