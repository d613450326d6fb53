"""Values that are related: what is written into the graph about them holds for every value, and changes none."""

from collections.abc import Callable
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest

from trigforge.building import (
    Builder,
    NormBits,
    Quantization,
    Tensor,
    layer_norm,
    max_over,
    maximum,
    min_over,
    minimum,
    multiply,
    relu,
    subtract,
    take,
)
from trigforge.emulator import run
from trigforge.graph import Mul, Relu, Requantize, Sum, verify
from trigforge.passes import optimize

Floats = npt.NDArray[np.float64]
DOMAINS = ("ap_fixed<3,3>", "ap_fixed<2,1>", "ap_ufixed<2,2>", ["ap_fixed<3,2>", "ap_ufixed<2,2>", "ap_fixed<2,2>"])
RELATIONS: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Floats], Floats]]] = {
    "max - x": (lambda x: subtract(max_over(x, [-1], keepdims=True), x), lambda x: x.max(-1, keepdims=True) - x),
    "x - min": (lambda x: subtract(x, min_over(x, [0], keepdims=True)), lambda x: x - x.min(-1, keepdims=True)),
    "x * x": (lambda x: multiply(x, x), lambda x: x * x),
    "relu - x": (lambda x: subtract(relu(x), x), lambda x: np.maximum(x, 0) - x),
    "x - x": (lambda x: subtract(x, x), lambda x: 0 * x),
    "larger - x": (lambda x: subtract(maximum(x, _turned(x)), x), lambda x: np.maximum(x, _turned_values(x)) - x),
    "x - smaller": (lambda x: subtract(x, minimum(_turned(x), x)), lambda x: x - np.minimum(x, _turned_values(x))),
}


def _turned(x: Tensor) -> Tensor:
    return take(x, [2, 0, 1], axis=0)


def _turned_values(x: Floats) -> Floats:
    return x[:, [2, 0, 1]]


@pytest.mark.parametrize("types", DOMAINS, ids=str)
@pytest.mark.parametrize("name", RELATIONS)
def test_every_value_stays_what_it_was(name: str, types: str | list[str]) -> None:
    word, formula = RELATIONS[name]
    kinds = Quantization.parse(types).types_of((3,))
    build = Builder("related")
    graph = build.graph([word(build.input("x", (3,), kinds))])
    verify(graph)
    ranges = [range(int(lo), int(hi) + 1) for lo, hi in zip(kinds.lo, kinds.hi, strict=True)]
    events = np.array(list(product(*ranges))) * 2.0**kinds.lsb
    (output,) = graph.outputs
    for one in (graph, optimize(graph)):
        found = run(one, {"x": one.inputs[0].encode(events)}).outputs[output]
        np.testing.assert_array_equal(np.ldexp(found.astype(np.float64), one.tensors[output].hull.lsb), formula(events))
    assert bool((graph.tensors[output].lo.values >= 0).all())


def ops_of(build: Builder, y: Tensor) -> list[type]:
    return [type(node.op) for node in build.graph([y]).nodes]


def test_a_sign_is_cut_off_where_the_rest_is_full_and_rectified_elsewhere() -> None:
    build = Builder("related")
    x = build.input("x", (4,), "ap_fixed<4,4>")
    distance = subtract(max_over(x, [0], keepdims=True), x)
    assert distance.interval.hull.width == 4
    assert ops_of(build, distance)[-1] is Requantize
    square = multiply(x, x)
    assert int(square.interval.hi.values.max()) == 64
    assert ops_of(build, square)[-1] is Relu


def test_what_is_never_negative_by_its_interval_gets_no_op() -> None:
    build = Builder("related")
    x = build.input("x", (4,), "ap_ufixed<4,4>")
    assert ops_of(build, multiply(x, x)) == [Mul]


def test_a_largest_entry_without_its_axis_is_not_taken_for_one_of_each_row() -> None:
    """Without ``keepdims`` the largest entries of rows stand beside columns."""
    build = Builder("related")
    x = build.input("x", (2, 2), "ap_fixed<3,3>")
    difference = subtract(max_over(x, [1]), x)
    assert int(difference.interval.lo.values.min()) == -7


def test_squares_of_a_layer_norm_are_never_negative() -> None:
    build = Builder("related")
    x = build.input("x", (4,), "ap_fixed<4,4>")
    graph = build.graph([layer_norm(x, lambda c: c, NormBits())])
    (total,) = (node for node in graph.nodes if isinstance(node.op, Sum) and "squared" in node.name)
    assert int(graph.tensors[total.name].lo.values.min()) == 0
