"""The work of the commands: find the model, its design point and its events, then build, verify or train."""

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from trigforge import cache
from trigforge.design import DesignFile
from trigforge.errors import EventsError, ToolMissingError, TrainingError
from trigforge.events import read_events
from trigforge.flow import builder
from trigforge.flow.early_checks import check_events, check_registers
from trigforge.flow.event_files import columns_of, registers_of
from trigforge.flow.float_twin import check_twin
from trigforge.flow.given import Given
from trigforge.flow.labels import Labels, labelled
from trigforge.flow.making import making_of
from trigforge.flow.observer import Observer
from trigforge.flow.preparing import read_told
from trigforge.flow.route_result import BuildOptions
from trigforge.flow.workspace import ModelSource, resolve, root
from trigforge.graph import FixedPointGraph, HostEvents
from trigforge.reports import BuildReport, Verification
from trigforge.toolchain import vivado

RECIPE = "recipe.py"


def synthesize(
    model: str,
    design: Path | None,
    events: Path | None,
    out: Path | None,
    observer: Observer,
    *,
    options: BuildOptions | None = None,
    registers: Sequence[Path] = (),
    calibration: Path | None = None,
    labels: str | None = None,
    float_twin: Path | None = None,
    limit: int | None = None,
    given: Given | None = None,
    fresh: bool = False,
    command: str = "",
    show: Callable[[BuildReport, Path], None] | None = None,
) -> BuildReport:
    """The work of ``trigforge synth`` and ``trigforge implement``; ``limit`` takes the first events only.

    ``registers`` are files of further weight sets, ``labels`` is the column of labels in the place of the folder's,
    ``float_twin`` the file of the network in floating point; ``fresh`` takes nothing that was kept (``cache.anew``).
    ``command`` is what the user typed. ``show`` is given the report and its folder. See ``flow.builder.build`` for what
    is raised.
    """
    options = options or BuildOptions()
    if options.place:
        vivado.find()
    check_registers(registers)
    with cache.anew(fresh):
        found = prepared(model, design, events, observer, limit, given, labels, float_twin)
        folder = out or found.out
        return builder.build(
            found.graph,
            found.design.point,
            budget=found.design.budget,
            events=found.events,
            labels=found.labels,
            out=folder,
            observer=observer,
            options=_with_registers(options, found.graph, registers),
            calibration=calibration,
            making=making_of(found.source, found.file, command),
            show=None if show is None else lambda report: show(report, folder),
        )


def verify_only(
    model: str,
    design: Path | None,
    events: Path | None,
    out: Path | None,
    observer: Observer,
    *,
    options: BuildOptions | None = None,
    registers: Sequence[Path] = (),
    limit: int | None = None,
    given: Given | None = None,
    fresh: bool = False,
) -> tuple[Verification, ...]:
    """Everything ``trigforge verify`` does but print; raises ``BitMismatch`` on the first simulator that disagrees."""
    check_registers(registers)
    with cache.anew(fresh):
        found = prepared(model, design, events, observer, limit, given)
        return builder.verify(
            found.graph,
            found.design.point,
            events=found.events,
            out=out or found.out,
            observer=observer,
            options=_with_registers(options or BuildOptions(synthesize=False), found.graph, registers),
        )


def _with_registers(options: BuildOptions, graph: FixedPointGraph, files: Sequence[Path]) -> BuildOptions:
    """The options with the weight set of each file; ``EventsError`` for a graph without registers."""
    if files and not graph.registers:
        raise EventsError(
            f"{graph.name!r} has no registers for {files[0]}; its weights are constants ([registers] in model.toml)"
        )
    sets = {f"registers of {path.name}": registers_of(graph, path) for path in files}
    return replace(options, weight_sets={**options.weight_sets, **sets})


@dataclass(frozen=True)
class Prepared:
    """A model, its graph, its design file, its events and their file, where none is given that of its folder, the
    labels of these, if there are some, and the model's output folder."""

    source: ModelSource
    graph: FixedPointGraph
    design: DesignFile
    file: Path | None
    events: HostEvents | None
    labels: Labels | None
    out: Path


def prepared(
    model: str,
    design: Path | None,
    events: Path | None,
    observer: Observer,
    limit: int | None,
    given: Given | None = None,
    labels: str | None = None,
    float_twin: Path | None = None,
) -> Prepared:
    """All that a command needs of a model: its graph, its design file and its first ``limit`` events.

    ``labels`` is the column of their labels; without it the folder's, where the events are the folder's too.
    ``float_twin`` stands beside them.
    """
    source = resolve(model, given)
    file = source.design_file(design)
    check_events(source, events)
    graph = read_told(source, observer)
    with observer.step("Read the events"):
        values = _events(source, graph, events, limit)
        told = _labels(source, events, labels, float_twin, limit)
        return Prepared(source, graph, file, events or source.events, values, told, source.output(graph.name))


def train_model(model: str, epochs: int | None, out: Path | None, fresh: bool) -> None:
    """Train the recipe of a model folder, or of any folder that has one; ``TrainingError`` where there is none or the
    frameworks are missing."""
    folders = (Path(model), root() / "models" / model)
    folder = next((own for own in folders if (own / RECIPE).is_file()), None) or resolve(model).folder
    if folder is None:
        raise TrainingError(f"{model} is a file; training needs a model folder with a {RECIPE}")
    missing = [name for name in ("keras", "hgq", "tensorflow") if importlib.util.find_spec(name) is None]
    if missing:
        raise ToolMissingError(f"training needs {', '.join(missing)}; pip install 'trigforge[hgq]'")
    from trigforge import training

    training.run(folder, epochs=epochs, out=out or Path("build") / folder.resolve().name / "training", fresh=fresh)


def _labels(
    source: ModelSource, events: Path | None, column: str | None, float_twin: Path | None, limit: int | None
) -> Labels | None:
    """The labels of the events that a command runs on, with the float twin."""
    chosen = events or source.events
    if chosen is None and column is not None:
        raise EventsError(f"labels {column!r} are a column of a file of events, and there is none; give --events too")
    found = labelled(source.labels if events is None or column is not None else None, column, float_twin)
    if found is None or chosen is None:
        return None
    if found.float_twin is not None:
        check_twin(found.float_twin)
    return found.read(chosen, source.binding.tree, limit)


def _events(source: ModelSource, graph: FixedPointGraph, events: Path | None, limit: int | None) -> HostEvents | None:
    chosen = events or source.events
    if chosen is None:
        return None
    return read_events(chosen, columns_of(graph), source.binding, limit)
