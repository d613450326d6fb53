"""The types and encodings that graph inputs take from the quantizers behind them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.frontends.hgq_support import (
    assert_agrees,
    events_for,
    float64,
    keras_outputs,
    mismatches,
    scramble,
    simulate,
)
from trigforge import frontends
from trigforge.errors import UnsupportedModelError
from trigforge.fixed import FixedArray, Overflow, Rounding
from trigforge.graph import FixedPointGraph, HostUnits, InputEncoding, NanPolicy


def branches(framework: Any, *modes: tuple[str, str]) -> Any:
    """One input of five elements, a quantizer with its own widths for each mode."""
    from hgq.config import QuantizerConfig
    from hgq.quantizer import Quantizer

    start = framework.Input((5,), name="x")
    configs = [QuantizerConfig("kif", "datalane", round_mode=r, overflow_mode=o) for r, o in modes]
    model = framework.Model(start, [Quantizer(conf)(start) for conf in configs])
    return scramble(model, np.random.default_rng(len(modes)))


def encoding(graph: FixedPointGraph) -> tuple[Rounding, Overflow]:
    return graph.inputs[0].encoding.rounding, graph.inputs[0].encoding.overflow


@pytest.mark.parametrize(
    ("modes", "expected"),
    [
        ([("RND", "WRAP"), ("RND", "WRAP")], (Rounding.TRN, Overflow.WRAP)),
        ([("RND", "SAT"), ("TRN", "SAT_SYM"), ("RND", "SAT")], (Rounding.TRN, Overflow.SAT)),
        ([("TRN", "WRAP"), ("TRN", "WRAP")], (Rounding.TRN, Overflow.WRAP)),
    ],
)
def test_truncating_and_rounding_quantizers_share_an_input_exactly(
    modes: list[tuple[str, str]], expected: tuple[Rounding, Overflow]
) -> None:
    with float64() as framework:
        graph, _ = assert_agrees(branches(framework, *modes), events=1000)
    assert encoding(graph) == expected


@pytest.mark.parametrize(
    "modes",
    [
        [("RND_CONV", "SAT"), ("RND_CONV", "SAT")],
        [("TRN", "WRAP"), ("TRN", "SAT")],
        [("RND_CONV", "WRAP"), ("RND_ZERO", "SAT"), ("RND_INF", "SAT_SYM")],
    ],
)
def test_modes_that_no_encoding_joins_are_refused(modes: list[tuple[str, str]]) -> None:
    """Two fractions that round to nearest even, what wraps beside what saturates, three roundings."""
    with float64() as framework:
        model = branches(framework, *modes)
        with pytest.raises(UnsupportedModelError) as caught:
            frontends.read(model, name="m")
    named = [layer.name for layer in model.layers[1:]]
    listed = ", ".join(sorted(f"{name} ({r}, {o})" for name, (r, o) in zip(named, modes, strict=True)))
    assert str(caught.value) == (
        "model 'm' cannot be represented exactly: "
        "input 'x': is quantized in ways that no encoding of one integer joins: "
        f"{listed}; put one Quantizer before the branches, or give all of them one rounding and one overflow"
    )


def test_equal_quantizers_are_one() -> None:
    from hgq.config import QuantizerConfig
    from hgq.layers import QDense

    with float64() as framework:
        start = framework.Input((3,), name="x")
        conf = QuantizerConfig("kif", "datalane", i0=1, f0=3, round_mode="RND_CONV", overflow_mode="SAT")
        model = framework.Model(start, [QDense(2, iq_conf=conf)(start), QDense(2, iq_conf=conf)(start)])
        graph, _ = assert_agrees(model)
    assert encoding(graph) == (Rounding.RND_CONV, Overflow.SAT)
    assert str(graph.inputs[0].interval.hull) == "ap_fixed<5,2>"


def test_slices_reshapes_and_concatenations_reach_the_input_element_by_element() -> None:
    from hgq.layers import QDense, QSum

    with float64() as framework:
        a, b = framework.Input((4, 3), name="a"), framework.Input((2, 3), name="b")
        joined = framework.layers.Concatenate(axis=1)([framework.layers.Permute((1, 2))(a), b])
        left = QDense(2)(joined[:, 1:, :2])
        right = QSum(axes=1)(framework.layers.Reshape((6,))(joined[:, ::-1, 2]))
        model = scramble(framework.Model([a, b], [left, right]), np.random.default_rng(4))
        graph, _ = assert_agrees(model)
    assert encoding(graph) == (Rounding.RND, Overflow.WRAP)
    assert graph.inputs[0].types.broadcast((4, 3)).width.values[0, :2].tolist() == [0, 0]


def test_units_give_scale_and_nan_policy() -> None:
    with float64() as framework:
        model = branches(framework, ("RND", "SAT"))
        given = HostUnits(FixedArray.of(1, -3), NanPolicy.ZERO)
        graph = frontends.read(model, units={"x": given})
        assert graph.inputs[0].encoding == InputEncoding(
            FixedArray.of(1, -3), Rounding.RND, Overflow.SAT, NanPolicy.ZERO
        )
        drawn = events_for(graph, np.random.default_rng(0), 100)
        result = simulate(graph, {"x": drawn["x"] * 8})
        assert mismatches(graph, result, keras_outputs(model, graph, drawn)) == 0
        with pytest.raises(UnsupportedModelError) as caught:
            frontends.read(model, units={"jets": given})
    assert str(caught.value) == "the model has no input 'jets'; known are x"


def test_too_many_bits_for_one_input() -> None:
    with float64() as framework:
        model = branches(framework, ("RND", "SAT"), ("RND", "SAT"))
        for layer, i in zip(model.layers[1:], (31, -1), strict=True):
            layer.quantizer._i.assign(np.full((1, 5), i))
            layer.quantizer._f.assign(np.full((1, 5), 40 if i < 0 else -20))
        with pytest.raises(UnsupportedModelError) as caught:
            frontends.read(model, name="m")
    assert str(caught.value) == (
        "model 'm' cannot be represented exactly: "
        "input 'x': its quantizers together ask for 73 bits, at most 58 are possible; "
        "put one Quantizer before the branches"
    )
