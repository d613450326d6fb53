"""Names, layers, inputs and refusals of a graph that is built by hand."""

from __future__ import annotations

import pytest

from trigforge.building import Builder, Quantization, Refusal, add, concat, dense, each, quantize, relu, reshape, take
from trigforge.errors import UnsupportedModelError
from trigforge.fixed import FixedArray
from trigforge.graph import UserLayer
from trigforge.passes import optimize

ONES = FixedArray.of([[1, 2], [3, 4], [5, 6]])
SHORT = Quantization.of("ap_fixed<6,3>", "RND")


def test_a_layer_names_its_result_and_owns_its_nodes() -> None:
    build = Builder("g")
    x = build.input("x", (3,), "ap_fixed<6,3>")
    with build.layer("fc 1", "Dense"):
        y = relu(dense(x, ONES))
        inner = y
    with build.layer("outer.last"):
        z = quantize(y, SHORT)
    graph = build.graph([z])
    assert inner.name == "fc_1"
    assert [(node.name, node.operands, node.layers) for node in graph.nodes] == [
        ("fc_1.dense", ("x",), ("fc 1",)),
        ("fc_1", ("fc_1.dense",), ("fc 1",)),
        ("outer.last", ("fc_1",), ("outer.last",)),
    ]
    assert graph.layers == (UserLayer("fc 1", "Dense"), UserLayer("outer.last", ""))


def test_every_pass_keeps_the_layers() -> None:
    build = Builder("g")
    x = build.input("x", (4, 3), "ap_fixed<6,3>")
    with build.layer("phi"):
        y = quantize(relu(dense(x, ONES)), Quantization.of("ap_ufixed<5,3>"))
    with build.layer("joined"):
        z = concat(y, take(y, [0, 0, 0, 0]))
    with build.layer("rho"):
        z = dense(z, FixedArray.of([[1], [2], [3], [4]]))
    after = optimize(build.graph([z]))
    assert after.layers == (UserLayer("phi", ""), UserLayer("joined", ""), UserLayer("rho", ""))
    assert all(node.layers for node in after.nodes)


def test_inputs_take_the_types_of_their_first_quantizers() -> None:
    build = Builder("g")
    x = build.input("x", (3, 2))
    y = quantize(reshape(x, (6,)), SHORT)
    graph = build.graph([y])
    assert str(graph.tensors["x"].hull) == "ap_fixed<6,3>"
    assert graph.inputs[0].encoding.rounding == SHORT.rounding


def test_all_refusals_come_at_once() -> None:
    build = Builder("m")
    x = build.input("x", (3,))
    first = build.attempt("layer 'a' (Dense)", [(2,)], lambda: [dense(x, ONES)])
    second = build.attempt("layer 'b' (Add)", [(2,)], lambda: [add(first[0], quantize(x, SHORT))])
    with pytest.raises(UnsupportedModelError) as caught:
        build.graph([*second, x])
    assert str(caught.value) == (
        "model 'm' cannot be represented exactly, for 3 reasons:\n"
        "- layer 'a' (Dense): takes the input 'x', which is not quantized; "
        "quantize it first, or give the input a type\n"
        "- layer 'b' (Add): gives a Add that cannot be built (shapes [2], [3] do not broadcast to each other); "
        "change the layer\n"
        "- output 'x': passes an input on unquantized; put a Quantizer behind it"
    )


def test_a_body_gives_what_it_made() -> None:
    build = Builder("g")
    x = build.input("x", (4, 3), "ap_fixed<6,3>")
    with pytest.raises(Refusal, match="gives 'x', which its body did not make; give what depends on the slice"):
        each(x, lambda row: x)
    with pytest.raises(Refusal, match="cuts axis 2 of 'x', which has shape \\[4, 3\\]"):
        each(x, relu, axis=2)


def test_the_name_of_a_layer_stays_its_own() -> None:
    build = Builder("g")
    build.reserve(["o 1", "o-1", "o_1", "o_1_2"])
    x = build.input("x", (3,), "ap_fixed<6,3>")
    made = []
    for name in ("o 1", "o-1", "o_1", "o_1_2", "o_1"):
        with build.layer(name):
            made.append(relu(x))
    assert [tensor.name for tensor in made] == ["o_1_3", "o_1_4", "o_1", "o_1_2", "o_1_5"]
