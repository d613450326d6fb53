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

from pathlib import Path
from typing import Any

import numpy as np

from trigforge.errors import TrainingError
from trigforge.training import Classes, LabelledEvents, Recipe, Stage

WORKSPACE = Path(__file__).resolve().parents[2]
JETS = WORKSPACE / "build" / "data" / "jets"
CONSTITUENTS = 16
SCALE = np.array([2.0**-2, 4.0, 4.0], np.float32)
CLASS_NAMES = ("g", "q", "W", "Z", "t")
PRESENT = 2.0**-3
LEAST_TRAINING_JETS = 150_000

ANGLES = (16, 24)
PARTICLE = (16, 8)
JET = (32, 32)


def load(split: str) -> LabelledEvents:
    """Jets of ``build/data/jets`` (``make data``), or the committed ``sample``, in the units of the network."""
    from datasets.jets import SAMPLE_PATH, JetDataError, read_jets

    folder = JETS / {"train": "train", "validation": "val", "test": "test"}.get(split, split)
    try:
        jets = read_jets(SAMPLE_PATH if split == "sample" else folder, n_particles=CONSTITUENTS)
    except (JetDataError, OSError) as error:
        raise TrainingError(f"jets for {split!r}: {error}; `make data` simulates them") from None
    if split == "train" and len(jets.label) < LEAST_TRAINING_JETS:
        raise TrainingError(
            f"{folder} holds {len(jets.label):,} jets, training needs {LEAST_TRAINING_JETS:,}; finish `make data`"
        )
    return LabelledEvents(jets.features * SCALE, jets.label.astype(np.int64))


def build(quantized: bool) -> Any:
    """The network, with HGQ2's quantizers or, layer by layer the same, without."""
    import keras

    constituents = keras.Input((CONSTITUENTS, 3), name="constituents")
    network = _Quantized() if quantized else _Float()
    features = network.input_types(constituents)
    pt, angles = features[..., 0:1], features[..., 1:3]
    present = network.present(pt)
    flow = keras.layers.Concatenate(name="angles_and_present")([angles, present])
    flow = network.shared("angles_2", ANGLES[1], network.shared("angles_1", ANGLES[0], flow))
    particle = keras.layers.Concatenate(name="all_features")([pt, angles, present])
    particle = network.shared("particle_2", PARTICLE[1], network.shared("particle_1", PARTICLE[0], particle))
    both = keras.layers.Concatenate(name="moments_and_particle")([network.product("weighted", pt, flow), particle])
    jet = network.mean("jet", both)
    for number, units in enumerate(JET, 1):
        jet = network.dense(f"jet_{number}", units, jet, "relu")
    return keras.Model(constituents, network.dense("classes", len(CLASS_NAMES), jet, None), name="jet_tagger")


class _Float:
    """Keras's own layers."""

    def input_types(self, x: Any) -> Any:
        return x

    def present(self, pt: Any) -> Any:
        import keras

        return keras.ops.minimum(pt, PRESENT)

    def shared(self, name: str, units: int, x: Any) -> Any:
        import keras

        shape = (CONSTITUENTS, units)
        start = _start if name.endswith("_1") else "glorot_uniform"
        return keras.layers.EinsumDense("bnc,cd->bnd", shape, activation="relu", kernel_initializer=start, name=name)(x)

    def product(self, name: str, x: Any, y: Any) -> Any:
        import keras

        return keras.layers.Multiply(name=name)([x, y])

    def mean(self, name: str, x: Any) -> Any:
        import keras

        return keras.layers.GlobalAveragePooling1D(name=name)(x)

    def dense(self, name: str, units: int, x: Any, activation: str | None) -> Any:
        import keras

        return keras.layers.Dense(units, activation=activation, name=name)(x)


