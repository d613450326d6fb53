"""Models of Brevitas and torch: BNN-PYNQ, the QONNX model zoo, FINN's and hls4ml's examples, by random weights."""

from __future__ import annotations

from collections.abc import Callable
from configparser import ConfigParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import brevitas.nn as qnn
import torch
from brevitas.quant import (
    Int8ActPerTensorFixedPoint,
    Int8ActPerTensorFloat,
    Int8BiasPerTensorFixedPointInternalScaling,
    Int8WeightPerChannelFloat,
    Int8WeightPerTensorFixedPoint,
    Int8WeightPerTensorFloat,
    Uint8ActPerTensorFixedPoint,
    Uint8ActPerTensorFloat,
)
from brevitas_examples.bnn_pynq.models.CNV import cnv
from brevitas_examples.bnn_pynq.models.FC import fc
from brevitas_examples.bnn_pynq.models.resnet import QuantBasicBlock
from brevitas_examples.imagenet_classification.models.mobilenetv1 import MobileNet
from torch import nn

from tests.frontends.others.entry import Built, Other

Shape = tuple[int, ...]


def calibrated(module: nn.Module, *shapes: Shape, seed: int = 0) -> Any:
    """The module in ``eval()``, its ranges and statistics those of random events in [-1, 1]."""
    torch.manual_seed(seed)
    module.train()
    with torch.no_grad():
        for _ in range(3):
            module(*(2 * torch.rand(16, *shape) - 1 for shape in shapes))
    return module.eval()


def brevitas(make: Callable[[], nn.Module], *shapes: Shape) -> Callable[[Path], Built]:
    """A calibrated module."""

    def build(_: Path) -> Built:
        torch.manual_seed(1)
        return Built(calibrated(make(), *shapes), shapes)

    return build


def bnn(weights: int, activations: int, hidden: Shape = (), image: Shape = (1, 28, 28)) -> Callable[[], nn.Module]:
    """A network of BNN-PYNQ: CNV without ``hidden``."""

    def make() -> nn.Module:
        config = ConfigParser()
        first = activations if hidden else 8
        bits = {"WEIGHT_BIT_WIDTH": weights, "ACT_BIT_WIDTH": activations, "IN_BIT_WIDTH": first}
        sizes = {"NUM_CLASSES": 10, "IN_CHANNELS": image[0], "OUT_FEATURES": [*hidden]}
        config.read_dict({"QUANT": bits, "MODEL": sizes})
        return (fc if hidden else cnv)(config)

    return make


POWERS = (Int8ActPerTensorFixedPoint, Uint8ActPerTensorFixedPoint, Int8WeightPerTensorFixedPoint)
SCALES = (Int8ActPerTensorFloat, Uint8ActPerTensorFloat, Int8WeightPerTensorFloat)
CHANNELS = (Int8ActPerTensorFloat, Uint8ActPerTensorFloat, Int8WeightPerChannelFloat)


class Chain(nn.Sequential):
    """Layers one behind the other, that grow by words."""

    def __init__(self, kinds: tuple[Any, Any, Any], weights: int, activations: int, first: int = 8) -> None:
        super().__init__(qnn.QuantIdentity(act_quant=kinds[0], bit_width=first, return_quant_tensor=True))
        self.signed, self.unsigned, self.weight = kinds
        self.weights, self.activations = weights, activations

    def then(self, layer: nn.Module) -> Chain:
        self.append(layer)
        return self

    def linear(self, inputs: int, outputs: int, bias: bool = False) -> Chain:
        own = {"weight_quant": self.weight, "weight_bit_width": self.weights, "bias": bias}
        return self.then(qnn.QuantLinear(inputs, outputs, **own))

    def conv(self, kind: Any, inputs: int, outputs: int, size: int = 3, **options: Any) -> Chain:
        own = {"weight_quant": self.weight, "weight_bit_width": self.weights, "bias": False}
        return self.then(kind(inputs, outputs, kernel_size=size, **own, **options))

    def relu(self) -> Chain:
        quantizer = {"act_quant": self.unsigned, "bit_width": self.activations}
        return self.then(qnn.QuantReLU(**quantizer, return_quant_tensor=True))

    def identity(self, bits: int | None = None) -> Chain:
        quantizer = {"act_quant": self.signed, "bit_width": bits or self.activations}
        return self.then(qnn.QuantIdentity(**quantizer, return_quant_tensor=True))


