"""Layers of the recipes against formulas."""

from __future__ import annotations

import numpy as np
import pytest

from models import blocks
from models.sets import Transformer, attending
from trigforge.training.framework import keras
from trigforge.training.quantization import calibrate, start_from_float

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Keras, when a variable is assigned

TYPES = blocks.Types(integer=3, fraction=5, weight=6, largest_weight=10)


def test_the_first_layer_on_pairs_is_a_dense_layer_on_both_ends() -> None:
    """ReLU of W (receiver, sender) + b for all pairs of different particles, each receiver's behind each other."""
    x = keras().Input((4, 3))
    network = blocks.layers(False, TYPES)
    model = keras().Model(x, blocks.first_edge_layer(network, x, "edge", 5))
    random = np.random.default_rng(0)
    values = random.normal(size=(2, 4, 3)).astype(np.float32)
    receiver, sender = (model.get_layer(f"edge_{end}") for end in ("receiver", "sender"))
    receiver.bias.assign(random.normal(size=5))
    numbers = keras().ops.convert_to_numpy
    weights = np.concatenate([numbers(receiver.kernel), numbers(sender.kernel)])
    pairs = [(i, j) for i in range(4) for j in range(4) if i != j]
    both = np.stack([np.concatenate([values[:, i], values[:, j]], axis=-1) for i, j in pairs], axis=1)
    expected = np.maximum(both @ weights + numbers(receiver.bias), 0)
    np.testing.assert_allclose(numbers(model(values)), expected, rtol=1e-5, atol=1e-6)


def test_effects_of_pairs_are_sorted_by_receiver() -> None:
    effects = np.arange(2 * 12 * 5, dtype=np.float32).reshape(2, 12, 5)
    received = keras().ops.convert_to_numpy(blocks.to_receivers(effects))
    np.testing.assert_array_equal(received, effects.reshape(2, 4, 3, 5))


@pytest.mark.parametrize(
    "shape",
    [
        Transformer(each=(6,), heads=2, key=3, inner=4, last=(5,), normalized=True),
        Transformer(each=(6,), heads=1, key=4, inner=4, last=(5,), keys=2),
    ],
)
def test_a_quantized_transformer_begins_where_the_float_one_ended(shape: Transformer) -> None:
    """Attention and normalizations take over all weights, those of layers inside of them too."""
    keras().utils.set_random_seed(3)
    fine = blocks.Types(integer=4, fraction=12, weight=16, largest_weight=18)
    models = []
    for quantized in (False, True):
        x = keras().Input((4, 3))
        models.append(keras().Model(x, attending(blocks.layers(quantized, fine), x, shape)))
    floating, network = models
    values = np.random.default_rng(0).normal(size=(300, 4, 3)).astype(np.float32)
    start_from_float(network, floating, values)
    calibrate(network, values)
    found, expected = (np.asarray(model.predict(values, verbose=0)) for model in (network, floating))
    assert np.std(expected) > 0.05
    assert np.abs(found - expected).max() < 0.15 * np.std(expected)
