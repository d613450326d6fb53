"""What is told of events that do not fit the types of their inputs."""

from pathlib import Path

import numpy as np
import pytest

from tests.cli.test_cli import invoke
from tests.small_graph import SMALL
from trigforge.building import Builder, Quantization, quantize
from trigforge.fixed import FixedArray, Overflow
from trigforge.flow.range_check import outside
from trigforge.graph import FixedPointGraph, InputEncoding, save_graph


def graph(overflow: Overflow = Overflow.SAT, scale: float = 1.0, type: str = "ap_fixed<6,4>") -> FixedPointGraph:
    build = Builder("net")
    x = build.input("x", (2,), type, InputEncoding(FixedArray.from_float(scale), overflow=overflow))
    return build.graph([quantize(x, Quantization.of(type), name="y")])


def test_values_in_range_are_silent() -> None:
    assert outside(graph(), np.full((500, 2), 7.75)) == ()
    assert outside(graph(type="ap_ufixed<1,1>"), np.full((500, 2), 7.75)) == ()


def test_a_share_that_is_small_is_silent_and_a_large_one_is_told() -> None:
    values = np.zeros((1000, 2))
    values[:2, 0] = 50.0
    assert outside(graph(), values) == ()
    values[:3, 0] = 50.0
    (told,) = outside(graph(), values)
    assert told.startswith(
        "input 'x': 0.1% of the values saturate: they lie outside of ap_fixed<6,4>, -8 to 7.75; check"
    )


def test_values_that_wrap_around() -> None:
    (told,) = outside(graph(Overflow.WRAP, 100.0), np.ones((10, 2)))
    assert "100.0% of the values wrap around and become other values" in told


def test_scales_are_looked_at_and_what_is_refused_is_not() -> None:
    assert outside(graph(scale=0.01), np.full((500, 2), 300.0)) == ()
    assert outside(graph(), np.full((500, 3), 300.0)) == outside(graph(), np.zeros((0, 2))) == ()


@pytest.mark.parametrize("arguments", [["emulate", "small.json", "in.npz", "out.npz", "--engine", "reference"]])
def test_the_command_tells_it(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save_graph(SMALL, tmp_path / "small.json")
    np.savez("in.npz", x=np.full((100, 2), 1e6))
    code, _, err = invoke(*arguments)
    assert code == 0 and "input 'x': 100.0% of the values" in " ".join(err.split())
