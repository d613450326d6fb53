"""Random modules with the quantizers of Brevitas, a pure function of a seed."""

from __future__ import annotations

from typing import Any

import brevitas.nn as qnn
import numpy as np
import torch
from brevitas.quant import (
    Int8ActPerTensorFixedPoint,
    Int8ActPerTensorFloat,
    Int8WeightPerChannelFloat,
    Int8WeightPerTensorFixedPoint,
    Int8WeightPerTensorFloat,
    Uint8ActPerTensorFixedPoint,
    Uint8ActPerTensorFloat,
)
from torch import nn

POWERS = (Int8ActPerTensorFixedPoint, Uint8ActPerTensorFixedPoint, (Int8WeightPerTensorFixedPoint,))
SCALES = (Int8ActPerTensorFloat, Uint8ActPerTensorFloat, (Int8WeightPerTensorFloat, Int8WeightPerChannelFloat))
SHAPES = {"mlp": (6,), "set": (4, 3), "line": (2, 9), "image": (1, 6, 6)}


class Drawn(nn.Module):
    """A network of one family with random widths and bits; scales are powers of two or any."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.rng = np.random.default_rng(seed)
        self.family = str(self.rng.choice(list(SHAPES)))
        self.quantizers = POWERS if self.rng.random() < 0.6 else SCALES
        self.shape = SHAPES[self.family]
        self.first = self._identity(5)
        width = int(self.rng.integers(3, 8))
        if self.family in ("mlp", "set"):
            self.hidden = self._linear(self.shape[-1], width)
        elif self.family == "line":
            self.hidden = self._conv(qnn.QuantConv1d, 2, width)
        else:
            self.hidden = self._conv(qnn.QuantConv2d, 1, width)
        self.rectified = self._rectifier()
        self.joined = self._identity(6)
        self.way = int(self.rng.integers(4))
        with torch.no_grad():
            count = int(np.prod(self._middle(torch.zeros(1, *self.shape)).shape[1:]))
        self.last = self._linear(count, 3)
        del self.rng

    def _identity(self, bits: int) -> Any:
        return qnn.QuantIdentity(act_quant=self.quantizers[0], bit_width=bits)

    def _rectifier(self) -> Any:
        return qnn.QuantReLU(act_quant=self.quantizers[1], bit_width=int(self.rng.integers(3, 7)))

    def _weights(self) -> dict[str, Any]:
        kinds = self.quantizers[2]
        kind = kinds[int(self.rng.integers(len(kinds)))]
        return {"weight_quant": kind, "weight_bit_width": int(self.rng.integers(3, 6)), "bias": False}

    def _linear(self, inputs: int, outputs: int) -> Any:
        return qnn.QuantLinear(inputs, outputs, **self._weights())

    def _conv(self, kind: Any, inputs: int, outputs: int) -> Any:
        return kind(inputs, outputs, kernel_size=3, padding=int(self.rng.integers(2)), **self._weights())

    def _middle(self, x: Any) -> Any:
        x = self.rectified(self.hidden(self.first(x)))
        match self.way:
            case 0:
                x = x.flatten(1)
            case 1:
                x = torch.cat([x[:, :1], x[:, 1:]], dim=1).flatten(1)
            case 2:
                x = self.joined(x[:, :2] + x[:, -2:]).flatten(1)
            case _:
                x = self.joined(x.transpose(1, -1) * 2 if x.dim() > 2 else -x).flatten(1)
        return x

    def forward(self, x: Any) -> Any:
        """The logits."""
        return self.last(self._middle(x))


def drawn(seed: int) -> tuple[nn.Module, tuple[int, ...]]:
    """A calibrated module in ``eval()``, and the shape of its input."""
    torch.manual_seed(seed)
    module = Drawn(seed).train()
    with torch.no_grad():
        for _ in range(4):
            module(torch.randn(64, *module.shape))
    return module.eval(), module.shape
