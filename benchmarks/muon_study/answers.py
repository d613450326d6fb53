"""Angles from hits, by networks and by straight-line fits."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from datasets.muon import REJECT_ABOVE, fit_lines
from trigforge.flow.engines import EngineChoice, check, choose
from trigforge.graph import FixedPointGraph, Mantissas

Floats = npt.NDArray[np.float64]
FIT, REJECTING = "fit", "fit_rejecting"
FITS = {FIT: "straight line, all clusters", REJECTING: "straight line, outliers rejected"}
CHECKED_MUONS = 1000
"""on which the native engine is held to the reference emulator before its answers are used"""


def inputs_of(graph: FixedPointGraph, hits: npt.NDArray[np.bool_]) -> dict[str, Mantissas]:
    """``hits`` (n, gaps, channels) as mantissas for one input of all gaps, or for one of each station, in order."""
    found: dict[str, Mantissas] = {}
    first = 0
    for tensor in graph.inputs:
        gaps = tensor.shape[-1]
        assert tensor.interval.hull.width == 1, f"{graph.name} reads more than bits"
        found[tensor.name] = np.ascontiguousarray(hits[:, first : first + gaps].transpose(0, 2, 1)).astype(np.int64)
        first += gaps
    assert first == hits.shape[1], f"{graph.name} reads {first} gaps of {hits.shape[1]}"
    return found


def angles(graph: FixedPointGraph, hits: npt.NDArray[np.bool_]) -> Floats:
    """The network's answers (n,) in mrad, by the native emulator, which is first held to the reference."""
    engine = choose(graph, EngineChoice.NATIVE)
    check(graph, engine, inputs_of(graph, hits[:CHECKED_MUONS]))
    (name,) = graph.outputs
    blocks = [
        engine.run(inputs_of(graph, hits[first : first + 20_000]), 1, lambda _: None)[name][:, 0]
        for first in range(0, len(hits), 20_000)
    ]
    return np.ldexp(np.concatenate(blocks).astype(np.float64), graph.tensors[name].hull.lsb)


def fit(hits: npt.NDArray[np.bool_]) -> Floats:
    """The straight line through all clusters, mrad."""
    return fit_lines(hits).angle_mrad


def fit_rejecting(hits: npt.NDArray[np.bool_]) -> Floats:
    """The straight line without outliers, mrad."""
    return fit_lines(hits, reject_above=REJECT_ABOVE).angle_mrad
