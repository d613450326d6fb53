"""Published HGQ models, read from their files, give what Keras gives, on 10,000 events where the issue asks for it.

Keras runs twice: in float64, where every sum is exact, and on fewer events in the model's own float32, which is exact
while sums stay below 24 bits, as they do here.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.frontends.hgq_support import (
    compiled_outputs,
    events_for,
    float64,
    in_float64,
    keras_outputs,
    mismatches,
    simulate,
)
from trigforge import frontends
from trigforge.frontends.keras.files import open_model
from trigforge.graph import SimulationResult

FEW = 500


@pytest.mark.parametrize(
    ("file", "events"),
    [
        ("calibration/hgq_jsc_openml_0.771.keras", 10_000),
        ("calibration/da4ml_jsc_openml_76.86.h5", 10_000),
        ("models/hgq_plf_32x3_78.46.keras", 10_000),
        ("models/hgq_tgc_2.010.keras", 10_000),
        ("models/mha16part.keras", 10_000),
        ("models/lin16part.keras", 10_000),
    ],
)
def test_published_model_equals_keras(shared: Path, file: str, events: int) -> None:
    path = shared / file
    graph = frontends.read(path)
    drawn = events_for(graph, np.random.default_rng(7), events)
    result = simulate(graph, drawn)
    assert all(np.ptp(mantissas) > 100 for mantissas in result.outputs.values())

    model = open_model(path)
    few = {name: values[:FEW] for name, values in drawn.items()}
    outputs = {name: mantissas[:FEW] for name, mantissas in result.outputs.items()}
    in_float32 = keras_outputs(model, graph, few, "float32")
    assert mismatches(graph, SimulationResult("first events", outputs), in_float32) == 0
    with float64():
        wide = in_float64(model)
        assert frontends.read(wide, name=graph.name) == graph
        outputs_of = compiled_outputs if events > FEW else keras_outputs
        assert mismatches(graph, result, outputs_of(wide, graph, drawn)) == 0
