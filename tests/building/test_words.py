"""Each word against its formula on float64, which holds every number of these graphs exactly."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest

from trigforge.building import (
    Builder,
    NormBits,
    Quantization,
    Refusal,
    Steps,
    Tensor,
    add,
    attention,
    average_pool,
    batch_norm,
    conv,
    deferred,
    dense,
    each,
    einsum_dense,
    layer_norm,
    max_pool,
    mean_over,
    negative,
    padded,
    pairs,
    patches,
    quantize,
    relu,
    repeated,
    rms_norm,
    select,
    softmax,
    table,
    top_n,
)
from trigforge.emulator import run
from trigforge.fixed import FixedArray, FixedTypes
from trigforge.graph import Equation, FixedPointGraph, InputKind, Map, verify
from trigforge.passes import optimize

Floats = npt.NDArray[np.float64]
RNG = np.random.default_rng(11)
TYPE = "ap_fixed<6,3>"


def weights(*shape: int) -> FixedArray:
    return FixedArray.of(RNG.integers(-5, 6, shape), -2)


def drawn(*shape: int) -> Floats:
    return RNG.integers(-32, 32, (40, *shape)) / 8


def values(graph: FixedPointGraph, events: dict[str, Floats]) -> list[Floats]:
    """The outputs of a graph and of its optimized form, which must agree."""
    verify(graph)
    inputs = {tensor.name: tensor.encode(events[tensor.name]) for tensor in graph.inputs}
    found, again = run(graph, inputs).outputs, run(optimize(graph), inputs).outputs
    for name in graph.outputs:
        assert np.array_equal(found[name], again[name])
    return [np.ldexp(found[name].astype(np.float64), graph.tensors[name].hull.lsb) for name in graph.outputs]


def one_input(
    shape: tuple[int, ...], word: Callable[[Tensor], Tensor], given: Floats | None = None
) -> tuple[Floats, Floats]:
    """Events, and what a word makes of them."""
    build = Builder("g")
    x = build.input("x", shape, TYPE)
    graph = build.graph([word(x)])
    events = drawn(*shape) if given is None else given
    return events, values(graph, {"x": events})[0]


def test_dense_with_constants_and_with_registers() -> None:
    weight, bias = weights(3, 4), weights(4)
    x, y = one_input((2, 3), lambda x: dense(x, weight, bias))
    assert np.array_equal(y, x @ weight.to_float() + bias.to_float())
    build = Builder("g")
    x_in, w, b = build.input("x", (2, 3), TYPE), build.register("w", (3, 4), TYPE), build.register("b", (4,), TYPE)
    graph = build.graph([dense(x_in, w, b)])
    assert [tensor.kind for tensor in graph.inputs] == [InputKind.EVENT, InputKind.REGISTER, InputKind.REGISTER]
    events = {"x": drawn(2, 3), "w": drawn(3, 4)[:1], "b": drawn(4)[:1]}
    assert np.array_equal(values(graph, events)[0], events["x"] @ events["w"][0] + events["b"][0])


@pytest.mark.parametrize("padding", ["valid", "same", "causal"])
def test_convolutions_whose_weights_are_reloaded_equal_those_with_constants(padding: str) -> None:
    weight, steps = weights(3, 2, 4), Steps((2,), padding)
    build = Builder("g")
    x, w = build.input("x", (7, 2), TYPE), build.register("w", (3, 2, 4), TYPE)
    graph = build.graph([conv(x, weight, None, steps), conv(x, w, None, steps)])
    fixed, reloaded = values(graph, {"x": drawn(7, 2), "w": weight.to_float()[None]})
    assert np.array_equal(fixed, reloaded)


def test_two_dimensional_convolutions_with_registers() -> None:
    weight, bias, steps = weights(2, 3, 2, 3), weights(3), Steps((1, 2), "same", (1, 1))
    build = Builder("g")
    x = build.input("x", (4, 5, 2), TYPE)
    w, b = build.register("w", (2, 3, 2, 3), TYPE), build.register("b", (3,), TYPE)
    graph = build.graph([conv(x, weight, bias, steps), conv(x, w, b, steps)])
    events = {"x": drawn(4, 5, 2), "w": weight.to_float()[None], "b": bias.to_float()[None]}
    fixed, reloaded = values(graph, events)
    assert np.array_equal(fixed, reloaded)


def test_einsum_dense_batch_norm_and_pools() -> None:
    weight = weights(3, 2, 4)
    x, y = one_input((5, 3), lambda x: einsum_dense(x, Equation.parse("ab,bcd->acd"), weight))
    assert np.array_equal(y, np.einsum("eab,bcd->eacd", x, weight.to_float()))
    scale, offset = weights(3), weights(3)
    x, y = one_input((5, 3), lambda x: batch_norm(x, scale, offset))
    assert np.array_equal(y, x * scale.to_float() + offset.to_float())
    x, y = one_input((6, 2), lambda x: max_pool(x, (2,), Steps((2,))))
    assert np.array_equal(y, x.reshape(40, 3, 2, 2).max(axis=2))
    x, y = one_input((6, 2), lambda x: average_pool(x, (2,), Steps((2,))))
    assert np.array_equal(y, x.reshape(40, 3, 2, 2).mean(axis=2))
    x, y = one_input((4, 3), lambda x: mean_over(x, [0]))
    assert np.array_equal(y, x.mean(axis=1))


def test_borders_windows_and_choices() -> None:
    x, y = one_input((3, 2), lambda x: padded(x, [(1, 0), (0, 2)], FixedArray.of(3, -1)))
    assert np.array_equal(y, np.pad(x, ((0, 0), (1, 0), (0, 2)), constant_values=1.5))
    x, y = one_input((5, 2), lambda x: patches(x, (3,), Steps((2,), "same")))
    whole = np.pad(x, ((0, 0), (1, 1), (0, 0)))
    assert np.array_equal(y, np.stack([whole[:, n : n + 3].reshape(40, 6) for n in (0, 2, 4)], axis=1))
    x, y = one_input((2, 3), lambda x: repeated(x, 1, 2))
    assert np.array_equal(y, np.repeat(x, 2, axis=2))
    x, y = one_input((3,), lambda x: select(x, x, negative(x), FixedArray.of(1)))
    assert np.array_equal(y, np.where(x >= 1, x, -x))
    kind = Quantization.of("ap_fixed<12,4>", "RND", "SAT")
    x, y = one_input((2, 3), lambda x: quantize(each(x, lambda row: deferred(row, np.sin, "the sine")), kind))
    assert np.array_equal(y, np.floor(np.sin(x) * 256 + 0.5) / 256)
    x, y = one_input((2, 3), lambda x: quantize(each(x, lambda row: mean_over(row, [0])), kind))
    assert np.array_equal(y, np.floor(x.mean(axis=2) * 256 + 0.5) / 256)
    with pytest.raises(Refusal, match=r"has a window of \[4\] on \[3\] positions"):
        one_input((3, 1), lambda x: patches(x, (4,), Steps((1,))))
    with pytest.raises(Refusal, match="repeats entries 0 times"):
        one_input((3, 1), lambda x: repeated(x, 0, 0))
    own = np.array([1.0, 2.0])
    with pytest.raises(Refusal, match="the line, which has no exact form"):
        one_input((3, 2), lambda x: each(x, lambda row: deferred(row, lambda v: v * own, "the line", uniform=False)))


def rounded(found: Floats, spelling: str) -> Floats:
    """To the grid of a type of 8 fraction bits, halves up, clipped to below 4."""
    return np.clip(np.floor(found * 256 + 0.5) / 256, 0, 1023 / 256)


def test_softmax_is_made_of_two_tables() -> None:
    kind = Quantization.of("ap_ufixed<10,2>", "RND")

    def exp(x: Tensor) -> Tensor:
        return table(x, lambda d: np.exp(-d), kind, name="exp")

    def inverse(x: Tensor) -> Tensor:
        return table(x, lambda s: 1 / np.maximum(s, 2.0**-8), kind, name="inverse")

    x, y = one_input((5,), lambda x: softmax(x, [0], exp, inverse))
    e = rounded(np.exp(-(x.max(axis=1, keepdims=True) - x)), "")
    assert np.array_equal(y, e * rounded(1 / e.sum(axis=1, keepdims=True), ""))


def test_softmax_of_extreme_rows_is_as_documented() -> None:
    """Rows that are all equal, all at an end of their type, ruled by one entry, or masked whole."""
    kind = Quantization.of("ap_ufixed<10,2>", "RND")
    build = Builder("g")
    x, mask = build.input("x", (4,), TYPE), build.input("mask", (4,), "ap_ufixed<1,1>")
    y = softmax(
        x,
        [0],
        lambda d: table(d, lambda v: np.exp(-v), kind, name="exp"),
        lambda s: table(s, lambda v: 1 / np.maximum(v, 2.0**-8), kind, name="inverse"),
        mask=mask,
    )
    rows = np.array([[0.5] * 4, [3.875] * 4, [-4.0] * 4, [3.875, -4, -4, -4], [3.875, -4, -4, -4], [1, 2, 3, 3.5]])
    masks = np.array([[1] * 4, [1] * 4, [1] * 4, [1] * 4, [0, 1, 1, 0], [0] * 4], np.float64)
    (found,) = values(build.graph([y]), {"x": rows, "mask": masks})
    assert np.array_equal(found[:3], np.full((3, 4), 0.25))
    assert np.array_equal(found[3], [1, 0, 0, 0])
    assert np.array_equal(found[4], [0, 0.5, 0.5, 0])
    assert not found[5].any()


def test_attention_is_two_contractions_around_its_weights() -> None:
    build = Builder("g")
    q, k, v = (build.input(name, (3, 4), TYPE) for name in "qkv")
    scores, mixed = Equation.parse("kd,qd->qk"), Equation.parse("qk,kd->qd")
    graph = build.graph([attention(q, k, v, scores, mixed, relu)])
    events = {name: drawn(3, 4) for name in "qkv"}
    found = np.maximum(np.einsum("ekd,eqd->eqk", events["k"], events["q"]), 0)
    assert np.array_equal(values(graph, events)[0], np.einsum("eqk,ekd->eqd", found, events["v"]))


def by_hand(c: Floats, bits: NormBits, epsilon: float) -> Floats:
    """A normalization of distances, in the steps of its docstring."""
    n = c.shape[1]
    spread = (c**2).sum(axis=1, keepdims=True) + epsilon
    power = np.floor(np.floor(np.log2(spread)) / 2)
    places, last = 2.0 ** (bits.share - 2), 2.0 ** (bits.mantissa - 2)
    shares, mantissas = np.floor(c * 2.0**-power * places) / places, np.floor(spread * 4.0**-power * last) / last
    return shares * np.round(np.sqrt(n / (mantissas + 0.5 / last)) * 2.0**bits.root) / 2.0**bits.root


@pytest.mark.parametrize("entries", [2, 3, 4])
@pytest.mark.parametrize("bits", [NormBits(), NormBits(12, 10, 12), NormBits(3, 3, 1)])
def test_layer_norm_is_near_the_formula_and_exact_by_its_own(entries: int, bits: NormBits) -> None:
    x, y = one_input((entries,), lambda x: layer_norm(x, lambda c: c, bits, epsilon=0.25))
    share = entries / 2.0 ** (entries - 1).bit_length()
    least = 2.0 ** round(np.log2(0.25 * entries * share**2))
    spread = x.var(axis=1, keepdims=True) + least / (entries * share**2)
    assert np.abs(y - (x - x.mean(axis=1, keepdims=True)) / np.sqrt(spread)).max() <= bits.error(entries)
    distances = (entries * x - x.sum(axis=1, keepdims=True)) / 2.0 ** (entries - 1).bit_length()
    assert np.array_equal(y, by_hand(distances, bits, least))


def test_a_root_mean_square_is_near_the_formula() -> None:
    bits = NormBits()
    x, y = one_input((4,), lambda x: rms_norm(x, lambda c: c, bits, epsilon=0.25))
    assert np.abs(y - x / np.sqrt((x**2).mean(axis=1, keepdims=True) + 0.25)).max() <= bits.error(4)
    with pytest.raises(Refusal, match="normalizes with 2 bits of a share"):
        NormBits(2)


def test_entries_that_are_all_alike_are_normalized_to_nothing() -> None:
    x = np.repeat(np.arange(-32, 32)[:, None] / 8, 4, axis=1)
    _, y = one_input((4,), lambda x: layer_norm(x, lambda c: c, NormBits(), epsilon=0.0), x)
    assert not y.any()


def test_each_sees_other_tensors_whole() -> None:
    weight = weights(3, 4)
    build = Builder("g")
    x, g = build.input("x", (5, 3), TYPE), build.input("g", (4,), TYPE)

    def inner(row: Tensor) -> tuple[Tensor, Tensor]:
        hidden = relu(dense(row, weight))
        both = each(hidden, lambda one: add(one, g))
        return quantize(hidden, Quantization.of("ap_ufixed<5,3>", "TRN", "WRAP")), both

    with build.layer("phi", "Dense"):
        first, second = each(x, inner)
    graph = build.graph([first, second])
    (node,) = graph.nodes
    assert isinstance(node.op, Map)
    assert (node.op.cuts, node.operands, node.layers) == ((0, None), ("x", "g"), ("phi",))
    events = {"x": drawn(5, 3), "g": drawn(4)}
    quantized, both = values(graph, events)
    hidden = np.maximum(events["x"] @ weight.to_float(), 0)
    assert np.array_equal(quantized, np.floor(hidden * 4) / 4 % 8)
    assert np.array_equal(both, hidden[..., None] + events["g"][:, None, None, :])


def test_pairs_equal_a_dense_layer_over_receiver_and_sender() -> None:
    weight, bias, last = weights(6, 4), weights(4), weights(4, 2)
    receivers = [i for i in range(4) for j in range(4) if i != j]
    senders = [j for i in range(4) for j in range(4) if i != j]
    build = Builder("g")
    x = build.input("x", (4, 3), TYPE)
    graph = build.graph([pairs(x, senders, receivers, lambda edge: dense(relu(edge), last), weight, bias)])
    assert [len(graph.tensors[node.name].shape) for node in graph.nodes if isinstance(node.op, Map)] == [2, 2, 2]
    events = drawn(4, 3)
    edges = np.concatenate([events[:, receivers], events[:, senders]], axis=-1)
    expected = np.maximum(edges @ weight.to_float() + bias.to_float(), 0) @ last.to_float()
    assert np.array_equal(values(graph, {"x": events})[0], expected)


@pytest.mark.parametrize("candidates", range(1, 10))
def test_top_n_sorts(candidates: int) -> None:
    """A network of comparisons sorts everything if it sorts all sequences of 0 and 1 (Knuth 5.3.4, theorem Z)."""
    build = Builder("g")
    x = build.input("x", (candidates, 2), FixedTypes.of(0, 4, 4))
    kept = (candidates + 1) // 2
    graph = build.graph([top_n(x, kept)])
    bits = np.array(list(product((0, 1), repeat=candidates)))
    events = np.stack([bits, np.tile(np.arange(candidates), (len(bits), 1))], axis=-1).astype(np.float64)
    found = values(graph, {"x": events})[0]
    assert np.array_equal(found[..., 0], -np.sort(-bits, axis=1)[:, :kept])
    order = np.argsort(-bits, axis=1, kind="stable")[:, :kept]
    assert np.array_equal(found[..., 1], order)


def test_tables_share_and_saturate() -> None:
    kind = Quantization(FixedTypes.of(0, [4, 4, 0], 2), overflow=Quantization.of("ap_ufixed<4,2>").overflow)
    with np.errstate(divide="ignore"):
        x, y = one_input((3,), lambda x: table(x, lambda v: 1 / np.abs(v), kind))
    with np.errstate(divide="ignore"):
        expected = np.clip(np.round(4 / np.abs(x)) / 4, 0, 15 / 4)
    assert np.array_equal(y[:, :2], expected[:, :2])
    assert not y[:, 2].any()
    with pytest.raises(Refusal) as caught:
        one_input((3,), lambda x: table(x, lambda v: np.where(v < 0, np.nan, v), kind))
    assert str(caught.value) == "its function gives NaN at -4.0; quantize its input to where the function is defined"
    with pytest.raises(Refusal) as caught:
        one_input((2,), lambda x: table(x, np.abs, kind))
    assert str(caught.value) == "has types of shape [3] for a tensor of shape [2]; give one type, or one an element"
