"""Every layer that the HGQ2 frontend reads gives the integers that Keras gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.agreement.layer_models import LayerModels, one
from tests.frontends.hgq_support import assert_agrees, float64, scramble

MODELS = LayerModels()
model = MODELS.add


@model
def dense(k: Any, q: Any) -> tuple[Any, Any]:
    return one((6,), q.QDense(5, activation="relu"), q.QDense(4, use_bias=False), q.QDense(3, enable_iq=False))


@model
def dense_over_particles(k: Any, q: Any) -> tuple[Any, Any]:
    return one((4, 3), q.QDense(5, activation="relu6"), q.QDense(2, enable_oq=True))


@model
def dense_with_tables(k: Any, q: Any) -> tuple[Any, Any]:
    return one((3,), q.QDense(2, activation="tanh", enable_oq=True, name="first"), q.QDense(2))


@model
def batch_norm_dense(k: Any, q: Any) -> tuple[Any, Any]:
    return one((5,), q.QBatchNormDense(4, activation="relu"), q.QBatchNormDense(3, scale=False))


@model
def einsum_dense(k: Any, q: Any) -> tuple[Any, Any]:
    return one(
        (4, 3),
        q.QEinsumDense("bnc,cC->bnC", (4, 5), bias_axes="C", activation="relu"),
        q.QEinsumDense("...nc,nmc->...mc", (3, 5), bias_axes="mc"),
        q.QEinsumDense("abc,cd->abd", (3, 2), bias_axes="bd"),
    )


@model
def einsum_dense_batch_norm(k: Any, q: Any) -> tuple[Any, Any]:
    return one(
        (4, 3),
        q.QEinsumDenseBatchnorm("bnc,cC->bnC", (4, 5), bias_axes="C", activation="relu"),
        q.QEinsumDenseBatchnorm("bnc,ncC->bnC", (4, 2), bias_axes="nC", normalize_axes="nC", scale=False),
    )


@model
def batch_normalization(k: Any, q: Any) -> tuple[Any, Any]:
    return one((4, 3), q.QBatchNormalization(), q.QBatchNormalization(axis=1, center=False), q.QDense(2))


@model
def conv_1d(k: Any, q: Any) -> tuple[Any, Any]:
    from hgq.config import QuantizerConfig

    per_channel = QuantizerConfig(place="datalane", heterogeneous_axis=(-1,))  # HGQ2 pads before it quantizes
    shifted = QuantizerConfig(place="datalane", heterogeneous_axis=(-1,), affine=(1.0, 0.5))
    return one(
        (11, 2),
        q.QConv1D(3, 3, padding="same", strides=2, activation="relu"),
        q.QConv1D(2, 2, padding="valid", dilation_rate=2),
        q.QConv1D(2, 3, padding="causal", use_bias=False, iq_conf=per_channel),
        q.QConv1D(2, 2, padding="causal", iq_conf=shifted),
    )


@model
def conv_2d(k: Any, q: Any) -> tuple[Any, Any]:
    return one(
        (6, 7, 2),
        q.QConv2D(3, (3, 2), padding="same", strides=(1, 2), activation="relu"),
        q.QConv2D(2, (2, 3), dilation_rate=(2, 1)),
    )


@model
def conv_3d(k: Any, q: Any) -> tuple[Any, Any]:
    return one(
        (3, 4, 3, 2),
        q.QConv3D(3, 2, padding="same", activation="relu"),
        q.QConv3D(2, (2, 1, 2), strides=(1, 2, 1), groups=1),
    )


@model
def grouped_convolutions(k: Any, q: Any) -> tuple[Any, Any]:
    return one((7, 4), q.QConv1D(6, 3, groups=2), q.QConv1D(3, 2, groups=3, strides=2))


@model
def pooling_1d(k: Any, q: Any) -> tuple[Any, Any]:
    x = start = k.Input((9, 2))
    x = q.Quantizer()(x)
    return start, [
        q.QMaxPooling1D(2)(x),
        q.QMaxPooling1D(3, strides=2, padding="same")(x),
        k.layers.MaxPooling1D(3)(x),
        q.QAveragePooling1D(4)(x),
        k.layers.AveragePooling1D(2, strides=1)(x),
        q.QAveragePooling1D(2, padding="same")(x),
        q.QGlobalMaxPooling1D(keepdims=True)(x),
        q.QGlobalAveragePooling1D(enable_oq=True)(x[:, 1:]),
    ]


@model
def pooling_2d(k: Any, q: Any) -> tuple[Any, Any]:
    x = start = k.Input((4, 6, 2))
    x = q.Quantizer()(x)
    return start, [
        q.QMaxPooling2D((2, 3))(x),
        q.QMaxPooling2D((3, 3), strides=2, padding="same")(x),
        q.QAveragePooling2D((2, 2))(x),
        q.QAveragePooling2D((2, 4), strides=(1, 2))(x),
        k.layers.GlobalMaxPooling2D()(x),
        k.layers.GlobalAveragePooling2D(keepdims=True)(x[:, :, 2:]),
    ]


@model
def merges(k: Any, q: Any) -> tuple[Any, Any]:
    a, b = k.Input((4, 3), name="a"), k.Input((4, 3), name="b")
    x, y = q.Quantizer()(a), q.Quantizer()(b)
    z = k.layers.Maximum()([x, y])
    return [a, b], [
        q.QAdd()([x, y, z]),
        q.QSubtract()([x, y]),
        q.QMultiply(enable_oq=True)([x, y]),
        q.QMaximum()([x, y]),
        q.QMinimum()([x, z]),
        q.QAveragePow2()([x, y, z]),
        q.QDot(axes=(2, 2))([x, y]),
        q.QAdd()([x, q.QSum(axes=1)(y)]),
        k.layers.Average()([x, y]),
        k.layers.Concatenate(axis=1)([x, y]),
        k.layers.Multiply()([x, x]),
        k.layers.Dot(axes=(1, 1))([x, y]),
    ]


@model
def sums(k: Any, q: Any) -> tuple[Any, Any]:
    x = start = k.Input((4, 3))
    return start, [
        q.QSum(axes=1, scale=0.25, keepdims=True)(x),
        q.QSum(axes=(1, 2))(x),
        q.QMeanPow2(axes=1)(x),
        q.QMeanPow2(axes=-1)(x),
    ]


@model
def einsum(k: Any, q: Any) -> tuple[Any, Any]:
    a, b = k.Input((4, 3), name="a"), k.Input((5, 3), name="b")
    return [a, b], [q.QEinsum("bnc,bmc->bnm")([a, b]), q.QEinsum("...nc,...mc->...m")([a, b])]


@model
def tables(k: Any, q: Any) -> tuple[Any, Any]:
    x = start = k.Input((4, 3))
    return start, [
        q.QUnaryFunctionLUT("tanh")(x),
        q.QUnaryFunctionLUT("sigmoid", allow_heterogeneous_input=False)(x),
        q.QUnaryFunctionLUT("relu")(x),
        q.QUnaryFunctionLUT("relu", enable_oq=False)(x),
        q.QUnaryFunctionLUT(lambda v: v * v)(x),
        q.QAffinedUnaryFunctionLUT("exponential")(x),
    ]


@model
def softmax(k: Any, q: Any) -> tuple[Any, Any]:
    x = start = k.Input((3, 4))
    x = q.Quantizer()(x)
    return start, [
        q.QSoftmax(enable_oq=True)(x),
        q.QSoftmax(axis=(1, 2), stable=False, enable_iq=True)(x),
        q.QSoftmax(axis=1, allow_heterogeneous_table=True)(x),
    ]


@model
def attention(k: Any, q: Any) -> tuple[Any, Any]:
    x, y = k.Input((4, 3), name="x"), k.Input((5, 3), name="y")
    return [x, y], [
        q.QMultiHeadAttention(2, 3)(x),
        q.QMultiHeadAttention(3, 4, fuse="kv", use_bias=False)(x, y),
        q.QLinformerAttention(1, 2, 3)(x, x),
        q.QLinformerAttention(1, 2, 3, share_kv_proj=True)(x, y),
    ]


@model
def structure(k: Any, q: Any) -> tuple[Any, Any]:
    x = start = k.Input((4, 6))
    x = k.layers.Dropout(0.5)(q.Quantizer()(x))
    y = k.layers.Permute((2, 1))(k.layers.Reshape((8, -1))(x))
    return start, [
        k.layers.Flatten()(y),
        k.layers.Activation("relu")(x[:, 1]),
        k.layers.ReLU(max_value=1.5)(x[:, ::2, 1:-1]),
        x[:, None, ..., -1],
        k.layers.Identity()(y)[..., ::-1],
    ]


@model
def operations(k: Any, q: Any) -> tuple[Any, Any]:
    x = start = k.Input((4, 6))
    x = q.Quantizer()(x)
    y = x[:, :, :3]
    return start, [
        y + x[:, :, 3:],
        1.5 - y * 0.25,
        k.ops.maximum(y, -0.5),
        k.ops.minimum(-y, np.array([0.0, 1.0, 0.5])),
        k.ops.relu(k.ops.transpose(x, (0, 2, 1))),
        k.ops.sum(x, axis=1, keepdims=True),
        k.ops.max(k.ops.concatenate([x, y], axis=2), axis=(1, 2)),
        k.ops.min(k.ops.expand_dims(x, 1), axis=-1),
        k.ops.reshape(x, (-1, 24)),
        k.ops.squeeze(x[:, 1:2], axis=1),
        k.ops.take(x, [2, 0, -1], axis=1),
    ]


@model
def branches_shared_and_nested(k: Any, q: Any) -> tuple[Any, Any]:
    inner_in = k.Input((3,))
    inner = k.Model(inner_in, [q.QDense(2, name="left")(inner_in), q.QDense(2, name="right")(inner_in)], name="inner")
    a, b = k.Input((3,), name="a"), k.Input((6,), name="b")
    shared = q.QDense(3, name="shared", activation="relu")
    x, y = shared(a), shared(b[:, 3:])
    left, right = inner(q.QAdd()([x, y]))
    tail = k.Sequential([k.Input((2,)), q.QDense(2), k.layers.Activation("relu")], name="tail")
    return [a, b], [tail(left), right, shared(q.QSubtract()([x, y]))]


@pytest.mark.parametrize("name", MODELS.makers)
def test_layers_equal_keras(name: str) -> None:
    MODELS.assert_equal_keras(name)


def test_sequential_model_equals_keras() -> None:
    with float64() as framework:
        import hgq.layers as q

        built = framework.Sequential([framework.Input((4,)), q.QDense(3, activation="relu"), q.QDense(2)])
        assert_agrees(scramble(built, np.random.default_rng(1)))
