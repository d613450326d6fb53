"""Graphs built of words, with loops in loops and tensors seen whole, through every simulator and the passes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from tests.agreement.fuzz import Tally, run_graphs
from trigforge.building import (
    Builder,
    NormBits,
    Quantization,
    Steps,
    Tensor,
    add,
    batch_norm,
    conv,
    dense,
    each,
    einsum,
    einsum_dense,
    layer_norm,
    max_over,
    pairs,
    quantize,
    relu,
    reshape,
    rms_norm,
    softmax,
    subtract,
    sum_over,
    table,
    top_n,
)
from trigforge.emulator import random_stimuli, run
from trigforge.fixed import FixedArray, FixedTypes
from trigforge.flow.engines import EngineChoice, choose
from trigforge.graph import Equation, FixedPointGraph, load_graph, parse_graph, print_graph, save_graph
from trigforge.passes import optimize

RNG = np.random.default_rng(5)
RECEIVERS = [i for i in range(4) for j in range(4) if i != j]
SENDERS = [j for i in range(4) for j in range(4) if i != j]


def weights(*shape: int) -> FixedArray:
    return FixedArray.of(RNG.integers(-5, 6, shape), -2)


def short(spelling: str) -> Quantization:
    return Quantization.of(spelling, "RND")


def loops_in_loops(build: Builder) -> tuple[Tensor, ...]:
    x, g = build.input("x", (3, 2, 4), "ap_fixed<6,3>"), build.input("g", (4,), "ap_fixed<5,2>")
    weight = weights(4, 3)

    def row(cells: Tensor) -> tuple[Tensor, Tensor]:
        total = sum_over(cells, [0])

        def cell(one: Tensor) -> Tensor:
            return quantize(relu(add(dense(add(one, g), weight), dense(total, weight))), short("ap_ufixed<6,4>"))

        return each(cells, cell), total

    return each(x, row)


def attention_by_query(build: Builder) -> tuple[Tensor, ...]:
    x = build.input("x", (4, 3), "ap_fixed<5,2>")
    keys, values, queries = (quantize(dense(x, weights(3, 2)), short("ap_fixed<6,4>")) for _ in range(3))

    def row(query: Tensor) -> Tensor:
        scores = quantize(einsum(keys, query, Equation.parse("kd,d->k")), short("ap_fixed<6,4>"))
        distance = subtract(max_over(scores, [0], keepdims=True), scores)
        exponential = table(distance, lambda d: np.exp(-d), short("ap_ufixed<6,1>"))
        return einsum(exponential, values, Equation.parse("k,kd->d"))

    return (each(queries, row),)


def slices_of_the_middle(build: Builder) -> tuple[Tensor, ...]:
    x = build.input("x", (3, 4, 2), FixedTypes.of(1, RNG.integers(3, 8, (3, 4, 2)), 3))
    return each(x, lambda slice: (dense(slice, weights(2, 3)), max_over(slice, [1])), axis=1)


def edges(build: Builder) -> tuple[Tensor, ...]:
    x = build.input("x", (4, 3), "ap_fixed<6,3>")
    effects = pairs(
        x, SENDERS, RECEIVERS, lambda edge: quantize(relu(edge), short("ap_ufixed<5,4>")), weights(6, 4), weights(4)
    )
    return (sum_over(reshape(effects, (4, 3, 4)), [1]),)


def hardest_first(build: Builder) -> tuple[Tensor, ...]:
    hardest = top_n(build.input("x", (7, 3), "ap_fixed<8,5>"), 3)
    return (each(hardest, lambda candidate: dense(candidate, weights(3, 2))),)


def normalized_rows(build: Builder) -> tuple[Tensor, ...]:
    x = build.input("x", (2, 3), "ap_fixed<5,3>")
    distance = partial(quantize, quantization=short("ap_fixed<7,3>"))
    return (each(x, lambda row: batch_norm(layer_norm(row, distance, NormBits()), weights(3), weights(3))),)


def rows_over_their_root_mean_square(build: Builder) -> tuple[Tensor, ...]:
    x = build.input("x", (2, 4), "ap_fixed<5,3>")
    return (each(x, lambda row: rms_norm(row, lambda c: c, NormBits(6, 4, 5))),)


def masked_softmaxes(build: Builder) -> tuple[Tensor, ...]:
    """The first stimuli are rows that are masked whole, and rows whose entries all stand at an end of their type."""
    x, mask = build.input("x", (2, 4), "ap_fixed<5,3>"), build.input("mask", (2, 4), "ap_ufixed<1,1>")
    exp = partial(table, function=lambda d: np.exp(-d), quantization=short("ap_ufixed<6,1>"), name="exp")
    inverse = partial(
        table,
        function=lambda s: 1 / np.maximum(s, 2.0**-5),
        quantization=short("ap_ufixed<6,1>"),
        name="inverse",
    )
    return (each((x, mask), lambda row, seen: softmax(row, [0], exp, inverse, mask=seen)),)


def reloaded_weights(build: Builder) -> tuple[Tensor, ...]:
    """Every layer with weights that are registers: one on each row, two convolutions, and a dense one with a bias."""

    def register(name: str, *shape: int) -> Tensor:
        return build.register(name, shape, "ap_fixed<4,2>")

    def narrow(x: Tensor) -> Tensor:
        return quantize(relu(x), short("ap_ufixed<5,3>"))

    x = build.input("x", (6, 2), "ap_fixed<5,3>")
    rows = narrow(einsum_dense(x, Equation.parse("nc,cd->nd"), register("each", 2, 3), register("each_bias", 3)))
    line = narrow(conv(rows, register("line", 3, 3, 2), register("line_bias", 2), Steps((1,), "same")))
    image = reshape(line, (3, 4, 1))
    plane = narrow(conv(image, register("plane", 2, 2, 1, 2), None, Steps((1, 2))))
    return rows, dense(reshape(plane, (8,)), register("jet", 8, 2), register("jet_bias", 2))


def results_that_do_not_depend_on_the_slice(build: Builder) -> tuple[Tensor, ...]:
    x, g = build.input("x", (3, 2), "ap_fixed<6,3>"), build.input("g", (2,), "ap_fixed<5,2>")
    return each(x, lambda row: (relu(g), add(row, g)))


def built(make: Callable[[Builder], tuple[Tensor, ...]]) -> FixedPointGraph:
    build = Builder(make.__name__)
    return build.graph(make(build))


GRAPHS = {
    number: built(make)
    for number, make in enumerate(
        (
            loops_in_loops,
            attention_by_query,
            slices_of_the_middle,
            edges,
            hardest_first,
            normalized_rows,
            rows_over_their_root_mean_square,
            masked_softmaxes,
            reloaded_weights,
            results_that_do_not_depend_on_the_slice,
        )
    )
}


def test_every_simulator_agrees() -> None:
    tally = Tally()
    run_graphs(GRAPHS, tally)
    assert (tally.wrong, tally.refused) == ({}, {})


def test_the_native_engine_text_and_file_agree(tmp_path: Path) -> None:
    for graph in GRAPHS.values():
        assert parse_graph(print_graph(graph)) == graph
        save_graph(graph, tmp_path / "graph.json")
        loaded = load_graph(tmp_path / "graph.json")
        assert (loaded, loaded.layers) == (graph, graph.layers)
        stimuli = random_stimuli(graph, 60, seed=1)
        for form in (graph, optimize(graph)):
            expected = run(form, stimuli).outputs
            found = choose(form, EngineChoice.NATIVE).run(stimuli, 1, lambda events: None)
            assert all(np.array_equal(found[name], values) for name, values in expected.items()), graph.name
