"""100,000 jets of level-1 words: a plain description in NumPy, C simulation, Verilog and both emulators agree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.candidate_words import WORDS, Words, described, drawn, network
from trigforge.building import from_candidates
from trigforge.design import DesignPoint
from trigforge.emulator import run
from trigforge.flow import to_hls
from trigforge.flow.engines import EngineChoice, choose
from trigforge.graph import FixedPointGraph
from trigforge.passes import optimize
from trigforge.rtl import to_project
from trigforge.toolchain import gxx, verilator

EVENTS, CANDIDATES, CONSTITUENTS = 100_000, 32, 16
CROWD = replace(WORDS, number=CANDIDATES)
Values = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def graph() -> FixedPointGraph:
    return optimize(from_candidates(network(CONSTITUENTS), {"constituents": CROWD}))


@pytest.fixture(scope="module")
def events() -> dict[str, Words]:
    return drawn(EVENTS, CROWD, seed=11)


@pytest.fixture(scope="module")
def expected(events: dict[str, Words]) -> Values:
    return described(events, CROWD, CONSTITUENTS)


def values(graph: FixedPointGraph, mantissas: npt.NDArray[np.int64]) -> Values:
    """The first output as numbers."""
    return np.ldexp(mantissas.astype(np.float64), graph.tensors[graph.outputs[0]].hull.lsb)


def test_emulators(graph: FixedPointGraph, events: dict[str, Words], expected: Values) -> None:
    name = graph.outputs[0]
    assert np.array_equal(values(graph, run(graph, events).outputs[name]), expected)
    native = choose(graph, EngineChoice.NATIVE).run(events, 2, lambda events: None)
    assert np.array_equal(values(graph, native[name]), expected)


def test_c_simulation(graph: FixedPointGraph, events: dict[str, Words], expected: Values, tmp_path: Path) -> None:
    (csim,) = gxx.compile_batch([to_hls(graph, DesignPoint())], tmp_path)
    assert np.array_equal(values(graph, csim.run(events).outputs[graph.outputs[0]]), expected)


def test_verilog(graph: FixedPointGraph, events: dict[str, Words], expected: Values, tmp_path: Path) -> None:
    (simulation,) = verilator.compile_rtl_batch([to_project(graph, DesignPoint())], tmp_path)
    result = simulation.run(events)
    assert np.array_equal(values(graph, result.outputs[graph.outputs[0]]), expected)
    assert result.faults == ()
