"""Models read with a stated error: each bound holds, everything else is exact, and a fault is still found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trigforge
from tests.frontends.qonnx.drawing import QONNX, Net
from trigforge.building import Builder, Refusal, Tensor
from trigforge.emulator import run
from trigforge.errors import FrameworkMismatch, UnsupportedModelError
from trigforge.fixed import FixedArray, FixedTypes, Integers
from trigforge.flow import emulate
from trigforge.flow.framework_check import compare_with_framework
from trigforge.frontends import qonnx
from trigforge.frontends.scales import nearly, tables
from trigforge.frontends.scales.nearly import nearest_levels, nearest_line, nearest_multiple
from trigforge.frontends.scales.ramps import Ramp, ratios
from trigforge.frontends.scales.rounding import rounded, rule_of
from trigforge.frontends.scales.values import Value
from trigforge.graph import load_graph, parse_graph, print_graph, save_graph
from trigforge.passes import optimize


def quantized(net: Net, scale: float, bits: int, signed: int = 1) -> None:
    parts = (net.constant(scale), net.constant(0), net.constant(bits))
    net.then("Quant", *parts, domain=QONNX, signed=signed, narrow=0, rounding_mode="ROUND")


def dense(net: Net, x: str, outputs: int, bits: int = 8, scale: float = 0.0371, channels: bool = False) -> str:
    """A product with quantized weights and a bias in floating point."""
    weights = net.random.normal(size=(net.shape[-1], outputs)).astype(np.float32)
    steps = net.random.uniform(0.01, 0.05, (1, outputs)).astype(np.float32) if channels else scale
    parts = (net.constant(steps), net.constant(0), net.constant(bits))
    own = net.op("Quant", net.constant(weights), *parts, domain=QONNX, signed=1, narrow=1, rounding_mode="ROUND")
    return net.op("Add", net.op("MatMul", x, own), net.constant(net.random.normal(size=outputs)))


def begun(size: int, scale: float, bits: int, seed: int = 0) -> Net:
    net = Net(np.random.default_rng(seed), (size,))
    quantized(net, scale, bits)
    return net


def wide_sums(seed: int = 0) -> Net:
    net = begun(4, 0.0137, 12, seed)
    net.x, net.shape = dense(net, net.x, 3, 20, 0.0000371), (3,)
    quantized(net, 0.0129, 12)
    net.x = dense(net, net.x, 2, 6)
    return net


def many_levels(seed: int = 0) -> Net:
    net = begun(3, 0.0137, 8, seed)
    net.x, net.shape = dense(net, net.x, 3), (3,)
    quantized(net, 0.000029, 20)
    net.x = dense(net, net.x, 2, 6)
    return net


def long_table(seed: int = 0) -> Net:
    net = begun(4, 0.0137, 10, seed)
    net.x, net.shape = dense(net, net.x, 3, 9), (3,)
    net.then("Tanh")
    quantized(net, 0.0129, 8)
    net.x = dense(net, net.x, 2, 6)
    return net


def two_scales(seed: int = 0) -> Net:
    net = begun(4, 0.0137, 8, seed)
    net.x = net.op("Add", dense(net, net.x, 4, channels=True), dense(net, net.x, 4, channels=True))
    quantized(net, 0.05, 8)
    net.x = dense(net, net.x, 2, 6)
    return net


def shifted_input(seed: int = 0) -> Net:
    net = Net(np.random.default_rng(seed), (4,))
    net.then("Mul", net.constant(net.random.uniform(0.3, 3, 4).astype(np.float32)))
    net.then("Sub", net.constant(net.random.normal(size=4).astype(np.float32)))
    quantized(net, 0.0371, 6)
    net.x = dense(net, net.x, 2, 6)
    return net


def bare_output(seed: int = 0) -> Net:
    net = begun(4, 0.00137, 14, seed)
    net.x = dense(net, net.x, 2, 16, 0.000371, channels=True)
    return net


MODELS: dict[str, tuple[Callable[[int], Net], str]] = {
    "long sums": (wide_sums, "no arithmetic of at most 62 bits is exact"),
    "many levels": (many_levels, r"gives \d+ different integers"),
    "a long table": (long_table, "more than the 65536 of a table"),
    "a sum of two scales": (two_scales, "no short common measure"),
    "an input with an offset": (shifted_input, "no arithmetic of at most 62 bits is exact"),
    "an output without quantizer": (bare_output, "more than the 65536 of a table"),
}


@pytest.mark.parametrize("name", MODELS)
def test_what_has_no_exact_form_is_refused_and_with_the_option_read_within_a_bound(name: str) -> None:
    make, reason = MODELS[name]
    for seed in range(3):
        model = make(seed).model(14)
        with pytest.raises(UnsupportedModelError, match=f"{reason}.*accept an error whose bound is stated"):
            trigforge.read(model)
        graph = trigforge.read(model, allow_inexact=True)
        assert graph.approximations and graph.comparison is not None
        assert graph.comparison.events == 1000 and not graph.comparison.skipped
        assert all(entry.units < 2**8 and entry.differing <= entry.values for entry in graph.approximations)
        assert "inexact {" in print_graph(graph)


def test_an_exact_model_is_the_same_with_the_option() -> None:
    model = begun(4, 0.0137, 8).model(14)
    exact, allowed = trigforge.read(model), trigforge.read(model, allow_inexact=True)
    assert allowed == exact and allowed.digest == exact.digest and not allowed.approximations


@pytest.mark.parametrize("name", MODELS)
def test_a_fault_of_the_graph_is_found_beside_its_approximations(name: str) -> None:
    make, _ = MODELS[name]
    net, other = make(0), make(0)
    weights = next(array for array in reversed(other.weights) if len(array.dims) == 1 and array.dims[0] == 2)
    values = np.frombuffer(weights.raw_data, np.float32).copy()
    weights.raw_data = (values + np.float32(0.02)).tobytes()
    reading, wrong = (qonnx.read(part.model(14), allow_inexact=True) for part in (net, other))
    assert wrong.model is not None
    with pytest.raises(FrameworkMismatch, match=r"more than the .* units in the last place that its approximations"):
        compare_with_framework(reading.graph, optimize(reading.graph), wrong.model)


def test_a_fault_within_the_bound_is_found_by_how_often_it_shows() -> None:
    net, other = wide_sums(), wide_sums()
    bias = next(array for array in other.weights if list(array.dims) == [3])
    bias.raw_data = (np.frombuffer(bias.raw_data, np.float32) + np.float32(0.005)).tobytes()
    reading, wrong = (qonnx.read(part.model(14), allow_inexact=True) for part in (net, other))
    assert wrong.model is not None
    with pytest.raises(FrameworkMismatch, match=r"layer 'Quant_4' at [\d,]+ values of its operand, of which .* 63;"):
        compare_with_framework(reading.graph, optimize(reading.graph), wrong.model)


def test_approximations_are_part_of_text_file_and_digest(tmp_path: Path) -> None:
    graph = trigforge.read(two_scales().model(14), allow_inexact=True)
    assert parse_graph(print_graph(graph)) == graph
    save_graph(graph, tmp_path / "graph.json")
    loaded = load_graph(tmp_path / "graph.json")
    assert loaded == graph and loaded.comparison == graph.comparison
    bare = replace(graph, approximations=())
    assert "inexact" not in print_graph(bare) and bare != graph and bare.digest != graph.digest


SCALES = [Fraction(1, 3), Fraction(7919, 2**20), Fraction(-355, 113 * 2**6), Fraction(1, 997)]


@pytest.mark.parametrize("scale", SCALES, ids=str)
@pytest.mark.parametrize("mode", ["ROUND", "FLOOR", "CEIL", "HALF_UP"])
def test_stated_bounds_are_those_of_the_whole_domain(scale: Fraction, mode: str) -> None:
    rule, _ = rule_of(mode)
    offset = Fraction(-5, 7)
    build = Builder("net", inexact=True)
    x = build.input("x", (), "ap_fixed<40,16>")
    with build.layer("quantizer"):
        lo, hi = (int(part.values) for part in (x.interval.lo, x.interval.hi))
        key = (scale, offset, Fraction(-100), Fraction(100), lo, hi, -24)
        y = nearest_levels(x, [key], rule)
    graph = build.graph([y])
    near = {int((t - offset) / scale * 2**24) + step for t in range(-102, 103) for step in range(-700, 700, 7)}
    values = np.array(sorted(m for m in near if lo <= m <= hi), np.int64)
    found = run(graph, {"x": values}).outputs[graph.outputs[0]]
    wanted = [rounded(int(m) * Fraction(1, 2**24) * scale + offset, rule, -100, 100) for m in values]
    away = np.abs(found - np.array(wanted))
    (bound,) = graph.approximations
    assert away.max() <= bound.units == 1
    assert np.count_nonzero(away) <= bound.differing < 2**18 and bound.values == 2**40


def test_products_lie_within_their_units() -> None:
    build = Builder("net", inexact=True)
    x = build.input("x", (3,), "ap_fixed<45,5>")
    scale = ratios([Fraction(1, 3), Fraction(-7, 997), Fraction(12345, 7)])
    with build.layer("product"):
        y = nearest_multiple(x, scale)
    graph = build.graph([y])
    values = np.random.default_rng(0).integers(-(2**44), 2**44, (500, 3))
    found = run(graph, {"x": values}).outputs[graph.outputs[0]]
    lsb = Fraction(2) ** graph.tensors[graph.outputs[0]].hull.lsb
    (bound,) = graph.approximations
    assert bound.bits <= 30
    for row, event in zip(found.tolist(), values.tolist(), strict=True):
        for own, m, factor in zip(row, event, scale.tolist(), strict=True):
            assert abs(own * lsb - m * Fraction(1, 2**40) * factor) <= bound.units * lsb


MIXED = FixedTypes.of(np.array([0, 1, 0]), np.array([12, 11, 3]), np.array([3, 3, 12]))
"""elements whose last places are 2^18 apart"""


def every(x: Tensor) -> np.ndarray:
    """All values of each element, as mantissas at the place of the hull; shorter ones again and again."""
    lo, hi, places = (part.values.astype(np.int64) for part in (x.interval.lo, x.interval.hi, x.interval.lsb))
    counts = np.arange(int((hi - lo).max()) + 1)[:, None] % (hi - lo + 1)
    return (lo + counts) << places - x.interval.hull_lsb


def differences(y: Tensor, x: Tensor, wanted: Callable[[int, Fraction], Fraction]) -> tuple[Fraction, int]:
    """The most units by which ``y`` differs from ``wanted`` of an element and its value, and for how many values."""
    graph = y.builder.graph([y])
    values, (name,) = every(x), graph.outputs
    found = run(graph, {"x": values}).outputs[name]
    place, last = Fraction(2) ** graph.tensors[name].hull.lsb, Fraction(2) ** x.interval.hull_lsb
    pairs = {
        (n, m, own)
        for row, event in zip(found.tolist(), values.tolist(), strict=True)
        for n, (own, m) in enumerate(zip(row, event, strict=True))
    }
    away = [abs(own * place - wanted(n, m * last)) for n, m, own in pairs]
    assert all(entry.tensor == name for entry in graph.approximations)
    return max(away) / place, sum(map(bool, away))


@pytest.mark.parametrize("bits", [4, 7, 10, 36])
@pytest.mark.parametrize("scale", [Fraction(73, 54), Fraction(-342, 97)], ids=str)
def test_levels_of_elements_that_shortening_makes_one_value(
    monkeypatch: pytest.MonkeyPatch, bits: int, scale: Fraction
) -> None:
    monkeypatch.setattr(nearly, "_OPERAND", bits)
    rule, _ = rule_of("ROUND")
    build = Builder("net", inexact=True)
    x = build.input("x", (3,), MIXED)
    scales = (scale * 9, scale, scale)
    domains = zip(*(part.values.tolist() for part in (x.interval.lo, x.interval.hi, x.interval.lsb)), strict=True)
    keys = [
        (own, Fraction(1, 3), Fraction(-40), Fraction(30), *map(int, domain))
        for own, domain in zip(scales, domains, strict=True)
    ]
    with build.layer("quantizer"):
        y = nearest_levels(x, keys, rule)
    most, count = differences(y, x, lambda n, v: Fraction(rounded(v * scales[n] + Fraction(1, 3), rule, -40, 30)))
    bounds = [(entry.units, entry.differing) for entry in build.graph([y]).approximations]
    units, differing = max(bounds, default=(0, 0))
    assert most <= units and count <= differing


@pytest.mark.parametrize("bits", [4, 8])
def test_tables_of_elements_that_shortening_makes_one_value(monkeypatch: pytest.MonkeyPatch, bits: int) -> None:
    monkeypatch.setattr(tables, "_FEWEST", bits)
    monkeypatch.setattr(tables, "_MOST", bits)
    monkeypatch.setattr(tables, "looked_up", refusing_long_ones(tables.looked_up, 2 ** (bits + 1)))
    build = Builder("net", inexact=True)
    x = build.input("x", (3,), MIXED)
    value = Value(x).then("tanh", 1, function=lambda found, _: np.tanh(found))
    with build.layer("quantizer"):
        y = tables.looked_up_or_nearly(
            value, lambda found: FixedArray(Integers(np.rint(found * 20).astype(np.int64)), 0)
        )
    most, count = differences(y, x, lambda _, v: Fraction(round(float(np.tanh(np.float32(float(v))) * 20))))
    (bound,) = y.builder.graph([y]).approximations
    assert most <= bound.units and count <= bound.differing


def refusing_long_ones(look_up: Callable[..., Tensor], most: int) -> Callable[..., Tensor]:
    def bounded(value: Value, *rest: Any) -> Tensor:
        if value.tensor.interval.hull.width > most.bit_length():
            raise Refusal("is too long", "shorten it")
        return look_up(value, *rest)

    return bounded


@pytest.mark.parametrize("scale", [1 + Fraction(1, 2**30), Fraction(10**12 + 1, 7), Fraction(3, 10**12)], ids=str)
def test_products_by_numbers_next_to_1_and_by_very_large_and_small_ones(scale: Fraction) -> None:
    """A factor that is rounded to 1 makes no node of its own, and the operand is no approximation."""
    for product in (
        lambda x: nearest_multiple(x, ratios([scale] * 3)),
        lambda x: nearest_line(x, Ramp.identity().times(ratios([scale] * 3), ratios([Fraction(0)] * 3))),
    ):
        build = Builder("net", inexact=True)
        x = build.input("x", (3,), MIXED)
        with build.layer("product"):
            y = product(x)
        (bound,) = build.graph([y]).approximations
        assert bound.tensor != "x"
        assert differences(y, x, lambda _, v: v * scale)[0] <= bound.units


def test_a_rounding_that_depends_on_the_sign_stays_refused() -> None:
    net = wide_sums()
    for node in net.nodes:
        if node.op_type == "Quant" and node.name == "Quant_4":
            next(entry for entry in node.attribute if entry.name == "rounding_mode").s = b"UP"
    with pytest.raises(UnsupportedModelError, match="rounds towards 0, or away from it"):
        trigforge.read(net.model(14), allow_inexact=True)


def test_events_run_through_an_inexact_graph_as_through_any_other() -> None:
    model = long_table()
    graph = trigforge.read(model.model(14), allow_inexact=True)
    reading = qonnx.read(model.model(14), allow_inexact=True)
    assert reading.model is not None and graph.comparison is not None
    events = np.random.default_rng(1).normal(size=(500, 4)).astype(np.float32)
    own = emulate(graph, events).values(graph)[graph.outputs[0]]
    (theirs,) = reading.model.outputs({"x": events.astype(np.float64)}, precise=True)
    assert np.count_nonzero((own != theirs).any(axis=1)) < 250
