"""Small HGQ2 models that together hold every kind of layer both front-ends read, drawn from a seed and calibrated."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from hgq.layers import (
    QAdd,
    QAveragePooling2D,
    QAveragePow2,
    QBatchNormalization,
    QBatchNormDense,
    QConv1D,
    QConv2D,
    QDense,
    QDot,
    QEinsum,
    QEinsumDense,
    QEinsumDenseBatchnorm,
    QGlobalAveragePooling1D,
    QGlobalMaxPooling1D,
    QMaximum,
    QMaxPooling1D,
    QMaxPooling2D,
    QMeanPow2,
    QMinimum,
    QMultiHeadAttention,
    QMultiply,
    QSubtract,
    QSum,
    QUnaryFunctionLUT,
)
from hgq.quantizer import Quantizer, QuantizerConfig
from hgq.utils import trace_minmax
from keras.layers import Concatenate, Dropout, Flatten, Permute, Reshape

Tensor = Any
Model = Any

CALIBRATION_EVENTS = 512


def activations(
    rounding: str = "RND", overflow: str = "WRAP", *, shared: bool = False, **bits: float
) -> QuantizerConfig:
    """A quantizer of activations: one type for each element, or one ``shared`` by all."""
    axes = {"homogeneous_axis": None, "heterogeneous_axis": ()} if shared else {"homogeneous_axis": (0,)}
    free = {"ic": None, "fc": None, "ir": None, "fr": None}
    return QuantizerConfig("kif", "datalane", round_mode=rounding, overflow_mode=overflow, **axes, **free, **bits)


def two(rounding: str = "RND") -> list[QuantizerConfig]:
    """One quantizer for each operand."""
    return [activations(rounding), activations(rounding)]


def table(**bits: float) -> QuantizerConfig:
    return QuantizerConfig("kbi", "table", round_mode="RND", overflow_mode="SAT", **bits)


def draw(model: Model, seed: int) -> Model:
    """Random weights and fraction bits, then the ranges calibrated on random events, as after a training."""
    rng = np.random.default_rng(seed)
    for variable in model.variables:
        match variable.path.split("/")[-1]:
            case "kernel" | "bias" | "gamma" | "moving_mean" as kind if variable.shape:
                variable.assign(rng.normal(size=variable.shape) * (1.0 if kind == "kernel" else 0.5))
            case "moving_variance":
                variable.assign(rng.uniform(0.25, 2.0, variable.shape))
            case "f":
                variable.assign(rng.integers(0, 5, variable.shape))
            case _:
                pass
    events = [rng.normal(size=(CALIBRATION_EVENTS, *tensor.shape[1:])).astype("float32") for tensor in model.inputs]
    trace_minmax(model, keras.tree.pack_sequence_as(model.input, events), verbose=False)
    return model


def linear() -> Model:
    """Dense layers with and without batch norm, on vectors and on sets."""
    vector, particles = keras.Input((6,), name="vector"), keras.Input((5, 3), name="particles")
    outputs = [
        QDense(4, activation="relu", iq_conf=activations(), name="dense")(vector),
        QDense(2, iq_conf=activations("TRN"), name="dense_on_set")(particles),
        QBatchNormDense(3, iq_conf=activations(), name="dense_bn")(vector),
        QEinsumDense("bnc,ncd->bdn", (2, 5), bias_axes="d", iq_conf=activations(), name="einsum")(particles),
        QEinsumDenseBatchnorm(
            "bnc,cd->bnd", (5, 4), bias_axes="d", activation="relu", iq_conf=activations(), name="einsum_bn"
        )(particles),
        QBatchNormalization(iq_conf=activations(), name="bn")(particles),
    ]
    return draw(keras.Model([vector, particles], outputs, name="linear"), 1)


def merging() -> Model:
    """Two operands, sums over axes and what is broadcast along leading axes."""
    vector, particles = keras.Input((4,), name="vector"), keras.Input((5, 3), name="particles")
    left = QDense(4, iq_conf=activations(), name="left")(vector)
    right = QDense(4, iq_conf=activations(), name="right")(vector)
    pair = [left, right]
    total = QSum(axes=1, keepdims=True, iq_conf=activations(), name="total")(particles)
    outputs = [
        QAdd(iq_confs=two(), name="add")(pair),
        QSubtract(iq_confs=two("TRN"), name="subtract")(pair),
        QMultiply(iq_confs=two(), name="multiply")(pair),
        QMaximum(iq_confs=two(), name="maximum")(pair),
        QMinimum(iq_confs=two(), name="minimum")(pair),
        QAveragePow2(iq_confs=two(), name="average")(pair),
        QDot(axes=1, iq_confs=two(), name="dot")(pair),
        QEinsum("bnc,bmc->bnm", iq_confs=two(), name="gram")([particles, QDense(3, name="keys")(particles)]),
        QAdd(iq_confs=two(), name="add_total")([particles, total]),
        QSum(axes=(1, 2), scale=0.5, iq_conf=activations(), name="sum_all")(particles),
        QMeanPow2(axes=-1, iq_conf=activations(), name="mean")(vector_pairs(vector)),
    ]
    return draw(keras.Model([vector, particles], outputs, name="merging"), 2)


def vector_pairs(vector: Tensor) -> Tensor:
    """Four numbers as two pairs."""
    return Reshape((2, 2), name="pairs")(vector)


def convolving() -> Model:
    """Convolutions and poolings, in one and two dimensions."""
    waveform, image = keras.Input((6, 3), name="waveform"), keras.Input((6, 4, 2), name="image")
    conv1d = QConv1D(3, 3, strides=2, padding="same", activation="relu", iq_conf=activations(), name="conv1d")
    conv2d = QConv2D(3, (3, 2), strides=(2, 1), padding="same", iq_conf=activations(), name="conv2d")
    outputs = [
        conv1d(waveform),
        QConv1D(2, 2, iq_conf=activations("TRN"), name="conv1d_valid")(waveform),
        conv2d(image),
        QMaxPooling1D(2, iq_conf=activations(), name="max1d")(waveform),
        QGlobalMaxPooling1D(iq_conf=activations(), name="global_max1d")(waveform),
        QGlobalAveragePooling1D(iq_conf=activations(), name="global_mean1d")(QConv1D(2, 3, name="four")(waveform)),
        QMaxPooling2D((2, 2), iq_conf=activations(), name="max2d")(image),
        QAveragePooling2D((2, 2), iq_conf=activations(), name="mean2d")(image),
    ]
    return draw(keras.Model([waveform, image], outputs, name="convolving"), 3)


def structured() -> Model:
    """Quantizers of their own, tables, and layers that only move elements."""
    inputs = [keras.Input((4,), name="vector"), keras.Input((4, 3), name="particles")]
    vector, particles = (Quantizer(activations(), name=f"{tensor.name}_quantizer")(tensor) for tensor in inputs)
    wide = QDense(3, iq_conf=activations(), name="wide")(vector)
    both = Concatenate(axis=-1, name="both")([vector, wide])
    grown = Concatenate(axis=-2, name="grown")([particles, QDense(3, iq_conf=activations(), name="more")(particles)])
    in_table, out_table = activations("RND", "SAT", shared=True, i0=2, f0=3), table(k0=1, b0=7, i0=1)
    outputs = [
        QDense(2, iq_conf=activations(), name="after_concat")(both),
        QDense(2, iq_conf=activations(), name="after_concat_of_sets")(grown),
        QDense(2, iq_conf=activations(), name="after_flatten")(Flatten(name="flat")(particles)),
        QDense(2, iq_conf=activations(), name="after_permute")(Permute((2, 1), name="turned")(particles)),
        QDense(2, iq_conf=activations(), name="after_reshape")(Reshape((2, 6), name="shaped")(particles)),
        QDense(2, iq_conf=activations(), name="after_dropout")(Dropout(0.1, name="dropout")(vector)),
        Quantizer(activations("RND_CONV", "SAT", i0=1, f0=2), name="clipped")(
            QDense(3, iq_conf=activations(), name="unclipped")(vector)
        ),
        QUnaryFunctionLUT("tanh", in_table, out_table, allow_heterogeneous_table=False, name="lookup")(
            QDense(3, iq_conf=activations("RND_CONV"), name="before_table")(both)
        ),
    ]
    return draw(keras.Model(inputs, outputs, name="structured"), 4)


def attending() -> Model:
    """Self-attention of two heads."""
    particles = keras.Input((4, 3), name="particles")
    attention = QMultiHeadAttention(2, 2, name="attention", fuse="none")
    return draw(keras.Model(particles, attention(particles, particles), name="attending"), 5)


SMALL_MODELS: dict[str, Callable[[], Model]] = {
    "linear": linear,
    "merging": merging,
    "convolving": convolving,
    "structured": structured,
    "attending": attending,
}
