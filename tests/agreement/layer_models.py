"""Small models, one for each kind of layer, and their comparison with Keras and through all simulators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.agreement.fuzz import Tally, run_csim, run_rtl
from tests.frontends.hgq_support import assert_agrees, float64, scramble
from trigforge.design import DesignPoint
from trigforge.frontends.keras.framework import keras
from trigforge.graph import FixedPointGraph
from trigforge.passes import optimize

Maker = Callable[[Any, Any], tuple[Any, Any]]
"""keras and hgq.layers to the inputs and outputs of a model"""


def one(shape: tuple[int, ...], *layers: Any) -> tuple[Any, Any]:
    """One input through some layers."""
    x = start = keras().Input(shape)
    for layer in layers:
        x = layer(x)
    return start, x


def read(maker: Maker, seed: int) -> tuple[FixedPointGraph, set[str]]:
    """The graph of a model with random weights, compared with Keras, and its outputs that move, by number."""
    with float64() as framework:
        import hgq.layers

        framework.utils.set_random_seed(seed)
        built = framework.Model(*maker(framework, hgq.layers), name=maker.__name__)
        scramble(built, np.random.default_rng(seed))
        graph, result = assert_agrees(built, seed)
    return graph, {str(n) for n, output in enumerate(graph.outputs) if np.ptp(result.outputs[output]) > 0}


@dataclass(frozen=True)
class LayerModels:
    """Makers of models by name."""

    makers: dict[str, Maker] = field(default_factory=dict[str, Maker])

    def add(self, maker: Maker) -> Maker:
        """Keep a maker; a decorator."""
        self.makers[maker.__name__] = maker
        return maker

    def assert_equal_keras(self, name: str, seeds: int = 3) -> None:
        """Fails where a value differs, and where an output never changes, as it shows nothing."""
        found = [read(self.makers[name], seed) for seed in range(seeds)]
        assert len(set.union(*(moving for _, moving in found))) == len(found[0][0].outputs)

    def assert_routes_agree(self, seed: int = 2) -> None:
        """All models through C simulation and Verilog, on random integers."""
        assert_routes_agree([optimize(read(maker, seed)[0]) for maker in self.makers.values()])


def assert_routes_agree(graphs: Sequence[FixedPointGraph]) -> None:
    """Graphs through C simulation and Verilog, none refused."""
    tally = Tally()
    run_csim(graphs, tally, DesignPoint())
    run_rtl([*enumerate(graphs)], tally, lambda *_: DesignPoint())
    assert (tally.wrong, tally.refused) == ({}, {})
