"""A published QKeras network, read from its file, gives what QKeras gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from trigforge import frontends
from trigforge.building import ModelTypes, Quantization
from trigforge.emulator import run
from trigforge.passes import optimize


def test_the_interaction_network_computes_what_qkeras_computes(shared: Path) -> None:
    """Recorded with QKeras 0.9.0, its pruning wrappers taken off, at the logits, on multiples of 1/64."""
    with np.load(Path(__file__).parent / "recorded" / "interaction_network.npz") as file:
        mantissas, expected = file["x"], file["y"].astype(np.float64)
    types = ModelTypes({"in_layer": Quantization.parse("ap_fixed<12,6>")})
    graph = frontends.read(shared / "models" / "qkeras_interaction_network_16.h5", types=types)
    assert [layer.name for layer in graph.layers if layer.left_out == "softmax"] == ["softmax_g2"]
    (x,) = graph.inputs
    for form in (graph, optimize(graph)):
        (found,) = run(form, {"in_layer": x.encode(mantissas / 64)}).values(form).values()
        assert len(np.unique(found)) > 500
        np.testing.assert_array_equal(found, expected)
