"""The staged muon tracker: the network, its muons, and how it is trained.

One input, ``hits`` (50 channels, 7 gaps), one bit each; one output, the angle to the beam in mrad.

    station_1,2,3      a convolution over the channels of each station: 5 channels wide, 5 filters
    known_2            what the first two stations say, channel by channel: the sum
    roads              what all three say, and a ReLU
    track, fine        16 and 8 numbers
    angle              the angle

The channels are projective: a muon from the collision point stays within a few channels of the same number in all gaps,
so that what the stations say of one place can be added. A sum of single bits with small weights is cheap, exact, and
needs of every station only its own data, when they arrive: the stages of arXiv 2202.04976.
"""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from trigforge.training import LabelledEvents, ParetoScan, Recipe, Regression, Stage

STATIONS = (3, 2, 2)
CHANNELS = 50
FILTERS, WIDTH = 5, 5
TRACK, FINE = 16, 8
AXIS_MRAD = 228.2
FIRST_BITS = 6
"""of a weight, besides its sign, and of a value; training takes away what is not worth its cost"""
EVENTS = {"train": 500_000, "validation": 40_000, "test": 100_000, "clean": 100_000}
HARD = {"noise": (0.0, 0.001, 0.005, 0.01), "efficiency": (1.0, 0.98, 0.95, 0.90)}
"""every noise with every efficiency, for one half of the muons of a robust training"""


def load(split: str) -> LabelledEvents:
    """Muons simulated here: one half of those to train on and to validate with under default conditions, the other half
    under the ``HARD`` ones; ``test`` is default, ``clean`` has neither inefficiency, noise nor delta rays."""
    from datasets.muon import CLEAN, DEFAULT

    if split == "clean":
        return simulated(split, CLEAN)
    return simulated(split, DEFAULT) if split == "test" else robust(split)


def robust(split: str) -> LabelledEvents:
    """Muons of ``split``, half of them default, half in equal parts under each of the ``HARD`` conditions."""
    from datasets.muon import DEFAULT

    hard = [replace(DEFAULT, noise=noise, efficiency=share) for noise, share in product(*HARD.values())]
    each = EVENTS[split] // (2 * len(hard))
    parts = [_muons(split, number, each, conditions) for number, conditions in enumerate(hard, 1)]
    parts.append(_muons(split, 0, EVENTS[split] - each * len(hard), DEFAULT))
    return LabelledEvents(
        np.concatenate([part.features for part in parts]), np.concatenate([part.labels for part in parts])
    )


def simulated(split: str, conditions: Any) -> LabelledEvents:
    """Muons of ``split``, all under the same ``conditions``."""
    return _muons(split, 0, EVENTS[split], conditions)


def _muons(split: str, part: int, events: int, conditions: Any) -> LabelledEvents:
    """Each part of a split has a seed of its own, none of them the seed of the committed sample."""
    from datasets.muon import simulate

    muons = simulate(events, (2202, tuple(EVENTS).index(split), part), conditions=conditions)
    hits = np.ascontiguousarray(muons.hits.transpose(0, 2, 1)).view(np.uint8)
    return LabelledEvents(hits, muons.angle_mrad.astype(np.float32))


def build(quantized: bool) -> Any:
    """The network, with HGQ2's quantizers or, layer by layer the same, without."""
    import keras

    hits = keras.Input((CHANNELS, sum(STATIONS)), name="hits")
    network = Quantized() if quantized else Float()
    bits = network.bits(hits)
    known: Any = None
    first = 0
    for number, gaps in enumerate(STATIONS, 1):
        station = bits[..., first : first + gaps]
        seen = network.convolution(f"station_{number}", FILTERS, station, WIDTH, activation="linear")
        known = seen if known is None else keras.layers.Add(name=f"known_{number}")([known, seen])
        first += gaps
    roads = keras.layers.Reshape((CHANNELS * FILTERS,), name="places")(keras.layers.ReLU(name="roads")(known))
    fine = network.dense("fine", FINE, network.dense("track", TRACK, roads))
    return keras.Model(hits, network.angle("angle", fine), name="muon_tracker")


