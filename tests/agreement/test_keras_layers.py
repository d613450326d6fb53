"""Keras's own layers and operations between quantized ones give the integers that Keras gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.agreement.layer_models import LayerModels
from tests.frontends.hgq_support import assert_agrees, float64, scramble
from trigforge import frontends
from trigforge.errors import UnsupportedModelError
from trigforge.frontends.keras.framework import keras, quiet

MODELS = LayerModels()
MATRIX = np.array([[1, -2], [0.5, 0], [3, 1], [0, -1], [0.25, 2], [1, 1]], "float32")


def model(*shape: int) -> Callable[[Any], Any]:
    """A maker of a model on one quantized input ``x`` of this shape."""

    def kept(results: Callable[[Any, Any, Any], list[Any]]) -> None:
        def maker(k: Any, q: Any) -> tuple[Any, Any]:
            x = k.Input(shape, name="x")
            return x, results(k, q, q.Quantizer()(x))

        maker.__name__ = results.__name__
        MODELS.add(maker)

    return kept


@model(4, 6)
def means(k: Any, q: Any, x: Any) -> list[Any]:
    o = k.ops
    return [
        o.mean(x, 1),
        q.Quantizer()(o.mean(x, (1, 2), keepdims=True)),
        q.Quantizer()(o.mean(x, -1)),
        k.layers.AdaptiveAveragePooling1D(2)(x),
        k.layers.AdaptiveMaxPooling1D(2)(x),
    ]


@model(4, 6)
def contractions(k: Any, q: Any, x: Any) -> list[Any]:
    o = k.ops
    turned = o.transpose(x, (0, 2, 1))
    return [
        o.matmul(x, turned),
        x @ MATRIX,
        o.matmul(MATRIX.T, turned),
        o.matmul(x, MATRIX[:, 0]),
        o.dot(x, MATRIX),
        o.tensordot(x, MATRIX, 1),
        o.tensordot(x, MATRIX, [[2], [0]]),
        o.einsum("bij,bkj->bik", x, x),
        o.einsum("bij,jk->bik", x, MATRIX),
        o.einsum("jk,bij->bki", MATRIX, x),
        o.einsum("bij->bji", x),
        o.einsum("bij->bj", x),
        o.einsum("...j,jk->...k", x, MATRIX),
    ]


@model(4, 6)
def parts(k: Any, q: Any, x: Any) -> list[Any]:
    return [*k.ops.split(x, 2, 2), *k.ops.split(x, [1, 3], 1), *k.ops.unstack(x, axis=1)]


@model(4, 6)
def moved(k: Any, q: Any, x: Any) -> list[Any]:
    o = k.ops
    return [
        o.stack([x, x], 1),
        o.stack([x, x], -1),
        o.swapaxes(x, 1, 2),
        o.moveaxis(x, 2, 1),
        o.flip(x, 1),
        o.flip(x, (1, 2)),
        o.roll(x, 2, 1),
        o.roll(x, -1, 2),
        o.repeat(x, 2, 1),
        o.tile(x, [1, 2, 3]),
        o.pad(x, [[0, 0], [1, 0], [0, 2]]),
        o.pad(x, [[0, 0], [1, 0], [0, 2]], constant_values=1.5),
        o.pad(x, [[0, 0], [1, 2], [0, 2]], mode="reflect"),
        o.pad(x, [[0, 0], [1, 2], [0, 2]], mode="symmetric"),
    ]


@model(4, 6)
def exact_functions(k: Any, q: Any, x: Any) -> list[Any]:
    o = k.ops
    return [
        abs(x),
        o.clip(x, -1, 1.25),
        o.square(x),
        x**3,
        x / 4.0,
        o.relu6(x),
        o.leaky_relu(x, 0.25),
        k.layers.LeakyReLU(0.125)(x),
        k.layers.ReLU(max_value=1.5)(x),
    ]


@model(4, 6)
def conditions(k: Any, q: Any, x: Any) -> list[Any]:
    o = k.ops
    return [
        o.where(x > 0.3, x, 0.0),
        o.where(0.3 > x, x, 0.0),
        o.where(x <= 0.0, -x, 1.0),
        o.where(o.logical_and(x >= -1.0, x < 1.0), x, x * 2),
        o.where(o.logical_or(x < -1.0, x > 1e9), 0.0, x),
        o.where(o.logical_not(o.equal(x, 0.0)), 1.0, x),
        o.where(o.not_equal(x, 1.0), x, 5.0),
        o.where(np.arange(6) > 2, x, 0.0),
        o.cast(x > x[:, ::-1], "float32") * x,
    ]


@model(4, 6)
def functions_in_front_of_quantizers(k: Any, q: Any, x: Any) -> list[Any]:
    o, layers = k.ops, k.layers
    curved = [
        x / 3.0,
        o.tanh(x),
        o.leaky_relu(x, 0.3),
        o.sigmoid(x) * 0.3 + 0.1,
        o.clip(x, -1, 1.3),
        layers.LeakyReLU(0.3)(x),
        layers.ELU(0.5)(x),
        layers.PReLU()(x),
        layers.PReLU(shared_axes=[1])(x),
        layers.Rescaling(1 / 3, 0.2)(x),
        layers.Normalization(mean=np.arange(6.0), variance=np.arange(1.0, 7.0))(x),
        layers.ReLU(max_value=0.7, negative_slope=0.2)(x),
        layers.Permute((2, 1))(layers.Activation("silu")(x)),
        layers.TimeDistributed(layers.Activation("tanh"))(x),
        abs(x) ** 0.5,
        o.log(o.square(o.clip(x, -2, 2)) + 0.25),
    ]
    return [*(q.Quantizer()(y) for y in curved), q.QDense(3)(q.QDense(5, activation="sigmoid")(x))]


@model(4, 6)
def borders(k: Any, q: Any, x: Any) -> list[Any]:
    layers = k.layers
    return [
        layers.ZeroPadding1D((1, 2))(x),
        layers.Cropping1D((1, 1))(x),
        layers.UpSampling1D(2)(x),
        layers.RepeatVector(3)(layers.Flatten()(x)),
    ]


@model(3, 4, 2)
def borders_2d(k: Any, q: Any, x: Any) -> list[Any]:
    layers = k.layers
    return [
        layers.ZeroPadding2D(((1, 0), (0, 2)))(x),
        layers.Cropping2D(((1, 0), (0, 1)))(x),
        layers.UpSampling2D((2, 1))(x),
    ]


@model(2, 2, 3, 1)
def borders_3d(k: Any, q: Any, x: Any) -> list[Any]:
    layers = k.layers
    return [
        layers.ZeroPadding3D(1)(x),
        layers.Cropping3D(((1, 0), (0, 1), (0, 0)))(x),
        layers.UpSampling3D((2, 1, 1))(x),
    ]


@model(4, 6)
def timed(k: Any, q: Any, x: Any) -> list[Any]:
    timed, raw = k.layers.TimeDistributed, x._keras_history.operation.input
    return [
        timed(q.QDense(3, activation="relu"))(x),
        timed(q.QDense(3))(raw),
        timed(k.layers.Reshape((2, 3)))(x),
        timed(q.QConv1D(2, 2))(k.ops.expand_dims(x, -1)),
    ]


@pytest.mark.parametrize("name", MODELS.makers)
def test_layers_equal_keras(name: str) -> None:
    MODELS.assert_equal_keras(name)


def test_all_simulators_agree() -> None:
    MODELS.assert_routes_agree()


@pytest.mark.parametrize("name", MODELS.makers)
def test_models_are_read_from_files(name: str, tmp_path: Path) -> None:
    with float64() as framework:
        import hgq.layers

        framework.utils.set_random_seed(1)
        built = framework.Model(*MODELS.makers[name](framework, hgq.layers), name=name)
        scramble(built, np.random.default_rng(1))
        built.save(tmp_path / "m.keras")
        assert frontends.read(tmp_path / "m.keras", name=name).digest == frontends.read(built).digest


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (lambda o, x: o.tanh(x), "takes 'y', the function 'Tanh', which has no exact form; put a quantizer behind it"),
        (lambda o, x: o.max(o.tanh(x), 1), "takes 'y', the function 'Tanh', which has no exact form"),
        (lambda o, x: o.where(x, x, 0.0), "has a condition that is no comparison; compare: x > 0"),
        (lambda o, x: x[:, 0] / x[:, 1], "divides by a tensor; multiply by a table of its reciprocal"),
        (lambda o, x: o.dot(x[:, 0], x[:, 1]), "mixes events; keep the event axis first in every tensor"),
        (lambda o, x: o.roll(x, 1), "touches the event axis; leave axis 0 alone"),
        (lambda o, x: o.stack([x, x], 0), "give every axis but the first a length"),
        (lambda o, x: o.repeat(x, 10**7, 1), "makes a tensor of shape [10000000, 4, 2]; keep tensors below"),
        (lambda o, x: o.cast(x, "int32"), "casts to int32; cast to float32"),
        (lambda o, x: o.tile(x, [2, 1, 1]), "touches the event axis"),
        (lambda o, x: o.top_k(x, 1)[0], "this class has no exact fixed-point form here"),
    ],
)
def test_an_operation_is_refused(result: Callable[[Any, Any], Any], said: str) -> None:
    with quiet():
        import hgq.layers as q
        from hgq.config import QuantizerConfig

        conf = QuantizerConfig("kif", "datalane", i0=2, f0=3, overflow_mode="SAT", trainable=False)
        start = keras().Input((4, 2))
        built = keras().Model(start, result(keras().ops, q.Quantizer(conf)(start)))
    with pytest.raises(UnsupportedModelError) as refused:
        frontends.read(built)
    assert said.partition("'y'")[0] in str(refused.value)
    assert said.rpartition("'y'")[2] in str(refused.value)


def test_a_function_is_computed_in_the_precision_of_the_model() -> None:
    """A slope of 0.3 is another number in float32 than in float64; many products with it lie on rounding ties."""
    with quiet():
        import hgq.layers as q
        from hgq.config import QuantizerConfig

        conf = QuantizerConfig("kif", "datalane", i0=4, f0=1, overflow_mode="SAT", round_mode="RND", trainable=False)
        start = keras().Input((4,))
        y = keras().layers.LeakyReLU(0.3)(q.Quantizer(conf)(start))
        assert_agrees(keras().Model(start, q.Quantizer(conf)(y)))
