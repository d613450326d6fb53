"""What a simulator gives back, as numbers."""

import numpy as np

from trigforge.fixed import FixedType, FixedTypes
from trigforge.graph import FixedPointGraph, GraphInput, Node, Relu, SimulationResult


def test_values_are_mantissas_at_the_scale_of_the_hull() -> None:
    types = FixedTypes.uniform(FixedType(8, 3, True))
    graph = FixedPointGraph("g", 1, (GraphInput("x", (2,), types),), (Node("y", Relu(), ("x",)),), ("y",))
    result = SimulationResult("reference", {"y": np.array([[1, 127], [0, 32]])})
    assert result.values(graph)["y"].tolist() == [[2**-5, 127 / 32], [0.0, 1.0]]
    assert result.tensors == {}
