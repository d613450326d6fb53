"""Outputs of shipped and published models on 10,000 inputs, against digests that are stored.

A change of the reader, of a pass or of an op that changes one integer of one model changes a digest.
`--update-golden` stores them anew.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from trigforge import frontends
from trigforge.flow.engines import EngineChoice, choose
from trigforge.graph import FixedPointGraph

EVENTS = 10_000
STORED = Path(__file__).parent / "stored_integers.json"
SHIPPED = [
    "jet_tagger/jet_tagger.keras",
    "muon_tracker/muon_tracker.keras",
    "muon_tracker/front/muon_tracker_8778.keras",
    "muon_tracker_cnn/muon_tracker_cnn.keras",
]
PUBLISHED = [
    "calibration/hgq_jsc_openml_0.771.keras",
    "calibration/da4ml_jsc_openml_76.86.h5",
    "models/hgq_plf_32x3_78.46.keras",
    "models/hgq_tgc_2.010.keras",
    "models/mha16part.keras",
    "models/lin16part.keras",
]


def outputs_digest(graph: FixedPointGraph) -> str:
    """The SHA-256 of scale and mantissas of every output, for events that reach the rails of the inputs."""
    rng = np.random.default_rng(2026)
    inputs = {}
    for tensor in graph.inputs:
        shape = (EVENTS, *tensor.shape)
        spread = np.ldexp(1.0, rng.integers(-2, 6, (EVENTS, *(1 for _ in tensor.shape))))
        inputs[tensor.name] = tensor.encode(rng.normal(size=shape) * spread)
    outputs = choose(graph, EngineChoice.NATIVE).run(inputs, 1, lambda events: None)
    digest = hashlib.sha256()
    for name in graph.outputs:
        digest.update(f"{graph.tensors[name].hull} {outputs[name].shape} ".encode())
        digest.update(outputs[name].astype(np.int64).tobytes())
    return digest.hexdigest()


def compare(path: Path, name: str, update: bool) -> None:
    stored = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
    found = outputs_digest(frontends.read(path))
    if update:
        STORED.write_text(json.dumps(stored | {name: found}, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    else:
        assert found == stored[name]


@pytest.mark.parametrize("file", SHIPPED)
def test_shipped_model_gives_the_stored_integers(repository: Path, file: str, request: pytest.FixtureRequest) -> None:
    compare(repository / "models" / file, file, request.config.getoption("--update-golden"))


@pytest.mark.parametrize("file", PUBLISHED)
def test_published_model_gives_the_stored_integers(shared: Path, file: str, request: pytest.FixtureRequest) -> None:
    compare(shared / file, file, request.config.getoption("--update-golden"))
