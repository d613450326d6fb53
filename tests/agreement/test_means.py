"""Means over 3, 5, 6... entries: the quantizer behind the mean is a table of the sum, and equals Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.frontends.hgq_support import assert_agrees, float64, scramble
from trigforge import frontends
from trigforge.errors import UnsupportedModelError
from trigforge.graph import Lookup


def quantizer(i: int = 2, f: int = 2, rounding: str = "RND_CONV") -> Any:
    from hgq.config import QuantizerConfig

    return QuantizerConfig("kif", "datalane", i0=i, f0=f, overflow_mode="SAT", round_mode=rounding, trainable=False)


def means(framework: Any, kind: str, rounding: str) -> Any:
    import hgq.layers as q

    layers = framework.layers
    x = framework.Input((6, 4), name="x")
    y = q.Quantizer(quantizer(), name="inq")(x)
    match kind:
        case "global":
            y = layers.GlobalAveragePooling1D(name="mean")(y)
        case "windows":
            y = layers.Flatten()(layers.AveragePooling1D(3, name="mean")(y))
        case "border":
            y = layers.Flatten()(layers.AveragePooling1D(4, 3, "same", name="mean")(y))
        case "quantized":
            y = q.QGlobalAveragePooling1D(iq_conf=quantizer(), oq_conf=quantizer(1, 3), enable_oq=True, name="mean")(y)
        case _:
            y = layers.Average(name="mean")([y[:, 0], y[:, 2], y[:, 5]])
    return framework.Model(x, q.QDense(3, iq_conf=quantizer(1, 4, rounding), name="scores")(y), name="means")


@pytest.mark.parametrize("rounding", ["RND_CONV", "TRN", "RND"])
@pytest.mark.parametrize("kind", ["global", "windows", "border", "quantized", "merge"])
def test_means_equal_keras(kind: str, rounding: str) -> None:
    with float64() as framework:
        graph, _ = assert_agrees(scramble(means(framework, kind, rounding), np.random.default_rng(3)), events=500)
    assert any(isinstance(node.op, Lookup) for node in graph.nodes)


def test_a_mean_that_nobody_quantizes_is_refused() -> None:
    with float64() as framework:
        import hgq.layers as q

        x = framework.Input((3, 2), name="x")
        y = framework.layers.GlobalAveragePooling1D(name="mean")(q.Quantizer(quantizer(), name="inq")(x))
        with pytest.raises(UnsupportedModelError) as caught:
            frontends.read(framework.Model(x, framework.layers.ReLU(name="positive")(y), name="m"))
    assert str(caught.value) == (
        "model 'm' cannot be represented exactly: layer 'positive' (ReLU): takes 'mean', a mean that divides by 3, "
        "which has no exact form; put a quantizer behind the mean, or average 2, 4, 8... entries"
    )
