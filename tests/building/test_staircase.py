"""Quantizers of any scale against fractions, over every integer of a domain."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
import pytest

from trigforge.building import Builder, Quantization, quantize
from trigforge.building.staircase import Stairs, staircase
from trigforge.emulator import run


def half_even(value: Fraction) -> int:
    return round(value)


def stairs(scale: Fraction, offset: Fraction, lo: int, hi: int, domain: tuple[int, int]) -> Stairs:
    """The stairs of ``clip(round(m * scale + offset))`` for a positive scale, found by trying every mantissa."""
    first, last = domain
    levels = [min(max(half_even(m * scale + offset), lo), hi) for m in range(first, last + 1)]
    starts = [
        first + next(n for n, level in enumerate(levels) if level >= t) for t in range(levels[0] + 1, levels[-1] + 1)
    ]
    return Stairs(levels[0], tuple(starts), tuple(s - 1 for s in starts), first, last, scale)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("seed", range(8))
def test_every_integer_of_the_domain_is_rounded_right(seed: int, bits: int) -> None:
    random = np.random.default_rng(seed)
    scale = Fraction(float(np.float32(random.uniform(0.001, 0.4))))
    offset = Fraction(float(np.float32(random.normal()))) if seed % 2 else Fraction(0)
    domain = (-(2**11), 2**11 - 1)
    own = stairs(scale, offset, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1 + (bits == 1), domain)
    build = Builder("net")
    x = quantize(build.input("x", (1,)), Quantization.of("ap_fixed<12,12>"))
    array: Any = np.empty(1, dtype=object)
    array[0] = own
    y = staircase(x, array)
    graph = build.graph([y])
    every = np.arange(domain[0], domain[1] + 1)[:, None]
    found = run(graph, {"x": every}).outputs[y.name]
    lo, hi = own.bottom, own.bottom + len(own.starts)
    wanted = [[min(max(half_even(m * scale + offset), lo), hi)] for m in range(domain[0], domain[1] + 1)]
    assert (found * 2 ** graph.tensors[y.name].hull.lsb).tolist() == wanted
    assert floor(scale) == 0
