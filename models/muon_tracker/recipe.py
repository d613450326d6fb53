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

from models import blocks
from trigforge.training import LabelledEvents, ParetoScan, Recipe, Regression, Stage

STATIONS = (3, 2, 2)
CHANNELS = 50
FILTERS, WIDTH = 5, 5
TRACK, FINE = 16, 8
AXIS_MRAD = 228.2
TYPES = blocks.Types(integer=2, fraction=4, weight=6, largest_weight=12)
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
    network = blocks.layers(quantized, TYPES)
    bits = network.boundary(hits, "bits", rounding="TRN")
    known: Any = None
    first = 0
    for number, gaps in enumerate(STATIONS, 1):
        station = bits[..., first : first + gaps]
        seen = network.convolution(station, f"station_{number}", FILTERS, WIDTH, "linear", one_bit=True)
        known = seen if known is None else keras.layers.Add(name=f"known_{number}")([known, seen])
        first += gaps
    roads = keras.layers.Reshape((CHANNELS * FILTERS,), name="places")(keras.layers.ReLU(name="roads")(known))
    fine = network.dense(network.dense(roads, "track", TRACK, "relu"), "fine", FINE, "relu")
    return keras.Model(hits, angle(network, fine), name="muon_tracker")


def angle(network: Any, x: Any) -> Any:
    """The last layer: the angle in mrad, which starts near the axis of the chamber."""
    import keras

    axis: Any = keras.initializers.Constant(AXIS_MRAD)
    return network.dense(x, "angle", 1, kernel=_start, bias=axis, bits=12)


def _start(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """First kernel of the last layer: uniform, so wide that the outputs spread as the angles do."""
    import keras

    return keras.initializers.RandomUniform(-8, 8)(shape, dtype)


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
