"""A model folder that trains in seconds: three classes of four numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

RECIPE = """
import numpy as np

from trigforge.training import LabelledEvents, Recipe, Stage


def load(split):
    random = np.random.default_rng(len(split))
    labels = random.integers(0, 3, 2000 if split == "train" else 500)
    means = np.array([[1, 0, 0, 1], [0, 1, 0, -1], [0, 0, 1, 0]])
    features = means[labels] + random.normal(0, 0.5, (len(labels), 4))
    return LabelledEvents(features.astype(np.float32), labels)


def build(quantized):
    import keras
    from hgq.layers import QDense
    from hgq.quantizer import QuantizerConfig

    x = keras.Input((4,))
    if not quantized:
        return keras.Model(x, keras.layers.Dense(3, name="b")(keras.layers.Dense(8, activation="relu", name="a")(x)))

    def types():
        return {
            "iq_conf": QuantizerConfig("kif", "datalane", overflow_mode="OVERFLOW"),
            "kq_conf": QuantizerConfig("kbi", "weight"),
            "bq_conf": QuantizerConfig("kbi", "weight"),
        }

    return keras.Model(x, QDense(3, name="b", **types())(QDense(8, activation="relu", name="a", **types())(x)))


RECIPE = Recipe(
    build=build,
    load=load,
    class_names=("x", "y", "z"),
    data="numbers made up here",
    float_stage=Stage(epochs=3, batch_size=100, learning_rate=1e-2),
    quantized_stage=Stage(epochs=3, batch_size=100, learning_rate=1e-2),
    beta=(1e-6, 1e-5),
    ebops_limit=100_000,
    unit="points",
)
"""


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """``models/toy`` of a workspace of its own."""
    return write_toy(tmp_path, "SAT")


def write_toy(workspace: Path, overflow: str) -> Path:
    """The toy's folder, with activations that overflow as said."""
    folder = workspace / "models" / "toy"
    folder.mkdir(parents=True)
    (folder / "recipe.py").write_text(RECIPE.replace("OVERFLOW", overflow), encoding="utf-8")
    return folder
