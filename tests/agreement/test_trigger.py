"""The score and the bit of a trigger: plain NumPy, both emulators, C simulation and Verilog agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.trigger_networks import TRIGGER, classifier, described, drawn
from trigforge.building import with_trigger
from trigforge.design import DesignPoint
from trigforge.emulator import run
from trigforge.flow import to_hls
from trigforge.flow.engines import EngineChoice, choose
from trigforge.graph import FixedPointGraph
from trigforge.passes import optimize
from trigforge.rtl import to_project
from trigforge.toolchain import gxx, verilator

EVENTS = {"x": drawn(20_000)}
Mantissas = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def graph() -> FixedPointGraph:
    return optimize(with_trigger(classifier(), TRIGGER))


@pytest.fixture(scope="module")
def expected(graph: FixedPointGraph) -> Mantissas:
    """By output, from the logits of the network alone."""
    network = classifier()
    logits = run(network, EVENTS).values(network)["classes"]
    values = (logits, *described(logits, TRIGGER))
    return {
        name: np.ldexp(found, -graph.tensors[name].hull.lsb).astype(np.int64)
        for name, found in zip(("classes", "tagged_score", "tagged"), values, strict=True)
    }


def same(found: Mantissas, expected: Mantissas) -> bool:
    return found.keys() == expected.keys() and all(np.array_equal(found[name], expected[name]) for name in expected)


def test_emulators(graph: FixedPointGraph, expected: Mantissas) -> None:
    assert 1000 < expected["tagged"].sum() < 19_000
    assert same(dict(run(graph, EVENTS).outputs), expected)
    assert same(choose(graph, EngineChoice.NATIVE).run(EVENTS, 2, lambda events: None), expected)


def test_c_simulation(graph: FixedPointGraph, expected: Mantissas, tmp_path: Path) -> None:
    (csim,) = gxx.compile_batch([to_hls(graph, DesignPoint())], tmp_path)
    assert same(dict(csim.run(EVENTS).outputs), expected)


def test_verilog(graph: FixedPointGraph, expected: Mantissas, tmp_path: Path) -> None:
    (simulation,) = verilator.compile_rtl_batch([to_project(graph, DesignPoint())], tmp_path)
    result = simulation.run(EVENTS)
    assert same(dict(result.outputs), expected)
    assert result.faults == ()
