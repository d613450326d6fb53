"""A model folder that trains in seconds: three classes of four numbers."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from trigforge import training

RECIPE = """
import numpy as np

from trigforge.training import Better, Classes, LabelledEvents, ParetoScan, Quantity
from trigforge.training import Reconstruction, Recipe, Regression, Stage, Tagging


def load(split):
    random = np.random.default_rng(len(split))
    labels = random.integers(0, 3, 2000 if split == "train" else 500)
    means = np.array([[1, 0, 0, 1], [0, 1, 0, -1], [0, 0, 1, 0]])
    features = means[labels] + random.normal(0, 0.5, (len(labels), 4))
    return LabelledEvents(features.astype(np.float32), labels)  # labels


OUTPUTS = 3


def build(quantized):
    import keras
    from hgq.layers import QDense
    from hgq.quantizer import QuantizerConfig

    x = keras.Input((4,))
    if not quantized:
        hidden = keras.layers.Dense(8, activation="relu", name="a")(x)
        return keras.Model(x, keras.layers.Dense(OUTPUTS, name="b")(hidden))

    def types():
        return {
            "iq_conf": QuantizerConfig("kif", "datalane", overflow_mode="OVERFLOW"),
            "kq_conf": QuantizerConfig("kbi", "weight"),
            "bq_conf": QuantizerConfig("kbi", "weight"),
        }

    return keras.Model(x, QDense(OUTPUTS, name="b", **types())(QDense(8, activation="relu", name="a", **types())(x)))


RECIPE = Recipe(
    build=build,
    load=load,
    data="numbers made up here",
    task=Classes(("x", "y", "z")),  # task
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
    return write_toy(tmp_path)


def write_toy(
    workspace: Path, overflow: str = "SAT", *, task: str | None = None, labels: str = "labels", outputs: int = 3
) -> Path:
    """The toy's folder: overflow of activations, its task, its labels, and how many outputs it has, as Python."""
    folder = workspace / "models" / "toy"
    folder.mkdir(parents=True)
    text = RECIPE.replace("OVERFLOW", overflow).replace("OUTPUTS = 3", f"OUTPUTS = {outputs}")
    text = text.replace("labels)  # labels", f"{labels})")
    if task is not None:
        text = text.replace('task=Classes(("x", "y", "z")),  # task', task)
    (folder / "recipe.py").write_text(text, encoding="utf-8")
    return folder


def train(folder: Path, out: Path, **options: Any) -> tuple[Path, str]:
    """Checkpoint and what was said."""
    said = Console(file=StringIO(), width=200)
    path = training.run(folder, out=out, console=said, **options)
    assert isinstance(said.file, StringIO)
    return path, said.file.getvalue()
