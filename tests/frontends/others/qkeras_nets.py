"""Models of QKeras, HGQ 1 and Keras 2: tutorials, example models and published networks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.frontends.others.assembled import Assembly
from tests.frontends.others.entry import Built, Other

INPUT = "ap_fixed<16,6>"


def bits(total: int, integer: int = 0, **options: Any) -> dict[str, Any]:
    """``quantized_bits`` as layers hold it."""
    known = {"bits": total, "integer": integer, "symmetric": 0, "alpha": 1, "keep_negative": True}
    return {"class_name": "quantized_bits", "config": {**known, **options}}


def both(quantizer: Any, bias: Any = None) -> dict[str, Any]:
    """The quantizers of kernel and bias."""
    return {"kernel_quantizer": quantizer, "bias_quantizer": bias or quantizer}


def _typed(net: Assembly, folder: Path, *outputs: str) -> Built:
    """A model whose first layer takes floats: the inputs get a type."""
    return Built(net.written(folder, *outputs), types=dict.fromkeys(net.inputs, INPUT))


def _softmax(net: Assembly) -> None:
    net.act("softmax", "Activation")


def jets(
    weights: Any, act: Callable[[], Any], hidden: tuple[int, ...] = (64, 32, 32), norm: bool = False, **last: Any
) -> Callable[[Path], Built]:
    """The three-layer jet tagger of 16 inputs with any quantizers."""

    def build(folder: Path) -> Built:
        net = Assembly(16)
        for units in hidden:
            net.dense(units, **both(weights))
            if norm:
                net.norm()
            net.act(act())
        net.dense(5, **{**both(weights), **last})
        _softmax(net)
        return _typed(net, folder)

    return build


def jets_of_inner_activations(folder: Path) -> Built:
    """QKeras 3-layer of the example models: activations inside of the dense layers, and batch norm behind some."""
    net = Assembly(16)
    for units in (64, 32, 32):
        net.dense(units, **both(bits(6)), activation="quantized_relu(6)")
    net.dense(5, **both(bits(6)), activation="softmax")
    return _typed(net, folder)


def pruned_jets(folder: Path) -> Built:
    """The tutorial's model as pruning leaves it, its layers still wrapped."""
    net = Assembly(16)
    for units in (64, 32, 32, 5):
        before = net.x
        n_in = net.shape[-1]
        inner = {"name": f"fc_{len(net.listed)}", "trainable": True, "dtype": "float32", "units": units}
        inner |= {"activation": "linear", "use_bias": True, **both(bits(6))}
        schedule = {"class_name": "ConstantSparsity", "config": {"target_sparsity": 0.75, "begin_step": 2000}}
        wrapper = {"pruning_schedule": schedule, "block_size": [1, 1], "block_pooling_type": "AVG"}
        net.layer(
            "PruneLowMagnitude",
            (units,),
            before,
            weights={"kernel": (n_in, units), "bias": (units,)},
            name=f"prune_low_magnitude_{inner['name']}",
            layer={"class_name": "QDense", "config": inner},
            **wrapper,
        )
        if units != 5:
            net.act("quantized_relu(6)")
    _softmax(net)
    return _typed(net, folder)


def svhn(kind: str = "QConv2DBatchnorm", total: int = 6) -> Callable[[Path], Built]:
    """The tutorial's CNN for street-view house numbers: three convolutions, two dense layers."""

    def build(folder: Path) -> Built:
        net = Assembly(32, 32, 3)
        for filters in (16, 16, 24):
            net.conv(filters, 3, kind, **both(bits(total)))
            if kind == "QConv2D":
                net.norm()
            net.act(f"quantized_relu({total})")
            net.pool()
        net.flatten()
        for units in (42, 64):
            net.dense(units, **both(bits(total)), use_bias=False)
            net.norm()
            net.act(f"quantized_relu({total})")
        net.dense(10, **both(bits(total)))
        _softmax(net)
        return _typed(net, folder)

    return build


