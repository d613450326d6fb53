"""Every op, every mode and every corner of the types: C simulation equals the reference emulator, tensor by tensor."""

from pathlib import Path

import numpy as np
import pytest

from tests.hls.graphs import GRAPHS
from trigforge.design import DesignPoint
from trigforge.emulator import random_stimuli, run
from trigforge.graph.ops import Map, Op
from trigforge.hls import to_project
from trigforge.toolchain import gxx


@pytest.fixture(scope="module")
def simulations(tmp_path_factory: pytest.TempPathFactory) -> dict[str, gxx.CSimulation]:
    projects = [to_project(graph, DesignPoint()) for graph in GRAPHS.values()]
    compiled = gxx.compile_batch(projects, Path(tmp_path_factory.mktemp("agreement")), quick=True)
    return dict(zip(GRAPHS, compiled, strict=True))


@pytest.mark.parametrize("name", GRAPHS)
def test_c_simulation_equals_the_emulator_on_every_tensor(name: str, simulations: dict[str, gxx.CSimulation]) -> None:
    graph = GRAPHS[name]
    stimuli = random_stimuli(graph, 300)
    expected, found = run(graph, stimuli, trace=True), simulations[name].run(stimuli, trace=True)
    assert list(found.outputs) == list(dict.fromkeys(graph.outputs))
    assert found.tensors.keys() == expected.tensors.keys()
    for tensor in graph.tensors:
        assert np.array_equal(found.tensors[tensor], expected.tensors[tensor]), tensor
    for tensor in graph.outputs:
        assert np.array_equal(found.outputs[tensor], expected.outputs[tensor]), tensor


@pytest.mark.parametrize("name", [name for name in GRAPHS if name.startswith("requantize")])
def test_requantize_on_every_value_of_the_input(name: str, simulations: dict[str, gxx.CSimulation]) -> None:
    graph = GRAPHS[name]
    hull = graph.inputs[0].interval.hull
    stimuli = {"x": np.repeat(np.arange(hull.lo, hull.hi + 1, dtype=np.int64)[:, None], 6, axis=1)}
    expected, found = run(graph, stimuli).outputs, simulations[name].run(stimuli).outputs
    assert len(expected) == 28
    for mode in expected:
        assert np.array_equal(found[mode], expected[mode]), mode


def test_every_op_but_map_is_among_the_graphs() -> None:
    seen = {type(node.op) for graph in GRAPHS.values() for node in graph.nodes}
    assert set(Op.__args__) - seen == {Map}
