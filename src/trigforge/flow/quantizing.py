"""``quantize``: types for a model in floating point, from a user's own events; what they cost and what they lose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge import frontends
from trigforge.building import Floats, ModelTypes
from trigforge.emulator import run
from trigforge.errors import EventsError, UnsupportedModelError
from trigforge.events import EventsBinding, open_events
from trigforge.files import save_output
from trigforge.flow.bit_operations import bit_operations
from trigforge.flow.given import Given
from trigforge.flow.observer import Observer, Silent
from trigforge.flow.preparing import optimized, tell_reservations
from trigforge.flow.quality import Judge, Judged, judge_of
from trigforge.flow.type_search import Ranges, Search, Trial
from trigforge.flow.workspace import ModelSource, resolve, types_beside
from trigforge.frontends import FloatModel
from trigforge.graph import FixedPointGraph, HostEvents, HostUnits, InputEncoding, by_input

MARGIN = 0.1
"""the part of the largest value seen by which ranges reach beyond it"""
_RANGES, _SEARCHED, _HELD_OUT = 20_000, 4_000, 20_000
"""the most events of each kind"""
_FEWEST = 30


@dataclass(frozen=True)
class Quantized:
    """Types and what they are worth.

    ``judged`` is the figure on events that neither ranges nor search have seen, ``wide`` that of the widest types, with
    which the search began. ``before`` and ``after`` are bit operations by layer, with the widest types and with the
    chosen ones. ``events`` are those for the ranges, for the search and held out; ``largest`` is the largest
    difference of an output from the float model among the last.
    """

    model: str
    types: ModelTypes
    judged: Judged
    wide: Judged
    permitted: float
    before: Mapping[str, int]
    after: Mapping[str, int]
    events: tuple[int, int, int]
    largest: float

    @property
    def remarks(self) -> str:
        """The lines on top of the file of types."""
        ranges, searched, held_out = self.events
        own = self.judged
        return (
            f"Types of {self.model}, found by trigforge quantize. Edit them as you like.\n"
            f"Ranges: {ranges:,} events and {MARGIN:.0%} more; search: {searched:,} events, a loss of "
            f"{self.permitted:.3g} permitted.\n"
            f"On {held_out:,} events held out: {own.figure} {own.value:.5g}, in floating point {own.float_value:.5g}."
        )


def quantize(
    model: Any,
    events: HostEvents,
    *,
    labels: npt.ArrayLike | None = None,
    loss: float = 0.005,
    shapes: Sequence[tuple[int, ...]] | None = None,
    observer: Observer | None = None,
    allow_inexact: bool = False,
) -> Quantized:
    """Types for a Keras, torch or ONNX model, an object or a file, that is in floating point in whole or in part.

    ``events`` are host values as the model takes them, ``labels`` a class or targets for each, ``loss`` the part of the
    figure that may be lost; ``shapes`` are those of the inputs of a torch module, ``allow_inexact`` as for
    ``read``. A third of the events gives ranges, a third the search, and a third the figures that are reported. Raises
    ``EventsError``, ``ModelFileError`` or ``UnsupportedModelError``.
    """
    observer = observer or Silent()
    with observer.step("Read the model"):
        found = frontends.survey(model, shapes=shapes)
    own = None if labels is None else np.asarray(labels)
    name = str(getattr(model, "name", model))
    return _quantized(found, name, _host(found, events), own, loss, observer, allow_inexact)


def quantize_files(
    model: str,
    events: Path | None,
    labels: tuple[str, ...],
    out: Path | None,
    observer: Observer,
    *,
    loss: float,
    limit: int | None = None,
    given: Given | None = None,
) -> tuple[Quantized, Path]:
    """Everything ``trigforge quantize`` does but print: the types, and the file that they are written to.

    That is by default the file beside the model which is taken with it. Raises ``EventsError`` where neither
    ``events`` nor the model folder names any.
    """
    source = resolve(model, given)
    chosen = events or source.events
    if chosen is None:
        raise EventsError("types are found with your own events and none are named; give a file with --events")
    with observer.step("Read the model"):
        found = frontends.survey(source.checkpoint)
    with observer.step("Read the events"):
        host, own = _read(found, source, chosen, labels, limit)
    result = _quantized(found, source.checkpoint.name, host, own, loss, observer, source.allow_inexact)
    where = out or types_beside(source)
    save_output(where, result.types.text(result.remarks))
    return result, where


def _read(
    model: FloatModel, source: ModelSource, path: Path, labels: tuple[str, ...], limit: int | None
) -> tuple[dict[str, Floats], npt.NDArray[Any] | None]:
    """The inputs in the units of the model, and the labels."""
    branches = {**(source.binding.branches or {}), **({_LABELS: labels} if labels else {})}
    shapes = {**model.inputs, **({_LABELS: (len(labels),) if len(labels) > 1 else ()} if labels else {})}
    with open_events(path, shapes, EventsBinding(source.binding.tree, branches)) as file:
        host = file.read(0, file.events if limit is None else min(limit, file.events))
    own = host.pop(_LABELS, None)
    return {name: _in_units(values, source.units.get(name)) for name, values in host.items()}, own


_LABELS = "labels"


def _in_units(values: npt.NDArray[Any], units: HostUnits | None) -> Floats:
    return (units or HostUnits()).on(InputEncoding()).of_framework(values)


def _host(model: FloatModel, events: HostEvents) -> dict[str, Floats]:
    return {name: values.astype(np.float64) for name, values in by_input([*model.inputs], events, "model").items()}


def _quantized(
    model: FloatModel,
    name: str,
    events: Mapping[str, Floats],
    labels: npt.NDArray[Any] | None,
    loss: float,
    observer: Observer,
    allow_inexact: bool,
) -> Quantized:
    if not model.places:
        raise UnsupportedModelError(f"model {name!r} has types for everything; trigforge synth builds it as it is")
    _check(model, events, labels)
    parts = _split(len(next(iter(events.values()))))
    chosen = [{own: values[part] for own, values in events.items()} for part in parts]
    with observer.step("Run the float model", sum(map(len, parts))) as step:
        _, spans = model.watch(chosen[0])
        step.advance(len(parts[0]))
        outputs = [model.watch(block)[0] for block in chosen[1:]]
        step.advance(len(parts[1]) + len(parts[2]))
    judges = [
        judge_of(out, model.left_out, None if labels is None else labels[part])
        for out, part in zip(outputs, parts[1:], strict=True)
    ]
    trials = _Trials(model, chosen[1], judges[0], allow_inexact)
    search = Search(model.places, Ranges.of(model, spans, MARGIN), trials.evaluate, loss)
    with observer.step("Search types", search.bits, "bits") as step:
        first, best = search.run(step)
    if best.loss > loss:
        raise UnsupportedModelError(
            f"the widest types that can be built lose {best.loss:.3g} of the {judges[0].figure}, more than the "
            f"{loss:.3g} permitted, statistical error included; give more events, or permit more with --loss"
        )
    widest, reading = (
        frontends.read_with_model(model.readable, types=trial.types, allow_inexact=allow_inexact)
        for trial in (first, best)
    )
    with observer.step("Compare with the model"):
        graph = optimized(reading, check=True)
    tell_reservations(graph, observer)
    with observer.step("Run events held out", len(parts[2])):
        found = _emulated(graph, chosen[2])
        wide = judges[1].of(_emulated(widest.graph, chosen[2]))
    largest = max(float(np.abs(ours - theirs).max()) for ours, theirs in zip(found, outputs[1], strict=True))
    before, after = bit_operations(widest.graph), bit_operations(reading.graph)
    counts = (len(parts[0]), len(parts[1]), len(parts[2]))
    return Quantized(name, best.types, judges[1].of(found), wide, loss, before, after, counts, largest)


@dataclass(frozen=True)
class _Trials:
    """Judges tables of types on some events, with the reference emulator."""

    model: FloatModel
    events: Mapping[str, Floats]
    judge: Judge
    allow_inexact: bool

    def evaluate(self, types: ModelTypes) -> Trial:
        graph = frontends.read(self.model.readable, types=types, allow_inexact=self.allow_inexact)
        found = _emulated(graph, self.events)
        judged = self.judge.of(found)
        size = sum(bit_operations(graph).values())
        return Trial(types, judged.loss + judged.error, self.judge.deviation(found), size)


def _emulated(graph: FixedPointGraph, events: Mapping[str, Floats]) -> list[Floats]:
    found = run(graph, {tensor.name: tensor.encode(events[tensor.name]) for tensor in graph.inputs}).values(graph)
    return [found[name] for name in graph.outputs]


def _check(model: FloatModel, events: Mapping[str, Floats], labels: npt.NDArray[Any] | None) -> None:
    """``EventsError`` for arrays that do not fit the model or each other."""
    counts = {name: len(values) for name, values in events.items()}
    counts |= {} if labels is None else {"the labels": len(labels)}
    if len(set(counts.values())) != 1:
        raise EventsError(f"the arrays differ in their number of events: {counts}")
    if min(counts.values()) < _FEWEST:
        raise EventsError(f"{min(counts.values())} events are too few to find types with; give {_FEWEST} or more")
    for name, values in events.items():
        if values.shape[1:] != model.inputs[name]:
            raise EventsError(
                f"input {name!r} has the shape {[*model.inputs[name]]}, the events have {[*values.shape[1:]]}"
            )
        wrong = np.argwhere(~np.isfinite(values))
        if len(wrong):
            event, *element = wrong[0].tolist()
            raise EventsError(f"input {name!r}: event {event}, element {element} is NaN or infinite; take it out")


def _split(events: int) -> list[npt.NDArray[np.int64]]:
    """The events for ranges, for the search, and held out; drawn at random, always the same ones."""
    order = np.random.default_rng(0).permutation(events)
    third = events // 3
    parts = zip(np.split(order, [third, 2 * third]), (_RANGES, _SEARCHED, _HELD_OUT), strict=True)
    return [np.sort(part[:most]) for part, most in parts]
