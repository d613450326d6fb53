"""Requantizations that are rewritten do the same to every mantissa that can occur: all of them, on small widths."""

from collections import Counter
from itertools import product

import numpy as np
import pytest

from tests.passes.graphs import assert_same_bits, graph, requantize
from trigforge.emulator import run
from trigforge.fixed import FixedTypes, Interval, Overflow, Rounding
from trigforge.fixed import requantize as requantized
from trigforge.graph import FixedPointGraph, GraphInput, Node, ops
from trigforge.passes.canonicalize_requantize import canonical, canonicalize_requantize
from trigforge.passes.fuse_requantize import fuse_requantize, merged
from trigforge.passes.requantizing import loses_nothing

RANGES = [(-8, 7), (-3, 9), (0, 11), (-7, 0), (5, 5), (0, 0)]
LSB = -3
"""the scale of the ranges"""
TYPES = [FixedTypes.of(s, w, w + LSB + p) for s, w, p in product((0, 1), (1, 3), (-1, 1, 2))] + [FixedTypes.of(0, 0, 0)]
MODES = list(product(Rounding, Overflow))


def applied(op: ops.Requantize, mantissa: np.ndarray, lsb: int) -> np.ndarray:
    """Mantissas at scale 2^-12."""
    moved = requantized(mantissa, lsb, op.types, op.rounding, op.overflow)
    return moved << (op.types.lsb + 12) if op.types.width.values > 0 else 0 * moved


@pytest.mark.parametrize("ends", RANGES)
def test_canonical_forms_do_the_same_to_every_mantissa(ends: tuple[int, int]) -> None:
    lo, hi = ends
    x = Interval.of(lo, hi, LSB)
    mantissa = np.arange(lo, hi + 1)
    for types, (rounding, overflow) in product(TYPES, MODES):
        op = ops.Requantize(types, rounding, overflow)
        simple = canonical(op, x)
        assert np.array_equal(applied(simple, mantissa, LSB), applied(op, mantissa, LSB)), (op, simple)
        assert simple.types.width.values <= types.width.values
        assert loses_nothing(op, x) == np.array_equal(applied(op, mantissa, LSB), mantissa << (LSB + 12))
        if loses_nothing(op, x):
            assert (simple.rounding, simple.overflow) == (Rounding.TRN, Overflow.WRAP)


@pytest.mark.parametrize("ends", RANGES)
def test_merged_requantizations_do_the_same_to_every_mantissa(ends: tuple[int, int]) -> None:
    lo, hi = ends
    x = Interval.of(lo, hi, LSB)
    mantissa = np.arange(lo, hi + 1)
    rng = np.random.default_rng(5)
    seen = 0
    for first_mode, second_mode in rng.permutation(list(product(range(28), repeat=2)))[:250]:
        first_types, second_types = (TYPES[int(n)] for n in rng.integers(0, len(TYPES), 2))
        first, second = (
            ops.Requantize(first_types, *MODES[first_mode]),
            ops.Requantize(second_types, *MODES[second_mode]),
        )
        op = merged(first, second, x)
        if op is not None:
            seen += 1
            between = applied(first, mantissa, LSB)
            assert np.array_equal(applied(op, mantissa, LSB), applied(second, between, -12)), (first, second, op)
    assert seen > 20


def test_fusion_with_relu_does_the_same_to_every_mantissa() -> None:
    fused = Counter[str]()
    for types, (rounding, overflow), relu_first in product(TYPES, MODES, (True, False)):
        op = ops.Requantize(types, rounding, overflow)
        pair = [ops.Relu(), op] if relu_first else [op, ops.Relu()]
        before = graph({"x": ("ap_fixed<6,3>", ())}, [("a", pair[0], "x"), ("b", pair[1], "a")])
        after = fuse_requantize(before)
        if after != before:
            fused[str(overflow)] += 1
            stimuli = {"x": np.arange(-32, 32)}
            assert after.tensors["b"] == before.tensors["b"]
            assert np.array_equal(run(before, stimuli).outputs["b"], run(after, stimuli).outputs["b"]), op
    assert set(fused) == {"SAT", "SAT_SYM", "SAT_ZERO"}


def test_elements_that_share_a_type_go_on_sharing_one() -> None:
    types = FixedTypes.of(0, [[4], [6]], [[2], [3]])
    before = FixedPointGraph(
        "example",
        1,
        (GraphInput("x", (2, 3), types),),
        (Node("q", ops.Requantize(FixedTypes.of(1, 12, 6), Rounding.RND, Overflow.SAT), ("x",)),),
        ("q",),
    )
    after = canonicalize_requantize(before)
    assert_same_bits(before, after)
    assert after.nodes[0].op == ops.Requantize(FixedTypes.of(0, 6, 3), Rounding.TRN, Overflow.WRAP)


def test_what_is_used_elsewhere_is_not_fused() -> None:
    before = graph(
        {"x": ("ap_fixed<8,4>", (3,))},
        [("a", ops.Relu(), "x"), ("b", requantize("ap_ufixed<4,2>", "RND", "SAT"), "a"), ("c", ops.Add(), "a b")],
    )
    assert fuse_requantize(before) == before
    before = graph(
        {"x": ("ap_fixed<8,4>", (3,))},
        [("a", ops.Relu(), "x"), ("b", requantize("ap_ufixed<4,2>", "RND", "SAT"), "a")],
        "a",
        "b",
    )
    assert fuse_requantize(before) == before
