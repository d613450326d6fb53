"""The autoencoder of a detector front end: its networks, its losses, its modules, and how it is trained.

After "A Reconfigurable Neural Network ASIC for Detector Front-End Data Compression at the HL-LHC" (arXiv 2105.01683).

    cells      (8, 8, 1)  the normalised charges of a module, on the published image
    windows    8 filters of 3 x 3 on every second place, and a ReLU
    link       16 numbers, and a ReLU, cut to 9 bits: where the encoder ends
    sent       the first ``bits`` bits of each
    decoder_*  the network behind, in floating point, off the detector

All 2,144 weights of the encoder have 6 bits, and it ends at 9 bits a number whatever is sent, so that one firmware
takes any weight set; the link drops the last bits. A link budget of 32 bits a
crossing for each of n links leaves 2 n - 1 bits for each of the 16 numbers, and 16 bits for the sum and the crossing.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models import blocks
from trigforge.errors import TrainingError
from trigforge.training import Better, LabelledEvents, Quantity, Recipe, Reconstruction, Stage, behind

if TYPE_CHECKING:
    from datasets.calorimeter import Modules

MODULES = Path(__file__).resolve().parents[1] / "build" / "data" / "calorimeter"
FILTERS, WIDTH, STRIDE = 8, 3, 2
NUMBERS = 16
WEIGHT_BITS, LINK_BITS = 6, 9
LINKS = {3: 2, 5: 3, 7: 4, 9: 5}
"""links of 32 bits a crossing by bits of each of the 16 numbers"""
DECODER = (192, 3)
"""units of a layer of the decoder, and its blocks of two layers"""
REGIONS: dict[str, tuple[int, int]] = {"front": (1, 7), "middle": (9, 13), "back": (15, 27), "hadronic": (29, 36)}
"""first and last layer of each region of the detector with a weight set of its own"""
EVENTS = {"validation": 5_000, "test": 20_000}
"""modules of a split; all of the others"""
BLUR_CM = 0.6
"""width of the kernel of the movers' loss"""
ROUNDS = 20
_NEGLIGIBLE = 0.003
"""smallest share of a cell that the decoder's answer keeps; a softmax is never 0"""


def build(quantized: bool, bits: int) -> Any:
    """Encoder and decoder in one network: (8, 8, 1) to the shares of 48 cells, which add up to 1."""
    import keras

    network = _layers(quantized)
    cells = keras.Input((8, 8, 1), name="cells")
    x = network.boundary(cells, "normalised", integer=3, fraction=7, rounding="TRN")
    x = network.convolution(x, "windows", FILTERS, WIDTH, "relu", stride=STRIDE)
    x = network.dense(keras.layers.Flatten(name="row")(x), "numbers", NUMBERS, bias=keras.initializers.Constant(0.25))
    x = keras.layers.ReLU(name="rectified")(x)
    link = network.boundary(x, "link", integer=1, fraction=LINK_BITS - 1, rounding="TRN")
    sent = link if bits == LINK_BITS else network.boundary(link, "sent", integer=1, fraction=bits - 1, rounding="TRN")
    return keras.Model(cells, _decoded(sent), name="econ_autoencoder")


def _layers(quantized: bool) -> "blocks.Float | blocks.Uniform":
    types = blocks.Types(integer=1, fraction=7, weight=WEIGHT_BITS, largest_weight=WEIGHT_BITS, rounding="TRN")
    return blocks.Uniform(types, WEIGHT_BITS, (1, 7)) if quantized else blocks.Float()


def _decoded(link: Any) -> Any:
    """Residual blocks of dense layers, and a softmax over the cells."""
    import keras
    from keras import layers

    units, depth = DECODER
    x = layers.Dense(units, activation="silu", name="decoder_in")(layers.Rescaling(4.0, name="decoder_scale")(link))
    for number in range(1, depth + 1):
        y = layers.LayerNormalization(name=f"decoder_{number}_norm")(x)
        y = layers.Dense(units, activation="silu", name=f"decoder_{number}_wide")(y)
        x = layers.Add(name=f"decoder_{number}")([x, layers.Dense(units, name=f"decoder_{number}_back")(y)])
    x = layers.Dense(48, name="decoder_out")(layers.LayerNormalization(name="decoder_norm")(x))
    return keras.layers.Softmax(name="shares")(x)


def telescope(charges: Any, shares: Any) -> Any:
    """The published loss, 4 L(48 cells) + 2 L(36 weighted groups of 2 x 2) + L(3 of 4 x 4), as Keras tensors (n,).

    L(y, z) is the mean of (y - z)^2 max(y, z). ``charges`` (n, 48) are normalised; ``shares`` (n, 48) are multiplied by
    their sum, which the link carries too.
    """
    from keras import ops

    from datasets.calorimeter import RHOMBUS_OF_CELL, SUPERCELL_WEIGHTS, SUPERCELLS

    def loss(groups: Any, weight: Any) -> Any:
        y: Any = ops.matmul(charges, groups)
        z: Any = ops.matmul(answers, groups)
        return ops.mean(weight * ops.square(y - z) * ops.maximum(y, z), axis=1)

    sums: Any = ops.sum(charges, axis=1, keepdims=True)
    answers = shares * sums
    supercells, rhombi = _members(SUPERCELLS), _members(RHOMBUS_OF_CELL == np.arange(3)[:, None])
    weights = SUPERCELL_WEIGHTS.astype(np.float32)
    return 4 * loss(np.eye(48, dtype=np.float32), 1.0) + 2 * loss(supercells, weights) + loss(rhombi, 1.0)


