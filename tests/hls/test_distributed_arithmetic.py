"""``DISTRIBUTED_ARITHMETIC``: adder graphs that are proved to be the matrix, and not one bit of difference."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.hls.graphs import GRAPHS
from trigforge.adders import AdderGraph, Term, find, finding
from trigforge.design import Backend, DesignPoint, HlsDesign, LayerDesign, Strategy
from trigforge.emulator import random_stimuli, run
from trigforge.errors import DesignError, ProjectError, ToolMissingError
from trigforge.events import read_events
from trigforge.fixed import FixedArray, FixedTypes
from trigforge.flow.preparing import lower_for_hls, read_source
from trigforge.flow.workspace import resolve
from trigforge.graph.encoding import encode
from trigforge.graph.equation import Equation
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.inputs import GraphInput
from trigforge.graph.ops import Conv1D, Conv2D, Dense, EinsumDense, Node, Op
from trigforge.hls import to_project
from trigforge.toolchain import gxx

pytest.importorskip("alkaid", reason="the extra [da] is not installed")

DESIGN = DesignPoint(hls=HlsDesign(strategy=Strategy.DISTRIBUTED_ARITHMETIC))
SEEDS = range(3)


def _random(op: type[Op], seed: int) -> FixedPointGraph:
    """One layer whose input has a type of its own for every element, some of them none at all."""
    rng = np.random.default_rng([seed, len(op.__name__)])

    def constant(*shape: int) -> FixedArray:
        bits = int(rng.integers(1, 10))
        values = rng.integers(-(2**bits), 2**bits + 1, shape) * (rng.random(shape) < 0.7)
        return FixedArray.of(values, int(rng.integers(-9, 2)))

    ops: tuple[Op, ...]
    if op is Dense:
        shape, ops = (4, 6), (Dense(constant(6, 5), constant(5)), Dense(constant(6, 3)))
    elif op is EinsumDense:
        shape = (3, 4)
        ops = (
            EinsumDense(Equation.parse("ab,bc->ca"), constant(4, 2), constant(2, 3)),
            EinsumDense(Equation.parse("ab,abc->ac"), constant(3, 4, 2), constant(2)),
            EinsumDense(Equation.parse("ab,cbd->dac"), constant(2, 4, 3)),
            EinsumDense(Equation.parse("ab,ab->"), constant(3, 4), constant()),
        )
    elif op is Conv1D:
        shape = (7, 3)
        ops = (
            Conv1D(constant(3, 3, 4), constant(4), stride=2, padding=(2, 1)),
            Conv1D(constant(2, 3, 2), dilation=3),
        )
    else:
        shape = (5, 4, 2)
        ops = (
            Conv2D(constant(3, 2, 2, 3), constant(3), stride=(2, 1), padding=(1, 0, 0, 2)),
            Conv2D(constant(2, 2, 2, 2), dilation=(2, 1)),
        )
    types = FixedTypes.of(rng.integers(0, 2, shape), rng.integers(0, 8, shape), rng.integers(-3, 6, shape))
    nodes = tuple(Node(f"y{n}", each, ("x",)) for n, each in enumerate(ops))
    inputs = (GraphInput("x", shape, types),)
    return FixedPointGraph(f"random_{op.__name__.lower()}", seed + 1, inputs, nodes, tuple(n.name for n in nodes))


def test_no_bit_differs_from_the_emulator(tmp_path: Path) -> None:
    """Random layers with every element's own type, and the fixed ones with scalars, zeros and more axes."""
    graphs = [_random(op, seed) for op in (Dense, EinsumDense, Conv1D, Conv2D) for seed in SEEDS]
    graphs += [graph for name, graph in GRAPHS.items() if name.startswith(("dense", "einsum_dense", "conv"))]
    projects = [to_project(graph, DESIGN) for graph in graphs]
    for graph, csim in zip(graphs, gxx.compile_batch(projects, tmp_path, quick=True), strict=True):
        stimuli = random_stimuli(graph, 300)
        expected, found = run(graph, stimuli, trace=True), csim.run(stimuli, trace=True)
        assert found.tensors.keys() == expected.tensors.keys()
        for name in expected.tensors:
            assert np.array_equal(found.tensors[name], expected.tensors[name]), (graph.name, name)