def mlp(
    kinds: Any, sizes: Shape, weights: int, activations: int, norm: bool = True, **first: int
) -> Callable[[], Chain]:
    """Dense layers with batch norm and ReLU between."""

    def make() -> Chain:
        net = Chain(kinds, weights, activations, **first)
        for inputs, outputs in pairwise(sizes[:-1]):
            net.linear(inputs, outputs)
            if norm:
                net.then(nn.BatchNorm1d(outputs))
            net.relu()
        return net.linear(*sizes[-2:])

    return make


def vgg10(length: int, filters: int) -> Callable[[], Chain]:
    """The network for radio modulations: seven convolutions with pooling, two dense layers, 24 classes."""

    def make() -> Chain:
        net = Chain(SCALES, 8, 8)
        channels = 2
        for _ in range(7):
            net.conv(qnn.QuantConv1d, channels, filters, padding=1).then(nn.BatchNorm1d(filters)).relu()
            net.then(nn.MaxPool1d(2))
            channels = filters
        net.then(nn.Flatten())
        inputs = filters * length // 2**7
        for outputs in (128, 128):
            net.linear(inputs, outputs).then(nn.BatchNorm1d(outputs)).relu()
            inputs = outputs
        return net.linear(inputs, 24)

    return make


def resnet(blocks: Shape, kinds: Any = None) -> Callable[[], nn.Module]:
    """Brevitas' residual network with fewer blocks and channels a block, an input quantizer in front."""

    class Small(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.start = qnn.QuantIdentity(act_quant=Int8ActPerTensorFloat, return_quant_tensor=True)
            self.stem = qnn.QuantConv2d(
                3, 16, 3, padding=1, bias=False, weight_quant=Int8WeightPerChannelFloat, weight_bit_width=4
            )
            self.norm = nn.BatchNorm2d(16)
            shared: Any = qnn.QuantReLU(bit_width=4, return_quant_tensor=True)
            self.relu, layers, width = shared, [], 16
            for n, count in enumerate(blocks):
                for m in range(count):
                    stride, out = (2 if n and not m else 1), 16 * 2**n
                    options = {"act_bit_width": 4, "weight_bit_width": 4, "shared_quant_act": shared}
                    layers.append(QuantBasicBlock(width, out, stride, **options))
                    width, shared = out, layers[-1].relu_out
            self.blocks = nn.Sequential(*layers)
            self.pool = qnn.TruncAvgPool2d(kernel_size=4, float_to_int_impl_type="FLOOR")
            self.last = qnn.QuantLinear(width, 10, bias=True, weight_bit_width=8)

        def forward(self, x: Any) -> Any:
            x = self.relu(self.norm(self.stem(self.start(x))))
            return self.last(self.pool(self.blocks(x)).flatten(1))

    return Small


def mobilenet(width: int) -> Callable[[], nn.Module]:
    """MobileNetV1 w4a4 for images of 32 x 32, its channels divided."""

    class Small(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.start = qnn.QuantIdentity(act_quant=Int8ActPerTensorFloat, return_quant_tensor=True)
            stages = [[4], [8], [16, 16], [32, 32], [64] * 6, [128, 128]]
            channels = [[n * width for n in stage] for stage in stages]
            self.net = MobileNet(channels, False, 4, 4, avg_pool_kernel_size=2, first_layer_stride=1, num_classes=10)

        def forward(self, x: Any) -> Any:
            return self.net(self.start(x))

    return Small


def cnn(kinds: Any, weights: int = 4, activations: int = 4) -> Callable[[], Chain]:
    """A small image network: two convolutions, max and average pooling, dense."""

    def make() -> Chain:
        net = Chain(kinds, weights, activations)
        net.conv(qnn.QuantConv2d, 1, 8).then(nn.BatchNorm2d(8)).relu().then(nn.MaxPool2d(2))
        net.conv(qnn.QuantConv2d, 8, 16, padding=1).relu().then(nn.AvgPool2d(2)).identity()
        return net.then(nn.Flatten()).linear(16 * 9, 10)

    return make


def autoencoder() -> Chain:
    """A dense autoencoder around a quantized code."""
    net = Chain(POWERS, 6, 6)
    for inputs, outputs in ((57, 32), (32, 16)):
        net.linear(inputs, outputs).relu()
    net.linear(16, 3).identity(8)
    for inputs, outputs in ((3, 16), (16, 32)):
        net.linear(inputs, outputs).relu()
    return net.linear(32, 57)


class Biased(nn.Module):
    """hls4ml's three-layer model with quantized biases and a sigmoid."""

    def __init__(self) -> None:
        super().__init__()
        kind = {"weight_quant": Int8WeightPerTensorFixedPoint, "weight_bit_width": 6, "bias": True}
        kind |= {"bias_quant": Int8BiasPerTensorFixedPointInternalScaling}
        self.start = qnn.QuantIdentity(act_quant=Int8ActPerTensorFixedPoint)
        self.fc1, self.fc2, self.fc3 = (qnn.QuantLinear(a, b, **kind) for a, b in ((16, 64), (64, 32), (32, 5)))
        self.act1 = qnn.QuantReLU(act_quant=Uint8ActPerTensorFixedPoint, bit_width=6)
        self.act2 = qnn.QuantTanh(act_quant=Int8ActPerTensorFixedPoint, bit_width=6)

    def forward(self, x: Any) -> Any:
        x = self.act1(self.fc1(self.start(x)))
        return torch.softmax(self.fc3(self.act2(self.fc2(x))), -1)


class DeepSet(nn.Module):
    """Particles through shared dense layers, their mean, and dense layers."""

    def __init__(self, kinds: Any = POWERS) -> None:
        super().__init__()
        self.phi = mlp(kinds, (3, 32, 32), 6, 8, norm=False)()
        self.middle = qnn.QuantReLU(act_quant=kinds[1], bit_width=8)
        self.joined = qnn.QuantIdentity(act_quant=kinds[0], bit_width=8)
        self.rho = mlp(kinds, (32, 16, 5), 6, 8, norm=False)()

    def forward(self, x: Any) -> Any:
        return self.rho(self.joined(self.middle(self.phi(x)).mean(1)))


class Unet(nn.Module):
    """Down, up by nearest neighbours, and a concatenation of both."""

    def __init__(self) -> None:
        super().__init__()
        kind = {"weight_quant": Int8WeightPerTensorFixedPoint, "weight_bit_width": 4, "bias": False, "padding": 1}
        relu = {"act_quant": Uint8ActPerTensorFixedPoint, "bit_width": 6}
        self.start = qnn.QuantIdentity(act_quant=Int8ActPerTensorFixedPoint)
        self.down, self.deep = qnn.QuantConv2d(1, 4, 3, **kind), qnn.QuantConv2d(4, 8, 3, **kind)
        self.up = qnn.QuantConv2d(12, 2, 3, **kind)
        self.act1, self.act2 = (qnn.QuantReLU(**relu) for _ in range(2))

    def forward(self, x: Any) -> Any:
        early = self.act1(self.down(self.start(x)))
        low = self.act2(self.deep(nn.functional.max_pool2d(early, 2)))
        high = nn.functional.interpolate(low, scale_factor=2, mode="nearest")
        return self.up(torch.cat([early, high], 1))


class Merged(nn.Module):
    """The words of Brevitas for several tensors: sums and concatenations in one quantizer."""

    def __init__(self) -> None:
        super().__init__()
        kind = {"weight_quant": Int8WeightPerTensorFloat, "weight_bit_width": 4, "bias": False}
        self.start = qnn.QuantIdentity(bit_width=6, return_quant_tensor=True)
        self.a, self.b = qnn.QuantLinear(8, 8, **kind), qnn.QuantLinear(8, 8, **kind)
        self.same = qnn.QuantIdentity(bit_width=6)
        self.sum = qnn.QuantEltwiseAdd(bit_width=6)
        self.cat = qnn.QuantIdentity(bit_width=6)
        self.last = qnn.QuantLinear(16, 4, **kind)

    def forward(self, x: Any) -> Any:
        x = self.start(x)
        a, b = self.same(self.a(x)), self.same(self.b(x))
        return self.last(self.cat(torch.cat([self.sum(a, b), a], 1)))


class FakeQuantized(nn.Module):
    """torch's own quantization-aware training: fake quantizers as ``torch.ao`` leaves them, frozen."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(16, 32), nn.Linear(32, 5)

    def forward(self, x: Any) -> Any:
        def fake(y: Any, scale: float, lo: int = -128, hi: int = 127) -> Any:
            return torch.fake_quantize_per_tensor_affine(y, scale, 0, lo, hi)

        x = nn.functional.linear(fake(x, 0.0171), fake(self.first.weight, 0.0021), self.first.bias)
        x = fake(torch.relu(x), 0.0133, 0, 255)
        return fake(nn.functional.linear(x, fake(self.last.weight, 0.0023), self.last.bias), 0.02)


MNIST, CIFAR = (1, 28, 28), (3, 32, 32)
_HIDDEN = {"TFC": (64,) * 3, "SFC": (256,) * 3, "LFC": (1024,) * 3}
_BNN = [
    Other(f"{name} w{w}a{a}", "QONNX zoo, Brevitas", brevitas(bnn(w, a, hidden), MNIST), fast=name == "TFC" and w == 1)
    for name, hidden in _HIDDEN.items()
    for w, a in ((1, 1), (1, 2), (2, 2))
    if (name, w) != ("LFC", 2)
]
_CNV = [
    Other(f"CNV w{w}a{a}", "QONNX zoo, Brevitas", brevitas(bnn(w, a, image=CIFAR), CIFAR))
    for w, a in ((1, 1), (1, 2), (2, 2))
]

OTHERS = (
    *_BNN,
    *_CNV,
    Other(
        "keyword spotting MLP w3a3",
        "QONNX zoo, Brevitas",
        brevitas(mlp(SCALES, (490, 256, 256, 256, 12), 3, 3), (490,)),
    ),
    Other("VGG10 for RadioML w8a8", "QONNX zoo, Brevitas", brevitas(vgg10(1024, 64), (2, 1024))),
    Other("ResNet8 w4a4", "QONNX zoo, Brevitas", brevitas(resnet((1, 1, 1)), (3, 16, 16))),
    Other("MobileNetV1 w4a4, 32 x 32, an eighth", "QONNX zoo, Brevitas", brevitas(mobilenet(1), CIFAR)),
    Other(
        "intrusion detection MLP w2a2",
        "FINN examples",
        brevitas(mlp(SCALES, (593, 64, 64, 64, 1), 2, 2, first=2), (593,)),
    ),
    Other("jet tagger, powers of two", "Brevitas", brevitas(mlp(POWERS, (16, 64, 32, 32, 5), 6, 6), (16,)), fast=True),
    Other("jet tagger, scales a channel", "Brevitas", brevitas(mlp(CHANNELS, (16, 64, 32, 32, 5), 4, 4), (16,))),
    Other("jet tagger, biases and tanh", "Brevitas", brevitas(Biased, (16,))),
    Other("small CNN, powers of two", "Brevitas", brevitas(cnn(POWERS), (1, 16, 16)), fast=True),
    Other("small CNN, scales a channel", "Brevitas", brevitas(cnn(CHANNELS), (1, 16, 16))),
    Other("autoencoder of the L1 trigger", "Brevitas", brevitas(autoencoder, (57,))),
    Other("deep set", "Brevitas", brevitas(DeepSet, (16, 3))),
    Other("tiny U-net", "Brevitas", brevitas(Unet, (1, 16, 16))),
    Other("sums and concatenations", "Brevitas", brevitas(Merged, (8,))),
    Other("fake quantizers of torch", "torch", brevitas(FakeQuantized, (16,)), fast=True),
)
