"""Weights in registers: the same integers as with constants, and what cannot be in a register is refused by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from trigforge.building import (
    Builder,
    LayerTypes,
    ModelTypes,
    Quantization,
    Steps,
    Tensor,
    conv,
    dense,
    each,
    einsum_dense,
    relu,
)
from trigforge.emulator import random_stimuli, run
from trigforge.errors import UnsupportedModelError
from trigforge.fixed import FixedArray
from trigforge.graph import Equation, FixedPointGraph, GraphInput, InputKind, Route, load_graph, save_graph, verify
from trigforge.passes import optimize

RNG = np.random.default_rng(4)
BITS = Quantization.parse("ap_fixed<5,3>")
WEIGHT = FixedArray.of(RNG.integers(-16, 16, (3, 4)), -2)
BIAS = FixedArray.of(RNG.integers(-16, 16, 4), -2)
KERNEL = FixedArray.of(RNG.integers(-16, 16, (2, 3, 4)), -2)

LAYERS: dict[str, Callable[[Tensor], Tensor]] = {
    "dense": lambda x: dense(x, WEIGHT, BIAS),
    "without bias": lambda x: dense(x, WEIGHT),
    "einsum": lambda x: einsum_dense(x, Equation(("ab", "bc"), "ac"), WEIGHT, BIAS),
    "conv": lambda x: conv(x, KERNEL, BIAS, Steps((1,), "same")),
    "each": lambda x: each(x, lambda row: relu(dense(row, WEIGHT, BIAS))),
}


def made(layer: Callable[[Tensor], Tensor], types: ModelTypes) -> FixedPointGraph:
    build = Builder("net", types=types)
    x = build.input("x", (5, 3), "ap_fixed<6,3>")
    with build.layer("a-layer"):
        y = layer(x)
    with build.layer("rectified"):
        y = relu(y)
    return build.graph([y])


@pytest.mark.parametrize("parts", [LayerTypes(BITS, BITS), LayerTypes(BITS), LayerTypes(bias=BITS)])
@pytest.mark.parametrize("kind", LAYERS)
def test_registers_with_their_defaults_give_what_constants_give(kind: str, parts: LayerTypes) -> None:
    if parts.weight is None and kind == "without bias":
        pytest.skip("nothing is reloaded")
    constant = optimize(made(LAYERS[kind], ModelTypes()))
    reloaded = optimize(made(LAYERS[kind], ModelTypes(registers={"a-layer": parts})))
    verify(reloaded, Route.RTL)
    names = [tensor.name for tensor in reloaded.inputs if tensor.kind is InputKind.REGISTER]
    wanted = [f"a_layer.{part}" for part in parts.parts if not (part == "bias" and kind == "without bias")]
    assert names == wanted and reloaded.default_registers.keys() == set(names)
    events = random_stimuli(constant, 200)
    found = run(reloaded, events | reloaded.default_registers).values(reloaded)
    expected = run(constant, events).values(constant)
    assert np.array_equal(found[reloaded.outputs[0]], expected[constant.outputs[0]])


def test_the_default_is_stored_and_no_part_of_the_identity(tmp_path: object) -> None:
    types = ModelTypes(registers={"a-layer": LayerTypes(BITS, BITS)})
    first = made(LAYERS["dense"], types)
    other = made(lambda x: dense(x, FixedArray.of(np.ones((3, 4), int), -2), BIAS), types)
    assert first.identity == other.identity and first.digest != other.digest
    assert made(LAYERS["conv"], types).identity != first.identity
    path = tmp_path / "graph.json"  # type: ignore[operator]
    save_graph(first, path)
    assert load_graph(path) == first
    assert all(
        np.array_equal(values, first.default_registers[name])
        for name, values in load_graph(path).default_registers.items()
    )


@pytest.mark.parametrize(
    ("registers", "message"),
    [
        (
            {"a-layer": LayerTypes(Quantization.parse("ap_fixed<4,3>"))},
            "a-layer: has a weight that its register, ap_fixed<4,3>, does not hold; "
            "give the register more bits, before or behind the point",
        ),
        (
            {"a-layer": LayerTypes(bias=Quantization.parse("ap_fixed<4,2>"))},
            "a-layer: has a bias that its register, ap_fixed<4,2>, does not hold; "
            "give the register more bits, before or behind the point",
        ),
        ({"a_layer": LayerTypes(BITS)}, "its registers: the model has no layer 'a_layer'; nearest is 'a-layer'"),
        (
            {"rectified": LayerTypes(BITS)},
            "rectified: has no weights that can be reloaded; name a dense layer or a convolution",
        ),
    ],
)
def test_what_cannot_be_in_a_register_is_refused(registers: dict[str, LayerTypes], message: str) -> None:
    build = Builder("net", types=ModelTypes(registers=registers))
    x = build.input("x", (5, 3), "ap_fixed<6,3>")
    with build.layer("a-layer"):
        (y,) = build.attempt("a-layer", [(5, 4)], lambda: [dense(x, WEIGHT, BIAS)])
    with build.layer("rectified"):
        y = relu(y)
    with pytest.raises(UnsupportedModelError) as error:
        build.graph([y])
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("kind", "default", "fault"),
    [
        (InputKind.EVENT, FixedArray.of([0, 1]), "input 'x' is of events and has a default; only registers can"),
        (InputKind.REGISTER, FixedArray.of([0]), "input 'x' has shape [2] and a default of shape [1]"),
        (InputKind.REGISTER, FixedArray.of([0, 99]), "input 'x' has a default that its types do not hold"),
        (InputKind.REGISTER, FixedArray.of([0, 1], -9), "input 'x' has a default that its types do not hold"),
        (InputKind.REGISTER, FixedArray.of([0, 1], -2), None),
    ],
)
def test_a_default_that_does_not_fit_is_a_fault(kind: InputKind, default: FixedArray, fault: str | None) -> None:
    assert GraphInput("x", (2,), BITS.types, kind=kind, default=default).fault == fault
