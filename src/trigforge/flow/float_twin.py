"""The network in floating point from which a quantized one came, on the same events."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from trigforge import cache, frontends
from trigforge.building import Floats
from trigforge.errors import EventsError, ModelFileError
from trigforge.flow.labels import Labels, labelled_output, quality_of
from trigforge.flow.observer import Observer
from trigforge.frontends import FloatModel
from trigforge.frontends.survey import blocks
from trigforge.graph import FixedPointGraph, HostEvents, Mantissas, host_values
from trigforge.reports import Quality

_FILE = "outputs.npy"
_PACKAGES = ("numpy", "keras", "tensorflow-cpu", "tensorflow", "onnx", "onnxruntime", "torch")


def judged(
    graph: FixedPointGraph,
    outputs: Mapping[str, Mantissas],
    labels: Labels,
    events: HostEvents | None,
    observer: Observer,
) -> Quality:
    """The quality of a graph's ``outputs`` on labelled events, beside that of the float twin where one is named."""
    twin = labels.source.float_twin
    if twin is None or events is None:
        return quality_of(graph, outputs, labels)
    number = graph.outputs.index(labelled_output(graph, labels))
    return quality_of(graph, outputs, labels, twin_outputs(twin, graph, events, number, observer))


def check_twin(twin: Path) -> None:
    """``ModelFileError`` for a file that is not there, or that no model has."""
    frontends.refuse_pickle(twin)
    if twin.suffix not in frontends.MODEL_SUFFIXES or not twin.is_file():
        known = ", ".join(frontends.MODEL_SUFFIXES)
        raise ModelFileError(f"float twin {twin} is no model file ({known}) that is there; check the path")


def twin_outputs(twin: Any, graph: FixedPointGraph, events: HostEvents, output: int, observer: Observer) -> Floats:
    """One output ``(events, *shape)`` of ``twin``, a model or its file, on the host values of the events of ``graph``,
    before the softmax or sigmoid that it ends in.

    Those of a file are kept for the same content, values and frameworks. Raises ``ModelFileError`` for what is no
    model, and ``EventsError`` where its inputs are not those of the graph.
    """
    host = _values(graph, events)
    with observer.step("Run the float twin"):
        return _kept(twin, host, output) if isinstance(twin, Path) else _run(twin, host, output)


def _kept(twin: Path, host: dict[str, Floats], output: int) -> Floats:
    check_twin(twin)
    names = repr([(name, values.shape) for name, values in host.items()])
    made_by = cache.digest_of_rooms("frontends", "building"), repr(cache.installed(*_PACKAGES))
    arrays = [values.tobytes() for values in host.values()]
    piece = cache.place("twins", twin.read_bytes(), str(output), names, *made_by, *arrays)

    def load(folder: Path) -> Floats:
        try:
            return np.load(folder / _FILE, allow_pickle=False)
        except ValueError as error:
            raise EventsError(f"{_FILE} is damaged: {error}") from None

    return cache.remembered(
        piece, load, lambda: _run(twin, host, output), lambda found, folder: np.save(folder / _FILE, found)
    )


def _values(graph: FixedPointGraph, events: HostEvents) -> dict[str, Floats]:
    """The values of each input in the units of the model."""
    encodings = {tensor.name: tensor.encoding for tensor in graph.inputs}
    return {name: encodings[name].of_framework(values) for name, values in host_values(graph, events).items()}


def _run(twin: Any, host: dict[str, Floats], output: int) -> Floats:
    model = frontends.survey(twin)
    given = _matched(model, host)
    parts = [model.watch(block)[0][output] for block in blocks(given)]
    return np.concatenate(parts)


def _matched(model: FloatModel, host: dict[str, Floats]) -> dict[str, Floats]:
    """The values by the twin's inputs: of the same names, else in the same order."""
    names = [*host] if set(host) != set(model.inputs) else [*model.inputs]
    theirs = {name: list(shape) for name, shape in model.inputs.items()}
    ours = {name: list(host[name].shape[1:]) for name in names}
    if [*theirs.values()] != [*ours.values()]:
        raise EventsError(f"the float twin takes {theirs}, the model {ours}; give the network that it came from")
    return {own: host[name] for own, name in zip(model.inputs, names, strict=True)}
