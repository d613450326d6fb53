"""Random modules of torch alone that quantize by its own operators, a pure function of a seed."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

SHAPES = {"mlp": (6,), "set": (4, 4), "line": (2, 8), "image": (2, 5, 5)}
Tensor = torch.Tensor


class Quantized(nn.Module):
    """``clamp(round(x / s), lo, hi) * s`` in one of the spellings that people use."""

    def __init__(self, rng: np.random.Generator, bits: int, binary: bool, signed: bool = True) -> None:
        super().__init__()
        self.scale = float(2.0 ** rng.integers(-4, 0)) if binary else float(np.float32(rng.uniform(0.05, 0.6)))
        self.low, self.high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
        self.way = int(rng.integers(4 if binary else 2))

    def forward(self, x: Tensor) -> Tensor:
        """The rounded tensor."""
        match self.way:
            case 0:
                return torch.clamp(torch.round(x / self.scale), self.low, self.high) * self.scale
            case 1 if x.dtype is torch.float32:
                return torch.fake_quantize_per_tensor_affine(x, self.scale, 0, self.low, self.high)
            case 1:  # torch gives results of float32 here too
                inverse = float(np.float32(1) / np.float32(self.scale))
                return torch.clamp(torch.round(x * inverse), self.low, self.high) * self.scale
            case 2:
                return (
                    torch.floor(torch.clamp(x, self.low * self.scale, self.high * self.scale) / self.scale) * self.scale
                )
            case _:
                return torch.clamp(torch.floor(x * (1 / self.scale) + 0.5), self.low, self.high) * self.scale


class Plain(nn.Module):
    """A network of one family with random widths, bits, scales and operators between its layers."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.rng = np.random.default_rng([seed, 3])
        self.family = str(self.rng.choice(list(SHAPES)))
        self.shape, self.binary = SHAPES[self.family], bool(self.rng.random() < 0.6)
        width = 2 * int(self.rng.integers(1, 4))
        self.first, self.second, self.third = (self._quantized(bits) for bits in (5, 5, 6))
        self.hidden = self._layer(width)
        self.norm = self._norm(width) if self.family != "set" and self.rng.random() < 0.4 else nn.Identity()
        curves = (nn.ReLU(), nn.ReLU6(), nn.LeakyReLU(0.125), nn.Hardtanh(-1.5, 1.5), nn.Identity())
        self.curve = curves[int(self.rng.integers(len(curves)))]
        self.way = int(self.rng.integers(9))
        with torch.no_grad():
            count = int(np.prod(self._middle(torch.zeros(2, *self.shape)).shape[1:]))
        self.last = self._rounded(nn.Linear(count, 3, bias=bool(self.rng.random() < 0.5)))
        self.end = int(self.rng.integers(4))
        del self.rng

    def _quantized(self, bits: int) -> nn.Module:
        return Quantized(self.rng, bits, self.binary, bool(self.rng.random() < 0.7))

    def _layer(self, width: int) -> nn.Module:
        bias = bool(self.rng.random() < 0.5)
        if self.family in ("mlp", "set"):
            return self._rounded(nn.Linear(self.shape[-1], width, bias=bias))
        kind = nn.Conv1d if self.family == "line" else nn.Conv2d
        options = {
            "stride": int(self.rng.integers(1, 3)),
            "padding": int(self.rng.integers(2)),
            "groups": int(self.rng.integers(1, 3)),
        }
        options |= {"dilation": int(self.rng.integers(1, 3)) if options["stride"] == 1 else 1}
        return self._rounded(kind(2, width, kernel_size=2, bias=bias, **options))

    def _rounded(self, layer: Any) -> nn.Module:
        """The layer with weights of few bits."""
        with torch.no_grad():
            for weight in layer.parameters():
                scale = (
                    float(2.0 ** self.rng.integers(-3, 0))
                    if self.binary
                    else float(np.float32(self.rng.uniform(0.1, 0.4)))
                )
                weight.copy_(torch.tensor(self.rng.integers(-7, 8, tuple(weight.shape)) * np.float32(scale)))
        return layer

    def _norm(self, width: int) -> nn.Module:
        norm: Any = nn.BatchNorm1d(width) if self.family in ("mlp", "line") else nn.BatchNorm2d(width)
        with torch.no_grad():
            norm.weight.copy_(torch.tensor(self.rng.normal(1, 0.3, width)))
            norm.bias.copy_(torch.tensor(self.rng.normal(0, 0.3, width)))
            norm.running_mean.copy_(torch.tensor(self.rng.normal(0, 0.3, width)))
            norm.running_var.copy_(torch.tensor(self.rng.uniform(0.3, 2, width)))
        return norm.eval()

    def _middle(self, x: Tensor) -> Tensor:
        x = self.second(self.curve(self.norm(self.hidden(self.first(x)))))
        match self.way:
            case 0:
                x = torch.cat([x[:, 1:], x[:, :1]], dim=1)
            case 1:
                a, b = torch.chunk(x, 2, dim=1)
                x = a + 2 * b
            case 2:
                x = torch.stack([x, -x], dim=1).amax(dim=1)
            case 3 if x.dim() > 2:
                x = x.sum(dim=-1)
            case 4 if x.dim() > 2:
                x = x.mean(dim=-1)
            case 5 if x.dim() > 2:
                x = self.third(torch.matmul(x.transpose(1, -1), x) if x.dim() == 3 else x.permute(0, 2, 3, 1))
            case 6:
                x = torch.where(x > 0, x, 0.5 * x)
            case 7:
                x = torch.maximum(x, x.flip(1)).abs()
            case _:
                x = torch.clamp(x, -1.0, 1.0) - x * x
        return self.third(x).flatten(1)

    def forward(self, x: Tensor) -> Tensor:
        """The logits, perhaps behind a softmax, quantized, or their largest."""
        y = self.last(self._middle(x))
        match self.end:
            case 0:
                return self.first(y)
            case 1:
                return torch.relu(y)
            case _:
                return y


def plain(seed: int) -> tuple[nn.Module, tuple[int, ...]]:
    """A module in ``eval()``, and the shape of its input."""
    module = Plain(seed).eval()
    return module, module.shape
