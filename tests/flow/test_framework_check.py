"""A graph that differs from its model is noticed when it is read, and the first layer is named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import trigforge
from tests.frontends.hgq_support import scramble
from trigforge.errors import FrameworkMismatch
from trigforge.frontends.hgq import HANDLERS
from trigforge.frontends.keras.framework import keras
from trigforge.frontends.keras.options import Reader


def network() -> Any:
    import hgq.layers as q
    from hgq.config import QuantizerConfig

    conf = QuantizerConfig("kif", "datalane", i0=2, f0=3, overflow_mode="SAT", round_mode="RND_CONV")
    x = keras().Input((4,), name="x")
    y = q.QDense(6, iq_conf=conf, name="first")(x)
    y = keras().layers.ReLU(name="rectified")(y)
    model = keras().Model(x, q.QDense(3, iq_conf=conf, name="last")(y), name="net")
    return scramble(model, np.random.default_rng(3))


def test_a_reader_that_computes_something_else_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    model = network()
    assert trigforge.read(model).outputs == ("last",)
    wrong = Reader(lambda call: call.x, reads=frozenset({"max_value", "negative_slope", "threshold"}))
    monkeypatch.setitem(HANDLERS.by_class, ("keras", "ReLU"), wrong)  # type: ignore[arg-type]
    with pytest.raises(FrameworkMismatch) as caught:
        trigforge.read(model)
    said = str(caught.value)
    assert said.startswith("model 'net' and its graph differ in ")
    assert "values of layer 'rectified' (ReLU), first in element [" in said
    assert "Keras gives 0.0, the graph -" in said
    assert trigforge.read(model, check=False).outputs == ("last",)


def test_sums_beyond_float32_are_compared_where_they_are_exact() -> None:
    """24 bits of weights and inputs: the model in float32 rounds, the graph does not."""
    import hgq.layers as q
    from hgq.config import QuantizerConfig

    def fixed(place: str, i: int, f: int) -> Any:
        return QuantizerConfig("kif", place, i0=i, f0=f, overflow_mode="SAT", trainable=False)

    x = keras().Input((16,), name="x")
    layer = q.QDense(
        2, iq_conf=fixed("datalane", 2, 14), kq_conf=fixed("weight", 0, 14), bq_conf=fixed("bias", 0, 14), name="wide"
    )
    model = keras().Model(x, layer(x), name="net")
    weights = np.round(np.random.default_rng(1).uniform(-1, 1, (16, 2)) * 2**14) / 2**14
    layer._kernel.assign(weights)
    assert trigforge.read(model).tensors["wide"].hull.width > 24
