"""Graphs that exercise what a package carries beyond a kernel: encodings, several tensors, registers."""

import itertools
from dataclasses import replace

import numpy as np

from tests.small_graph import SMALL
from trigforge.building import Builder, Quantization, Steps, conv, dense, quantize, reshape
from trigforge.fixed import FixedArray, FixedTypes, Overflow, Rounding
from trigforge.graph import (
    Add,
    Dense,
    FixedPointGraph,
    GraphInput,
    InputEncoding,
    InputKind,
    Mul,
    NanPolicy,
    Node,
    Requantize,
)

SMALL_2 = replace(
    SMALL, version=2, nodes=(replace(SMALL.nodes[0], op=Dense(FixedArray.of([[5, 1], [-3, 2]], -1))), *SMALL.nodes[1:])
)
"""The second version of a model: other weights, the same names."""

OTHER = FixedPointGraph(
    "other",
    1,
    (GraphInput("x", (3,), FixedTypes.from_kif(1, 2, [1, 2, 3])),),
    (
        Node("dense", Dense(FixedArray.of([[3], [-1], [2]], -1)), ("x",)),
        Node("y", Requantize(FixedTypes.from_kif(1, 4, 1), Rounding.RND_CONV, Overflow.SAT_SYM), ("dense",)),
    ),
    ("y",),
)

SEVERAL = FixedPointGraph(
    "several",
    3,
    (
        GraphInput(
            "x",
            (2, 2),
            FixedTypes.of(1, [[5, 4], [0, 6]], 3),
            InputEncoding(FixedArray.from_float(0.5), offset=FixedArray.from_float([1.25, 0.3])),
        ),
        GraphInput("gain", (), FixedTypes.of(1, 5, 2), kind=InputKind.REGISTER),
        GraphInput("y", (2,), FixedTypes.of(0, 6, 2), InputEncoding(nan_policy=NanPolicy.ZERO)),
    ),
    (
        Node("scaled", Mul(), ("x", "gain")),
        Node("shifted", Add(), ("scaled", "y")),
        Node("short", Requantize(FixedTypes.of(1, 6, 4), Rounding.RND_ZERO, Overflow.SAT), ("shifted",)),
    ),
    ("short", "y"),
)
"""Two event inputs, a register, a pruned element, two outputs of which one is an input."""


def _reloaded() -> FixedPointGraph:
    build = Builder("reloaded")
    x = build.input("x", (5, 2), "ap_fixed<5,3>")
    line = conv(x, build.register("line", (3, 2, 2), "ap_fixed<4,2>"), None, Steps((1,), "same"))
    short = quantize(line, Quantization.of("ap_fixed<6,4>", "RND"))
    jet, bias = build.register("jet", (10, 3), "ap_fixed<4,2>"), build.register("bias", (3,), "ap_fixed<4,2>")
    return build.graph([dense(reshape(short, (10,)), jet, bias)])


RELOADED = _reloaded()
"""Layers whose weights are registers."""

_KINDS = (
    (1, 6, 3),
    (0, 6, 3),
    (1, 1, 1),
    (0, 0, 0),
    (1, 58, 40),
    (0, 58, 10),
    (1, 8, -40),
    (1, 12, 1030),
    (1, 9, -1020),
)


def encodings() -> FixedPointGraph:
    """An input for each rounding, overflow and NaN policy, each with elements of very different types."""
    signed, width, integer = (np.array(column) for column in zip(*_KINDS, strict=True))
    inputs: list[GraphInput] = []
    for n, (rounding, overflow) in enumerate(itertools.product(Rounding, Overflow)):
        policy = list(NanPolicy)[n % 2]
        # All types of one input stand at one scale of at most 63 bits: each element is an input of its own.
        for k in range(len(_KINDS)):
            scale = FixedArray.from_float((1.0, 0.75, -3.0)[(n + k) % 3])
            types = FixedTypes.of(signed[k], width[k], integer[k])
            offset = FixedArray.from_float((0.0, 0.7)[(n + k) % 2])
            encoding = InputEncoding(scale, rounding, overflow, policy, offset=offset)
            inputs.append(GraphInput(f"x{n}_{k}", (), types, encoding))
    return FixedPointGraph("encodings", 1, tuple(inputs), (), (inputs[0].name,))
