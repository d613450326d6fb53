"""Our normalizations against Keras, which calls them: equal integers, in memory and from a file."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.frontends.hgq_support import assert_agrees, scramble
from trigforge import frontends
from trigforge.errors import ModelFileError
from trigforge.frameworks import quiet
from trigforge.frontends.keras.framework import keras
from trigforge.graph import LeadingOne


def normalizing(kind: str, **options: Any) -> Any:
    from hgq.layers import QDense

    from trigforge import layers

    x = keras().Input((5, 6), name="x")
    y = QDense(4, name="behind")(getattr(layers, kind)(name="norm", **options)(x))
    return scramble(keras().Model(x, y), np.random.default_rng(1))


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("QLayerNormalization", {}),
        ("QLayerNormalization", {"scale": False, "center": False, "bits": (6, 4, 5), "epsilon": 1.0}),
        ("QLayerNormalization", {"scale": False, "enable_oq": True}),
        ("QRMSNormalization", {}),
        ("QRMSNormalization", {"scale": False}),
    ],
)
def test_a_normalization_equals_keras(kind: str, options: dict[str, Any]) -> None:
    assert_agrees(normalizing(kind, **options), 3)


def test_a_file_with_a_normalization_is_opened_and_is_the_same(tmp_path: Path) -> None:
    model = normalizing("QLayerNormalization", bits=(8, 5, 6))
    with quiet():
        model.save(tmp_path / "norm.keras")
    found, expected = frontends.read(tmp_path / "norm.keras"), frontends.read(model, name="norm")
    assert found == expected
    assert any(isinstance(node.op, LeadingOne) for node in found.nodes)


def test_gradients_are_those_of_the_formula() -> None:
    import tensorflow

    tf: Any = tensorflow
    layer = normalizing("QLayerNormalization").get_layer("norm")
    x = tf.Variable(np.random.default_rng(2).normal(size=(20, 5, 6)).astype(np.float32) * 4)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(x, training=True) ** 2)
    gradient = tape.gradient(loss, x)
    assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0


def test_a_class_that_took_the_name_is_refused(tmp_path: Path) -> None:
    with quiet():
        normalizing("QLayerNormalization").save(tmp_path / "norm.keras")
    with zipfile.ZipFile(tmp_path / "norm.keras") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    text = parts["config.json"].decode().replace("trigforge.layers.norms", "os")
    parts["config.json"] = json.dumps(json.loads(text)).encode()
    with zipfile.ZipFile(tmp_path / "norm.keras", "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    with pytest.raises(ModelFileError, match=r"os\.QLayerNormalization, which is not one of Keras or HGQ2"):
        frontends.read(tmp_path / "norm.keras")
