"""``quantized_linear`` came after QKeras 0.9: it is compared with ``quantized_bits`` and with its formula."""

from __future__ import annotations

import numpy as np
import pytest

from tests.frontends.qkeras.drawn import weights
from trigforge.building import Builder
from trigforge.emulator import run
from trigforge.frontends.qkeras.formulas import evaluated
from trigforge.frontends.qkeras.quantizing import quantized
from trigforge.frontends.qkeras.spelling import Quantizer, quantizer


def made(spelling: str) -> Quantizer:
    own = quantizer(spelling)
    assert own is not None
    return own


@pytest.mark.parametrize("bits", [2, 5])
@pytest.mark.parametrize("symmetric", [0, 1])
@pytest.mark.parametrize("keep", [True, False])
def test_without_a_scale_it_is_quantized_bits(bits: int, symmetric: int, keep: bool) -> None:
    arguments = f"{bits},1,{symmetric},{keep},alpha=1"
    values = weights(bits, (50, 4))
    linear, plain = (evaluated(made(f"quantized_{kind}({arguments})"), values) for kind in ("linear", "bits"))
    np.testing.assert_array_equal(linear, plain)


@pytest.mark.parametrize("spelling", ["quantized_linear(4,1,alpha=0.5)", "quantized_linear(1,0,alpha=2.0)"])
def test_tensors_are_quantized_as_the_formula_says(spelling: str) -> None:
    build = Builder("one")
    x = build.input("x", (1,), "ap_fixed<12,3>")
    with build.layer("activation"):
        y = quantized(x, made(spelling))
    graph, mantissas = build.graph([y]), np.arange(-2048, 2048)[:, None]
    expected = evaluated(made(spelling), mantissas / 512)
    np.testing.assert_array_equal(run(graph, {"x": mantissas}).values(graph)[y.name], expected.astype(np.float64))


def test_an_automatic_power_of_two_fits_each_channel() -> None:
    values = (weights(3, (40, 3)) * np.array([0.1, 1.0, 8.0])).astype(np.float32)
    found = evaluated(made("quantized_linear(6,0,alpha='auto_po2')"), values)
    steps = [np.unique(np.abs(found[:, n])) for n in range(3)]
    finest = [float(np.diff(step).min()) for step in steps]
    assert all(np.frexp(step)[0] == 0.5 for step in finest) and finest == sorted(set(finest))
