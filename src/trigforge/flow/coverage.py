"""``cover``: a model on its user's own events, and what is written about it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy.typing as npt

from trigforge.emulator.coverage import Observation
from trigforge.errors import EventsError
from trigforge.events import open_events
from trigforge.flow.observer import Observer
from trigforge.flow.routes import read_source
from trigforge.flow.workspace import resolve
from trigforge.graph import FixedPointGraph
from trigforge.reports.coverage import Coverage, to_json
from trigforge.reports.files import save_whole

_EVENTS_AT_ONCE = 4096


def measure(graph: FixedPointGraph, blocks: Iterable[Mapping[str, npt.NDArray[Any]]]) -> Coverage:
    """The coverage of host values ``(events, *shape)`` by input, block by block; see ``Observation.add`` for what is
    raised."""
    observation = Observation(graph)
    for block in blocks:
        observation.add(block)
    return observation.coverage()


def cover(
    model: str, events: Path | None, out: Path | None, observer: Observer, *, limit: int | None = None
) -> tuple[Coverage, Path]:
    """Everything ``trigforge coverage`` does but print: the coverage, and the ``coverage.json`` it is written to.

    ``out`` is a folder, by default ``build/<model>``. ``limit`` takes the first events only. The file is read in
    blocks. Raises ``EventsError`` where neither ``events`` nor the model folder names any.
    """
    source = resolve(model)
    chosen = events or source.events
    if chosen is None:
        raise EventsError("coverage is about your own events and none are named; give a file with --events")
    with observer.step("Read the model"):
        graph = read_source(source)
    shapes = {tensor.name: tensor.shape for tensor in graph.inputs}
    with open_events(chosen, shapes, source.binding) as file:
        total = file.events if limit is None else min(limit, file.events)
        with observer.step("Watch every tensor", total) as step:

            def blocks() -> Iterable[Mapping[str, npt.NDArray[Any]]]:
                for start in range(0, total, _EVENTS_AT_ONCE):
                    stop = min(start + _EVENTS_AT_ONCE, total)
                    yield file.read(start, stop)
                    step.advance(stop - start)

            coverage = measure(graph, blocks())
    where = (out or Path("build") / graph.name) / "coverage.json"
    save_whole(to_json(coverage), where)
    return coverage, where