def mnist_cnn(folder: Path) -> Built:
    """``qkeras_mnist_cnn`` of the example models."""
    net = Assembly(28, 28, 1)
    for _ in range(2):
        net.conv(16, 3, **both(bits(6)), activation="relu")
        net.act("quantized_relu(6,0)")
        net.pool()
    net.flatten()
    net.layer("Dropout", net.shape, rate=0.5)
    net.dense(10, **both(bits(6)))
    _softmax(net)
    return _typed(net, folder)


def mnist_dense(folder: Path) -> Built:
    """``qkeras_mnist_dense`` of the example models: weights are powers of two, then 4 bits."""
    net = Assembly(784)
    net.act("quantized_relu(2)")
    power = {"class_name": "quantized_po2", "config": {"bits": 4, "max_value": 1}}
    net.dense(20, **both(power, bits(2, symmetric=1, alpha=None)))
    net.act("quantized_relu(3,1)")
    net.dense(10, **both(bits(4, symmetric=1), bits(4, symmetric=1, alpha=None)))
    _softmax(net)
    return Built(net.written(folder))


def qkeras_example_mnist(folder: Path) -> Built:
    """QKeras' own example: convolutions of strides, stochastic ternary weights, activations of 2 to 4 bits."""
    net = Assembly(28, 28, 1)
    for n, (filters, act) in enumerate(
        ((32, "quantized_relu(4,0)"), (64, "quantized_relu(4,0)"), (64, "quantized_relu(4,0)"))
    ):
        ternary = "stochastic_ternary('auto_po2')" if n else bits(4, 0)
        net.conv(filters, 3 if not n else 2, **both(ternary, bits(4, 0)), strides=[2, 2])
        net.norm()
        net.act(act)
    net.flatten()
    net.dense(10, **both(bits(4, 0)))
    _softmax(net)
    return _typed(net, folder)


def anomaly(folder: Path) -> Built:
    """MLPerf Tiny's anomaly detection of ToyADMOS as trigger builders made it: dense layers with batch norm folded."""
    net = Assembly(128)
    net.act("quantized_bits(8,0,alpha=1)")
    for units in (72, 72, 8, 72, 72):
        net.dense(units, "QDenseBatchnorm", **both(bits(8), bits(8, 2)), activation=None)
        net.act("quantized_relu(8,2)")
    net.dense(128, **both(bits(8), bits(8, 2)))
    return Built(net.written(folder))


def econ(filters: int = 8, total: int = 6) -> Callable[[Path], Built]:
    """The encoder of the ECON-T concentrator: a strided convolution and a dense layer, 16 outputs."""

    def build(folder: Path) -> Built:
        net = Assembly(8, 8, 1)
        net.act("quantized_bits(8,1,alpha=1)")
        net.conv(
            filters, 3, strides=[2, 2], padding="same", **both(bits(total)), activation="quantized_bits(8,1,alpha=1)"
        )
        net.act("quantized_relu(8,1)")
        net.flatten()
        net.dense(16, **both(bits(total)))
        net.act("quantized_relu(9,1)")
        return Built(net.written(folder))

    return build


def econ_decoder(folder: Path) -> Built:
    """An encoder and its decoder: dense, reshape, upsampling and convolutions."""
    net = Assembly(8, 8, 1)
    net.act("quantized_bits(8,1,alpha=1)")
    net.conv(8, 3, strides=[2, 2], padding="same", **both(bits(6)))
    net.act("quantized_relu(8,1)")
    net.flatten()
    net.dense(16, **both(bits(6)))
    net.act("quantized_relu(9,1)")
    net.dense(128, **both(bits(6)))
    net.act("quantized_relu(8,1)")
    net.layer("Reshape", (4, 4, 8), target_shape=[4, 4, 8])
    net.layer("UpSampling2D", (8, 8, 8), size=[2, 2], interpolation="nearest")
    net.conv(1, 3, padding="same", **both(bits(6)))
    net.act("quantized_relu(8,1)")
    return Built(net.written(folder))


