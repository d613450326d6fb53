"""Deep Sets on the 16 leading constituents of a jet: the network, its jets, and how it is trained.

Three features a constituent: pT in units of 4 GeV, eta and phi relative to the jet in units of 1/4. These scales are in
``model.toml`` too, so that event files hold GeV and radians.

    present            1 bit: is there a constituent at all (pT of at least one unit in the last place, 0.25 GeV)?
    angles             2 layers on (eta, phi, present), no bias
    weighted           pT times each of them: sums of these are moments of the energy flow
    particle           2 layers on (pT, eta, phi, present), no bias
    jet                the sum of all these over the constituents, times 2^-4
    jet_1, jet_2       2 layers
    classes            5 logits

Everything before the sum gives 0 for an absent constituent, because nothing there has a bias, and the sum is exact, so
that it does not depend on the order. Every type before the sum is shared along the particle axis.
"""

from typing import Any

import numpy as np

from models import blocks, jets
from trigforge.training import Recipe, Stage

CONSTITUENTS = 16
PRESENT = 2.0**-3

ANGLES = (16, 24)
PARTICLE = (16, 8)
JET = (32, 32)
TYPES = blocks.Types(integer=3, fraction=3, weight=4, largest_weight=10)
INPUT_TYPES = {"signed": [[[0, 1, 1]]], "integer": [[[8, 2, 2]]], "fraction": [[[4, 6, 6]]], "axes": (2,)}
"""pT: 12 bits, 0.25 GeV to 1024 GeV; angles: 9 bits, 1/256 to 1 rad"""


def build(quantized: bool) -> Any:
    """The network, with HGQ2's quantizers or, layer by layer the same, without."""
    import keras

    constituents = keras.Input((CONSTITUENTS, 3), name="constituents")
    network = blocks.layers(quantized, TYPES)
    features = network.boundary(constituents, "input_types", **INPUT_TYPES)
    pt, angles = features[..., 0:1], features[..., 1:3]
    present = network.one_bit(pt, "present", PRESENT)
    flow = keras.layers.Concatenate(name="angles_and_present")([angles, present])
    flow = network.shared_dense(flow, "angles_1", ANGLES[0], "relu", kernel=_start)
    flow = network.shared_dense(flow, "angles_2", ANGLES[1], "relu")
    particle = keras.layers.Concatenate(name="all_features")([pt, angles, present])
    particle = network.shared_dense(particle, "particle_1", PARTICLE[0], "relu", kernel=_start)
    particle = network.shared_dense(particle, "particle_2", PARTICLE[1], "relu")
    both = keras.layers.Concatenate(name="moments_and_particle")([network.multiply(pt, flow, "weighted"), particle])
    jet = network.mean(both, "jet")
    for number, units in enumerate(JET, 1):
        jet = network.dense(jet, f"jet_{number}", units, "relu")
    return keras.Model(constituents, network.dense(jet, "classes", len(jets.CLASS_NAMES)), name="jet_tagger")


def _start(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """First kernels: as Keras would, but for the last input, the small constant ``present``, which acts as a bias."""
    import keras

    kernel = keras.initializers.GlorotUniform()(shape, dtype)
    return kernel * np.array([1.0] * (shape[0] - 1) + [1 / PRESENT], np.float32)[:, None]


RECIPE = Recipe(
    build=build,
    load=jets.loader(CONSTITUENTS),
    float_stage=Stage(epochs=60, batch_size=1024, learning_rate=3e-3),
    quantized_stage=Stage(epochs=60, batch_size=2048, learning_rate=5e-3),
    beta=(5e-7, 1.0e-6),
    ramp=0.5,
    ebops_limit=100_000,
    **jets.PURPOSE,
)
