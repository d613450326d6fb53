"""Transformers that tell the flavour of a jet, b, c or light, from its 15 tracks.

After "Ultra Fast Transformers on FPGAs for Particle Physics Experiments" (arXiv 2402.01047): features of a track become
16 numbers by two layers; three blocks of attention with two heads and of a network with 8 inner numbers; the mean over
the tracks; layers of 32, 16 and 8.
"""

from dataclasses import replace
from typing import Any

from models import blocks, flavour
from models.sets import Inputs, Training, Transformer, attending, recipe
from trigforge.training import Recipe

INPUT_TYPES: dict[str, Any] = {
    "signed": [[[1, 1, 1, 1, 0, 0]]],
    "integer": [[[3, 3, 3, 3, 2, 2]]],
    "fraction": [[[6, 6, 4, 4, 6, 6]]],
    "axes": (2,),
}
"""impact parameters: 4 and 8 um up to 2 and 4 mm; significances: 1/8 up to 16; share of pT and distance: 1/256 to 1"""
SHORT = blocks.Types(integer=3, fraction=2, weight=4, largest_weight=8)
"""first types of large networks, which have no time to lose many bits"""
PAPER = Transformer(each=(16, 16), heads=2, key=16, inner=8, last=(32, 16, 8), blocks=3)
NORMALIZED = replace(PAPER, normalized=True)
SMALL = Transformer(each=(16, 16), heads=1, key=8, inner=16, last=(32, 16, 8))


def btag(name: str, shape: Transformer, training: Training) -> Recipe:
    """A network of three classes on (15, 6) features of tracks."""
    inputs = Inputs("tracks", (15, 6), INPUT_TYPES, len(flavour.CLASS_NAMES))
    purpose = {"load": flavour.loader(), **flavour.PURPOSE}
    return recipe(name, inputs, purpose, training, lambda network, x: attending(network, x, shape))


PAPER_TRAINING = Training(
    ebops_limit=6_000_000,
    beta=(2e-9, 3e-8),
    ramp=0.6,
    float_epochs=12,
    quantized_epochs=12,
    batch_size=1024,
    learning_rate=3e-3,
    teaching=0.6,
    rounding="TRN",
    types=SHORT,
)
"""the training of networks of the paper's size"""