def adc_variational(folder: Path) -> Built:
    """The L1 trigger's anomaly detection: 57 inputs to means and logarithms of variances."""
    net = Assembly(57)
    net.act("quantized_bits(10,7,alpha=1)")
    net.norm(
        "QBatchNormalization", **{f"{name}_quantizer": bits(8, 3) for name in ("gamma", "beta", "mean", "variance")}
    )
    for units in (32, 16):
        net.dense(units, **both(bits(8, 2), bits(8, 3)))
        net.act("quantized_relu(10,5)")
    trunk = net.x
    mean = net.dense(3, **both(bits(8, 2), bits(8, 3)))
    net.x = trunk
    spread = net.dense(3, **both(bits(8, 2), bits(8, 3)))
    return Built(net.written(folder, mean, spread))


def muon_tracker(folder: Path) -> Built:
    """The muon tracker of three stations: hits of each through dense layers, then a regression of the angle."""
    net = Assembly(50, 3)
    net.act("quantized_bits(1,0,alpha=1,keep_negative=0)")
    first = net.conv(8, 3, "QConv1D", padding="same", strides=[1], **both(bits(5, 1)))
    net.act("quantized_relu(5,1)")
    net.pool(2, "MaxPooling1D")
    net.conv(4, 3, "QConv1D", padding="same", strides=[1], **both(bits(5, 1)))
    net.act("quantized_relu(5,1)")
    net.flatten()
    for units in (28, 16):
        net.dense(units, **both(bits(6, 1)))
        net.act("quantized_tanh(7)")
    net.dense(1, **both(bits(8, 2)))
    assert first
    return Built(net.written(folder))


def muon_momentum(folder: Path) -> Built:
    """The endcap muon trigger's momentum network: 23 features, batch norms, three hidden layers, two outputs."""
    net = Assembly(23)
    net.act("quantized_bits(13,7,alpha=1)")
    net.norm()
    for units in (20, 15, 10):
        net.dense(units, **both(bits(9, 2), bits(9, 2)), use_bias=False)
        net.norm()
        net.act("quantized_tanh(9)")
    trunk = net.x
    momentum = net.dense(1, **both(bits(9, 2)))
    net.x = trunk
    net.dense(1, **both(bits(9, 2)))
    displaced = net.act("quantized_relu(9,3)")
    return Built(net.written(folder, momentum, displaced))


def taus(folder: Path) -> Built:
    """A tagger of 10 candidates of 8 features (L1 hadronic taus, long-lived particles): flattened, two heads."""
    net = Assembly(80)
    net.act("quantized_bits(12,4,alpha=1)")
    for units in (25, 25, 15):
        net.dense(units, **both(bits(9, 2)))
        net.act("quantized_relu(9,3)")
    trunk = net.x
    net.dense(1, **both(bits(9, 2)))
    score = net.act("sigmoid", "Activation")
    net.x = trunk
    momentum = net.dense(1, **both(bits(9, 2)))
    return Built(net.written(folder, score, momentum))


def long_lived(folder: Path) -> Built:
    """A tagger of long-lived jets: convolutions of length one over constituents, summed, and dense layers."""
    net = Assembly(16, 14)
    net.act("quantized_bits(12,5,alpha=1)")
    for filters in (20, 20, 20):
        net.conv(filters, 1, "QConv1D", strides=[1], **both(bits(8, 1, alpha="auto_po2"), bits(8, 1)))
        net.act("quantized_relu(8,3)")
    net.layer("GlobalAveragePooling1D", (20,), data_format="channels_last")
    net.act("quantized_bits(12,4,alpha=1)")
    for units in (20, 10):
        net.dense(units, **both(bits(8, 1)))
        net.act("quantized_relu(8,3)")
    net.dense(8, **both(bits(8, 2)))
    _softmax(net)
    return Built(net.written(folder))


def separable(folder: Path) -> Built:
    """A small image tagger of separable and depthwise convolutions with average pooling."""
    net = Assembly(16, 16, 1)
    net.act("quantized_bits(8,0,alpha=1)")
    quantizers = {"depthwise_quantizer": bits(6), "pointwise_quantizer": bits(6), "bias_quantizer": bits(6)}
    net.conv(8, 3, "QSeparableConv2D", **quantizers)
    net.act("quantized_relu(6)")
    net.pool(2, "AveragePooling2D")
    net.act("quantized_bits(8,0,alpha=1)")
    net.conv(8, 3, "QDepthwiseConv2D", depthwise_quantizer=bits(6), bias_quantizer=bits(6))
    net.act("quantized_relu(6)")
    net.pool(2, "QAveragePooling2D", average_quantizer=None, activation="quantized_bits(8,0,alpha=1)")
    net.flatten()
    net.dense(3, **both(bits(6)))
    _softmax(net)
    return Built(net.written(folder))


