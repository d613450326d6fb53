"""Reuse factors of contractions: the same integers with any, and one sentence for each that cannot be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from trigforge.design import DesignPoint, HlsDesign, LayerDesign, Strategy
from trigforge.emulator import random_stimuli, run
from trigforge.errors import DesignError
from trigforge.fixed import FixedArray, FixedTypes
from trigforge.graph.equation import Equation
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.inputs import GraphInput
from trigforge.graph.ops import Conv1D, Dense, Einsum, EinsumDense, Node, Op
from trigforge.hls import to_project
from trigforge.hls.reuse import multiplications_of
from trigforge.toolchain import gxx

_RNG = np.random.default_rng(3)


def _constant(*shape: int) -> FixedArray:
    return FixedArray.of(_RNG.integers(-7, 8, shape), -3)


def _with(equation: str, weight: tuple[int, ...], *bias: int) -> EinsumDense:
    return EinsumDense(Equation.parse(equation), _constant(*weight), _constant(*bias) if bias else None)


def _of(equation: str) -> Einsum:
    return Einsum(Equation.parse(equation))


X, Y = "x", "y"
OPS: Mapping[str, tuple[Op, tuple[str, ...], int]] = {
    "particles": (Dense(_constant(4, 6), _constant(6)), (X,), 192),
    "columns": (_with("abc,bd->acd", (2, 3), 3), (X,), 96),
    "swapped": (_with("abc,cd->dba", (4, 5), 5, 2, 1), (X,), 160),
    "per_row": (_with("abc,acd->abd", (4, 4, 2), 4, 1, 2), (X,), 64),
    "per_pair": (_with("abc,abd->adc", (4, 2, 3)), (X,), 96),
    "whole": (_with("abc,abcd->d", (4, 2, 4, 3), 3), (X,), 96),
    "lone": (_with("abc,bde->bd", (2, 4, 3)), (X,), 8),
    "scaled": (_with("abc,->cab", ()), (X,), 32),
    "scores": (_of("abc,dbc->ad"), (X, Y), 160),
    "heads": (_of("abc,dbc->bad"), (X, Y), 160),
    "reversed": (_of("dbc,abc->bda"), (Y, X), 160),
    "batch": (_of("abc,dba->abd"), (X, "z"), 40),
    "outer": (_of("abc,d->dabc"), (X, "v"), 96),
    "inner": (_of("abc,abc->"), (X, X), 32),
}
"""operations, their operands, and their products an event"""


def _graph(version: int, names: Sequence[str] = tuple(OPS)) -> FixedPointGraph:
    def types(*shape: int) -> FixedTypes:
        return FixedTypes.of(np.arange(shape[-1]) % 2, np.arange(shape[-1]) % 3 + 2, np.arange(shape[-1]) % 4)

    shapes = {X: (4, 2, 4), Y: (5, 2, 4), "z": (5, 2, 4), "v": (3,)}
    inputs = tuple(GraphInput(name, shape, types(*shape)) for name, shape in shapes.items())
    nodes = tuple(Node(name, *OPS[name][:2]) for name in names)
    return FixedPointGraph("reuse", version, inputs, nodes, tuple(names))


def _design(factors: Mapping[str, int]) -> DesignPoint:
    layers = {name: LayerDesign(reuse_factor=factor) for name, factor in factors.items()}
    return DesignPoint(hls=HlsDesign(strategy=Strategy.RESOURCE), layers=layers)


def test_no_reuse_factor_changes_an_output_bit(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    products = {name: count for name, (_, _, count) in OPS.items()}
    divisors = {name: [n for n in range(1, count + 1) if count % n == 0] for name, count in products.items()}
    chosen = [dict.fromkeys(OPS, factor) for factor in (1, 2, 4, 8)] + [products]
    chosen += [{name: int(rng.choice(found)) for name, found in divisors.items()} for _ in range(3)]
    projects = [to_project(_graph(version), _design(factors)) for version, factors in enumerate(chosen)]
    stimuli = random_stimuli(_graph(0), 100)
    expected = run(_graph(0), stimuli).outputs
    for factors, project, csim in zip(chosen, projects, gxx.compile_batch(projects, tmp_path, quick=True), strict=True):
        assert {entry.node: entry.reuse_factor for entry in project.multiplications} == factors
        assert all(entry.as_asked for entry in project.multiplications)
        found = csim.run(stimuli).outputs
        for name in expected:
            assert np.array_equal(found[name], expected[name]), (name, factors[name])


def test_multipliers_are_the_products_of_one_turn() -> None:
    text = to_project(_graph(1, ["particles", "scores"]), _design({"particles": 4, "scores": 160})).files
    parameters = text["firmware/parameters.h"]
    assert text["firmware/reuse_v1.cpp"].count("trigforge::linear_in_turns<") == 1
    assert text["firmware/reuse_v1.cpp"].count("trigforge::contract_in_turns<") == 1
    for words in ("n_groups = 4", "n_parts = 1", "n_sums = 12", "n_terms = 4", "reuse_factor = 4"):
        assert f"static const unsigned {words};" in parameters
    for words in ("n_groups = 20", "n_parts = 8", "n_sums = 1", "n_terms = 1", "reuse_factor = 160"):
        assert f"static const unsigned {words};" in parameters


def test_a_multiplier_keeps_the_weight_that_particles_share() -> None:
    parameters = to_project(_graph(1, ["particles"]), _design({"particles": 8})).files["firmware/parameters.h"]
    assert "_y_start[48] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, " in parameters


def test_without_reuse_all_products_are_made_at_once() -> None:
    resource, latency = (
        to_project(_graph(1), DesignPoint(hls=HlsDesign(strategy=strategy)))
        for strategy in (Strategy.RESOURCE, Strategy.LATENCY)
    )
    assert resource.files == latency.files
    assert all(entry.as_asked for entry in resource.multiplications)


FACTORS = {
    "between two that are valid": (
        {"particles": 5},
        "layer 'particles': reuse_factor = 5 does not divide the 192 products of 'particles'; valid are the divisors "
        "of 192, nearest 4 and 6: set one below [layers.particles]",
    ),
    "more than the products": (
        {"inner": 64},
        "layer 'inner': reuse_factor = 64 does not divide the 32 products of 'inner'; valid are the divisors of 32, "
        "nearest 32: set one below [layers.inner]",
    ),
    "far more": (
        {"lone": 10**12},
        "layer 'lone': reuse_factor = 1000000000000 does not divide the 8 products of 'lone'; valid are the divisors "
        "of 8, nearest 8: set one below [layers.lone]",
    ),
    "of several layers": (
        {"whole": 5, "scores": 3},
        "layer 'whole': reuse_factor = 5 does not divide the 96 products of 'whole'; valid are the divisors of 96, "
        "nearest 4 and 6: set one below [layers.whole]; "
        "layer 'scores': reuse_factor = 3 does not divide the 160 products of 'scores'; valid are the divisors of 160, "
        "nearest 2 and 4: set one below [layers.scores]",
    ),
}


@pytest.mark.parametrize("case", FACTORS)
def test_a_factor_that_cannot_be_had_is_refused(case: str) -> None:
    factors, message = FACTORS[case]
    with pytest.raises(DesignError) as caught:
        to_project(_graph(1), _design(factors))
    assert str(caught.value) == message


def test_nodes_of_one_layer_are_told_what_suits_all_of_them() -> None:
    nodes = (
        Node("att.q", Dense(_constant(4, 6)), (X,), ("att",)),
        Node("att.scores", _of("abc,dbc->ad"), (X, Y), ("att",)),
    )
    graph = FixedPointGraph("att", 1, _graph(1).inputs, nodes, ("att.q", "att.scores"))
    with pytest.raises(DesignError) as caught:
        multiplications_of(graph, _design({"att": 6}))
    assert str(caught.value) == (
        "layer 'att': reuse_factor = 6 does not divide the 160 products of 'att.scores'; valid are the divisors of 32, "
        "nearest 4 and 8: set one below [layers.att]"
    )


def test_layers_of_hls4ml_take_the_next_smaller_factor() -> None:
    nodes = (
        Node("head", Dense(_constant(3, 8)), ("v",)),
        Node("conv", Conv1D(_constant(3, 4, 2), dilation=2), ("rows",)),
    )
    inputs = (GraphInput("v", (3,), FixedTypes.of(1, 3, 2)), GraphInput("rows", (9, 4), FixedTypes.of(1, 3, 2)))
    graph = FixedPointGraph("rounded", 1, inputs, nodes, ("head", "conv"))
    found = multiplications_of(graph, DesignPoint(hls=HlsDesign(strategy=Strategy.RESOURCE, reuse_factor=7)))
    assert [(entry.reuse_factor_asked, entry.reuse_factor, entry.as_asked) for entry in found] == [
        (7, 6, False),
        (7, 5, False),
    ]
