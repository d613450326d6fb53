"""What cannot be exact is refused, all of it at once, word for word."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import trigforge
from trigforge import frontends
from trigforge.errors import UnsupportedModelError
from trigforge.frontends.keras.framework import keras


@pytest.fixture(autouse=True)
def framework() -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield keras()


def saturating(**options: Any) -> Any:
    from hgq.config import QuantizerConfig

    return QuantizerConfig("kif", "datalane", overflow_mode="SAT", **options)


def sequence(*layers: Any, shape: tuple[int, ...] = (3,)) -> Any:
    x = start = keras().Input(shape, name="x")
    for layer in layers:
        x = layer(x)
    return keras().Model(start, x, name="net")


def refusal(model: Any) -> str:
    with pytest.raises(UnsupportedModelError) as caught:
        frontends.read(model)
    return str(caught.value)


def one(model: Any) -> str:
    start = "model 'net' cannot be represented exactly: "
    message = refusal(model)
    assert message.startswith(start)
    return message.removeprefix(start)


def test_all_offending_layers_in_one_error(framework: Any) -> None:
    from hgq.layers import QDense

    bad = QDense(2, iq_conf=saturating(), name="weights")
    model = sequence(
        QDense(4, iq_conf=saturating(), activation="softmax", name="curved"),
        framework.layers.Dense(3, name="plain"),
        bad,
        framework.layers.Softmax(name="probabilities"),
        framework.layers.UnitNormalization(name="unit"),
    )
    bad.kernel.assign([[1.0, np.nan], [np.inf, 0.0], [0.0, 0.0]])
    assert refusal(model) == (
        "model 'net' cannot be represented exactly, for 5 reasons:\n"
        "- layer 'curved' (QDense): its activation 'softmax' is no function of one number: it mixes the elements of an "
        "axis; use hgq.layers.QSoftmax, or end the model at its logits\n"
        "- layer 'plain' (Dense): its weights are floating-point numbers; use hgq.layers.QDense, or give its "
        "weights types (trigforge quantize)\n"
        "- layer 'weights' (QDense): weight 'kernel' holds NaN or infinity in 2 of 6 places; "
        "restore an earlier checkpoint\n"
        "- layer 'probabilities' (Softmax): its values have no exact fixed-point form; "
        "end the model at its logits, or use hgq.layers.QSoftmax\n"
        "- layer 'unit' (UnitNormalization): this class has no exact fixed-point form here; "
        "replace it by a layer that docs/frontends.md lists"
    )


def test_wrap_quantizer_never_calibrated() -> None:
    from hgq.layers import QDense
    from hgq.utils.minmax_trace import _reset_minmax

    model = sequence(QDense(2, name="fc"))
    expected = (
        "layer 'fc' (QDense): quantizer 'fc_iq' wraps and was never calibrated; "
        "run hgq.utils.trace_minmax(model, data) before saving, or set overflow_mode='SAT'"
    )
    assert one(model) == expected
    _reset_minmax(model)
    assert one(model) == expected


def test_stand_alone_quantizer_never_calibrated() -> None:
    from hgq.quantizer import Quantizer

    assert one(sequence(Quantizer(name="q"))) == (
        "layer 'q' (Quantizer): quantizer 'q' wraps and was never calibrated; "
        "run hgq.utils.trace_minmax(model, data) before saving, or set overflow_mode='SAT'"
    )


def test_frozen_wrap_quantizer_needs_no_calibration() -> None:
    from hgq.config import QuantizerConfig
    from hgq.quantizer import Quantizer

    graph = frontends.read(sequence(Quantizer(QuantizerConfig("kif", "datalane", trainable=False), name="q")))
    assert [node.name for node in graph.nodes] == ["q"]


def test_input_that_is_not_quantized(framework: Any) -> None:
    from hgq.layers import QDense

    assert one(sequence(QDense(2, enable_iq=False, name="fc"))) == (
        "layer 'fc' (QDense): takes the input 'x', which is not quantized; "
        "put a Quantizer layer behind the input, or set enable_iq=True where a layer has it"
    )
    assert one(sequence(framework.layers.Flatten(name="flat"))) == (
        "output 'x': passes an input on unquantized; put a Quantizer behind it"
    )


def test_quantizers_that_are_none(framework: Any) -> None:
    from hgq.config import QuantizerConfig
    from hgq.layers import QDense

    dummy = QuantizerConfig("dummy")
    assert one(sequence(QDense(2, iq_conf=saturating(), kq_conf=dummy, name="fc"))) == (
        "layer 'fc' (QDense): the kernel is not quantized; give it a kif or kbi quantizer"
    )
    assert one(sequence(QDense(2, iq_conf=dummy, name="fc"))) == (
        "layer 'fc' (QDense): takes the input 'x', which is not quantized; "
        "put a Quantizer layer behind the input, or set enable_iq=True where a layer has it"
    )


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"overflow_mode": "WRAP_SM"}, "quantizer 'q' has overflow_mode WRAP_SM; use WRAP, SAT or SAT_SYM"),
        ({"overflow_mode": "SAT", "scaler": 3.0}, "quantizer 'q' has the scaler 3.0; use a power of two"),
        (
            {"overflow_mode": "SAT", "affine": (0.1, 0.0)},
            "the affine of quantizer 'q' holds 0.1, which has no short binary form; use a multiple of a power of two",
        ),
        (
            {"overflow_mode": "SAT", "i0": 40, "f0": 30, "ic": None, "fc": None},
            "quantizer 'q' has 71 bits; constrain it to at most 58 bits",
        ),
        (
            {"overflow_mode": "WRAP", "is_weight": True},
            "quantizer 'q' is one for weights, which never wraps, on activations; "
            "use QuantizerConfig(place='datalane')",
        ),
    ],
)
def test_quantizers_without_an_exact_form(options: dict[str, Any], text: str) -> None:
    from hgq.config import QuantizerConfig
    from hgq.quantizer import Quantizer

    quantizer = Quantizer(QuantizerConfig("kif", "datalane", **options), name="q")
    assert one(sequence(quantizer)) == f"layer 'q' (Quantizer): {text}"


def test_divisions_that_are_no_power_of_two(framework: Any) -> None:
    from hgq.layers import QAveragePooling1D, QGlobalAveragePooling1D

    conf = saturating(homogeneous_axis=(0, 1))
    pooled = QAveragePooling1D(3, iq_conf=conf, name="pool")
    assert one(sequence(pooled, shape=(6, 2))) == (
        "output 'pool': takes 'pool', a mean that divides by 3, which has no exact form; "
        "put a quantizer behind the mean, or average 2, 4, 8... entries"
    )
    whole = QGlobalAveragePooling1D(iq_conf=conf, name="pool")
    assert "a mean that divides by 6, which" in one(sequence(whole, shape=(6, 2)))
    border = QAveragePooling1D(3, padding="same", strides=1, iq_conf=conf, name="pool")
    assert "a mean that divides by 6, which" in one(sequence(border, shape=(6, 2)))


def test_table_that_is_too_long() -> None:
    from hgq.layers import QUnaryFunctionLUT

    layer = QUnaryFunctionLUT("tanh", iq_conf=saturating(i0=8, f0=9), name="lut")
    assert one(sequence(layer)) == (
        "layer 'lut' (QUnaryFunctionLUT): its table would have 262144 entries, at most 65536 are possible; "
        "quantize its input to at most 16 bits"
    )


def test_table_with_nan(framework: Any) -> None:
    from hgq.layers import QUnaryFunctionLUT

    layer = QUnaryFunctionLUT(framework.ops.log, iq_conf=saturating(i0=2, f0=2), name="lut")
    assert one(sequence(layer)) == (
        "layer 'lut' (QUnaryFunctionLUT): its function gives NaN at -4.0; "
        "quantize its input to where the function is defined"
    )


def test_float_layers_between(framework: Any) -> None:
    from hgq.quantizer import Quantizer

    model = sequence(Quantizer(saturating()), framework.layers.BatchNormalization(name="bn"))
    assert one(model) == (
        "layer 'bn' (BatchNormalization): its weights are floating-point numbers; use hgq.layers.QBatchNormalization, "
        "QEinsumDenseBatchnorm or QBatchNormDense, or give its weights types (trigforge quantize)"
    )
    model = sequence(Quantizer(saturating()), framework.layers.Activation("tanh", name="act"))
    assert one(model) == (
        "output 'act': takes 'act', the function 'tanh', which has no exact form; "
        "put a quantizer behind it, or end the model before it"
    )
    model = sequence(
        Quantizer(saturating()), framework.layers.Activation("softmax", name="act"), framework.layers.Flatten()
    )
    assert one(model) == (
        "layer 'act' (Activation): its activation 'softmax' is no function of one number: it mixes the elements of an "
        "axis; use hgq.layers.QSoftmax, or end the model at its logits"
    )


def test_layers_of_its_own(framework: Any) -> None:
    from hgq.layers import QDense

    class Doubled(QDense):
        def call(self, inputs: Any, training: Any = None) -> Any:
            return 2 * super().call(inputs, training=training)

    model = sequence(Doubled(2, iq_conf=saturating(), name="own"))
    assert one(model) == (
        f"layer 'own' (Doubled): is a class of its own, {__name__.partition('.')[0]}.Doubled; "
        "build it from layers of HGQ2"
    )
    lambda_model = sequence(framework.layers.Lambda(lambda v: v, output_shape=(3,), name="code"))
    assert one(lambda_model) == (
        "layer 'code' (Lambda): this class has no exact fixed-point form here; "
        "replace it by a layer that docs/frontends.md lists"
    )


def test_layers_that_wrap_layers(framework: Any) -> None:
    from hgq.layers import QGRU, QDense
    from hgq.quantizer import Quantizer

    inner = framework.Sequential([framework.Input((3,)), QDense(2, iq_conf=saturating())])
    timed = framework.layers.TimeDistributed(inner, name="timed")
    assert one(sequence(Quantizer(saturating()), timed, shape=(4, 3))) == (
        "layer 'timed' (TimeDistributed): wraps a model; wrap its layers one by one"
    )
    both = framework.layers.Bidirectional(QGRU(2), name="both")
    assert one(sequence(Quantizer(saturating()), both, shape=(4, 3))) == (
        "layer 'both' (Bidirectional): runs a layer in both directions; use two layers, one with go_backwards=True, "
        "and Concatenate"
    )


def test_events_are_left_alone(framework: Any) -> None:
    from hgq.quantizer import Quantizer

    model = sequence(Quantizer(saturating()), lambda x: framework.ops.sort(x, axis=1))
    assert "(Sort): this class has no exact fixed-point form here" in one(model)
    model = sequence(Quantizer(saturating()), lambda x: framework.ops.flip(x, axis=0))
    assert "(Flip): flips the event axis; use another axis" in one(model)
    model = sequence(Quantizer(saturating()), lambda x: framework.src.ops.numpy.Sum(axis=0, name="sum")(x))
    assert one(model) == "layer 'sum' (Sum): reduces the event axis; use another axis"


def test_half_precision(framework: Any) -> None:
    from hgq.layers import QDense

    assert one(sequence(QDense(2, iq_conf=saturating(), dtype="float16", name="half"))) == (
        "layer 'half' (QDense): computes in float16; use float32 or float64"
    )


def test_models_whose_calls_cannot_be_followed(framework: Any) -> None:
    from hgq.layers import QDense

    class Own(framework.Model):
        def call(self, inputs: Any) -> Any:
            return inputs

    assert refusal(Own(name="own")) == (
        "model 'own' is a subclass, Own, so its layers cannot be followed; "
        "build it with the functional API, or give a Sequential an Input"
    )
    assert refusal(framework.Sequential([QDense(2)], name="seq")) == (
        "model 'seq' is not built, so its layers cannot be followed; "
        "build it with the functional API, or give a Sequential an Input"
    )


def test_open_shapes(framework: Any) -> None:
    from hgq.quantizer import Quantizer

    model = sequence(Quantizer(saturating(heterogeneous_axis=(), homogeneous_axis=None)), shape=(None, 3))
    assert refusal(model) == "input 'x' has the shape ['?', '?', 3]; give every axis but the first a length"


def test_model_that_keras_itself_does_not_run(framework: Any) -> None:
    import hgq.layers as q

    x = framework.Input((4, 2), name="x")
    each = saturating(trainable=False)  # HGQ2 pads before it quantizes each element
    y = q.QConv1D(2, 3, padding="causal", iq_conf=each, bq_conf=saturating(), name="conv")(x)
    with pytest.raises(UnsupportedModelError) as caught:
        trigforge.read(framework.Model(x, y, name="m"))
    said = str(caught.value)
    assert said.startswith("model 'm' cannot be compared with its graph, as Keras itself does not run it in float32 (")
    assert said.endswith("); correct the model, or read it with check=False")
    assert "\n" not in said
    assert "\x1b" not in said


def test_layer_whose_kernel_keras_does_not_compute(framework: Any) -> None:
    import hgq.layers as q

    x = framework.Input((3, 2), name="x")
    mixed_up = ("bcd,yxc->bxyd", (2, 3, 2))  # HGQ2 takes x for y
    fc = q.QEinsumDenseBatchnorm(*mixed_up, bias_axes="xy", iq_conf=saturating(), name="fc")
    with pytest.raises(UnsupportedModelError) as caught:
        frontends.read(framework.Model(x, fc(x), name="m"))
    assert str(caught.value).startswith(
        "model 'm' cannot be represented exactly: layer 'fc' (QEinsumDenseBatchnorm): its quantized kernel cannot be "
        "evaluated (InvalidArgumentError: "
    )