def resnet(folder: Path) -> Built:
    """A residual network of the shape of MLPerf Tiny's ResNet8, on smaller images."""
    net = Assembly(16, 16, 3)
    net.act("quantized_bits(8,0,alpha=1)")
    net.conv(16, 3, "QConv2DBatchnorm", padding="same", **both(bits(8), bits(8, 2)))
    net.act("quantized_relu(8,2)")
    for filters, stride in ((16, 1), (32, 2), (64, 2)):
        start = net.x
        net.conv(filters, 3, "QConv2DBatchnorm", padding="same", strides=[stride] * 2, **both(bits(8), bits(8, 2)))
        net.act("quantized_relu(8,2)")
        net.conv(filters, 3, "QConv2DBatchnorm", padding="same", **both(bits(8), bits(8, 2)))
        own = net.act("quantized_bits(8,2,alpha=1)")
        if stride == 2:
            net.x = start
            net.conv(filters, 1, padding="same", strides=[2, 2], **both(bits(8), bits(8, 2)))
            start = net.act("quantized_bits(8,2,alpha=1)")
        net.join("Add", own, start)
        net.act("quantized_relu(8,2)")
    net.layer("AveragePooling2D", (1, 1, 64), pool_size=[4, 4], strides=[4, 4], padding="valid")
    net.act("quantized_relu(8,2)")
    net.flatten()
    net.dense(10, **both(bits(8), bits(8, 2)))
    _softmax(net)
    return Built(net.written(folder))


def unet(folder: Path) -> Built:
    """A tiny U-net: down, up, and a concatenation of both."""
    net = Assembly(16, 16, 1)
    net.act("quantized_bits(8,0,alpha=1)")
    net.conv(4, 3, padding="same", **both(bits(6)))
    early = net.act("quantized_relu(6,1)")
    net.pool()
    net.conv(8, 3, padding="same", **both(bits(6)))
    net.act("quantized_relu(6,1)")
    net.layer("UpSampling2D", (16, 16, 8), size=[2, 2], interpolation="nearest")
    net.join("Concatenate", net.x, early)
    net.conv(4, 3, padding="same", **both(bits(6)))
    net.act("quantized_relu(6,1)")
    net.conv(1, 1, **both(bits(6)))
    return Built(net.written(folder))


def recurrent(folder: Path) -> Built:
    """The tagger of top quarks with an LSTM."""
    net = Assembly(20, 6)
    net.act("quantized_bits(8,2,alpha=1)")
    shapes = {"kernel": (6, 80), "recurrent_kernel": (20, 80), "bias": (80,)}
    net.layer("QLSTM", (20,), weights=shapes, units=20, kernel_quantizer=bits(8), recurrent_quantizer=bits(8))
    net.dense(1, **both(bits(8)))
    return Built(net.written(folder))


def garnet(folder: Path) -> Built:
    """GarNet of the example models: layers of its own class, in floating point."""
    net = Assembly(128, 4)
    net.layer("GarNetStack", (16,), n_propagate=[8, 8, 16], n_aggregators=[4, 4, 8], n_filters=[8, 8, 16])
    net.dense(1, "Dense")
    return _typed(net, folder)


def proxy(folder: Path) -> Built:
    """A proxy model of HGQ 1, as its example jet classifier: fixed-point quantizers around Keras' layers."""
    net = Assembly(16)
    fixed_point(net, 1, 12, 5)
    for units in (64, 32, 32):
        net.dense(units, "Dense", places=6)
        fixed_point(net, 1, 12, 9)
        net.act("relu", "Activation")
        fixed_point(net, 0, 11, 8)
    net.dense(5, "Dense", places=6)
    fixed_point(net, 1, 11, 5)
    return Built(net.written(folder))


