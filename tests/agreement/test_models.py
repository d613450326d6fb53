"""Every model folder on integers: Keras, both emulators, and the figures of its card."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from datasets.calorimeter import to_image
from datasets.calorimeter.normalise import normalised_values
from models.card import folders
from tests.frontends.hgq_support import float64, in_float64, keras_outputs, mismatches
from trigforge.emulator import random_stimuli, run
from trigforge.events import read_events
from trigforge.flow.engines import EngineChoice, choose
from trigforge.flow.preparing import read_source
from trigforge.flow.workspace import resolve
from trigforge.frontends.keras.files import open_model
from trigforge.graph import FixedPointGraph, Mantissas, SimulationResult

EVENTS, STIMULI = 2000, 300


@pytest.fixture(scope="module", params=folders(), ids=lambda path: path.name)
def folder(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture(scope="module")
def graph(folder: Path) -> FixedPointGraph:
    return read_source(resolve(str(folder)))


@pytest.fixture(scope="module")
def inputs(folder: Path, graph: FixedPointGraph) -> dict[str, Mantissas]:
    """The first events that the folder names, then random ones with the ends of every input's range."""
    source = resolve(str(folder))
    assert source.events is not None
    host = read_events(source.events, {x.name: x.shape for x in graph.inputs}, source.binding, EVENTS)
    drawn = random_stimuli(graph, STIMULI)
    return {x.name: np.concatenate([x.encode(host[x.name]), drawn[x.name]]) for x in graph.inputs}


@pytest.fixture(scope="module")
def result(graph: FixedPointGraph, inputs: dict[str, Mantissas]) -> SimulationResult:
    return run(graph, inputs)


def test_the_emulators_agree(graph: FixedPointGraph, inputs: dict[str, Mantissas], result: SimulationResult) -> None:
    native = choose(graph, EngineChoice.NATIVE).run(inputs, 1, lambda _: None)
    assert all(np.array_equal(native[name], mantissas) for name, mantissas in result.outputs.items())
    assert len(np.unique(result.outputs[graph.outputs[0]])) > 400


def test_the_million_events_were_run_on_this_graph(repository: Path, graph: FixedPointGraph) -> None:
    """Else run ``python benchmarks/emulator_exact.py`` for the model."""
    table = (repository / "docs" / "emulator.md").read_text(encoding="utf-8").partition("<!-- exact -->")[2]
    (row,) = [line for line in table.partition("<!-- end of exact -->")[0].splitlines() if f"| {graph.name} |" in line]
    assert row.split("|")[2].strip() == f"`{graph.digest[:12]}`"


def test_the_graph_equals_keras(
    folder: Path, graph: FixedPointGraph, inputs: dict[str, Mantissas], result: SimulationResult
) -> None:
    """In float32 on the folder's events, in float64 on all."""
    if not (folder / f"{folder.name}.keras").is_file():
        pytest.skip("no file of Keras 3; tests/models compares its answers with those that its own framework gave")
    model = open_model(folder / f"{folder.name}.keras")
    network = {x.name: np.ldexp(inputs[x.name].astype(np.float64), x.interval.hull.lsb) for x in graph.inputs}
    if resolve(str(folder)).normalised:
        images = {name: to_image(normalised_values(charges)) for name, charges in inputs.items()}
        network = {name: values[..., None] for name, values in images.items()}
    first = {name: values[:EVENTS] for name, values in network.items()}
    on_first = replace(result, outputs={name: values[:EVENTS] for name, values in result.outputs.items()})
    assert mismatches(graph, on_first, keras_outputs(model, graph, first, "float32")) == 0
    with float64():
        assert mismatches(graph, result, keras_outputs(in_float64(model), graph, network)) == 0
