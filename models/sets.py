"""Families of jet taggers on the leading constituents of a jet.

Layer sizes of the first three are those of "Sets are all you need" (arXiv 2402.01876), as its authors published them
with their code; the fourth has those of JEDI-linear (arXiv 2508.15468). Inputs are pT in units of 128 GeV, and eta and
phi relative to the jet in units of 1/4. Powers of two near the spread of each take the place of robust scaling, so that
no hardware scales anything.

    multilayer perceptron   all numbers of all constituents in one row, dense layers, classes
    deep sets               three layers a constituent, their mean, one layer, classes
    interaction network     layers on each pair (receiver, sender), their mean at each receiver, layers on receiver and
                            effects, the mean of all, one layer, classes
    linear                  one layer a constituent; a layer on it plus a layer on the mean of all; the mean, three
                            layers, classes
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from models import blocks, jets
from trigforge.training import Recipe, Stage

UNITS = np.array([2.0**-7, 4.0, 4.0], np.float32)
INPUT_TYPES = {"signed": [[[0, 1, 1]]], "integer": [[[3, 2, 2]]], "fraction": [[[9, 6, 6]]], "axes": (2,)}
"""pT: 12 bits, 0.25 GeV to 1024 GeV; angles: 9 bits, 1/256 to 1 rad"""
TYPES = blocks.Types(integer=3, fraction=5, weight=6, largest_weight=10)

PERCEPTRON = {
    8: (120, 60, 32, 64, 64, 64, 32, 44),
    16: (88, 88, 44, 44, 44),
    32: (84, 88, 32, 32, 44, 32, 44),
}
DEEP_SETS = ((32, 32, 32), (32,))
INTERACTION = ((12, 6), (36, 18, 6), (170,))
LINEAR = (64, (64, 32, 16))


@dataclass(frozen=True, kw_only=True)
class Training:
    """Settings of one training, see ``Recipe``: epochs of both stages, batches and rate of the quantized one, the
    weight of the EBOPs and its ramp, and the checkpoint ``begin`` that it begins from, here, without its ending.

    With ``uniform_bits`` all weights and values have this one width, and EBOPs play no part. Constituents below
    ``least_pt_gev`` are left out. ``rounding`` is that of values, see ``blocks.Types``.
    """

    ebops_limit: int = 2**31
    beta: tuple[float, float] = (1e-12, 1e-12)
    ramp: float = 0.9
    float_epochs: int = 40
    quantized_epochs: int = 80
    batch_size: int = 2048
    learning_rate: float = 5e-3
    begin: str | None = None
    begin_types: bool = False
    uniform_bits: int | None = None
    least_pt_gev: float = 0.0
    teaching: float = 0.0
    rounding: str = "RND"


TAUGHT: dict[str, Any] = {"batch_size": 512, "learning_rate": 2e-3, "teaching": 0.6}
"""settings of trainings in which the float network teaches: more steps, and answers that are less noisy than labels"""


def uniform(bits: int) -> Training:
    """The paper's own training: constituents above 2 GeV, one width for all weights and values."""
    return Training(uniform_bits=bits, least_pt_gev=2.0, quantized_epochs=50)


def perceptron(constituents: int, training: Training) -> Recipe:
    """A multilayer perceptron on all numbers in a row."""

    def body(network: Any, x: Any) -> Any:
        import keras

        row = keras.layers.Reshape((prod(x.shape[1:]),), name="row")(x)
        return _dense(network, row, "jet", PERCEPTRON[constituents])

    return _recipe("mlp", constituents, training, body)


def deep_sets(constituents: int, training: Training) -> Recipe:
    """Deep Sets: a network on each constituent, their mean, a network on the mean."""
    particle, jet = DEEP_SETS

    def body(network: Any, x: Any) -> Any:
        x = _shared(network, x, "particle", particle)
        return _dense(network, network.mean(x, "jet"), "jet", jet)

    return _recipe("deepsets", constituents, training, body)


def interaction_network(constituents: int, training: Training) -> Recipe:
    """An interaction network on all pairs of different constituents."""
    effects, objects, jet = INTERACTION

    def body(network: Any, x: Any) -> Any:
        import keras

        pairs = blocks.first_edge_layer(network, x, "edge_1", effects[0])
        pairs = _shared(network, pairs, "edge", effects[1:], first=2)
        received = network.mean(blocks.to_receivers(pairs), "received", axis=2)
        both = keras.layers.Concatenate(name="object")([x, received])
        return _dense(network, network.mean(_shared(network, both, "object", objects), "jet"), "jet", jet)

    return _recipe("in", constituents, training, body)


def linear(constituents: int, training: Training) -> Recipe:
    """An interaction network whose edges are linear, so that none is computed: each constituent sees the mean."""
    units, jet = LINEAR

    def body(network: Any, x: Any) -> Any:
        import keras

        x = network.shared_dense(x, "particle", units, "relu", bias=True)
        common = network.shared_dense(network.mean(x, "all", keep=True), "from_all", units, "linear")
        own = network.shared_dense(x, "from_itself", units, "linear", bias=True)
        x = keras.layers.ReLU(name="interaction")(network.add(own, common, "both"))
        return _dense(network, network.mean(x, "jet"), "jet", jet)

    return _recipe("linear", constituents, training, body)


def _shared(network: Any, x: Any, name: str, layers: tuple[int, ...], first: int = 1) -> Any:
    for number, units in enumerate(layers, first):
        x = network.shared_dense(x, f"{name}_{number}", units, "relu", bias=True)
    return x


def _dense(network: Any, x: Any, name: str, layers: tuple[int, ...]) -> Any:
    for number, units in enumerate(layers, 1):
        x = network.dense(x, f"{name}_{number}", units, "relu")
    return x


def _recipe(family: str, constituents: int, training: Training, body: Callable[[Any, Any], Any]) -> Recipe:
    def build(quantized: bool) -> Any:
        import keras

        inputs = keras.Input((constituents, 3), name="constituents")
        network = _layers(quantized, training)
        jet = body(network, network.boundary(inputs, "input_types", **INPUT_TYPES))
        outputs = network.dense(jet, "classes", len(jets.CLASS_NAMES))
        return keras.Model(inputs, outputs, name=f"jet_tagger_{family}_{constituents}")

    models = Path(__file__).parent
    return Recipe(
        build=build,
        load=jets.loader(constituents, UNITS, training.least_pt_gev),
        **jets.PURPOSE,
        float_stage=Stage(training.float_epochs, batch_size=1024, learning_rate=3e-3),
        quantized_stage=Stage(training.quantized_epochs, training.batch_size, training.learning_rate),
        beta=training.beta,
        ramp=training.ramp,
        ebops_limit=training.ebops_limit,
        begin=models / f"{training.begin}.keras" if training.begin else None,
        begin_types=training.begin_types,
        teaching=training.teaching,
    )


def _layers(quantized: bool, training: Training) -> Any:
    types = replace(TYPES, rounding=training.rounding)
    uniform_bits = training.uniform_bits
    return blocks.Uniform(types, uniform_bits) if quantized and uniform_bits else blocks.layers(quantized, types)
