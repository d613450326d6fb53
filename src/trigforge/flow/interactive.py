"""The functions of ``import trigforge``, which take what a user has at hand: graphs, files, names, paths of events."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.design import Budget, DesignFile, DesignPoint, load_design
from trigforge.emulator import run
from trigforge.errors import EventsError
from trigforge.events import EventsBinding, read_events
from trigforge.flow import builder
from trigforge.flow.coverage import measure
from trigforge.flow.engines import EngineChoice, choose
from trigforge.flow.event_files import columns_of
from trigforge.flow.given import Given
from trigforge.flow.labels import Labels, LabelSource, labelled
from trigforge.flow.making import making_of
from trigforge.flow.observer import Observer, Silent
from trigforge.flow.preparing import read
from trigforge.flow.profiling import Profile, profile_of
from trigforge.flow.workspace import ModelSource, resolve
from trigforge.graph import FixedPointGraph, HostEvents, SimulationResult, encode_events
from trigforge.graph.simulation import count_events
from trigforge.progress import TerminalObserver
from trigforge.reports import BuildReport, Verification, load_report
from trigforge.reports.compared import Compared, compare_reports

Events = HostEvents | str | Path
FEW_EVENTS = 2000
"""so many events the reference emulator has run before a compiler has ended"""


def emulate(
    model: Any,
    events: Events,
    *,
    trace: bool = False,
    engine: str = "auto",
    branches: Mapping[str, tuple[str, ...]] | None = None,
    tree: str | None = None,
) -> SimulationResult:
    """The integers that the firmware computes; ``.values(graph)`` gives numbers again.

    ``model`` is a graph, or what ``read`` takes; ``events`` are host values ``(events, *shape)`` of the only input, a
    mapping of such by input, or a file of events. ``branches`` and ``tree`` say where they stand in a file; by default
    the model folder does. ``engine`` is ``"reference"``, ``"native"``, or ``"auto"``: native for many events, where a
    compiler is. With ``trace`` the result holds the mantissas of every tensor too, in ``tensors``, from the reference.
    """
    graph, source = _graph_of(model)
    binding = _bound(source, Given(tree, branches or {}))
    mantissas = encode_events(graph, _host(graph, events, binding))
    chosen = EngineChoice(engine)
    count = count_events(mantissas.values())
    if trace or chosen is EngineChoice.REFERENCE or (chosen is EngineChoice.AUTO and count < FEW_EVENTS):
        return run(graph, mantissas, trace=trace)
    made = choose(graph, chosen)
    outputs = made.run(mantissas, 1, lambda _: None)
    return SimulationResult(made.name, {name: values.astype(np.int64) for name, values in outputs.items()})


def build(
    model: Any,
    design: DesignPoint | str | Path | None = None,
    *,
    events: Events | None = None,
    labels: npt.ArrayLike | str | None = None,
    classes: Sequence[str] = (),
    float_twin: Any = None,
    budget: Budget | None = None,
    progress: bool = False,
    observer: Observer | None = None,
    **options: Any,
) -> BuildReport:
    """HLS C++ and Verilog, proved equal to the emulator, mapped, and the report; see ``flow.builder.build``.

    ``model`` is a graph, or what ``read`` takes; ``design`` a design point or a design file, whose budget is held then;
    of a model folder its own is taken. ``events`` are as for ``emulate``; without them those of the model folder, else
    random ones. ``labels`` are one an event, or the column of them in the file of events; ``classes`` name their
    numbers, and ``float_twin`` is the network in floating point, an object or a file, which the report tells beside
    the firmware. ``progress`` draws the steps, on a terminal and in a notebook.
    """
    graph, source, chosen, host = _taken(model, events)
    file = _design(source, design)
    return builder.build(
        graph,
        file.point,
        budget=budget or file.budget,
        events=host,
        making=None if source is None else making_of(source, Path(chosen) if isinstance(chosen, str | Path) else None),
        labels=_labels(source, chosen, labels, tuple(classes), float_twin),
        observer=observer or _watching(progress),
        **options,
    )


def verify(
    model: Any,
    design: DesignPoint | str | Path | None = None,
    *,
    events: Events | None = None,
    progress: bool = False,
    observer: Observer | None = None,
    **options: Any,
) -> tuple[Verification, ...]:
    """The comparison of every simulator with the emulator, without synthesis and report; arguments as for ``build``."""
    graph, source, _, host = _taken(model, events)
    watching = observer or _watching(progress)
    return builder.verify(graph, _design(source, design).point, events=host, observer=watching, **options)


def profile(model: Any, events: Events) -> Profile:
    """Weights and values of every layer beside the types that hold them, as ``Profile.plot`` draws them."""
    graph, source = _graph_of(model)
    return profile_of(graph, measure(graph, _host(graph, events, _bound(source)), Silent()))


def compare(first: BuildReport | str | Path, second: BuildReport | str | Path) -> Compared:
    """Two builds side by side: reports, or folders or files of them."""
    return compare_reports(_report(first), _report(second))


def _report(given: BuildReport | str | Path) -> BuildReport:
    if isinstance(given, BuildReport):
        return given
    path = Path(given)
    return load_report(path / "report.json" if path.is_dir() else path)


def _graph_of(model: Any) -> tuple[FixedPointGraph, ModelSource | None]:
    if isinstance(model, FixedPointGraph):
        return model, None
    source = resolve(str(model)) if isinstance(model, str | Path) else None
    return read(model), source


def _taken(
    model: Any, events: Events | None
) -> tuple[FixedPointGraph, ModelSource | None, Events | None, HostEvents | None]:
    """The graph of a model and its folder or file; the events that are given, else the folder's, and their values."""
    graph, source = _graph_of(model)
    chosen = source.events if events is None and source is not None else events
    return graph, source, chosen, None if chosen is None else _host(graph, chosen, _bound(source))


def _watching(progress: bool) -> Observer:
    return TerminalObserver() if progress else Silent()


def _bound(source: ModelSource | None, given: Given | None = None) -> EventsBinding:
    """The places of inputs in files, as the model folder says, or in its place what is given."""
    return (given or Given()).binding(EventsBinding() if source is None else source.binding)


def _host(graph: FixedPointGraph, events: Events, binding: EventsBinding) -> HostEvents:
    if not isinstance(events, str | Path):
        return events
    return read_events(Path(events), columns_of(graph), binding)


def _design(source: ModelSource | None, design: DesignPoint | str | Path | None) -> DesignFile:
    if isinstance(design, DesignPoint):
        return DesignFile(design)
    if design is not None:
        return load_design(Path(design))
    return source.design_file(None) if source is not None else DesignFile()


def _labels(
    source: ModelSource | None,
    events: Events | None,
    labels: npt.ArrayLike | str | None,
    classes: tuple[str, ...],
    float_twin: Any,
) -> Labels | None:
    """The labels that are given, else those of the model folder, where the events are the folder's."""
    twin = Path(float_twin) if isinstance(float_twin, str) else float_twin
    own = source.labels if source is not None and isinstance(events, Path) and events == source.events else None
    if labels is not None and not isinstance(labels, str):
        return Labels(np.asarray(labels), LabelSource("labels", classes, float_twin=twin))
    if isinstance(labels, str) and not isinstance(events, str | Path):
        raise EventsError(f"labels {labels!r} name a column, but the events are arrays; give labels as an array")
    found = labelled(own, labels, twin)
    if found is None or not isinstance(events, str | Path):
        return None
    return replace(found, classes=classes or found.classes).read(Path(events), _bound(source).tree, None)
