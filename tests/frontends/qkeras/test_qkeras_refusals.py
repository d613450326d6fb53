"""What cannot be exact is refused, all of it at once, word for word."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.frontends.qkeras.written import BITS, Layer, activation, chain, dense, layer, sequence, write
from trigforge import frontends
from trigforge.building import ModelTypes, Quantization
from trigforge.errors import ModelFileError, UnsupportedModelError
from trigforge.frontends.keras import saved


def quantizer(name: str, **options: Any) -> Any:
    return {"class_name": name, "config": options}


def norm(**options: Any) -> Layer:
    weights = {"gamma": [1.0] * 3, "beta": [0.0] * 3, "moving_mean": [0.0] * 3, "moving_variance": [1.0] * 3}
    return layer("BatchNormalization", "bn", weights, **{"axis": [1], "epsilon": 0.001} | options)


REFUSED: list[tuple[Layer, str]] = [
    (
        activation("quantized_bits(8,0,alpha='auto')"),
        "layer 'act' (QActivation): its quantizer quantized_bits has alpha = 'auto', a scale that depends on the other "
        "events of a batch; set alpha to 1 or another number",
    ),
    (
        activation("quantized_bits(8,0,alpha=0.7)"),
        "layer 'act' (QActivation): its quantizer quantized_bits has alpha = 0.7, which has no short binary form; "
        "use a power of two",
    ),
    (
        activation("bernoulli()"),
        "layer 'act' (QActivation): its quantizer bernoulli draws at random, at inference too; "
        "use stochastic_binary or binary",
    ),
    (
        activation("quantized_ulaw(6)"),
        "layer 'act' (QActivation): its quantizer quantized_ulaw gives logarithms, which have no exact fixed-point "
        "form; use quantized_tanh",
    ),
    (
        activation(quantizer("quantized_relu", bits=4, qnoise_factor=0.5)),
        "layer 'act' (QActivation): its quantizer quantized_relu has qnoise_factor 0.5: it passes on a part "
        "unquantized; set qnoise_factor to 1 before the model is saved",
    ),
    (
        activation(quantizer("quantized_bits", bits=4, integer=0, alpha=1, tomorrow=2)),
        "layer 'act' (QActivation): its quantizer quantized_bits has the option tomorrow = 2, unknown here; "
        "leave it out",
    ),
    (
        activation("quantized_bits(8,-1)"),
        "layer 'act' (QActivation): its quantizer quantized_bits has -1 integer bits; use 0 to 30",
    ),
    (
        activation("quantized_bits(64)"),
        "layer 'act' (QActivation): its quantizer quantized_bits has 64 bits; use 1 to 32",
    ),
    (
        activation("quantized_bits(2.5)"),
        "layer 'act' (QActivation): its quantizer quantized_bits has bits = 2.5; use one whole number",
    ),
    (
        activation("__import__('os')"),
        "layer 'act' (QActivation): has the quantizer '__import__', which is not one of QKeras 0.9; "
        "use one of QKeras 0.9",
    ),
    (
        activation("quantized_bits(8,print(1))"),
        "layer 'act' (QActivation): has the quantizer 'quantized_bits(8,print(1))', which cannot be taken apart; "
        "write name(1, key=2)",
    ),
    (
        activation("quantized_bits(8,alpha=None)"),
        "layer 'act' (QActivation): has the quantizer 'quantized_bits(8,alpha=None)', in which None is no literal; "
        "use numbers and quoted words",
    ),
    (
        activation("tanh"),
        "layer 'act' (QActivation): its activation 'tanh' gives values without an exact fixed-point form; "
        "use a quantized one, as quantized_tanh",
    ),
    (
        activation("ternary(threshold=-1)"),
        "layer 'act' (QActivation): its quantizer ternary has threshold = -1; use a number above 0",
    ),
    (
        dense(kernel_quantizer=None),
        "layer 'fc' (QDense): its kernel is of floating-point numbers; give it a kernel_quantizer, as "
        "quantized_bits(8,0), or a type (trigforge quantize)",
    ),
    (
        dense(bias_quantizer=quantizer("binary", alpha="auto")),
        "layer 'fc' (QDense): its quantizer binary has alpha 'auto', a mean whose last bits depend on the order of a "
        "sum; use alpha='auto_po2' or a number",
    ),
    (
        dense(kernel_quantizer="relu"),
        "layer 'fc' (QDense): its kernel has the quantizer relu, a function; use quantized_bits",
    ),
    (
        dense(kernel_quantizer="quantized_po2(12)"),
        "layer 'fc' (QDense): its quantizer quantized_po2 has 12 bits; use 2 to 8",
    ),
    (
        dense(kernel_range=[1, 2]),
        "layer 'fc' (QDense): has kernel_range = [1, 2], which is not read; use kernel_range = None",
    ),
    (dense(sparsity=0.5), "layer 'fc' (QDense): has the option sparsity = 0.5, which is unknown here; leave it out"),
    (dense(dtype="float16"), "layer 'fc' (QDense): computes in float16; use float32 or float64"),
    (
        ("QDense", dense()[1], {"kernel": np.full((3, 2), np.nan), "bias": [0.0, 0.0]}),
        "layer 'fc' (QDense): weight 'kernel' holds NaN or infinity in 6 of 6 places; restore an earlier checkpoint",
    ),
    (
        ("QDense", dense()[1], {"bias": [0.0, 0.0]}),
        "layer 'fc' (QDense): has no weight 'kernel' in the file; save the model again, with its weights",
    ),
    (layer("Lambda"), "layer 'odd' (Lambda): carries code, which is not run; replace it by layers of Keras"),
    (
        layer("TFOpLambda", function="math.erf"),
        "layer 'odd' (TFOpLambda): is the operation tf.math.erf, which is not read; "
        "use a layer: Add, Multiply, Concatenate and their like",
    ),
    (layer("LSTM", units=3), "layer 'odd' (LSTM): is recurrent, which is not read; use dense or convolutional layers"),
    (
        layer("QAdaptiveActivation"),
        "layer 'odd' (QAdaptiveActivation): its range is no part of the file; use QActivation with the range that was "
        "found",
    ),
    (
        layer("MyLayer"),
        "layer 'odd' (MyLayer): this class is not read from files; replace it by one that docs/frontends.md lists",
    ),
    (
        norm(axis=[1, 2]),
        "layer 'bn' (BatchNormalization): normalizes along the axes [1, 2]; normalize along one axis",
    ),
    (
        layer("LeakyReLU", alpha=0.3),
        "layer 'odd' (LeakyReLU): its slope holds 0.3, which has no short binary form; "
        "use a multiple of a power of two",
    ),
    (
        layer("RepeatVector", n=10**9),
        "layer 'odd' (RepeatVector): makes a tensor of shape [1000000000, 1, 3]; keep tensors below 4,194,304 elements",
    ),
]


def test_every_refusal_says_what_was_found_and_what_to_do(tmp_path: Path) -> None:
    for refused, expected in REFUSED:
        with pytest.raises(UnsupportedModelError) as caught:
            frontends.read(chain(tmp_path, refused))
        assert str(caught.value) == f"model 'net' cannot be represented exactly: {expected}"


def test_all_layers_are_refused_at_once(tmp_path: Path) -> None:
    layers = (
        layer("MyLayer", "first"),
        activation("bernoulli()", "second"),
        dense(kernel_quantizer=None),
        activation("relu"),
        layer("Lambda"),
        activation("softmax", "soft"),
        dense("last"),
    )
    with pytest.raises(UnsupportedModelError) as caught:
        frontends.read(chain(tmp_path, *layers))
    lines = str(caught.value).splitlines()
    assert lines[0] == "model 'net' cannot be represented exactly, for 3 reasons:"
    assert [line.split("'")[1] for line in lines[1:]] == ["first", "second", "odd"]


def test_a_model_whose_input_is_not_quantized_says_how_to_give_a_type(tmp_path: Path) -> None:
    path = write(tmp_path / "net.h5", sequence(dense()), dense())
    with pytest.raises(UnsupportedModelError) as caught:
        frontends.read(path)
    assert str(caught.value) == (
        "model 'net' cannot be represented exactly: layer 'fc' (QDense): takes the input 'x', which is not quantized; "
        "begin the model with QActivation('quantized_bits(...)'), or give the input a type: "
        "type = 'ap_fixed<16,6>' in [inputs.NAME] of its model.toml"
    )
    graph = frontends.read(path, types=ModelTypes({"x": Quantization.parse("ap_fixed<8,3,TRN,WRAP>")}))
    assert str(graph.tensors["x"].hull) == "ap_fixed<8,3>" and graph.inputs[0].encoding.rounding == "TRN"
    own = Quantization.of("ap_fixed<8,3>")
    with pytest.raises(UnsupportedModelError, match=r": its types: the model has no input 'y'; known are x$"):
        frontends.read(path, types=ModelTypes({"x": own, "y": own}))


def test_a_function_at_the_end_is_left_out_and_named(tmp_path: Path) -> None:
    for last in (activation("softmax"), dense("act", activation="sigmoid"), layer("Softmax", "act", axis=-1)):
        graph = frontends.read(chain(tmp_path, last))
        found = {layer.name: layer.left_out for layer in graph.layers}
        assert found == {"start": "", "act": last[1].get("activation", "softmax")}
    inside = chain(tmp_path, activation("softmax"), activation("quantized_bits(4,0,alpha=1)", "last"))
    with pytest.raises(
        UnsupportedModelError, match=r"its activation 'softmax' gives values without .* end at the logits"
    ):
        frontends.read(inside)


def test_damaged_configurations_are_errors_of_the_file(tmp_path: Path) -> None:
    sound = sequence(activation("quantized_bits(6,2,alpha=1)"))
    for change, expected in (
        (lambda c: c["config"].pop("layers"), "has no layers"),
        (lambda c: c["config"]["layers"][1].pop("class_name"), "has a layer without a class"),
        (lambda c: c["config"].update(output_layers=[["z", 0, 0]]), "names ['z', 0, 0] as output"),
        (
            lambda c: c["config"]["layers"][1].update(inbound_nodes=[[["z", 0, 0]]]),
            "takes the output of 'z', which it lacks",
        ),
        (lambda c: c["config"]["layers"][1].update(inbound_nodes=[[["act", 0, 0]]]), "takes what no layer gives"),
        (lambda c: c["config"]["layers"][1].update(inbound_nodes={"args": []}), "in the form of Keras 3"),
        (lambda c: c.update(config=3), "cannot be followed"),
    ):
        config = json.loads(json.dumps(sound))
        change(config)
        with pytest.raises(ModelFileError) as caught:
            frontends.read(write(tmp_path / "net.h5", config))
        assert expected in str(caught.value) and "\n" not in str(caught.value)


def test_an_architecture_without_weights_says_where_they_are_looked_for(tmp_path: Path) -> None:
    (tmp_path / "net.json").write_text(json.dumps(sequence(dense())))
    with pytest.raises(ModelFileError, match=r"none of net\.weights\.h5, net_weights\.h5, net\.h5 stands beside it"):
        frontends.read(tmp_path / "net.json")


def test_the_content_decides_who_reads(tmp_path: Path) -> None:
    path = chain(tmp_path, dense())
    renamed = path.rename(tmp_path / "net.keras")
    assert frontends.read(renamed).outputs == ("fc",)
    with h5py.File(renamed, "a") as file:
        file.attrs["keras_version"] = "3.15.0"
    assert not saved.is_of_keras_2(renamed)
    with zipfile.ZipFile(tmp_path / "empty.keras", "w") as archive:
        archive.writestr("metadata.json", '{"keras_version": "2.14.0"}')
    assert saved.is_of_keras_2(tmp_path / "empty.keras")
    assert BITS
