"""GELU and SiLU: tables within their stated error, over the whole domain, also where it is wide."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from trigforge.building import Builder, Quantization, Refusal, gelu, silu
from trigforge.emulator import run

WORDS: list[tuple[Callable[..., Any], Callable[[float], float]]] = [
    (gelu, lambda x: x * 0.5 * (1 + math.erf(x / math.sqrt(2)))),
    (silu, lambda x: x / (1 + math.exp(-x)) if x > -700 else 0.0),
]


@pytest.mark.parametrize(("word", "formula"), WORDS)
@pytest.mark.parametrize(("rounding", "share"), [("RND", 0.5), ("TRN", 1.0)])
@pytest.mark.parametrize(("type_in", "width"), [("ap_fixed<8,4>", 8), ("ap_fixed<12,11>", 12), ("ap_ufixed<6,2>", 6)])
def test_every_value_is_within_the_stated_error(
    word: Callable[..., Any], formula: Callable[[float], float], rounding: str, share: float, type_in: str, width: int
) -> None:
    build = Builder("net")
    x = build.input("x", (1,), type_in)
    graph = build.graph([word(x, Quantization.of("ap_fixed<18,12>", rounding))])
    lo = 0 if "u" in type_in else -(2 ** (width - 1))
    mantissas = np.arange(lo, lo + 2**width)[:, None]
    result = run(graph, {"x": mantissas})
    (found,) = result.values(graph).values()
    values = np.ldexp(mantissas[:, 0].astype(float), graph.tensors["x"].hull.lsb)
    off = np.abs(found[:, 0] - np.array([formula(value) for value in values]))
    last_bit = 2.0**-6
    assert off.max() <= share * last_bit


@pytest.mark.parametrize(("word", "formula"), WORDS)
def test_a_domain_that_is_too_long_is_refused(word: Callable[..., Any], formula: object) -> None:
    build = Builder("net")
    with pytest.raises(Refusal):
        word(build.input("x", (1,), "ap_fixed<20,4>"), Quantization.of("ap_fixed<8,4>"))
