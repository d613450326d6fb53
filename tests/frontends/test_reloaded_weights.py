"""Weights of Keras models in registers: one graph for many weight sets, each as Keras computes it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.frontends.hgq_support import events_for, float64, in_float64, keras_outputs
from trigforge import frontends
from trigforge.building import LayerTypes, ModelTypes, Quantization
from trigforge.emulator import run
from trigforge.errors import UnsupportedModelError
from trigforge.frontends.keras.framework import keras
from trigforge.passes import optimize

pytest.importorskip("hgq")
BITS = Quantization.parse("ap_fixed<8,2>")
TYPES = ModelTypes(registers={name: LayerTypes(BITS, BITS) for name in ("windows", "code")})


def encoder(seed: int, bits: int = 4) -> Any:
    """A convolution and a dense layer, with weights of 6 bits; values have ``bits`` behind the point."""
    from hgq.config import QuantizerConfigScope
    from hgq.layers import QConv2D, QDense

    keras().utils.set_random_seed(seed)
    with (
        QuantizerConfigScope(place="weight", q_type="kif", i0=1, f0=5, overflow_mode="SAT_SYM", fr=None, ir=None),
        QuantizerConfigScope(place="bias", q_type="kif", i0=1, f0=5, overflow_mode="SAT_SYM", fr=None, ir=None),
        QuantizerConfigScope(place="datalane", q_type="kif", i0=3, f0=bits, overflow_mode="SAT", fr=None, ir=None),
    ):
        x = keras().layers.Input((6, 6, 1), name="module")
        y = QConv2D(3, 3, strides=2, padding="same", activation="relu", name="windows")(x)
        y = QDense(4, activation="relu", name="code")(keras().layers.Flatten(name="flat")(y))
        model = keras().Model(x, y, name="encoder")
    rng = np.random.default_rng(seed)
    for layer in ("windows", "code"):
        for weight in (model.get_layer(layer).kernel, model.get_layer(layer).bias):
            weight.assign(rng.normal(size=tuple(weight.shape)) * 0.7)
    return model


def test_one_graph_serves_many_weight_sets() -> None:
    models = [encoder(seed) for seed in range(3)]
    graphs = [optimize(frontends.read_with_model(model, types=TYPES).graph) for model in models]
    first = graphs[0]
    assert len({graph.identity for graph in graphs}) == 1 and len({graph.digest for graph in graphs}) == 3
    names = [tensor.name for tensor in first.inputs]
    assert names == ["module", "windows.weight", "windows.bias", "code.weight", "code.bias"]
    plain = optimize(frontends.read_with_model(models[0]).graph)
    events = events_for(plain, np.random.default_rng(1), 100)
    module = {"module": first.inputs[0].encode(events["module"])}
    for graph, model in zip(graphs, models, strict=True):
        found = run(first, module | graph.default_registers).values(first)[first.outputs[0]]
        with float64():
            (expected,) = keras_outputs(in_float64(model), plain, events)
        assert np.array_equal(found, expected)


def test_a_register_that_is_too_narrow_is_refused_by_the_layer() -> None:
    narrow = ModelTypes(registers={"code": LayerTypes(Quantization.parse("ap_fixed<4,1>"))})
    with pytest.raises(UnsupportedModelError, match=r"code.*: has a weight that its register, ap_fixed<4,1>"):
        frontends.read_with_model(encoder(0), types=narrow)
