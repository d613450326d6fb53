"""A network of two dense layers with random constants, small and worth a search."""

from __future__ import annotations

import numpy as np

from trigforge.building import Builder, Quantization, dense, quantize, relu
from trigforge.fixed import FixedArray, FixedTypes
from trigforge.graph import FixedPointGraph


def dense_network() -> FixedPointGraph:
    """Ten inputs, ten hidden units, four outputs."""
    rng = np.random.default_rng(12)
    build = Builder("mlp")
    x = build.input("x", (10,), FixedTypes.of(1, 6, 3))
    with build.layer("hidden"):
        hidden = dense(x, FixedArray.of(rng.integers(-31, 32, (10, 10)), -4))
    with build.layer("active"):
        hidden = quantize(relu(hidden), Quantization.of("ap_ufixed<6,3>", "RND"))
    with build.layer("out"):
        out = dense(hidden, FixedArray.of(rng.integers(-31, 32, (10, 4)), -4))
    return build.graph([out])