def test_the_jet_tagger_equals_latency(repository: Path, tmp_path: Path) -> None:
    source = resolve(str(repository / "models" / "jet_tagger"))
    graph = read_source(source)
    tensor = graph.inputs[0]
    assert source.events is not None
    host = read_events(source.events, {tensor.name: tensor.shape}, source.binding)[tensor.name][:2000]
    jets = {tensor.name: encode(host, graph.tensors[tensor.name], tensor.types, tensor.encoding, tensor.name)}
    lowered = lower_for_hls(graph)
    graphs = (lowered, replace(lowered, version=lowered.version + 1))  # a batch takes a name and version once
    projects = [to_project(*each) for each in zip(graphs, (DESIGN, DesignPoint()), strict=True)]
    assert sum("/adders/" in path for path in projects[0].files) == 7
    expected = run(graph, jets).outputs
    for csim in gxx.compile_batch(projects, tmp_path):
        found = csim.run(jets).outputs
        assert found.keys() == expected.keys()
        for name in expected:
            assert np.array_equal(found[name], expected[name])


def test_one_layer_alone_and_for_vivado_hls(tmp_path: Path) -> None:
    graph = _random(Dense, 0)
    layers = {"y1": LayerDesign(Strategy.DISTRIBUTED_ARITHMETIC)}
    project = to_project(graph, DesignPoint(hls=HlsDesign(backend=Backend.VIVADO), layers=layers))
    assert [path for path in project.files if "firmware/adders" in path] == ["firmware/adders/y1_adders.h"]
    stimuli = random_stimuli(graph, 100)
    found = gxx.compile_batch([project], tmp_path, quick=True)[0].run(stimuli).outputs
    assert all(np.array_equal(found[name], values) for name, values in run(graph, stimuli).outputs.items())


def test_the_same_graph_gives_the_same_text() -> None:
    graph = _random(EinsumDense, 1)
    assert to_project(graph, DESIGN).files == to_project(graph, DESIGN).files


def test_there_are_no_multipliers() -> None:
    text = to_project(_random(Conv2D, 0), DESIGN).files["firmware/adders/y0_adders.h"]
    assert "*" not in text.replace("const data_T *x", "").replace("res_T *y", "")


def _matrix(*rows: list[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array(rows, np.int64)


def test_a_graph_that_is_not_the_matrix_is_told_from_one_that_is() -> None:
    """Value 2 is ``x0 + 4 * x1``, value 3 ``8 * x0 - value 2``, that is ``7 * x0 - 4 * x1``."""
    adders = ((Term(0, 0), Term(1, 2)), (Term(0, 3), Term(2, 0, True)))
    graph = AdderGraph(2, adders, (Term(2, 1), None, Term(3, 0, True)))
    assert graph.equals(_matrix([2, 0, -7], [8, 0, 4]))
    assert not graph.equals(_matrix([2, 0, -7], [8, 0, 5]))
    assert not graph.equals(_matrix([2, 1, -7], [8, 0, 4]))
    assert AdderGraph(2, adders, (Term(3, -1),)).equals(_matrix([7], [-4])) is False
    assert AdderGraph(1, (), (Term(0, 3),)).equals(_matrix([8]))


def test_long_constants_are_split() -> None:
    lo, hi, places = np.array([-8, 0]), np.array([7, 15]), np.array([0, 0])
    for long in (_matrix([2**24 - 1, 3], [-(2**23 + 1), 5]), _matrix([2**50 + 12345, -3], [-(2**37 + 1), 0])):
        assert find(long, lo, hi, places, "layer").equals(long)


def test_a_graph_of_alkaid_that_is_wrong_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    finding.forget()
    monkeypatch.setattr(AdderGraph, "equals", lambda *_: False)
    with pytest.raises(ProjectError) as error:
        to_project(_random(Dense, 0), DESIGN)
    assert str(error.value) == (
        "layer 'y0': the adder graph that alkaid makes is not its constants; "
        "quantize them to fewer bits, or choose LATENCY for this layer in HLS"
    )


def test_reuse_is_refused() -> None:
    message = "DISTRIBUTED_ARITHMETIC has no multipliers to reuse, found reuse_factor = 4; set it to 1"
    with pytest.raises(DesignError, match=f"^{message}$"):
        replace(DESIGN.hls, reuse_factor=4)
    exception = {"y0": LayerDesign(Strategy.DISTRIBUTED_ARITHMETIC)}
    with pytest.raises(DesignError) as error:
        to_project(_random(Dense, 0), DesignPoint(hls=HlsDesign(reuse_factor=4), layers=exception))
    assert str(error.value) == f"layer 'y0' (strategy DISTRIBUTED_ARITHMETIC): {message}"


def test_a_missing_alkaid_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "alkaid.cmvm", None)
    with pytest.raises(ToolMissingError) as error:
        to_project(_random(Dense, 0), DESIGN)
    assert str(error.value) == (
        "layer 'y0': adder graphs need alkaid (alkaid.cmvm is not installed): pip install 'trigforge[rtl]'; "
        "HLS with the strategy LATENCY works without"
    )
