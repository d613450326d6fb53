"""Weight sets of the autoencoder, and the one firmware that takes all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.study.networks import ROOT
from datasets.calorimeter import Modules
from models import econ
from trigforge.flow.engines import EngineChoice, choose
from trigforge.flow.preparing import read_source
from trigforge.flow.weights import trained_registers
from trigforge.flow.workspace import resolve
from trigforge.graph import FixedPointGraph, Mantissas

FIRMWARE, CONSTANT = "econ_autoencoder_reloadable", "econ_autoencoder"
FOLDER = ROOT / "models" / CONSTANT


@dataclass(frozen=True)
class WeightSet:
    """A trained encoder and its decoder: ``bits`` of each number are sent; ``region`` is the part of the detector that
    it was trained for, None for all of it."""

    name: str
    bits: int
    label: str
    region: str | None = None

    @property
    def checkpoint(self) -> Path:
        """The encoder's file; the decoder's stands beside it."""
        own = FOLDER / "variants" / self.name / f"{self.name}.keras"
        return FOLDER / f"{CONSTANT}.keras" if self.name == CONSTANT else own


SETS = (
    WeightSet("bits_3", 3, "network"),
    WeightSet("bits_5", 5, "network"),
    WeightSet("bits_7", 7, "network"),
    WeightSet(CONSTANT, 9, "network"),
    WeightSet("telescope_5", 5, "network, telescope loss"),
    *(WeightSet(f"{region}_5", 5, f"network, trained on {region} alone", region) for region in econ.REGIONS),
)


@cache
def firmware() -> FixedPointGraph:
    """The encoder with its weights in registers."""
    return read_source(resolve(FIRMWARE))


@cache
def registers(weights: WeightSet) -> Mapping[str, Mantissas]:
    """The registers (1, *shape) of a weight set, which the firmware takes."""
    return trained_registers(FIRMWARE, weights.checkpoint)


def link(weights: WeightSet, modules: Modules) -> Mantissas:
    """The 16 numbers (n, 16) of the firmware for each module under a weight set, by the native emulator."""
    graph = firmware()
    inputs = {"cells": modules.calq.astype(np.int64), **registers(weights)}
    return choose(graph, EngineChoice.NATIVE).run(inputs, 1, lambda _: None)[graph.outputs[0]]


def answers(weights: WeightSet, modules: Modules) -> NDArray[Any]:
    """Shares (n, 48) that the decoder makes of what is sent."""
    lost = econ.LINK_BITS - weights.bits
    sent = (link(weights, modules) >> lost) << lost
    values = np.ldexp(sent.astype(np.float64), firmware().tensors[firmware().outputs[0]].hull.lsb)
    decoder = econ.decoder(weights.checkpoint)
    return econ.kept(np.asarray(decoder.predict(values.astype(np.float32), batch_size=4096, verbose=0), np.float64))