class Float:
    """Keras's own layers."""

    def bits(self, x: Any) -> Any:
        return x

    def convolution(
        self, name: str, filters: int, x: Any, width: int, stride: int = 1, activation: str = "relu"
    ) -> Any:
        import keras

        return keras.layers.Conv1D(filters, width, stride, padding="same", activation=activation, name=name)(x)

    def dense(self, name: str, units: int, x: Any) -> Any:
        import keras

        return keras.layers.Dense(units, activation="relu", name=name)(x)

    def angle(self, name: str, x: Any) -> Any:
        import keras

        start: Any = keras.initializers
        layer = keras.layers.Dense(
            1, name=name, kernel_initializer=start.RandomUniform(-8, 8), bias_initializer=start.Constant(AXIS_MRAD)
        )
        return layer(x)


class Quantized:
    """HGQ2's layers: one trained width for each weight and each value."""

    def bits(self, x: Any) -> Any:
        """One bit a channel: fired or not."""
        from hgq.quantizer import Quantizer

        return Quantizer(_bit(), name="bits")(x)

    def convolution(
        self, name: str, filters: int, x: Any, width: int, stride: int = 1, activation: str = "relu"
    ) -> Any:
        """On bits with a stride of 1, else on values of trained widths."""
        from hgq.layers import QConv1D

        inputs = _activation() if stride > 1 else _bit()
        types = {"iq_conf": inputs, "kq_conf": _weight(), "bq_conf": _weight()}
        return QConv1D(filters, width, stride, padding="same", activation=activation, name=name, **types)(x)

    def dense(self, name: str, units: int, x: Any) -> Any:
        from hgq.layers import QDense

        types = {"iq_conf": _activation(), "kq_conf": _weight(), "bq_conf": _weight()}
        return QDense(units, activation="relu", name=name, **types)(x)

    def angle(self, name: str, x: Any) -> Any:
        from hgq.layers import QDense

        return QDense(1, name=name, iq_conf=_activation(), kq_conf=_weight(), bq_conf=_weight(12))(x)


def _bit() -> Any:
    from hgq.quantizer import QuantizerConfig

    return QuantizerConfig(
        "kif",
        "datalane",
        k0=0,
        i0=1,
        f0=0,
        round_mode="TRN",
        overflow_mode="SAT",
        trainable=False,
        homogeneous_axis=None,
        heterogeneous_axis=(),
    )


def _activation() -> Any:
    """A saturating type that begins with ``FIRST_BITS``, one for each value."""
    from hgq.constraints import MinMax
    from hgq.quantizer import QuantizerConfig

    return QuantizerConfig(
        "kif",
        "datalane",
        k0=0,
        i0=2,
        f0=FIRST_BITS - 2,
        ic=MinMax(-12, 12),
        fc=MinMax(-12, 12),
        round_mode="RND",
        overflow_mode="SAT",
        homogeneous_axis=(0,),
    )


def _weight(bits: int = FIRST_BITS) -> Any:
    """One type for each weight, beginning with at most ``bits`` and a sign."""
    from hgq.constraints import MinMax
    from hgq.quantizer import QuantizerConfig

    return QuantizerConfig(
        "kbi", "weight", k0=1, b0=bits, i0=1, bc=MinMax(0, 12), round_mode="RND", overflow_mode="SAT_SYM"
    )


RECIPE = Recipe(
    build=build,
    load=load,
    data="muons simulated here (datasets/muon); they are not the public sample fake-TGC",
    task=Regression("mrad", 30.0),
    float_stage=Stage(epochs=12, batch_size=256, learning_rate=1e-2),
    quantized_stage=Stage(epochs=30, batch_size=256, learning_rate=3e-3),
    beta=(1e-5, 4e-5),
    ramp=0.5,
    ebops_limit=30_000,
    scan=ParetoScan((8e-5, 1.6e-4, 3.2e-4), Stage(epochs=12, batch_size=256, learning_rate=3e-3)),
    evaluated={"test": "default muons", "clean": "clean muons"},
    unit="muons",
    seed=1,
)
