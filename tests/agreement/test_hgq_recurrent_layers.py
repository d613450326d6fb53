"""HGQ2's recurrent and spiking layers, unrolled, give the integers that Keras gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.agreement.layer_models import LayerModels, one
from tests.frontends.hgq_support import scramble
from trigforge import frontends
from trigforge.errors import UnsupportedModelError
from trigforge.frontends.keras.framework import keras, quiet

MODELS = LayerModels()
model = MODELS.add


@model
def simple_rnn(k: Any, q: Any) -> tuple[Any, Any]:
    x = start = k.Input((4, 3))
    return start, [
        q.QSimpleRNN(2, enable_sq=True, go_backwards=True)(q.QSimpleRNN(3, return_sequences=True)(x)),
        q.QSimpleRNN(3, activation="relu", use_bias=False, unroll=True, return_sequences=True, go_backwards=True)(x),
    ]


@model
def given_states(k: Any, q: Any) -> tuple[Any, Any]:
    x, state = k.Input((3, 2), name="x"), k.Input((2,), name="state")
    first = q.Quantizer()(state)
    return [x, state], [
        q.QSimpleRNN(2)(x, initial_state=first),
        q.QGRU(2)(x, initial_state=state),
    ]


@model
def gru(k: Any, q: Any) -> tuple[Any, Any]:
    return one((4, 3), q.QGRU(3, return_sequences=True), q.QGRU(2, use_bias=False, go_backwards=True))


@model
def gru_reset_before(k: Any, q: Any) -> tuple[Any, Any]:
    return one((3, 2), q.QGRU(2, reset_after=False, return_sequences=True))


@model
def gru_with_tables(k: Any, q: Any) -> tuple[Any, Any]:
    return one((2, 1), q.QGRU(2, recurrent_activation="sigmoid", activation="tanh", return_sequences=True))


@model
def spiking(k: Any, q: Any) -> tuple[Any, Any]:
    x = start = k.Input((4, 3))
    return start, [
        q.QSimpleSNN(3, return_sequences=True)(x),
        q.QSimpleSNN(3, enable_sq=False, enable_oq=True, surrogate_disable=True)(x),
        q.QLIF(3, threshold=[0.75, 1.0, 0.5], reset_mechanism="zero", return_sequences=True)(x),
        q.QLIF(3, beta=[0.5, 0.25, 1.0], reset_mechanism="none", graded_spikes_factor=2.0)(x),
    ]


@pytest.mark.parametrize("name", MODELS.makers)
def test_layers_equal_keras(name: str) -> None:
    MODELS.assert_equal_keras(name, seeds=8 if name == "spiking" else 3)  # weak inputs never fire


def test_all_simulators_agree() -> None:
    MODELS.assert_routes_agree()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"stateful": True}, "has stateful = True, which is not read; use stateful = False"),
        (
            {"activation": "tanh"},
            "the function 'tanh', which has no exact form; put a quantizer behind it",
        ),
    ],
)
def test_a_recurrent_layer_is_refused(options: dict[str, Any], said: str) -> None:
    with quiet():
        import hgq.layers

        start = keras().Input((3, 2), batch_size=1 if "stateful" in options else None)
        built = keras().Model(start, hgq.layers.QSimpleRNN(2, **options)(start))
        scramble(built, np.random.default_rng(1))
    with pytest.raises(UnsupportedModelError) as refused:
        frontends.read(built)
    assert said in str(refused.value)
