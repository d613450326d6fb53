"""A dense network, 16-64-32-32-5, on 16 high-level features of a jet: masses, energy correlations, multiplicity.

Features are multiplied by powers of two near the inverse of their spread, in the order of
``datasets.jets.schema.HIGH_LEVEL_NAMES``; ``model.toml`` has the same ones.
"""

from typing import Any

import numpy as np

from models import blocks, jets
from trigforge.training import Recipe, Stage

UNITS = 2.0 ** np.array([-1, 1, 3, 4, 3, 4, -1, -1, -1, 2, 3, 3, 2, 2, -7, -6], np.float32)
INPUT_TYPES = {"signed": 1, "integer": 2, "fraction": 8}
HIDDEN = (64, 32, 32)
TYPES = blocks.Types(integer=3, fraction=5, weight=6, largest_weight=10)


def build(quantized: bool) -> Any:
    """The network, with HGQ2's quantizers or, layer by layer the same, without."""
    import keras

    features = keras.Input((len(UNITS),), name="features")
    network = blocks.layers(quantized, TYPES)
    x = network.boundary(features, "input_types", **INPUT_TYPES)
    for number, units in enumerate(HIDDEN, 1):
        x = network.dense(x, f"hidden_{number}", units, "relu")
    return keras.Model(features, network.dense(x, "classes", len(jets.CLASS_NAMES)), name="jet_tagger_hlf")


RECIPE = Recipe(
    build=build,
    load=jets.high_level_loader(UNITS),
    float_stage=Stage(epochs=40, batch_size=1024, learning_rate=3e-3),
    quantized_stage=Stage(epochs=100, batch_size=2048, learning_rate=5e-3),
    beta=(5e-7, 2e-5),
    ramp=0.9,
    ebops_limit=12_600,
    **jets.PURPOSE,
)