def _members(groups: Any) -> Any:
    """(48, groups): 1 where a cell belongs to a group, from indices of cells or from truth values."""
    found = np.zeros((48, len(groups)), np.float32)
    for number, cells in enumerate(groups):
        found[cells, number] = 1
    return found


def movers(charges: Any, shares: Any) -> Any:
    """An energy mover's distance with a gradient, in cm, as Keras tensors (n,).

    Sinkhorn's iteration for transport with an entropy (Cuturi, arXiv 1306.0895), ``ROUNDS`` times at ``BLUR_CM``: the
    mean distance of its plan.
    """
    from keras import ops

    from datasets.calorimeter import DISTANCES_CM

    kernel = np.exp(-DISTANCES_CM / BLUR_CM).astype(np.float32)
    ground = (kernel * DISTANCES_CM).astype(np.float32)
    given: Any = charges / ops.maximum(ops.sum(charges, axis=1, keepdims=True), 1e-6) + 1e-6
    answer = shares + 1e-6
    left: Any = ops.ones_like(given)
    right: Any = left
    for _ in range(ROUNDS):
        right = answer / ops.add(ops.matmul(left, kernel), 1e-12)
        left = given / ops.add(ops.matmul(right, kernel), 1e-12)
    return ops.sum(left * ops.matmul(right, ground), axis=1)


def distance_cm(outputs: Any, labels: Any) -> float:
    """The mean energy mover's distance of the decoder's answers."""
    from datasets.calorimeter.emd import movers_distances

    return float(movers_distances(labels, kept(outputs)).mean())


def kept(shares: Any) -> Any:
    """Shares without the negligible ones."""
    return np.where(shares < _NEGLIGIBLE, 0, shares)


def decoder(checkpoint: Path) -> Any:
    """The decoder that was trained with an encoder: what is sent (n, 16) to shares (n, 48)."""
    import hgq.quantizer  # noqa: F401  # its classes are registered
    import keras

    return keras.models.load_model(behind(checkpoint), compile=False)


def loader(region: str | None = None) -> Callable[[str], LabelledEvents]:
    """Normalised modules of ``build/data/calorimeter`` by split, those of one region or all: images and cells."""

    def load(split: str) -> LabelledEvents:
        from datasets.calorimeter import to_image
        from datasets.calorimeter.normalise import normalised_values

        cells = normalised_values(modules(split, region).calq).astype(np.float32)
        cells = cells[cells.any(axis=1)][: EVENTS.get(split)]
        return LabelledEvents(to_image(cells)[..., None], cells)

    return load


def modules(split: str, region: str | None = None) -> "Modules":
    """Modules of ``build/data/calorimeter`` by split, or the committed ``sample``, those of one region or all."""
    from datasets.calorimeter import SAMPLE_PATH, CalorimeterDataError, read_modules

    try:
        found = read_modules(SAMPLE_PATH if split == "sample" else MODULES / {"validation": "val"}.get(split, split))
    except (CalorimeterDataError, OSError) as error:
        raise TrainingError(
            f"modules for {split!r}: {error}; `trigforge data calorimeter generate` simulates them"
        ) from None
    if region is None:
        return found
    first, last = REGIONS[region]
    return found.take((found.truth["layer"] >= first) & (found.truth["layer"] <= last))


def autoencoder(
    bits: int,
    *,
    epochs: tuple[int, int] = (6, 14),
    loss: Callable[[Any, Any], Any] = movers,
    region: str | None = None,
    begin: str | None = None,
) -> Recipe:
    """The recipe of a weight set for ``bits`` bits a number: epochs in float and quantized, and the network, a folder
    below ``models``, that it begins from."""
    folder = Path(__file__).resolve().parent
    return Recipe(
        build=lambda quantized: build(quantized, bits),
        load=loader(region),
        data="modules simulated here (datasets/calorimeter); they are neither the published sample nor CMS simulation",
        task=Reconstruction(loss, {Quantity("distance", "energy mover's distance", "cm", Better.LESS): distance_cm}),
        float_stage=Stage(epochs[0], 512, 2e-3),
        quantized_stage=Stage(epochs[1], 512, 1e-3),
        beta=(1e-12, 1e-12),
        ebops_limit=2**31,
        evaluated={"test": "test modules at pile-up 140"},
        unit="modules",
        begin=None if begin is None else folder / f"{begin}.keras",
        begin_types=begin is not None,
        cut_behind="link",
    )
