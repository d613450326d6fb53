"""The smallest graph that is worth building: a dense layer, a Relu and a quantizer."""

from trigforge.fixed import FixedArray, FixedTypes, Overflow, Rounding
from trigforge.graph import Dense, FixedPointGraph, GraphInput, Node, Relu, Requantize

SMALL = FixedPointGraph(
    "small",
    1,
    (GraphInput("x", (2,), FixedTypes.from_kif(1, 3, [1, 2])),),
    (
        Node("dense", Dense(FixedArray.of([[1, -2], [3, 4]], -1), FixedArray.of([1, -1], -1)), ("x",)),
        Node("relu", Relu(), ("dense",)),
        Node("y", Requantize(FixedTypes.from_kif(0, 4, 1), Rounding.RND, Overflow.SAT), ("relu",)),
    ),
    ("y",),
)