def _start(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """First kernels: as Keras would, but for the last input, the small constant ``present``, which acts as a bias."""
    import keras

    kernel = keras.initializers.GlorotUniform()(shape, dtype)
    return kernel * np.array([1.0] * (shape[0] - 1) + [1 / PRESENT], np.float32)[:, None]


class _Quantized:
    """HGQ2's layers: trained widths, one for each channel before the sum, one for each value behind it."""

    def input_types(self, x: Any) -> Any:
        """pT: 12 bits, 0.25 GeV to 1024 GeV; angles: 9 bits, 1/256 to 1 rad; fixed, saturating."""
        from hgq.quantizer import Quantizer

        types = {"k0": [[[0, 1, 1]]], "i0": [[[8, 2, 2]]], "f0": [[[4, 6, 6]]]}
        return Quantizer(_fixed(**{k: _constant(v) for k, v in types.items()}), name="input_types")(x)

    def present(self, pt: Any) -> Any:
        """PRESENT where pT is at least half of it, else 0."""
        from hgq.quantizer import Quantizer

        return Quantizer(_fixed(k0=0, i0=-2, f0=3), name="present")(pt)

    def shared(self, name: str, units: int, x: Any) -> Any:
        from hgq.layers import QEinsumDense

        shape = (CONSTITUENTS, units)
        return QEinsumDense(
            "bnc,cd->bnd", shape, activation="relu", name=name, iq_conf=_activation((0, 1)), kq_conf=_weight()
        )(x)

    def product(self, name: str, x: Any, y: Any) -> Any:
        from hgq.layers import QMultiply

        return QMultiply(name=name, iq_confs=[_activation((0, 1)), _activation((0, 1))])([x, y])

    def mean(self, name: str, x: Any) -> Any:
        from hgq.layers import QSum

        return QSum(name=name, axes=1, scale=2.0**-4, iq_conf=_activation((0, 1)))(x)

    def dense(self, name: str, units: int, x: Any, activation: str | None) -> Any:
        from hgq.layers import QDense

        types = {"iq_conf": _activation((0,)), "kq_conf": _weight(), "bq_conf": _weight()}
        return QDense(units, activation=activation, name=name, **types)(x)


def _constant(value: Any) -> Any:
    import keras

    return keras.initializers.Constant(value)


def _fixed(**types: Any) -> Any:
    """Types of the boundary, rounded half up, saturating, not trained."""
    from hgq.quantizer import QuantizerConfig

    return QuantizerConfig(
        "kif",
        "datalane",
        round_mode="RND",
        overflow_mode="SAT",
        trainable=False,
        heterogeneous_axis=(2,),
        **types,
    )


def _activation(shared_axes: tuple[int, ...]) -> Any:
    """A saturating type that begins with 6 bits, shared along ``shared_axes`` (0 is the event axis)."""
    from hgq.constraints import MinMax
    from hgq.quantizer import QuantizerConfig

    return QuantizerConfig(
        "kif",
        "datalane",
        k0=0,
        i0=3,
        f0=3,
        ic=MinMax(-12, 12),
        fc=MinMax(-12, 12),
        round_mode="RND",
        overflow_mode="SAT",
        homogeneous_axis=shared_axes,
    )


def _weight() -> Any:
    """One type for each weight, beginning with at most 4 bits and a sign."""
    from hgq.constraints import MinMax
    from hgq.quantizer import QuantizerConfig

    return QuantizerConfig(
        "kbi", "weight", k0=1, b0=4, i0=1, bc=MinMax(0, 10), round_mode="RND", overflow_mode="SAT_SYM"
    )


RECIPE = Recipe(
    build=build,
    load=load,
    data="jets simulated here (datasets/jets); they are not the public benchmark hls4ml_lhc_jets_150p",
    task=Classes(CLASS_NAMES),
    float_stage=Stage(epochs=60, batch_size=1024, learning_rate=3e-3),
    quantized_stage=Stage(epochs=60, batch_size=2048, learning_rate=5e-3),
    beta=(5e-7, 1.0e-6),
    ramp=0.5,
    ebops_limit=100_000,
    evaluated={"test": "test jets", "sample": "jets of `sample.root`"},
    unit="jets",
    seed=1,
)
