"""``cover``: the coverage of a model on its user's own events, with its files; ``measure``: the same within a build."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy.typing as npt

from trigforge.coverage import Coverage, Observation, to_json
from trigforge.emulator import watch
from trigforge.errors import EventsError
from trigforge.events import open_events
from trigforge.files import save_output
from trigforge.flow.early_checks import check_events
from trigforge.flow.event_files import columns_of
from trigforge.flow.given import Given
from trigforge.flow.observer import Observer
from trigforge.flow.preparing import read_told
from trigforge.flow.workspace import resolve
from trigforge.graph import FixedPointGraph, HostEvents, host_values, some_events

MOST_EVENTS = 20_000
"""The most events of a build; ``cover`` takes all."""
_EVENTS_AT_ONCE = 4096


def measure(graph: FixedPointGraph, events: HostEvents, observer: Observer) -> Coverage:
    """The coverage of host values, or of the first ``MOST_EVENTS`` of them; for what is raised see
    ``Observation.add``."""
    host = host_values(graph, events)
    count = max(len(values) for values in host.values())

    def read(start: int, stop: int) -> dict[str, npt.NDArray[Any]]:
        return some_events(host, slice(start, stop))

    return _watch(graph, min(count, MOST_EVENTS), read, observer)


def _watch(
    graph: FixedPointGraph,
    events: int,
    read: Callable[[int, int], Mapping[str, npt.NDArray[Any]]],
    observer: Observer,
) -> Coverage:
    """Block by block; ``read`` gives the host values of the events from start to stop."""
    observation = Observation(graph, watch)
    with observer.step("Watch every tensor", events) as step:
        for start in range(0, events, _EVENTS_AT_ONCE):
            stop = min(start + _EVENTS_AT_ONCE, events)
            observation.add(read(start, stop))
            step.advance(stop - start)
    return observation.coverage()


def cover(
    model: str,
    events: Path | None,
    out: Path | None,
    observer: Observer,
    *,
    limit: int | None = None,
    given: Given | None = None,
) -> tuple[Coverage, Path]:
    """Everything ``trigforge coverage`` does but print: the coverage, and the ``coverage.json`` it is written to.

    ``out`` is a folder, by default ``build/<model>``. ``limit`` takes the first events only. The file is read in
    blocks. Raises ``EventsError`` where neither ``events`` nor the model folder names any.
    """
    source = resolve(model, given)
    chosen = events or source.events
    if chosen is None:
        raise EventsError("coverage is about your own events and none are named; give a file with --events")
    check_events(source, chosen)
    graph = read_told(source, observer)
    with open_events(chosen, columns_of(graph), source.binding) as file:
        total = file.events if limit is None else min(limit, file.events)
        coverage = _watch(graph, total, file.read, observer)
    where = (out or source.output(graph.name)) / "coverage.json"
    save_output(where, to_json(coverage))
    return coverage, where
