"""The staged muon tracker: the network, its muons, and how it is trained.

One input, ``hits`` (50 channels, 7 gaps), one bit each; one output, the angle to the beam in mrad.

    station_1,2,3      a convolution over the channels of each station: 3 channels wide, 4 filters, ReLU
    seed               the first station's segment, 24 numbers
    second, joined_2   the second station's, and both together
    third, joined_3    the third station's, and all together
    fine, angle        8 numbers, then the angle

A convolution sees whether gaps of one station agree, and where in the cell a muon passed; what a stage knows is passed
on to the next, as in arXiv 2202.04976, so that a station's data are needed only when its stage begins.
"""

from pathlib import Path
from typing import Any

import numpy as np

from trigforge.training import LabelledEvents, Recipe, Regression, Stage

WORKSPACE = Path(__file__).resolve().parents[2]
STATIONS = (3, 2, 2)
CHANNELS = 50
FILTERS = 4
SEED, SECOND, THIRD, FINE = 24, 24, 24, 8
AXIS_MRAD = 228.2
EVENTS = {"train": 500_000, "validation": 40_000, "test": 100_000, "clean": 100_000}


def load(split: str) -> LabelledEvents:
    """Muons simulated here, with default efficiency, noise and delta rays, in ``clean`` without.

    Each split has a seed of its own, none of them the seed of the committed sample.
    """
    from datasets.muon import CLEAN, DEFAULT, simulate

    seed = (2202, tuple(EVENTS).index(split))
    muons = simulate(EVENTS[split], seed, conditions=CLEAN if split == "clean" else DEFAULT)
    hits = np.ascontiguousarray(muons.hits.transpose(0, 2, 1)).view(np.uint8)
    return LabelledEvents(hits, muons.angle_mrad.astype(np.float32))


def build(quantized: bool) -> Any:
    """The network, with HGQ2's quantizers or, layer by layer the same, without."""
    import keras

    hits = keras.Input((CHANNELS, sum(STATIONS)), name="hits")
    network = Quantized() if quantized else Float()
    bits = network.bits(hits)
    segments: list[Any] = []
    first = 0
    for number, gaps in enumerate(STATIONS, 1):
        filtered = network.convolution(f"station_{number}", FILTERS, bits[..., first : first + gaps])
        segments.append(keras.layers.Reshape((CHANNELS * FILTERS,), name=f"segments_{number}")(filtered))
        first += gaps
    known = network.dense("seed", SEED, segments[0])
    for number, name, units, segment in ((2, "second", SECOND, segments[1]), (3, "third", THIRD, segments[2])):
        seen = network.dense(name, units, segment)
        both = keras.layers.Concatenate(name=f"stage_{number}")([known, seen])
        known = network.dense(f"joined_{number}", units, both)
    return keras.Model(hits, network.angle("angle", network.dense("fine", FINE, known)), name="muon_tracker")


class Float:
    """Keras's own layers."""

    def bits(self, x: Any) -> Any:
        return x

    def convolution(self, name: str, filters: int, x: Any, width: int = 3, stride: int = 1) -> Any:
        import keras

        return keras.layers.Conv1D(filters, width, stride, padding="same", activation="relu", name=name)(x)

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

    def convolution(self, name: str, filters: int, x: Any, width: int = 3, stride: int = 1) -> Any:
        """On bits where ``x`` comes from ``bits``, else on values of trained widths."""
        from hgq.layers import QConv1D

        inputs = _activation() if stride > 1 else _bit()
        types = {"iq_conf": inputs, "kq_conf": _weight(), "bq_conf": _weight()}
        return QConv1D(filters, width, stride, padding="same", activation="relu", name=name, **types)(x)

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
    """A saturating type that begins with 4 bits, one for each value."""
    from hgq.constraints import MinMax
    from hgq.quantizer import QuantizerConfig

    return QuantizerConfig(
        "kif",
        "datalane",
        k0=0,
        i0=2,
        f0=2,
        ic=MinMax(-12, 12),
        fc=MinMax(-12, 12),
        round_mode="RND",
        overflow_mode="SAT",
        homogeneous_axis=(0,),
    )


def _weight(bits: int = 4) -> Any:
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
    regression=Regression("mrad", 30.0),
    float_stage=Stage(epochs=20, batch_size=1024, learning_rate=3e-3),
    quantized_stage=Stage(epochs=36, batch_size=1024, learning_rate=3e-3),
    beta=(1e-6, 2e-5),
    ramp=1.0,
    ebops_limit=120_000,
    evaluated=("test", "clean"),
    unit="muons",
    seed=1,
)
