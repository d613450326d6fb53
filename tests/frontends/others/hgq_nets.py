"""Models of HGQ2 in the form of its examples: jets, digits, muons, with random weights and widths."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.frontends.hgq_support import scramble
from tests.frontends.others.entry import Built, Other


def keras_model(make: Callable[[], Any]) -> Callable[[Path], Built]:
    """A model with random weights and widths, as if trained."""

    def build(_: Path) -> Built:
        return Built(scramble(make(), np.random.default_rng(0), 0.3))

    return build


def jets() -> Any:
    """The jet tagger of 16 features."""
    import keras
    from hgq.layers import QDense

    start = keras.Input((16,), name="x")
    x = start
    for units in (64, 32, 32):
        x = QDense(units, activation="relu")(x)
    return keras.Model(start, QDense(5)(x))


def particles() -> Any:
    """Jets of particles: layers on features and on particles in turn, as in MLP mixers."""
    import keras
    from hgq.layers import QAdd, QDense

    start = keras.Input((16, 3), name="x")
    x = QDense(16, activation="relu")(start)
    y = keras.layers.Permute((2, 1))(x)
    y = QDense(16, activation="relu")(y)
    x = QAdd()([x, keras.layers.Permute((2, 1))(y)])
    x = QDense(8, activation="relu")(x)
    return keras.Model(start, QDense(5)(keras.layers.Flatten()(x)))


def digits() -> Any:
    """Digits in street views, on smaller images."""
    import keras
    from hgq.layers import QConv2D, QDense

    start = keras.Input((14, 14, 3), name="x")
    x = start
    for filters in (8, 8):
        x = QConv2D(filters, (3, 3), activation="relu")(x)
        x = keras.layers.MaxPooling2D((2, 2))(x)
    x = QDense(16, activation="relu")(keras.layers.Flatten()(x))
    return keras.Model(start, QDense(10)(x))


def muons() -> Any:
    """Muon tracking: three stations, each through a convolution, and their angle."""
    import keras
    from hgq.layers import QConv1D, QDense

    starts = [keras.Input((16, 1), name=f"station_{n}") for n in range(3)]
    parts = [keras.layers.Flatten()(QConv1D(3, 3, strides=2, activation="relu")(x)) for x in starts]
    x = QDense(16, activation="relu")(keras.layers.Concatenate()(parts))
    return keras.Model(starts, QDense(1)(QDense(8, activation="tanh")(x)))


OTHERS = (
    Other("jet tagger", "HGQ2", keras_model(jets), fast=True),
    Other("mixer of particles", "HGQ2", keras_model(particles)),
    Other("digits in street views", "HGQ2", keras_model(digits)),
    Other("muon tracking", "HGQ2", keras_model(muons)),
)
