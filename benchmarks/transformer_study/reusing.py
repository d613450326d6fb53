"""C simulation of networks whose multipliers are reused, against the emulator."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.harness import Measurement
from benchmarks.study.networks import Network, design_of, graph_of
from trigforge.design import HlsDesign, Strategy
from trigforge.emulator import run
from trigforge.flow.preparing import lower_for_hls
from trigforge.graph import Mantissas
from trigforge.hls import to_project
from trigforge.project import write
from trigforge.toolchain import gxx

FACTORS = (1, 2, 4)


def agreements(network: Network, inputs: Mapping[str, Mantissas]) -> list[Measurement]:
    """Jets compared, and values that differ, at each reuse factor; every product takes part (``RESOURCE``) above 1."""
    graph, out = graph_of(network), list[Measurement]()
    expected = run(graph, inputs).outputs
    for factor in FACTORS:
        strategy = Strategy.LATENCY if factor == 1 else Strategy.RESOURCE
        design = replace(design_of(network), hls=HlsDesign(strategy=strategy, reuse_factor=factor))
        project = to_project(lower_for_hls(graph), design)
        with tempfile.TemporaryDirectory() as folder:
            found = gxx.compile_csim(write(project, Path(folder))).run(inputs).outputs
        wrong = sum(int(np.count_nonzero(values != found[name])) for name, values in expected.items())
        key = f"{network.key}: csim, reuse {factor}"
        out.append(Measurement(f"{key}: jets", len(next(iter(inputs.values()))), "jets"))
        out.append(Measurement(f"{key}: mismatches", wrong, "values"))
    return out
