"""Files of ONNX: exports of Brevitas as qonnx changes them, and networks that onnxruntime quantized after training."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from brevitas.export import export_onnx_qcdq, export_qonnx
from torch import nn

from tests.frontends.others import torch_nets
from tests.frontends.others.entry import Built, Other

Change = Callable[[Path], None]


def exported(make: Callable[[Path], Built], *changes: Change, qcdq: bool = False) -> Callable[[Path], Built]:
    """The file of a module of ``torch_nets``, changed in place."""

    def build(folder: Path) -> Built:
        built, path = make(folder), folder / "net.onnx"
        assert built.shapes is not None
        events = tuple(torch.zeros(1, *shape) for shape in built.shapes)
        with contextlib.redirect_stdout(io.StringIO()), torch.no_grad():
            (export_onnx_qcdq if qcdq else export_qonnx)(built.model, args=events, export_path=str(path))
            for change in changes:
                change(path)
        return Built(path)

    return build


def cleaned(path: Path) -> None:
    from qonnx.util.cleanup import cleanup

    cleanup(str(path), out_file=str(path))


def channels_last(path: Path) -> None:
    from qonnx.util.to_channels_last import to_channels_last

    to_channels_last(str(path), make_input_channels_last=True, out_file=str(path))


def transformed(*names: str) -> Change:
    """Transformations of qonnx, as ``module.Class``."""

    def change(path: Path) -> None:
        from importlib import import_module

        from qonnx.core.modelwrapper import ModelWrapper

        model = ModelWrapper(str(path))
        for name in names:
            module, _, kind = name.rpartition(".")
            model = model.transform(getattr(import_module(f"qonnx.transformation.{module}"), kind)())
        model.save(str(path))

    return change


class _Events:
    """Calibration data for onnxruntime."""

    def __init__(self, *shape: int) -> None:
        random = np.random.default_rng(0)
        self.left = [{"x": random.normal(0, 1, (1, *shape)).astype(np.float32)} for _ in range(16)]

    def get_next(self) -> Any:
        return self.left.pop() if self.left else None


def quantized(make: Callable[[], nn.Module], *shape: int, qdq: bool = True, **options: Any) -> Callable[[Path], Built]:
    """A floating-point network that onnxruntime quantizes to 8 bits after training."""

    def build(folder: Path) -> Built:
        from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

        torch.manual_seed(0)
        module = torch_nets.calibrated(make(), shape)
        plain, path = folder / "plain.onnx", folder / "net.onnx"
        with contextlib.redirect_stdout(io.StringIO()), torch.no_grad():
            program = torch.onnx.export(
                module, (torch.zeros(1, *shape),), input_names=["x"], dynamo=True, verbose=False
            )
        onnx.save(program.model_proto, plain)
        kinds = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8} | options
        kinds = {key: getattr(QuantType, kind) if isinstance(kind, str) else kind for key, kind in kinds.items()}
        form = QuantFormat.QDQ if qdq else QuantFormat.QOperator
        quantize_static(str(plain), str(path), _Events(*shape), quant_format=form, **kinds)
        return Built(path)

    return build


def mlp() -> nn.Module:
    """The jet tagger in floating point."""
    return nn.Sequential(
        nn.Linear(16, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 5)
    )


def cnn() -> nn.Module:
    """A small image network in floating point."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(144, 10),
    )


class Residual(nn.Module):
    """A residual block with global average pooling, in floating point."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.last = nn.Conv2d(3, 8, 3, padding=1), nn.Linear(8, 10)
        self.block = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1))

    def forward(self, x: Any) -> Any:
        x = torch.relu(self.stem(x))
        return self.last(torch.relu(x + self.block(x)).mean((2, 3)))


_TFC = torch_nets.brevitas(torch_nets.bnn(1, 2, (64,) * 3), torch_nets.MNIST)
_CNN = torch_nets.brevitas(torch_nets.cnn(torch_nets.SCALES), (1, 16, 16))
_JETS = torch_nets.brevitas(torch_nets.mlp(torch_nets.SCALES, (16, 64, 32, 32, 5), 4, 4), (16,))
_POWERS = torch_nets.brevitas(torch_nets.cnn(torch_nets.POWERS), (1, 16, 16))

OTHERS = (
    Other("TFC w1a2, exported", "QONNX files", exported(_TFC), fast=True),
    Other("TFC w1a2, cleaned", "QONNX files", exported(_TFC, cleaned)),
    Other("small CNN, cleaned", "QONNX files", exported(_CNN, cleaned)),
    Other("small CNN, channels last", "QONNX files", exported(_POWERS, cleaned, channels_last), fast=True),
    Other(
        "small CNN, convolutions as products",
        "QONNX files",
        exported(_POWERS, cleaned, transformed("lower_convs_to_matmul.LowerConvsToMatMul")),
    ),
    Other(
        "small CNN, batch norm as sums and products",
        "QONNX files",
        exported(_CNN, cleaned, transformed("batchnorm_to_affine.BatchNormToAffine")),
    ),
    Other(
        "jet tagger, weights folded",
        "QONNX files",
        exported(
            _JETS,
            cleaned,
            transformed("quant_constant_folding.FoldTransposeIntoQuantInit", "fold_constants.FoldConstants"),
        ),
    ),
    Other(
        "jet tagger, QONNX to QCDQ", "QCDQ and QDQ", exported(_JETS, cleaned, transformed("qonnx_to_qcdq.QuantToQCDQ"))
    ),
    Other("jet tagger, QCDQ", "QCDQ and QDQ", exported(_JETS, qcdq=True), fast=True),
    Other("small CNN, QCDQ", "QCDQ and QDQ", exported(_CNN, qcdq=True)),
    Other("onnxruntime, MLP", "QCDQ and QDQ", quantized(mlp, 16), fast=True),
    Other(
        "onnxruntime, MLP, a channel, signed",
        "QCDQ and QDQ",
        quantized(mlp, 16, per_channel=True, activation_type="QInt8"),
    ),
    Other("onnxruntime, MLP, 16 bits", "QCDQ and QDQ", quantized(mlp, 16, activation_type="QInt16")),
    Other("onnxruntime, CNN", "QCDQ and QDQ", quantized(cnn, 1, 16, 16)),
    Other("onnxruntime, CNN, a channel", "QCDQ and QDQ", quantized(cnn, 1, 16, 16, per_channel=True)),
    Other("onnxruntime, residual CNN", "QCDQ and QDQ", quantized(Residual, 3, 8, 8, per_channel=True)),
    Other("onnxruntime, MLP, QLinear operators", "QCDQ and QDQ", quantized(mlp, 16, qdq=False)),
)
