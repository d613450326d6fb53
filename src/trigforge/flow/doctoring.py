"""``diagnose``: the work of ``trigforge doctor``, from a model's name to all that is found of it."""

from functools import partial
from pathlib import Path

from trigforge.design import DesignPoint
from trigforge.diagnosis import (
    Diagnosis,
    LayerFinding,
    ModelFinding,
    Prediction,
    Remark,
    examine_environment,
    examine_layers,
    folding_that_fits,
    predict,
    refused_layers,
    remarks_of,
    remarks_of_coverage,
    remarks_of_reuse,
    remarks_of_size,
    shares,
)
from trigforge.errors import GraphError, ProjectError, UnsupportedModelError
from trigforge.events import open_events
from trigforge.flow.builder import STIMULI_EVENTS
from trigforge.flow.coverage import measure
from trigforge.flow.event_files import columns_of
from trigforge.flow.given import Given
from trigforge.flow.observer import Observer
from trigforge.flow.preparing import check_design, lower_for_hls, read_source
from trigforge.flow.workspace import ModelSource, resolve
from trigforge.graph import FixedPointGraph, Route, verify
from trigforge.rtl import logic_of

WATCHED_EVENTS = 2000
"""Events that tell of quantizers which wrap or saturate; ``trigforge coverage`` takes all."""


def diagnose(
    model: str | None, design: Path | None, events: Path | None, observer: Observer, *, given: Given | None = None
) -> Diagnosis:
    """The environment and, where one is named, the model, its layers and its predictions; nothing is written or built.

    ``events`` are watched for overflows, by default those that the model folder names. A model that cannot be exact is
    a finding, no error. Raises ``ModelFileError`` for what cannot be opened, ``DesignError`` for a design file or its
    layers, and ``EventsError`` for events.
    """
    with observer.step("Examine the environment"):
        environment = examine_environment()
    if model is None:
        return Diagnosis(environment)
    source = resolve(model, given)
    point = source.design_file(design).point
    return Diagnosis(environment, _examine(source, point, events or source.events, observer))


def _examine(source: ModelSource, design: DesignPoint, events: Path | None, observer: Observer) -> ModelFinding:
    name = source.name or source.checkpoint.stem
    try:
        with observer.step("Read the model"):
            graph = read_source(source)
            _check_routes(graph)
    except UnsupportedModelError as error:
        refused = error.refused or (("model", str(error)),)
        return ModelFinding(name, "", refused_layers(refused))
    except GraphError as error:
        return ModelFinding(name, "", refused_layers([("graph", line) for line in str(error).splitlines()]))
    of_design = remarks_of_reuse(check_design(graph, design))
    count, of_events = _of_events(source, graph, events, observer)
    try:
        with observer.step("Plan the pipeline"):
            found = logic_of(graph, design)
    except ProjectError as error:
        layers, remarks = examine_layers(graph, {}), (*remarks_of(graph), *of_design, *of_events)
        return _found(graph, layers, remarks, unpredicted=str(error))
    prediction = predict(found, count)
    of_size = remarks_of_size(prediction, design, partial(folding_that_fits, found, graph))
    remarks = (*remarks_of(graph), *of_design, *of_events, *of_size)
    return _found(graph, examine_layers(graph, shares(found)), remarks, prediction)


def _found(
    graph: FixedPointGraph,
    layers: tuple[LayerFinding, ...],
    remarks: tuple[Remark, ...],
    prediction: Prediction | None = None,
    unpredicted: str = "",
) -> ModelFinding:
    return ModelFinding(
        graph.name, graph.digest, layers, remarks, prediction, unpredicted, graph.approximations, graph.comparison
    )


def _of_events(
    source: ModelSource, graph: FixedPointGraph, events: Path | None, observer: Observer
) -> tuple[int, tuple[Remark, ...]]:
    """The number of events that a build verifies on, and the remarks on the first of a user's own."""
    if events is None:
        return STIMULI_EVENTS, ()
    with open_events(events, columns_of(graph), source.binding) as file:
        host = file.read(0, min(file.events, WATCHED_EVENTS))
        return file.events, remarks_of_coverage(measure(graph, host, observer))


def _check_routes(graph: FixedPointGraph) -> None:
    """Raises ``GraphError`` for tensors that are too wide for either route."""
    verify(graph, Route.RTL)
    lower_for_hls(graph)
