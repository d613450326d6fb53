"""Preparation of a build: model to optimized graph, host values to mantissas, graph to a form for HLS."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from trigforge import frontends
from trigforge.building import ModelTypes, from_candidates, from_charges, load_types, with_trigger
from trigforge.design import DesignPoint, Redundancy, check_layers
from trigforge.flow.framework_check import compare_with_framework
from trigforge.flow.given import Given
from trigforge.flow.kept_graphs import kept_or_read
from trigforge.flow.observer import Observer
from trigforge.flow.workspace import ModelSource, resolve
from trigforge.graph import (
    Comparison,
    FixedPointGraph,
    Route,
    reservations,
    verify,
)
from trigforge.hls import multiplications_of, to_project
from trigforge.passes import inline_maps, optimize
from trigforge.project import HlsProject, Multiplications


def read(
    model: Any,
    *,
    check: bool = True,
    types: ModelTypes | str | Path | None = None,
    shapes: Sequence[tuple[int, ...]] | None = None,
    allow_inexact: bool = False,
) -> FixedPointGraph:
    """The optimized graph of a trained model.

    ``model`` is a Keras, torch or ONNX model object, a model file, a model folder or the name of a folder under
    ``models/``. ``types``, or their file, say how to quantize what the model leaves in floating point; without them a
    file or folder takes those that stand beside it. A torch module needs the ``shapes`` of its inputs, without events.
    The graph is compared with the model, run by its own framework, unless ``check`` is False. ``allow_inexact`` accepts
    scales without an exact form as approximations, each with a proven bound (``graph.approximations``).

    Raises ``ModelFileError`` for what cannot be opened, ``UnsupportedModelError`` for what cannot be exact and
    ``FrameworkMismatch`` for a difference.
    """
    given = load_types(Path(types)) if isinstance(types, str | Path) else types
    if isinstance(model, str | Path):
        source = resolve(str(model), Given(allow_inexact=allow_inexact))
        return read_source(source if given is None else replace(source, types=given), check=check)
    reading = frontends.read_with_model(model, types=given, shapes=shapes, allow_inexact=allow_inexact)
    return optimized(reading, check)


def read_source(source: ModelSource, *, check: bool = True) -> FixedPointGraph:
    """The optimized graph of a model of a workspace; see ``read``."""
    axes = {candidates.axis for candidates in source.candidates.values()}

    def reading() -> FixedPointGraph:
        read = frontends.read_with_model(
            source.checkpoint,
            name=source.name,
            version=source.version,
            units={name: units for name, units in source.units.items() if name not in axes},
            types=source.types,
            allow_inexact=source.allow_inexact,
        )
        graph = optimized(read, check)
        begun = from_charges(from_candidates(graph, source.candidates), source.normalised)
        ended = begun if source.trigger is None else with_trigger(begun, source.trigger)
        return graph if ended is graph else optimize(ended)

    return kept_or_read(source, reading) if check else reading()


def read_told(source: ModelSource, observer: Observer) -> FixedPointGraph:
    """As ``read_source``, while ``observer`` watches; then a line for each reservation about the graph."""
    with observer.step("Read the model"):
        graph = read_source(source)
    tell_reservations(graph, observer)
    return graph


def tell_reservations(graph: FixedPointGraph, observer: Observer) -> None:
    """A line for each reservation about a graph, as ``reservations`` puts it."""
    for line in reservations(graph.approximations, graph.comparison):
        observer.note(line)


def optimized(reading: frontends.Reading, check: bool) -> FixedPointGraph:
    """A graph that was read, optimized, and compared with its model if ``check``; ``comparison`` tells of that."""
    graph = optimize(reading.graph)
    if reading.model is None and not reading.uncompared:
        return graph
    if check and reading.model is not None:
        return replace(graph, comparison=compare_with_framework(reading.graph, graph, reading.model))
    return replace(graph, comparison=Comparison(skipped=reading.uncompared or "it was read with check=False"))


def with_redundancy(design: DesignPoint, redundancy: str | None) -> DesignPoint:
    """The design with the redundancy of this name, in any case, in the place of its own; None leaves that."""
    if redundancy is None:
        return design
    return replace(design, rtl=replace(design.rtl, redundancy=Redundancy[redundancy.upper()]))


def lower_for_hls(graph: FixedPointGraph) -> FixedPointGraph:
    """The graph as the HLS route prints it: ``Map``s become loops over an axis."""
    lowered = inline_maps(graph)
    verify(lowered, Route.HLS)
    return lowered


def check_design(graph: FixedPointGraph, design: DesignPoint) -> tuple[Multiplications, ...]:
    """The multiplications of HLS C++, as asked for and as built.

    Raises ``DesignError``, a sentence a fault, for layers that the graph does not have or that cannot be built so.
    """
    check_layers(graph, design)
    return multiplications_of(lower_for_hls(graph), design)


def to_hls(graph: FixedPointGraph, design: DesignPoint) -> HlsProject:
    """The HLS C++ project of a graph."""
    return to_project(lower_for_hls(graph), design)
