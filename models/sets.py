"""Families of jet taggers on the leading constituents of a jet.

Layer sizes of the first three are those of "Sets are all you need" (arXiv 2402.01876), as its authors published them
with their code; the linear one has those of JEDI-linear (arXiv 2508.15468), the transformer those of the published
jet transformers on 16 constituents, but for a mean in the place of a row of all. Inputs are pT in units of 128 GeV, and
eta and phi relative to the jet in units of 1/4. Powers of two near the spread of each take the place of robust scaling,
so that no hardware scales anything.

    multilayer perceptron   all numbers of all constituents in one row, dense layers, classes
    deep sets               three layers a constituent, their mean, one layer, classes
    interaction network     layers on each pair (receiver, sender), their mean at each receiver, layers on receiver and
                            effects, the mean of all, one layer, classes
    transformer             two layers a constituent, attention among all, two networks of two layers, each added to
                            what it acts on; the mean, one layer, classes
    linformer               the same, with keys and values that are two sums over the constituents, with weights
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
    weight of the EBOPs and its ramp, the last stage with fixed types, and the checkpoint ``begin`` that it begins from,
    here, without its ending.

    With ``uniform_bits`` all weights and values have this one width, and EBOPs play no part. Constituents below
    ``least_pt_gev`` are left out. ``types`` are the first ones, and ``rounding`` that of values, see ``blocks.Types``.
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
    settled: Stage | None = None
    rounding: str = "RND"
    types: blocks.Types = TYPES


@dataclass(frozen=True)
class Inputs:
    """What a classifier takes: the name and shape of its input, the types at its boundary; and its classes."""

    name: str
    shape: tuple[int, ...]
    types: dict[str, Any]
    classes: int


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


def transformer(constituents: int, training: Training) -> Recipe:
    """A transformer without normalization: attention of all constituents to all."""
    return _recipe("transformer", constituents, training, lambda network, x: attending(network, x, TRANSFORMER))


def linformer(constituents: int, training: Training) -> Recipe:
    """The same with attention of linear cost (arXiv 2006.04768), to ``KEYS`` sums over the constituents."""
    shape = replace(TRANSFORMER, keys=KEYS)
    return _recipe("linformer", constituents, training, lambda network, x: attending(network, x, shape))


@dataclass(frozen=True)
class Transformer:
    """A transformer on (n, particles, features): a network on each particle, then ``blocks`` of attention and networks,
    each added to what it acts on, then the mean over the particles and a network on that.

    ``each`` and ``last`` are the layers of the first and the last network; a block has attention with ``heads`` of
    ``key`` numbers each, and ``networks`` of one ``inner`` layer. ``normalized`` puts a layer normalization in front of
    each (arXiv 2002.04745). Attention sees ``keys`` sums over the particles where there are some, else all of them.
    """

    each: tuple[int, ...]
    heads: int
    key: int
    inner: int
    last: tuple[int, ...]
    blocks: int = 1
    networks: int = 1
    normalized: bool = False
    keys: int = 0


def attending(network: Any, x: Any, shape: Transformer) -> Any:
    """What the last network of a transformer gives."""
    x = _shared(network, x, "particle", shape.each)
    for block in range(1, shape.blocks + 1):
        y = network.layer_norm(x, f"norm_{block}") if shape.normalized else x
        key, value = (
            network.sums(y, f"attention_{block}_{part}", shape.keys) if shape.keys else y for part in ("keys", "values")
        )
        drawn = network.attention(y, key, value, f"attention_{block}", shape.heads, shape.key)
        x = network.add(x, drawn, f"attended_{block}", drawn=True)
        for number in range(1, shape.networks + 1):
            name = f"network_{block}_{number}"
            y = network.layer_norm(x, f"{name}_norm") if shape.normalized else x
            y = network.shared_dense(y, f"{name}_inner", shape.inner, "relu", bias=True)
            y = network.shared_dense(y, f"{name}_outer", x.shape[2], "linear", bias=True)
            x = network.add(x, y, f"{name}_added")
    return _dense(network, network.mean(x, "mean"), "jet", shape.last)


TRANSFORMER = Transformer(each=(16, 16), heads=1, key=16, inner=32, last=(64, 32, 16), networks=2)
KEYS = 2
"""keys of the linformer"""


TRANSFORMER_TRAINING = Training(
    ebops_limit=500_000,
    beta=(3e-8, 6e-7),
    ramp=0.5,
    float_epochs=60,
    quantized_epochs=120,
    batch_size=1024,
    learning_rate=2e-3,
    teaching=0.6,
    rounding="TRN",
    settled=Stage(100, batch_size=1024, learning_rate=3e-3),
    types=replace(TYPES, attention=2),
)
"""the training of transformers and linformers on constituents"""


def _shared(network: Any, x: Any, name: str, layers: tuple[int, ...], first: int = 1) -> Any:
    for number, units in enumerate(layers, first):
        x = network.shared_dense(x, f"{name}_{number}", units, "relu", bias=True)
    return x


def _dense(network: Any, x: Any, name: str, layers: tuple[int, ...]) -> Any:
    for number, units in enumerate(layers, 1):
        x = network.dense(x, f"{name}_{number}", units, "relu")
    return x


def _recipe(family: str, constituents: int, training: Training, body: Callable[[Any, Any], Any]) -> Recipe:
    inputs = Inputs("constituents", (constituents, 3), INPUT_TYPES, len(jets.CLASS_NAMES))
    purpose = {"load": jets.loader(constituents, UNITS, training.least_pt_gev), **jets.PURPOSE}
    return recipe(f"jet_tagger_{family}_{constituents}", inputs, purpose, training, body)


def recipe(
    name: str, taken: Inputs, purpose: dict[str, Any], training: Training, body: Callable[[Any, Any], Any]
) -> Recipe:
    """A classifier: ``body(network, x)`` gives what its last layer acts on. ``purpose`` are the fields of a
    ``Purpose``."""

    def build(quantized: bool) -> Any:
        import keras

        inputs = keras.Input(taken.shape, name=taken.name)
        network = _layers(quantized, training)
        last = body(network, network.boundary(inputs, "input_types", **taken.types))
        return keras.Model(inputs, network.dense(last, "classes", taken.classes), name=name)

    models = Path(__file__).parent
    return Recipe(
        build=build,
        **purpose,
        float_stage=Stage(training.float_epochs, batch_size=1024, learning_rate=3e-3),
        quantized_stage=Stage(training.quantized_epochs, training.batch_size, training.learning_rate),
        settled_stage=training.settled,
        beta=training.beta,
        ramp=training.ramp,
        ebops_limit=training.ebops_limit,
        begin=models / f"{training.begin}.keras" if training.begin else None,
        begin_types=training.begin_types,
        teaching=training.teaching,
    )


def _layers(quantized: bool, training: Training) -> Any:
    types = replace(training.types, rounding=training.rounding)
    uniform_bits = training.uniform_bits
    return blocks.Uniform(types, uniform_bits) if quantized and uniform_bits else blocks.layers(quantized, types)