def fixed_point(net: Assembly, signed: int, width: int, integers: int) -> None:
    """A ``FixedPointQuantizer``, its types in its weights."""
    options = {"RND": "TRN", "SAT": "WRAP", "overrides": {}, "fusible": True}
    given = {"keep_negative": signed, "bits": width, "integers": integers}
    types = {name: np.full(net.shape, value) for name, value in given.items()}
    net.layer("FixedPointQuantizer", net.shape, weights=types, **options)


_TERNARY = "ternary(alpha=1,threshold=0.2)"
_BINARY = "binary(alpha=1)"

OTHERS = (
    Other("tutorial jet tagger, 6 bits", "QKeras", jets(bits(6), lambda: "quantized_relu(6)"), fast=True),
    Other("tutorial jet tagger, pruned", "QKeras", pruned_jets, fast=True),
    Other("qkeras_3layer", "QKeras", jets_of_inner_activations, fast=True),
    Other("jet tagger, 4 bits, batch norm", "QKeras", jets(bits(4), lambda: "quantized_relu(4,1)", norm=True)),
    Other(
        "jet tagger, auto_po2",
        "QKeras",
        jets(bits(6, alpha="auto_po2"), lambda: "quantized_relu(6,1)", bias_quantizer=bits(6)),
    ),
    Other(
        "jet tagger, auto", "QKeras", jets(bits(6, alpha="auto"), lambda: "quantized_relu(6,1)", bias_quantizer=bits(6))
    ),
    Other("jet tagger, 16 bits", "QKeras", jets(bits(16, 5), lambda: "quantized_relu(16,5)")),
    Other(
        "KERAS_3layer_ternary_small",
        "QKeras",
        jets(_TERNARY, lambda: "ternary(alpha=1,threshold=0.5)", norm=True),
        fast=True,
    ),
    Other("KERAS_3layer_binary_smaller", "QKeras", jets(_BINARY, lambda: "binary(alpha=1)", norm=True), fast=True),
    Other(
        "jet tagger, binary weights, relu",
        "QKeras",
        jets(_BINARY, lambda: "quantized_relu(4,2)", (448, 224, 224), norm=True),
    ),
    Other("jet tagger, tanh", "QKeras", jets(bits(7, 1), lambda: "quantized_tanh(7)")),
    Other("jet tagger, sigmoid", "QKeras", jets(bits(7, 1), lambda: "quantized_sigmoid(7)")),
    Other("dense 16x100x100x100x100x100x5", "QKeras", jets(bits(8, 1), lambda: "quantized_relu(8,2)", (100,) * 5)),
    Other("dense 16x500x500x500x500x500x5", "QKeras", jets(bits(8, 1), lambda: "quantized_relu(8,2)", (500,) * 5)),
    Other("tutorial SVHN, QConv2DBatchnorm", "QKeras", svhn()),
    Other("SVHN, QConv2D and batch norm", "QKeras", svhn("QConv2D", 7)),
    Other("qkeras_mnist_cnn", "QKeras", mnist_cnn),
    Other("qkeras_mnist_dense", "QKeras", mnist_dense, fast=True),
    Other("QKeras' example for MNIST", "QKeras", qkeras_example_mnist),
    Other("MLPerf Tiny anomaly detection", "QKeras", anomaly),
    Other("ECON-T encoder", "QKeras", econ(), fast=True),
    Other("ECON-T encoder, 1 filter, 4 bits", "QKeras", econ(1, 4)),
    Other("ECON-T autoencoder", "QKeras", econ_decoder),
    Other("variational encoder of the L1 trigger", "QKeras", adc_variational, fast=True),
    Other("muon tracker", "QKeras", muon_tracker),
    Other("muon momentum and displacement", "QKeras", muon_momentum),
    Other("taus, two heads", "QKeras", taus),
    Other("long-lived jets", "QKeras", long_lived),
    Other("separable image tagger", "QKeras", separable),
    Other("ResNet8, 16 x 16", "QKeras", resnet),
    Other("tiny U-net", "QKeras", unet),
    Other("top tagger with an LSTM", "QKeras", recurrent),
    Other("garnet_3layer", "Keras 2", garnet),
    Other("proxy_jet_classifier", "HGQ 1", proxy, fast=True),
)
