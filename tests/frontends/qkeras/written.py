"""Small Keras 2 files with QKeras' layers, written by hand as Keras writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

BITS = {"class_name": "quantized_bits", "config": {"bits": 4, "integer": 1, "alpha": 1}}
Layer = tuple[str, dict[str, Any], Mapping[str, Any]]
"""class, options and weights"""


def dense(name: str = "fc", **options: Any) -> Layer:
    """A ``QDense`` of 3 inputs and 2 units."""
    config = {"units": 2, "activation": "linear", "use_bias": True, "kernel_quantizer": BITS, "bias_quantizer": BITS}
    weights = {"kernel": np.array([[0.5, -1.25], [0.25, 0.75], [1.0, 0.3]]), "bias": np.array([0.25, -0.5])}
    return "QDense", {"name": name, **config, **options}, weights


def activation(spelling: Any, name: str = "act") -> Layer:
    """A ``QActivation``."""
    return "QActivation", {"name": name, "activation": spelling}, {}


def layer(kind: str, name: str = "odd", weights: Mapping[str, Any] | None = None, **options: Any) -> Layer:
    """Any layer."""
    return kind, {"name": name, **options}, weights or {}


def sequence(*layers: Layer, shape: Sequence[int | None] = (3,)) -> dict[str, Any]:
    """The configuration of a chain of layers behind a quantized input."""
    start = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, *shape], "name": "x"}, "name": "x"}
    listed: list[dict[str, Any]] = [{**start, "inbound_nodes": []}]
    for kind, config, _ in layers:
        node = [[[listed[-1]["name"], 0, 0, {}]]]
        listed.append({"class_name": kind, "config": config, "name": config["name"], "inbound_nodes": node})
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [[listed[-1]["name"], 0, 0]]}
    return {"class_name": "Functional", "config": {"name": "net", "layers": listed, **ends}}


def write(path: Path, config: Any, *layers: Layer) -> Path:
    """The file of a model with a configuration and the weights of its layers."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"], file.attrs["keras_version"] = json.dumps(config), "2.14.0"
        for _, options, weights in layers:
            group = file.create_group(f"model_weights/{options['name']}")
            group.attrs["weight_names"] = [f"{options['name']}/{name}:0".encode() for name in weights]
            for name, values in weights.items():
                group[f"{options['name']}/{name}:0"] = np.asarray(values, np.float32)
    return path


def chain(folder: Path, *layers: Layer, shape: Sequence[int | None] = (3,)) -> Path:
    """A file with layers behind each other, the first one a quantizer of 6 bits."""
    whole = (activation("quantized_bits(6,2,alpha=1)", "start"), *layers)
    return write(folder / "net.h5", sequence(*whole, shape=shape), *whole)
