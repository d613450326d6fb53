"""Quantizers and models against what QKeras itself computed; see ``record.py``."""

from __future__ import annotations

import io
import os
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.frontends.qkeras import drawn, quantizers
from trigforge import frontends
from trigforge.building import Builder, Refusal
from trigforge.emulator import run
from trigforge.fixed import exact
from trigforge.frontends.qkeras.formulas import evaluated
from trigforge.frontends.qkeras.quantizing import quantized
from trigforge.frontends.qkeras.spelling import quantizer
from trigforge.graph import FixedPointGraph
from trigforge.passes import optimize

RECORDED = Path(os.environ.get("TRIGFORGE_QKERAS_VECTORS") or Path(__file__).parent / "recorded")
_SUM_BITS = 22
"""of sums with which float32 is exact, sums with a quantized number included"""


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


def _models() -> list[int]:
    with zipfile.ZipFile(RECORDED / "models.zip") as archive:
        return sorted(int(name.removesuffix(".npz")) for name in archive.namelist() if name.endswith(".npz"))


@pytest.mark.parametrize("seed", _models())
def test_models_compute_what_qkeras_computes(seed: int, tmp_path: Path) -> None:
    with zipfile.ZipFile(RECORDED / "models.zip") as archive:
        names = [name for name in archive.namelist() if name.partition(".")[0].partition("_")[0] == str(seed)]
        archive.extractall(tmp_path, names)
    with np.load(io.BytesIO((tmp_path / f"{seed}.npz").read_bytes())) as file:
        expected = [file[f"y{n}"] for n in range(len(file.files))]
    graph = frontends.read(next(tmp_path / name for name in names if name.endswith((".h5", ".keras", ".json"))))
    assert _widest(graph) <= _SUM_BITS
    inputs = {x.name: x.encode(drawn.events(7919 * seed + n, x.shape)) for n, x in enumerate(graph.inputs)}
    for form in (graph, optimize(graph)):
        result = run(form, inputs)
        assert len(form.outputs) == len(expected)
        for name, values in zip(form.outputs, expected, strict=True):
            found = np.ldexp(result.outputs[name].astype(np.float64), form.tensors[name].hull.lsb)
            assert int((found != values).sum()) == 0


def _widest(graph: FixedPointGraph) -> int:
    """The most bits of a number of the graph."""
    ends = [end.values for x in graph.tensors.values() for end in (x.lo, x.hi)]
    return max(int(exact.bit_length(end).max(initial=0)) for end in ends)
