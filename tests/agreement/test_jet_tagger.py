"""The shipped jet tagger on integers: a set stays a set, padding is nothing, the figures are reproduced."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from trigforge.emulator.reference import run
from trigforge.events import read_events
from trigforge.fixed import FixedArray
from trigforge.flow.preparing import read_source
from trigforge.flow.workspace import resolve
from trigforge.frontends import hgq
from trigforge.graph import FixedPointGraph, Map, Sum
from trigforge.graph.encoding import encode

Mantissas = npt.NDArray[np.int64]
PARTICLES = 16


@pytest.fixture(scope="module")
def host(repository: Path) -> npt.NDArray[Any]:
    """The 10,000 jets of the sample, GeV and radians."""
    source = resolve(str(repository / "models" / "jet_tagger"))
    assert source.events is not None
    return read_events(source.events, {"constituents": (PARTICLES, 3)}, source.binding)["constituents"]


@pytest.fixture(scope="module")
def graph(repository: Path) -> FixedPointGraph:
    return read_source(resolve(str(repository / "models" / "jet_tagger")))


@pytest.fixture(scope="module")
def jets(graph: FixedPointGraph, host: npt.NDArray[Any]) -> Mantissas:
    tensor = graph.inputs[0]
    return encode(host, graph.tensors[tensor.name], tensor.types, tensor.encoding, tensor.name)


@pytest.fixture(scope="module")
def logits(graph: FixedPointGraph, jets: Mantissas) -> Mantissas:
    return run(graph, {"constituents": jets}).outputs["classes"]


def test_permuting_the_particles_changes_no_bit(graph: FixedPointGraph, jets: Mantissas, logits: Mantissas) -> None:
    assert len(np.unique(logits, axis=0)) > 9000
    random = np.random.default_rng(7)
    for order in (np.arange(PARTICLES)[::-1], random.permutation(PARTICLES)):
        assert np.array_equal(run(graph, {"constituents": jets[:, order]}).outputs["classes"], logits)
    each = np.take_along_axis(
        jets, random.permuted(np.tile(np.arange(PARTICLES), (len(jets), 1)), axis=1)[..., None], 1
    )
    assert np.array_equal(run(graph, {"constituents": each}).outputs["classes"], logits)


def test_padded_particles_contribute_exactly_nothing(graph: FixedPointGraph, jets: Mantissas) -> None:
    summed = next(node.operands[0] for node in graph.nodes if isinstance(node.op, Sum))
    padded = jets[:2000].copy()
    present = np.arange(PARTICLES) < np.random.default_rng(3).integers(0, PARTICLES + 1, (len(padded), 1))
    padded[~present] = 0
    before = run(graph, {"constituents": padded}, trace=True).tensors[summed]
    assert not before[~present].any()
    assert before[present].any(axis=-1).mean() > 0.9
    alone = run(graph, {"constituents": jets[:2000]}, trace=True).tensors[summed]
    assert np.array_equal(before[present], alone[present])


def test_the_particles_share_one_map(graph: FixedPointGraph) -> None:
    maps = [node for node in graph.nodes if isinstance(node.op, Map)]
    assert maps, "the work on the particles was not outlined"
    assert all(node.op.axis == 0 and graph.tensors[node.name].shape[0] == PARTICLES for node in maps)


def test_the_sample_gives_the_accuracy_of_the_model_card(repository: Path, logits: Mantissas) -> None:
    metrics = json.loads((repository / "models" / "jet_tagger" / "metrics.json").read_text())
    from datasets.jets import SAMPLE_PATH, read_jets

    right = logits.argmax(axis=1) == read_jets(SAMPLE_PATH).label
    assert int(right.sum()) == round(metrics["quantized"]["accuracy"]["sample"] * len(right))


def test_the_graph_equals_keras(
    repository: Path, graph: FixedPointGraph, host: npt.NDArray[Any], logits: Mantissas
) -> None:
    scale = graph.inputs[0].encoding.scale
    assert scale == FixedArray.from_float([0.25, 4.0, 4.0])
    model = hgq.open_model(repository / "models" / "jet_tagger" / "jet_tagger.keras")
    found = np.asarray(model.predict(host * scale.to_float(), batch_size=2000, verbose=0), np.float64)
    assert np.array_equal(np.ldexp(found, -graph.tensors["classes"].hull.lsb), logits)
