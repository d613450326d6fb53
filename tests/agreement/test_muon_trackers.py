"""Muon trackers on integers: the shipped ones and the published one, as Keras, as both emulators and as RTL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.muon_study.answers import inputs_of
from datasets.muon import SAMPLE_PATH, read_root, simulate
from tests.frontends.hgq_support import keras_outputs, mismatches
from tests.shipped import models_on
from trigforge.design import DesignPoint, Fpga
from trigforge.emulator import run
from trigforge.events import read_events
from trigforge.flow.engines import EngineChoice, choose
from trigforge.flow.preparing import read_source
from trigforge.flow.workspace import resolve
from trigforge.frontends.keras.files import open_model
from trigforge.graph import FixedPointGraph, Route, SimulationResult, verify
from trigforge.project import Shell, write
from trigforge.rtl import to_project
from trigforge.toolchain import verilator

MUONS = 500


@pytest.fixture(scope="module", params=models_on(SAMPLE_PATH), ids=lambda path: path.name)
def folder(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture(scope="module")
def graph(folder: Path) -> FixedPointGraph:
    return read_source(resolve(str(folder)))


@pytest.fixture(scope="module")
def hits() -> npt.NDArray[np.bool_]:
    """Muons in default conditions, and channels that fire at random."""
    noise = np.random.default_rng(2).random((MUONS, 7, 50)) < 0.2
    return np.concatenate([simulate(MUONS, 1).hits, noise, np.zeros((1, 7, 50), np.bool_)])


def agrees_with_keras(graph: FixedPointGraph, checkpoint: Path, hits: npt.NDArray[np.bool_]) -> SimulationResult:
    """The reference emulator's answers, equal to those of both others."""
    inputs = inputs_of(graph, hits)
    result = run(graph, inputs)
    native = choose(graph, EngineChoice.NATIVE).run(inputs, 1, lambda _: None)
    assert all(np.array_equal(native[name], mantissas) for name, mantissas in result.outputs.items())
    host = {name: mantissas.astype(np.float64) for name, mantissas in inputs.items()}
    assert mismatches(graph, result, keras_outputs(open_model(checkpoint), graph, host, "float32")) == 0
    return result


def test_emulators_equal_keras(folder: Path, graph: FixedPointGraph, hits: npt.NDArray[np.bool_]) -> None:
    result = agrees_with_keras(graph, folder / f"{folder.name}.keras", hits)
    assert len(np.unique(result.outputs[graph.outputs[0]])) > 400


def test_the_binding_reads_the_sample(folder: Path, graph: FixedPointGraph) -> None:
    source = resolve(str(folder))
    assert source.events is not None and source.events.resolve() == SAMPLE_PATH
    (tensor,) = graph.inputs
    read = read_events(source.events, {tensor.name: tensor.shape}, source.binding)[tensor.name]
    assert np.array_equal(tensor.encode(read[:2000]), inputs_of(graph, read_root(limit=2000).hits)[tensor.name])


def test_the_published_network_equals_keras_on_muons(shared: Path, hits: npt.NDArray[np.bool_]) -> None:
    path = shared / "models" / "hgq_tgc_2.010.keras"
    graph = read_source(resolve(str(path)))
    result = agrees_with_keras(graph, path, hits)
    assert len(np.unique(result.outputs["theta_out"])) > 400


@pytest.mark.slow
def test_the_published_network_runs_as_rtl(shared: Path, hits: npt.NDArray[np.bool_], tmp_path: Path) -> None:
    graph = read_source(resolve(str(shared / "models" / "hgq_tgc_2.010.keras")))
    verify(graph, Route.RTL)
    inputs: dict[str, Any] = inputs_of(graph, hits)
    written = write(to_project(graph, DesignPoint(target=Fpga(clock_period_ns=6.25))), tmp_path)
    simulation = verilator.compile_rtl(written, Shell.VALID)
    found = simulation.run(inputs)
    assert np.array_equal(found.outputs["theta_out"], run(graph, inputs).outputs["theta_out"])
    assert found.faults == ()
    timing = simulation.measure()
    assert (timing.latency_cycles, timing.initiation_interval) == (written.project.latency_cycles, 1)
