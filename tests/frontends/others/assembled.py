"""Keras 2 files of any architecture, put together layer by layer without Keras: shapes are followed, weights drawn."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from tests.frontends.qkeras import drawn
from tests.frontends.qkeras.written import Layer, write

_EPSILON = 1e-3
_FOLDED = {"epsilon": _EPSILON, "center": True, "scale": True, "folding_mode": "ema_stats_folding", "axis": -1}


class Assembly:
    """A functional model that grows; ``x`` is the layer at its end, shapes are without events."""

    def __init__(self, *shape: int, seed: int = 0) -> None:
        self.listed: list[dict[str, Any]] = []
        self.layers: list[Layer] = []
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.inputs: list[str] = []
        self.seed = seed
        self.x = self.input(*shape)

    def input(self, *shape: int) -> str:
        """A further input."""
        name = f"input_{len(self.inputs) + 1}"
        config = {"batch_input_shape": [None, *shape], "dtype": "float32", "name": name}
        self.listed.append({"class_name": "InputLayer", "config": config, "name": name, "inbound_nodes": []})
        self.inputs.append(name)
        self.shapes[name] = shape
        return name

    def layer(self, kind: str, result: tuple[int, ...], *operands: str, weights: Any = None, **options: Any) -> str:
        """A layer of a class, with the shape of its result; it becomes the end."""
        name = str(options.pop("name", f"{kind.lower()}_{len(self.listed)}"))
        sources = operands or (self.x,)
        config = {"name": name, "trainable": True, "dtype": "float32", **options}
        node = [[[source, 0, 0, {}] for source in sources]]
        self.listed.append({"class_name": kind, "config": config, "name": name, "inbound_nodes": node})
        self.layers.append((kind, config, {key: self._weight(key, dims) for key, dims in (weights or {}).items()}))
        self.shapes[name], self.x = result, name
        return name

    def _weight(self, name: str, shape: Any) -> Any:
        """Drawn numbers for a shape; an array stays."""
        if isinstance(shape, np.ndarray):
            return shape
        seed = 1000 * self.seed + len(self.layers)
        short = drawn.statistics(seed, shape[-1], _EPSILON)
        if name in short:
            return short[name]
        fan = max(1, prod(shape[:-1]))
        return drawn.weights(seed, shape) * np.float32(2.0 ** -np.ceil(np.log2(fan) / 2) if len(shape) > 1 else 0.25)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape at the end."""
        return self.shapes[self.x]

    def dense(self, units: int, kind: str = "QDense", places: int | None = None, **options: Any) -> str:
        """``QDense``, or a layer like it, on the last axis; weights have at most ``places`` fraction bits."""
        weights: dict[str, Any] = {"kernel": (self.shape[-1], units)}
        if options.setdefault("use_bias", True):
            weights["bias"] = (units,)
        if "Batchnorm" in kind:
            weights |= dict.fromkeys(("gamma", "beta", "moving_mean", "moving_variance"), (units,))
            options |= _FOLDED
        options = {"units": units, "activation": "linear", **options}
        if places is not None:
            drawn_ones = {key: self._weight(key, shape) for key, shape in weights.items()}
            weights = {key: np.ldexp(np.rint(np.ldexp(part, places)), -places) for key, part in drawn_ones.items()}
        return self.layer(kind, (*self.shape[:-1], units), weights=weights, **options)

    def conv(self, filters: int, size: int, kind: str = "QConv2D", **options: Any) -> str:
        """A convolution with square kernels; depthwise and separable ones by their names."""
        dims = len(self.shape) - 1
        strides = options.setdefault("strides", [1] * dims)
        options = {
            "kernel_size": [size] * dims,
            "padding": "valid",
            "activation": "linear",
            "use_bias": True,
            **options,
        }
        channels, window = self.shape[-1], (size,) * dims
        weights: dict[str, tuple[int, ...]] = {"kernel": (*window, channels, filters)}
        if "Depthwise" in kind:
            filters, weights = channels, {"depthwise_kernel": (*window, channels, 1)}
        elif "Separable" in kind:
            weights = {
                "depthwise_kernel": (*window, channels, 1),
                "pointwise_kernel": (*(1,) * dims, channels, filters),
            }
        if options["use_bias"]:
            weights["bias"] = (filters,)
        if "Batchnorm" in kind:
            weights |= dict.fromkeys(("gamma", "beta", "moving_mean", "moving_variance"), (filters,))
            options |= _FOLDED
        if "Depthwise" not in kind:
            options["filters"] = filters
        same = options["padding"] == "same"
        lengths = [-(-n // s) if same else (n - size) // s + 1 for n, s in zip(self.shape[:-1], strides, strict=True)]
        return self.layer(kind, (*lengths, filters), weights=weights, **options)

    def act(self, spelling: Any, kind: str = "QActivation") -> str:
        """An activation."""
        return self.layer(kind, self.shape, activation=spelling)

    def norm(self, kind: str = "BatchNormalization", **options: Any) -> str:
        """A batch normalization."""
        weights = dict.fromkeys(("gamma", "beta", "moving_mean", "moving_variance"), self.shape[-1:])
        options = {"axis": [len(self.shape)], "epsilon": _EPSILON, "center": True, "scale": True, **options}
        return self.layer(kind, self.shape, weights=weights, **options)

    def pool(self, size: int = 2, kind: str = "MaxPooling2D", **options: Any) -> str:
        """Pooling by windows without overlap."""
        dims = len(self.shape) - 1
        windows = {"pool_size": [size] * dims, "strides": [size] * dims, "padding": "valid", **options}
        return self.layer(kind, (*(n // size for n in self.shape[:-1]), self.shape[-1]), **windows)

    def flatten(self) -> str:
        """A vector of all."""
        return self.layer("Flatten", (prod(self.shape),))

    def join(self, kind: str, *operands: str, **options: Any) -> str:
        """A merge of tensors of one shape, or of vectors by ``Concatenate``."""
        shape = self.shapes[operands[0]]
        if kind == "Concatenate":
            shape, options = (*shape[:-1], sum(self.shapes[name][-1] for name in operands)), {"axis": -1, **options}
        return self.layer(kind, shape, *operands, **options)

    def written(self, folder: Path, *outputs: str) -> Path:
        """The ``.h5`` file, whose outputs are the end or those named."""
        ends = {
            "input_layers": [[name, 0, 0] for name in self.inputs],
            "output_layers": [[name, 0, 0] for name in outputs or (self.x,)],
        }
        config = {"class_name": "Functional", "config": {"name": "net", "layers": self.listed, **ends}}
        return write(folder / "net.h5", config, *self.layers)
