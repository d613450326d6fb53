"""Plain Keras layers with types from a table, against their formulas on float64."""

from __future__ import annotations

import numpy as np
import pytest

from trigforge import frontends
from trigforge.building import LayerTypes, ModelTypes, Quantization
from trigforge.emulator import run
from trigforge.errors import UnsupportedModelError
from trigforge.fixed import Overflow, Rounding, requantize
from trigforge.frontends.keras.framework import keras, to_numpy

WEIGHTS = Quantization.of("ap_fixed<7,2>", "RND")
INPUT = Quantization.of("ap_fixed<8,3>")
RESULT = Quantization.of("ap_ufixed<9,4>", "TRN")
TANH = Quantization.of("ap_fixed<6,1>", "RND")


def rounded(values: np.ndarray, q: Quantization) -> np.ndarray:
    scaled = np.round(np.asarray(values, np.float64) * 2.0**40).astype(np.int64)
    mantissa = requantize(scaled, -40, q.types, Rounding(q.rounding), Overflow(q.overflow))
    return np.ldexp(mantissa.astype(np.float64), int(q.types.lsb))


def test_a_network_of_plain_layers_equals_its_formula() -> None:
    layers = keras().layers
    keras().utils.set_random_seed(3)
    x = layers.Input((6, 3), name="jet")
    y = layers.Dense(5, activation="relu", name="phi")(x)
    y = layers.BatchNormalization(name="norm")(y)
    y = layers.Conv1D(4, 3, padding="same", name="conv")(y)
    y = layers.Activation("tanh", name="tanh")(y)
    y = layers.Flatten(name="flat")(layers.MaxPooling1D(2, name="pool")(y))
    model = keras().Model(x, layers.Dense(2, name="scores")(y), name="plain")
    summed = Quantization.of("ap_fixed<12,4>", "TRN")
    types = {
        "phi": LayerTypes(WEIGHTS, WEIGHTS, result=RESULT),
        "norm": LayerTypes(WEIGHTS, WEIGHTS),
        "tanh": LayerTypes(result=TANH),
        "conv": LayerTypes(WEIGHTS, WEIGHTS, result=summed),
        "scores": LayerTypes(WEIGHTS, WEIGHTS),
    }
    graph = frontends.read(model, types=ModelTypes({"jet": INPUT}, types))
    events = np.random.default_rng(4).normal(size=(200, 6, 3))
    found = run(graph, {"jet": graph.inputs[0].encode(events)}).outputs
    result = np.ldexp(found["scores"].astype(np.float64), graph.tensors["scores"].hull.lsb)

    kernel = {name: rounded(to_numpy(model.get_layer(name).kernel), WEIGHTS) for name in ("phi", "conv", "scores")}
    bias = {name: rounded(to_numpy(model.get_layer(name).bias), WEIGHTS) for name in kernel}
    h = rounded(np.maximum(rounded(events, INPUT) @ kernel["phi"] + bias["phi"], 0), RESULT)
    scale = 1.0 / np.sqrt(np.ones(5) + float(model.get_layer("norm").epsilon))
    h = h * rounded(scale, WEIGHTS) + rounded(np.zeros(5), WEIGHTS)
    padded = np.pad(h, ((0, 0), (1, 1), (0, 0)))
    h = sum(padded[:, n : n + 6] @ kernel["conv"][n] for n in range(3)) + bias["conv"]
    h = rounded(np.tanh(rounded(h, summed)), TANH)
    h = h.reshape(200, 3, 2, 4).max(axis=2).reshape(200, -1)
    assert np.array_equal(result, h @ kernel["scores"] + bias["scores"])
    assert {layer.name for layer in graph.layers if layer.typed} == set(types)
    assert [layer.name for layer in graph.layers] == ["phi", "norm", "conv", "tanh", "pool", "flat", "scores"]


def test_every_layer_without_a_type_is_named_at_once() -> None:
    layers = keras().layers
    x = layers.Input((3,), name="x")
    y = layers.Dense(2, activation="tanh", name="first")(layers.Dense(2, name="zeroth")(x))
    model = keras().Model(x, layers.UnitNormalization(name="last")(y), name="m")
    types = {"first": LayerTypes(WEIGHTS, WEIGHTS), "frist": LayerTypes(WEIGHTS)}
    with pytest.raises(UnsupportedModelError) as caught:
        frontends.read(model, types=ModelTypes({"x": INPUT}, types))
    assert str(caught.value) == (
        "model 'm' cannot be represented exactly, for 3 reasons:\n"
        "- layer 'zeroth' (Dense): its weights are floating-point numbers; use hgq.layers.QDense, or give its weights "
        "types (trigforge quantize)\n"
        "- layer 'last' (UnitNormalization): this class has no exact fixed-point form here; "
        "replace it by a layer that docs/frontends.md lists\n"
        "- its types: the model has no layer 'frist'; nearest is 'first'"
    )
