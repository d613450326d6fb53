"""Trains the deep set with QKeras 0.9 on TensorFlow 2.14, in the environment of ``make train-qkeras``.

``python train.py FOLDER [EPOCHS]``: FOLDER holds ``train.npz``, ``validation.npz`` and the splits to be evaluated, each
with ``features`` (n, 16, 3) and ``labels`` (n,). It gets ``<model>.h5``, ``float_<split>.npy`` and
``quantized_<split>.npy`` (logits), and ``results.json``. An interrupted training goes on from its last epoch.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ.update({"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""})
warnings.simplefilter("ignore")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from qkeras import QActivation, QDense  # noqa: E402

layers = tf.keras.layers
NAME = "jet_tagger_qkeras"
EPOCHS, BATCH, RATE, SEED = 100, 1024, 3e-3, 1
ANGLES, PARTICLE, JET, CLASSES = (16, 24), (16, 8), (32, 32), 5
PT, ANGLE = "quantized_relu(11,8)", "quantized_bits(9,2,alpha=1)"
"""pT: 11 bits, 0.5 GeV to 1024 GeV; angles: 9 bits, 1/256 to 1 rad"""
KERNEL, BIAS, HIDDEN, SUM = (
    "quantized_bits(4,0,alpha=1)",
    "quantized_bits(6,1,alpha=1)",
    "quantized_relu(6,3)",
    "quantized_bits(12,7,alpha=1)",
)


class Network:
    """Layers with QKeras' quantizers, or the same in floating point."""

    def __init__(self, quantized: bool) -> None:
        self.quantized = quantized

    def typed(self, x: Any, name: str, quantizer: str) -> Any:
        """A tensor in the type of a quantizer."""
        return QActivation(quantizer, name=name)(x) if self.quantized else layers.Activation("linear", name=name)(x)

    def dense(self, x: Any, name: str, units: int, hidden: bool = True) -> Any:
        """A dense layer on the last axis, with a ReLU behind it unless it gives logits."""
        if self.quantized:
            x = QDense(units, kernel_quantizer=KERNEL, bias_quantizer=BIAS, name=name)(x)
            return QActivation(HIDDEN, name=f"{name}_relu")(x) if hidden else x
        x = layers.Dense(units, name=name)(x)
        return layers.Activation("relu", name=f"{name}_relu")(x) if hidden else x


def build(quantized: bool) -> Any:
    """The network of ``README.md``."""
    network = Network(quantized)
    constituents = tf.keras.Input((16, 3), name="constituents")
    pt = network.typed(constituents[..., 0:1], "pt", PT)
    angles = network.typed(constituents[..., 1:3], "angles", ANGLE)
    flow = angles
    for number, units in enumerate(ANGLES, 1):
        flow = network.dense(flow, f"angles_{number}", units)
    particle = layers.Concatenate(name="all_features")([pt, angles])
    for number, units in enumerate(PARTICLE, 1):
        particle = network.dense(particle, f"particle_{number}", units)
    weighted = layers.Multiply(name="weighted")([pt, flow])
    both = layers.Concatenate(name="moments_and_particle")([weighted, particle])
    jet = network.typed(layers.GlobalAveragePooling1D(name="mean")(both), "jet", SUM)
    for number, units in enumerate(JET, 1):
        jet = network.dense(jet, f"jet_{number}", units)
    return tf.keras.Model(constituents, network.dense(jet, "classes", CLASSES, hidden=False), name=NAME)


class Progress(tf.keras.callbacks.Callback):
    """One line an epoch, with what it reached and the time left; the history of all epochs as JSON."""

    def __init__(self, title: str, epochs: int, place: Path) -> None:
        super().__init__()
        self.title, self.epochs, self.place, self.began = title, epochs, place, time.monotonic()
        self.history = json.loads(place.read_text()) if place.is_file() else []
        self.first = len(self.history)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        seconds = time.monotonic() - self.began
        a_time = seconds / (epoch + 1 - self.first)
        earlier = self.history[self.first - 1]["seconds"] if self.first else 0.0
        reached = round(float(logs["val_accuracy"]), 4)
        self.history = [*self.history[:epoch], {"accuracy": reached, "seconds": round(earlier + seconds, 1)}]
        self.place.write_text(json.dumps(self.history))
        left = (self.epochs - epoch - 1) * a_time
        print(f"{self.title} {epoch + 1}/{self.epochs}: accuracy {reached:.2%}, {left:.0f} s left", flush=True)


def trained(model: Any, title: str, folder: Path, epochs: int) -> dict[str, Any]:
    """The course of a training; ``model`` has the weights of its best epoch on the validation events."""
    train, validation = (np.load(folder / f"{split}.npz") for split in ("train", "validation"))
    steps = -(-len(train["labels"]) // BATCH)
    rate = tf.keras.optimizers.schedules.CosineDecay(RATE, epochs * steps)
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(tf.keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
    progress, best = Progress(title, epochs, folder / f"{title}.json"), folder / f"{title}_best.h5"
    reached = max((entry["accuracy"] for entry in progress.history), default=None)
    keeps = tf.keras.callbacks.ModelCheckpoint(
        str(best), "val_accuracy", save_best_only=True, save_weights_only=True, initial_value_threshold=reached
    )
    resumes = tf.keras.callbacks.BackupAndRestore(str(folder / f"{title}_state"), delete_checkpoint=False)
    callbacks = [resumes, keeps, progress]
    held = (validation["features"], validation["labels"])
    model.fit(train["features"], train["labels"], BATCH, epochs, 0, callbacks, validation_data=held)
    model.load_weights(best)
    accuracies = [entry["accuracy"] for entry in progress.history]
    return {
        "epochs": len(accuracies),
        "best_epoch": accuracies.index(max(accuracies)) + 1,
        "validation_accuracy": max(accuracies),
        "training_seconds": progress.history[-1]["seconds"],
    }


def evaluate(model: Any, title: str, folder: Path) -> None:
    """Logits of every split that is not trained on."""
    for path in sorted(folder.glob("*.npz")):
        if path.stem not in ("train", "validation"):
            np.save(folder / f"{title}_{path.stem}.npy", model.predict(np.load(path)["features"], 4096, 0))


def main() -> None:
    folder, epochs = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else EPOCHS
    tf.keras.utils.set_random_seed(SEED)
    floating, quantized = build(False), build(True)
    results: dict[str, Any] = {"parameters": int(floating.count_params()), "float": {}}
    results["float"] = trained(floating, "float", folder, epochs)
    evaluate(floating, "float", folder)
    quantized.set_weights(floating.get_weights())
    results["quantized"] = trained(quantized, "quantized", folder, epochs)
    evaluate(quantized, "quantized", folder)
    quantized.save(folder / f"{NAME}.h5", include_optimizer=False)
    packages = {package: version(package) for package in ("qkeras", "keras", "tensorflow-cpu", "numpy")}
    (folder / "results.json").write_text(json.dumps(results | {"environment": packages}))


if __name__ == "__main__":
    main()
