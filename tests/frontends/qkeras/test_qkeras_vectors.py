"""Quantizers and models against what QKeras, HGQ 1 and Keras 2 themselves computed; see ``record.py``."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np
import pytest

from tests.frontends.qkeras import drawn, quantizers
from tests.hunt.formats import FAMILIES, FORMATS, RECORDED
from tests.hunt.formats import recorded as recorded_seeds
from tests.hunt.judging import Outcome, guarded
from trigforge.building import Builder, Refusal
from trigforge.emulator import run
from trigforge.frontends.qkeras.formulas import evaluated
from trigforge.frontends.qkeras.quantizing import quantized
from trigforge.frontends.qkeras.spelling import quantizer


@cache
def recorded() -> dict[str, Any]:
    with np.load(RECORDED / "quantizers.npz") as file:
        return dict(file)


@pytest.mark.parametrize("spelling", quantizers.KERNELS)
def test_weights_are_those_of_qkeras(spelling: str) -> None:
    own = quantizer(spelling)
    assert own is not None
    compared = 0
    for m, shape in enumerate(quantizers.SHAPES):
        values = drawn.weights(1000 * quantizers.KERNELS.index(spelling) + m, shape)
        expected = recorded().get(f"kernel {m} {spelling}")
        if expected is None:  # QKeras cannot compute it, as a scale of a bias that depends on axes
            continue
        if "floor" in spelling or "quadratic" in spelling:
            between = np.frexp(np.abs(values))[0] != 0.5
            values, expected = values[between], expected[between]
        np.testing.assert_array_equal(evaluated(own, values), expected)
        compared += 1
    assert compared


@pytest.mark.parametrize("options", ["log2_rounding='floor'", "quadratic_approximation=True"])
def test_numbers_on_the_border_between_two_results_are_refused(options: str) -> None:
    own = quantizer(f"quantized_po2(4,{options})")
    assert own is not None
    with pytest.raises(Refusal, match="on the border between two values in 1 of 2 places, where processors differ"):
        evaluated(own, np.array([0.5, 0.3], np.float32))


@pytest.mark.parametrize("spelling", quantizers.ACTIVATIONS)
def test_activations_are_those_of_qkeras(spelling: str) -> None:
    build = Builder("one")
    x = build.input("x", (1,), "ap_fixed<12,3>")
    with build.layer("activation"):
        y = quantized(x, quantizer(spelling))
    mantissas = np.arange(-2048, 2048)[:, None]
    if y is x:
        found = np.ldexp(mantissas.astype(np.float64), -9)
    else:
        found = run(build.graph([y]), {"x": mantissas}).values(build.graph([y]))[y.name]
    np.testing.assert_array_equal(found, recorded()[f"activation {spelling}"].astype(np.float64))


PARTS = 10
REFUSED = {"qkeras": 0, "hgq1": 3, "keras2-types": 0}
"""models of a part that are refused at most"""
TRUE_REASONS = re.compile(
    r"its (function|activation) '\w+' (depends on the last bits of float32|gives values without an)"
)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("kind", FAMILIES)
def test_models_compute_what_their_framework_computes(kind: str, part: int) -> None:
    """Files of QKeras, of HGQ 1, and of Keras 2 in floating point with types, on the recorded events."""
    refused: list[str] = []
    for seed in recorded_seeds(FAMILIES[kind])[part::PARTS]:
        found = guarded(lambda seed=seed: FORMATS[kind](seed))
        if found.outcome is Outcome.REFUSED:
            refused.append(found.said)
        else:
            assert (seed, found.outcome, found.said) == (seed, Outcome.EQUAL, "")
    assert len(refused) <= REFUSED[kind]
    assert all(TRUE_REASONS.search(reason) for reason in refused), refused
