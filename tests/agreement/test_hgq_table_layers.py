"""HGQ2's table layers, of a small network an edge, give the integers that Keras gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.agreement.layer_models import LayerModels, one
from tests.frontends.hgq_support import assert_agrees, events_for, float64, mismatches, scramble, simulate
from trigforge import frontends
from trigforge.errors import UnsupportedModelError
from trigforge.frontends.keras.framework import keras, quiet

MODELS = LayerModels()
model = MODELS.add


@model
def dense_t(k: Any, q: Any) -> tuple[Any, Any]:
    return one(
        (5,),
        q.QDenseT(4),
        q.QDenseT(3, n_hl=2, d_hl=3, subnn_activation="relu", activation="relu", batch_norm=True),
        q.QDenseT(2, n_hl=0),
    )


@model
def dense_t_over_particles(k: Any, q: Any) -> tuple[Any, Any]:
    return one((4, 3), q.QDenseT(2, use_bias=False), q.QDenseT(2, batch_norm=True, bn_scale=False))


@model
def dense_t_of_an_average(k: Any, q: Any) -> tuple[Any, Any]:
    return one((3, 2), q.Quantizer(), k.layers.GlobalAveragePooling1D(), q.QDenseT(2, enable_iq=False))


@model
def conv_t_1d(k: Any, q: Any) -> tuple[Any, Any]:
    return one((7, 2), q.QConvT1D(3, 3, padding="same", strides=2), q.QConvT1D(2, 2, dilation_rate=2))


@model
def conv_t_2d(k: Any, q: Any) -> tuple[Any, Any]:
    return one((5, 4, 2), q.QConvT2D(2, (3, 2), padding="same", strides=(1, 2)), q.QConvT2D(2, 2))


@model
def einsum_dense_t(k: Any, q: Any) -> tuple[Any, Any]:
    return one(
        (4, 3),
        q.QEinsumDenseT("bnc,cd->bnd", (4, 5), bias_axes="d", d_hl=1),
        q.QEinsumDenseT("bnc,ncd->bdn", (2, 4), batch_norm=True, normalize_axes="n", bias_axes="nd", n_hl=0),
        q.QEinsumDenseT("...c,cde->...ed", (3, 2), n_hl=2, d_hl=1, activation="relu6"),
    )


@model
def attention_t(k: Any, q: Any) -> tuple[Any, Any]:
    x, y = k.Input((4, 3), name="x"), k.Input((5, 3), name="y")
    return [x, y], [
        q.QMultiHeadAttentionT(2, 2, d_hl=1)(x, x),
        q.QMultiHeadAttentionT(1, 3, n_hl=0, use_bias=False)(x, y),
        q.QLinformerAttentionT(1, 2, 2, d_hl=1)(x, x),
        q.QLinformerAttentionT(1, 2, 2, n_hl=0, batch_norm=True, lin_kv_proj_mode="dense")(x, y),
    ]


@pytest.mark.parametrize("name", MODELS.makers)
def test_layers_equal_keras(name: str) -> None:
    MODELS.assert_equal_keras(name)


def test_all_simulators_agree() -> None:
    MODELS.assert_routes_agree()


def test_a_layer_of_usual_size_in_its_own_float32() -> None:
    with quiet():
        import hgq.layers

        framework = keras()
        framework.utils.set_random_seed(3)
        built = framework.Model(*one((16,), hgq.layers.QDenseT(32), hgq.layers.QDenseT(5)))
        scramble(built, np.random.default_rng(3))
    graph = frontends.read(built)  # which compares 1,000 events in float32
    assert len(graph.nodes) < 20


def test_a_table_without_a_quantizer_is_refused() -> None:
    with quiet():
        import hgq.layers
        from hgq.config import QuantizerConfig

        layer = hgq.layers.QDenseT(2, toq_conf=QuantizerConfig("dummy"))
        built = scramble(keras().Model(*one((3,), layer)), np.random.default_rng(1))
    with pytest.raises(UnsupportedModelError, match="its tables have no quantizer; give toq_conf"):
        frontends.read(built)


def test_a_table_of_an_input_that_is_not_quantized_is_refused() -> None:
    with quiet():
        import hgq.layers

        built = scramble(keras().Model(*one((3,), hgq.layers.QDenseT(2, enable_iq=False))), np.random.default_rng(1))
    with pytest.raises(UnsupportedModelError, match=r"looks up the input .*, which is not quantized"):
        frontends.read(built)


def test_zeros_around_an_input_need_no_quantizer_in_front() -> None:
    with quiet():
        import hgq.layers

        layer = hgq.layers.QConvT1D(2, 3, padding="same")
        assert_agrees(scramble(keras().Model(*one((4, 1), layer)), np.random.default_rng(1)))


def test_hidden_layers_that_jax_alone_broadcasts() -> None:
    """TensorFlow does not run ``QEinsumDenseT`` with ``d_hl`` above 1, so NumPy stands for JAX."""
    with float64() as framework:
        import hgq.layers

        layer = hgq.layers.QEinsumDenseT("bc,cd->bd", (2,), bias_axes="d", d_hl=3)
        start = framework.Input((4,), name="x")
        built = scramble(framework.Model(start, layer(start)), np.random.default_rng(3))
        graph = frontends.read(built)
        events = events_for(graph, np.random.default_rng(3), 100)
        seen = np.asarray(layer.iq(np.repeat(events["x"][..., None], 2, -1)))
        (w, b), (out, shift) = (part.get_weights() for part in layer.module.layers)
        hidden = np.tanh(np.einsum("bcd,cdhH->bcdH", seen, w) + b)
        tables = np.asarray(layer.toq(np.einsum("bcdH,cdH->bcd", hidden, out) + shift))
    assert mismatches(graph, simulate(graph, events), [tables.sum(axis=1)]) == 0
