"""Deep Sets on the 16 leading constituents of a jet, with the layers of "Sets are all you need" (arXiv 2402.01876).

Three layers act on each constituent, one on their mean. Inputs are pT in units of 128 GeV, and eta and phi relative to
the jet in units of 1/4: powers of two near the spread of each take the place of robust scaling, so that no hardware
scales anything. ``model.toml`` has them too.
"""

from typing import Any

import numpy as np

from models import blocks, jets
from trigforge.training import Classes, Recipe, Stage

CONSTITUENTS = 16
UNITS = np.array([2.0**-7, 4.0, 4.0], np.float32)
PARTICLE = (32, 32, 32)
JET = 32
INPUT_TYPES = {"signed": [[[0, 1, 1]]], "integer": [[[3, 2, 2]]], "fraction": [[[9, 6, 6]]], "axes": (2,)}
"""pT: 12 bits, 0.25 GeV to 1024 GeV; angles: 9 bits, 1/256 to 1 rad"""
TYPES = blocks.Types(integer=3, fraction=5, weight=6, largest_weight=10)


def build(quantized: bool) -> Any:
    """The network, with HGQ2's quantizers or, layer by layer the same, without."""
    import keras

    constituents = keras.Input((CONSTITUENTS, 3), name="constituents")
    network = blocks.layers(quantized, TYPES)
    x = network.boundary(constituents, "input_types", **INPUT_TYPES)
    for number, units in enumerate(PARTICLE, 1):
        x = network.shared_dense(x, f"particle_{number}", units, "relu", bias=True)
    x = network.dense(network.mean(x, "jet"), "jet_1", JET, "relu")
    outputs = network.dense(x, "classes", len(jets.CLASS_NAMES))
    return keras.Model(constituents, outputs, name="jet_tagger_deepsets_16")


RECIPE = Recipe(
    build=build,
    load=jets.loader(CONSTITUENTS, UNITS),
    data=jets.DATA,
    task=Classes(jets.CLASS_NAMES),
    float_stage=Stage(epochs=40, batch_size=1024, learning_rate=3e-3),
    quantized_stage=Stage(epochs=50, batch_size=2048, learning_rate=5e-3),
    beta=(1e-7, 6e-7),
    ebops_limit=200_000,
    evaluated=jets.EVALUATED,
    unit="jets",
    seed=1,
)
