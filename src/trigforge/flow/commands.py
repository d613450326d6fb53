"""What the commands do: find the model, its design point and its events, then build, verify or train."""

import importlib.util
from pathlib import Path

from trigforge.errors import TrainingError
from trigforge.events import read_events
from trigforge.flow import builder
from trigforge.flow.observer import Observer
from trigforge.flow.routes import HostEvents, read_source
from trigforge.flow.workspace import ModelSource, resolve
from trigforge.graph import DesignPoint, FixedPointGraph, load_design
from trigforge.reports import BuildReport, Verification


def synthesize(
    model: str, design: Path | None, events: Path | None, out: Path | None, observer: Observer
) -> BuildReport:
    """Everything ``trigforge synth`` does but print; see ``flow.builder.build`` for what is raised."""
    graph, point, stimuli = _prepared(model, design, events, observer)
    return builder.build(graph, point, events=stimuli, out=out, observer=observer)


def verify_only(
    model: str, design: Path | None, events: Path | None, out: Path | None, observer: Observer
) -> tuple[Verification, ...]:
    """Everything ``trigforge verify`` does but print; raises ``BitMismatch`` on the first simulator that disagrees."""
    graph, point, stimuli = _prepared(model, design, events, observer)
    return builder.verify(graph, point, events=stimuli, out=out, observer=observer)


def _prepared(
    model: str, design: Path | None, events: Path | None, observer: Observer
) -> tuple[FixedPointGraph, DesignPoint, HostEvents | None]:
    """The model's graph, its design point and its events, where none are given those of its folder."""
    source = resolve(model)
    point = _design(source, design)
    with observer.step("Read the model"):
        graph = read_source(source)
        return graph, point, _events(source, graph, events)


def train_model(model: str, epochs: int | None, out: Path | None, fresh: bool) -> None:
    """Train a model folder's recipe; ``TrainingError`` where there is none or the frameworks are missing."""
    source = resolve(model)
    if source.folder is None:
        raise TrainingError(f"{model} is a file; training needs a model folder with a recipe.py")
    missing = [name for name in ("keras", "hgq", "tensorflow") if importlib.util.find_spec(name) is None]
    if missing:
        raise TrainingError(f"training needs {', '.join(missing)}; pip install 'trigforge[hgq]'")
    from trigforge import training

    training.run(source.folder, epochs=epochs, out=out or Path("build") / source.folder.name / "training", fresh=fresh)


def _design(source: ModelSource, design: Path | None) -> DesignPoint:
    chosen = design or source.design
    return DesignPoint() if chosen is None else load_design(chosen)


def _events(source: ModelSource, graph: FixedPointGraph, events: Path | None) -> HostEvents | None:
    chosen = events or source.events
    if chosen is None:
        return None
    return read_events(chosen, {tensor.name: tensor.shape for tensor in graph.inputs}, source.binding)
