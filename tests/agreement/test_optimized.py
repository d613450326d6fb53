"""Verilog and HLS C++ of adder graphs that ``optimize`` kept equal the emulator, in no more cycles and fewer bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.agreement.test_rtl import compiled, differences
from tests.dense_network import dense_network
from trigforge.adders import finding
from trigforge.design import DesignPoint, HlsDesign, Strategy
from trigforge.emulator import random_stimuli, run
from trigforge.flow.observer import Silent
from trigforge.flow.optimizing import Optimization, optimize
from trigforge.graph import save_graph
from trigforge.hls import to_project as to_hls_project
from trigforge.rtl import to_project
from trigforge.toolchain import gxx

DISTRIBUTED = DesignPoint(hls=HlsDesign(strategy=Strategy.DISTRIBUTED_ARITHMETIC))


def test_every_simulator_agrees_with_improved_graphs(tmp_path: Path, own_cache: Path) -> None:
    graph = dense_network()
    save_graph(graph, tmp_path / "mlp.json")
    (tmp_path / "design.toml").write_text('[hls]\nstrategy = "DISTRIBUTED_ARITHMETIC"\n')
    finding.forget()
    plain = to_project(graph, DISTRIBUTED)
    found: list[Optimization] = []
    optimize(str(tmp_path / "mlp.json"), 0.1, Silent(), design=tmp_path / "design.toml", show=found.append)
    (told,) = found
    assert told.now.tables < told.before.tables and told.now.latency_cycles <= told.before.latency_cycles
    assert all(matrix.bits_now <= matrix.bits_before and matrix.searches for matrix in told.matrices)
    assert any(matrix.bits_now < matrix.bits_before for matrix in told.matrices)
    stimuli = random_stimuli(graph, 500)
    improved, (simulation,) = to_project(graph, DISTRIBUTED), compiled([(graph, DISTRIBUTED)], tmp_path / "rtl")
    assert improved.files != plain.files
    assert improved.latency_cycles <= plain.latency_cycles and improved.adder_bits < plain.adder_bits
    assert differences(graph, simulation, stimuli) == {}
    (csim,) = gxx.compile_batch([to_hls_project(graph, DISTRIBUTED)], tmp_path / "hls", quick=True)
    expected = run(graph, stimuli).outputs
    assert all(np.array_equal(csim.run(stimuli).outputs[name], values) for name, values in expected.items())


def test_without_what_was_kept_nothing_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[dict[str, str]] = []
    for name in ("one", "two"):
        monkeypatch.setenv("TRIGFORGE_CACHE", str(tmp_path / name))
        finding.forget()
        texts.append(dict(to_project(dense_network(), DesignPoint()).files))
    assert texts[0] == texts[1]
