"""``FloatModel``: a model in floating point, the places in it that need types, and the ranges of values there."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trigforge.building import Floats

_EVENTS_AT_ONCE = 4096
MOST_CHANNELS = 64
"""of a tensor that gets a type for each channel; one of more channels has one type"""


@dataclass(frozen=True, order=True)
class Place:
    """One type of a table: an input's (``part`` is "type"), or a ``weight``, ``bias``, ``sum`` or ``result``."""

    name: str
    part: str


@dataclass(frozen=True, eq=False)
class Span:
    """The lowest and the highest value of each channel, or of all (no axes)."""

    lo: Floats
    hi: Floats

    @classmethod
    def of(cls, values: Floats, axis: int | None) -> "Span":
        """The span of values with an event axis; ``axis`` is that of the channels, None for all together."""
        if axis is None or not 1 < values.shape[axis] <= MOST_CHANNELS:
            return cls(np.asarray(values.min(initial=0.0)), np.asarray(values.max(initial=0.0)))
        rows = np.moveaxis(values, axis, -1).reshape(-1, values.shape[axis])
        return cls(rows.min(axis=0, initial=0.0), rows.max(axis=0, initial=0.0))

    def joined(self, other: "Span | None") -> "Span":
        """The span of both."""
        if other is None:
            return self
        return Span(np.minimum(self.lo, other.lo), np.maximum(self.hi, other.hi))


Watched = tuple[list[Floats], Mapping[Place, Span]]


@dataclass(frozen=True)
class FloatModel:
    """A model with ``places`` that need types, in its order, inputs first.

    ``readable`` is what ``frontends.read`` takes. ``inputs`` are shapes without events. ``weights`` are the numbers at
    the places of weights and biases; ``watch`` gives the outputs for host values by input, and the spans at the other
    places. ``left_out`` holds for each output the function at its end that a graph leaves out, as the outputs do here.
    """

    readable: Any
    framework: str
    inputs: Mapping[str, tuple[int, ...]]
    places: Sequence[Place]
    weights: Mapping[Place, Floats]
    left_out: Sequence[str]
    watch: Callable[[Mapping[str, Floats]], Watched]


@dataclass(frozen=True)
class Step:
    """One call of a layer or node: the tensors that it takes and gives, and what it does to their bits.

    ``grows``: its results have more bits than what it takes. ``waits``: what it takes may have many bits, as for a
    ReLU. ``table``: it is a function without exact form. ``quantizes``: what it takes goes through quantizers first.
    """

    name: str
    takes: tuple[Hashable, ...]
    gives: tuple[Hashable, ...]
    grows: bool = False
    waits: bool = False
    table: bool = False
    quantizes: bool = False


def blocks(events: Mapping[str, Floats]) -> Iterator[dict[str, Floats]]:
    """The events, some at a time."""
    count = max(len(values) for values in events.values())
    for start in range(0, count, _EVENTS_AT_ONCE):
        yield {name: values[start : start + _EVENTS_AT_ONCE] for name, values in events.items()}


def channel_span(values: Floats) -> Span:
    """The span of values with an event axis, whose last axis is that of the channels."""
    return Span.of(values, -1 if values.ndim > 1 else None)


def input_spans(places: Sequence[Place], events: Mapping[str, Floats]) -> dict[Place, Span]:
    """The spans of the inputs among ``places``."""
    return {place: channel_span(events[place.name]) for place in places if place.part == "type"}


def results(steps: Sequence[Step], outputs: Sequence[Hashable]) -> list[str]:
    """The steps whose results need a type: sums that neither a ReLU nor a quantizer follows, and that end no model."""
    takers: dict[Hashable, list[Step]] = {}
    for step in steps:
        for tensor in step.takes:
            takers.setdefault(tensor, []).append(step)
    found: list[str] = []
    long: set[Hashable] = set()
    for step in steps:
        behind = [taker for tensor in step.gives for taker in takers.get(tensor, [])]
        ends = not behind or any(tensor in outputs for tensor in step.gives)
        if step.table:
            found.append(step.name)
        elif not step.grows and long.isdisjoint(step.takes):
            continue
        elif len(behind) == 1 and behind[0].waits and not ends:
            long.update(step.gives)
        elif behind and not all(taker.quantizes for taker in behind):
            found.append(step.name)
    return list(dict.fromkeys(found))


def untyped_inputs(steps: Sequence[Step], inputs: Mapping[str, Hashable]) -> list[str]:
    """The inputs that something takes which does not quantize them."""
    open_ends = {tensor for step in steps if not step.quantizes for tensor in step.takes}
    return [name for name, tensor in inputs.items() if tensor in open_ends]
