"""What QKeras computes for files of the collection: run it where QKeras is.

    python -m tests.frontends.others.judge FOLDER...

reads ``net.h5`` and ``events.npz`` in each folder and writes ``outputs.npz`` there: outputs in float32 as ``y0``...,
and in float64 with the same float32 weights as ``z0``..., if the model has no folded layers.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.update({"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "TF_ENABLE_ONEDNN_OPTS": "0"})

import h5py
import numpy as np
import tensorflow as tf
from qkeras.utils import _add_supported_quantized_objects


def loaded(path: Path) -> Any:
    """The model with the weights of the file, by their names."""
    from tensorflow_model_optimization.python.core.sparsity.keras import pruning_wrapper

    known: dict[str, Any] = {"PruneLowMagnitude": pruning_wrapper.PruneLowMagnitude}
    _add_supported_quantized_objects(known)
    with h5py.File(path) as file:
        config = json.loads(file.attrs["model_config"])
        model = tf.keras.models.model_from_json(json.dumps(config), custom_objects=known)
        for layer in model.layers:
            inner = getattr(layer, "layer", layer)
            group = file[f"model_weights/{layer.name}"] if layer.name in file["model_weights"] else {}
            values = {name.partition(":")[0]: part for name, part in group.get(layer.name, {}).items()}
            if "batchnorm" in vars(inner):
                _assign(inner.batchnorm.weights, values)
            _assign(inner.weights, values)
    return model


def end_at_logits(model: Any) -> None:
    """Leave out softmax and sigmoid at the ends of a model."""
    for name in model.output_names:
        layer = model.get_layer(name)
        if getattr(getattr(layer, "activation", None), "__name__", "") in ("softmax", "sigmoid"):
            layer.activation = tf.keras.activations.linear


def _assign(weights: Any, values: dict[str, Any]) -> None:
    for weight in weights:
        name = weight.name.rpartition("/")[2].partition(":")[0]
        if name in values:
            weight.assign(values[name][()])


def in_float64(model: Any) -> Any:
    """The same model with the quantized weights as numbers and sums in float64; None with layers that fold."""
    config = json.loads(model.to_json())
    weights: dict[str, list[Any]] = {}
    for entry in config["config"]["layers"]:
        options, layer = entry["config"], model.get_layer(entry["config"]["name"])
        if "batchnorm" in vars(layer) or hasattr(layer, "layer"):
            return None
        options["dtype"] = "float64"
        values = [weight.numpy() for weight in layer.weights]
        kept = [n for n, weight in enumerate(layer.weights)]
        for option in [key for key in options if key.endswith("_quantizer") and "average" not in key]:
            own = getattr(layer, f"{option}_internal", None)
            short = option.removesuffix("_quantizer").replace("depthwise", "depthwise_kernel")
            short = short.replace("pointwise", "pointwise_kernel")
            for n in kept:
                if own is not None and layer.weights[n].name.rpartition("/")[2] == f"{short}:0":
                    values[n] = own(layer.weights[n]).numpy()
            if entry["class_name"] != "QBatchNormalization":
                options[option] = None
        weights[layer.name] = values
    tf.keras.backend.set_floatx("float64")
    known: dict[str, Any] = {}
    _add_supported_quantized_objects(known)
    twin = tf.keras.models.model_from_json(json.dumps(config), custom_objects=known)
    for name, values in weights.items():
        twin.get_layer(name).set_weights([np.asarray(part, np.float64) for part in values])
    return twin


def judged(folder: Path) -> dict[str, Any]:
    """The outputs, by their names in the file."""
    tf.keras.backend.set_floatx("float32")
    tf.keras.backend.clear_session()
    model = loaded(folder / "net.h5")
    found: dict[str, Any] = {}
    with np.load(folder / "events.npz") as events:
        for letter, kind in (("y", "float32"), ("z", "float64")):
            own = model if letter == "y" else in_float64(model)
            if own is None:
                continue
            end_at_logits(own)
            given = [events[tensor.name.partition(":")[0]].astype(kind) for tensor in own.inputs]
            outputs = tf.nest.flatten(own(given if len(given) > 1 else given[0], training=False))
            found |= {f"{letter}{n}": array.numpy() for n, array in enumerate(outputs)}
    tf.keras.backend.set_floatx("float32")
    return found


if __name__ == "__main__":
    for place in map(Path, sys.argv[1:]):
        try:
            np.savez(place / "outputs.npz", **judged(place))
        except Exception as error:  # QKeras' own refusals are of any kind
            (place / "failed.txt").write_text(f"{type(error).__name__}: {error}")
