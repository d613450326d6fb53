"""Quantizers of any scale against fractions, over every integer of a domain."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
import pytest

from trigforge.building import Builder, Quantization, Refusal, quantize
from trigforge.building.staircase import Stairs, lookup, staircase
from trigforge.emulator import run
from trigforge.fixed import FixedArray, FixedTypes
from trigforge.graph import Lookup, Node, Table, verify
from trigforge.passes import optimize


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


def test_tables_of_more_values_than_fit_end_where_entries_stop_to_change() -> None:
    """Elements of 17 to 19 bits, one of them always 0, and one whose table has one entry for all."""
    build = Builder("g")
    x = build.input("x", (4,), FixedTypes.of([1, 0, 0, 1], [19, 17, 0, 18], [7, 5, 0, 6]))
    scales = np.array([1.0, 3.0, 1.0, 0.0])

    def entries(number: int, mantissas: Any) -> FixedArray:
        value = np.tanh(scales[number] * np.ldexp(mantissas.astype(np.float64), -12))
        return FixedArray.of(np.rint(value * 127).astype(np.int64), -7)

    with build.layer("tanh"):
        y = lookup(x, np.arange(4), entries)
    graph = build.graph([y])
    verify(graph)
    longest = max(len(table.values.mantissa.values) for node in graph.nodes for table in tables_of(node))
    assert longest <= 2**16
    ends = x.interval.lo.values, x.interval.hi.values
    drawn = np.random.default_rng(1).integers(ends[0], ends[1] + 1, (100_000, 4))
    events = np.concatenate([np.stack([*ends]), drawn])
    (name,) = graph.outputs
    for built in (graph, optimize(graph)):
        found = run(built, {"x": events}).outputs[name]
        expected = np.stack([entries(n, events[:, n]).mantissa.values for n in range(4)], axis=1)
        assert np.array_equal(np.ldexp(found.astype(float), built.tensors[name].hull.lsb), expected / 128)


def tables_of(node: Node) -> list[Table]:
    """The tables of a node."""
    return [*node.op.tables] if isinstance(node.op, Lookup) else []


def test_a_table_that_changes_everywhere_is_refused() -> None:
    build = Builder("g")
    x = build.input("x", (2,), "ap_fixed<17,1>")
    with pytest.raises(Refusal) as caught:
        lookup(x, np.zeros(2, np.int64), lambda _, mantissas: FixedArray.of(mantissas * 3, 0))
    assert "takes 131072 different values, more than the 65536 of a table" in str(caught.value)
