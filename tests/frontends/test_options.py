"""Every option of every layer that is read is looked at; what is not understood is refused by its name."""

from __future__ import annotations

from typing import Any

import pytest

from trigforge import frontends
from trigforge.errors import UnsupportedModelError
from trigforge.frontends.hgq import HANDLERS
from trigforge.frontends.keras.framework import keras
from trigforge.frontends.keras.options import Reader

ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "Reshape": ((3,),),
    "Permute": ((1,),),
    "Activation": ("relu",),
    "Dot": (1,),
    "RepeatVector": (2,),
    "Rescaling": (0.5,),
    **dict.fromkeys(("Dense", "QDense"), (3,)),
    **dict.fromkeys(("Conv1D", "Conv2D", "SeparableConv1D", "SeparableConv2D"), (3, 2)),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), (2,)),
    "EinsumDense": ("abc,cd->abd", (4,)),
    "QBatchNormDense": (3,),
    "QEinsumDense": ("abc,cd->abd", (4,)),
    "QConv1D": (3, 2),
    "QConv2D": (3, 2),
    "QConv3D": (3, 2),
    "QDenseT": (3,),
    "QConvT1D": (3, 2),
    "QConvT2D": (3, 2),
    "QEinsumDenseT": ("abc,cd->abd", (4,)),
    "QMultiHeadAttentionT": (2, 4),
    "QLinformerAttentionT": (2, 4, 3),
    "QSimpleRNN": (3,),
    "QGRU": (3,),
    "QSimpleSNN": (3,),
    "QLIF": (3,),
    "QEinsum": ("ab,ab->ab",),
    "QMultiHeadAttention": (2, 4),
    "QLinformerAttention": (2, 4, 3),
    "QUnaryFunctionLUT": ("tanh",),
    "QAffinedUnaryFunctionLUT": ("tanh",),
    "QDot": (1,),
}
NAMED: dict[str, dict[str, Any]] = {
    "QEinsumDenseBatchnorm": {"equation": "abc,cd->abd", "output_shape": (None, 4), "normalize_axes": "d"},
    "QSum": {"axes": (1,)},
    "QMeanPow2": {"axes": (1,)},
}


def arguments(name: str) -> tuple[Any, ...]:
    if "Pool" in name and "Global" not in name:
        return (2,)
    if "Dropout" in name or "Noise" in name:
        return (0.1,)
    return ARGUMENTS.get(name, ())


def layers() -> list[tuple[str, str]]:
    return [key for key in HANDLERS.by_class if key[0] != "keras.ops"]


def made(package: str, name: str) -> Any:
    framework = keras()
    import hgq.layers

    import trigforge.layers

    owner = {"keras": framework.layers, "hgq": hgq.layers, "trigforge": trigforge.layers}[package]
    return getattr(owner, name)(*arguments(name), **NAMED.get(name, {}))


@pytest.mark.parametrize("key", layers(), ids=lambda key: ".".join(key))
def test_every_option_of_a_layer_is_accounted_for(key: tuple[str, str]) -> None:
    """With the layer's defaults nothing is refused; a made-up option is, by its name."""
    reader = HANDLERS.by_class[key]
    assert isinstance(reader, Reader)
    config = made(*key).get_config()
    reader.check_options(config)
    with pytest.raises(Exception, match="has the option made_up = 3, which is unknown here; leave it out"):
        reader.check_options({**config, "made_up": 3})


def refusal(*outputs: Any, inputs: Any) -> str:
    model = keras().Model(inputs, list(outputs), name="m")
    with pytest.raises(UnsupportedModelError) as caught:
        frontends.read(model)
    return str(caught.value).removeprefix("model 'm' cannot be represented exactly: ")


def quantized(shape: tuple[int, ...], **more: Any) -> tuple[Any, Any]:
    import hgq.layers as q
    from hgq.config import QuantizerConfig

    x = keras().Input(shape, name="x")
    conf = QuantizerConfig("kif", "datalane", i0=2, f0=3, overflow_mode="SAT", trainable=False, **more)
    return x, q.Quantizer(conf, name="inq")(x)


def test_values_that_are_not_read_are_refused_by_name() -> None:
    framework = keras()
    L = framework.layers
    x, y = quantized((4, 3))
    assert refusal(L.Dot(1, normalize=True, name="dot")([y, y]), inputs=x) == (
        "layer 'dot' (Dot): has normalize = True, which is not read; use normalize = False"
    )
    assert refusal(L.Flatten("channels_first", name="flat")(y), inputs=x) == (
        "layer 'flat' (Flatten): has data_format = 'channels_first', which is not read; "
        "use data_format = 'channels_last'"
    )
    assert refusal(L.MaxPooling1D(2, dtype="bfloat16", name="pool")(y), inputs=x) == (
        "layer 'pool' (MaxPooling1D): computes in bfloat16; use float32 or float64"
    )
    assert refusal(L.Dropout(0.5, name="drop")(y, training=True), inputs=x) == (
        "layer 'drop' (Dropout): is called with training = True; call it without"
    )


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "sparsemax", "glu", "threshold"])
def test_activations_that_are_no_function_of_one_number(name: str) -> None:
    import hgq.layers as q
    from hgq.config import QuantizerConfig

    x, y = quantized((4,))
    conf = QuantizerConfig("kif", "datalane", i0=2, f0=3, overflow_mode="SAT", trainable=False)
    for quantized_after in (True, False):
        layer = q.QDense(4, activation=name, iq_conf=conf, oq_conf=conf, enable_oq=quantized_after, name="fc")
        said = refusal(layer(y), inputs=x)
        assert said.startswith(f"layer 'fc' (QDense): its activation '{name}' ")
        assert "is no function of one number" in said or "cannot be evaluated" in said
