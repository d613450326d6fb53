"""HGQ2's quantizers: every mode, granularity and convention gives the integers that Keras gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.frontends.hgq_support import (
    assert_agrees,
    events_for,
    float64,
    keras_outputs,
    mismatches,
    scramble,
    simulate,
)
from trigforge import frontends
from trigforge.fixed import FixedType, Overflow, Rounding

ROUNDINGS = [*Rounding, "S_RND", "S_RND_CONV"]
OVERFLOWS = ["WRAP", "SAT", "SAT_SYM"]


def config(**options: Any) -> Any:
    from hgq.config import QuantizerConfig

    return QuantizerConfig(**{"place": "datalane", **options})


def quantizer_model(framework: Any, shape: tuple[int, ...], *configs: Any) -> Any:
    """Quantizers one behind the other, the first of them on the input."""
    from hgq.quantizer import Quantizer

    x = start = framework.Input(shape)
    for number, conf in enumerate(configs):
        x = Quantizer(conf, name=f"q{number}")(x)
    return framework.Model(start, x)


@pytest.mark.parametrize("overflow", OVERFLOWS)
@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_modes_on_inputs_and_inside(rounding: str, overflow: str) -> None:
    """The first quantizer becomes the input's encoding, the second (coarser or finer) a Requantize."""
    with float64() as framework:
        for seed, kind in enumerate(("kif", "kbi")):
            first = config(q_type=kind, round_mode=rounding, overflow_mode=overflow)
            second = config(q_type=kind, round_mode=rounding, overflow_mode=overflow, homogeneous_axis=(0, 1))
            model = scramble(quantizer_model(framework, (4, 5), first, second), np.random.default_rng(seed))
            graph, _ = assert_agrees(model, seed, 500)
            encoding = graph.inputs[0].encoding
            assert encoding.rounding is Rounding[rounding.removeprefix("S_")]
            assert encoding.overflow is Overflow[overflow]


def test_ties_and_ends_of_the_range() -> None:
    """Halves of every kind and the first values outside: where the modes differ."""
    with float64() as framework:
        for rounding in Rounding:
            for overflow in OVERFLOWS:
                conf = config(
                    q_type="kif", i0=1, f0=1, round_mode=rounding.value, overflow_mode=overflow, trainable=False
                )
                model = quantizer_model(framework, (1,), conf)
                graph = frontends.read(model)
                events = {graph.inputs[0].name: np.arange(-40, 41)[:, None] / 8}
                expected = keras_outputs(model, graph, events)
                assert mismatches(graph, simulate(graph, events), expected) == 0


def test_i_leaves_out_the_sign() -> None:
    with float64() as framework:
        conf = config(q_type="kif", k0=1, i0=3, f0=4, overflow_mode="SAT", homogeneous_axis=(0, 1))
        graph = frontends.read(quantizer_model(framework, (2,), conf))
    assert graph.inputs[0].interval.hull == FixedType(8, 4, True)


def test_pruned_elements_are_zero() -> None:
    with float64() as framework:
        model = quantizer_model(framework, (4,), config(q_type="kif", overflow_mode="SAT"))
        inner = model.layers[1].quantizer
        inner._k.assign([[1, 0, 1, 0]])
        inner._i.assign([[0, 2, -3, -1]])
        inner._f.assign([[0, -2, 1, 0.4]])
        graph, result = assert_agrees(model)
    assert graph.inputs[0].types.width.tolist() == [1, 0, 0, 0]
    assert not result.outputs[graph.outputs[0]][:, 1:].any()


def test_scaler_and_affine() -> None:
    with float64() as framework:
        model = quantizer_model(
            framework,
            (3,),
            config(q_type="kif", overflow_mode="SAT", scaler=4.0),
            config(q_type="kif", overflow_mode="SAT_SYM", affine=(-0.75, 0.375)),
            config(q_type="kif", overflow_mode="SAT", scaler=0.5, affine=(0.5, 0.0)),
        )
        assert_agrees(scramble(model, np.random.default_rng(2)))


def test_hard_activations_of_hgq() -> None:
    from hgq.quantizer.config import HardSigmoidConfig, HardTanhConfig

    with float64() as framework:
        for conf in (HardTanhConfig(), HardTanhConfig(symmetric=True), HardSigmoidConfig()):
            assert_agrees(quantizer_model(framework, (3,), conf))


def test_dummy_quantizer_does_nothing() -> None:
    with float64() as framework:
        model = quantizer_model(framework, (3,), config(q_type="kif", overflow_mode="SAT"), config(q_type="dummy"))
        graph, _ = assert_agrees(model)
    assert [node.name for node in graph.nodes] == ["q0"]


@pytest.mark.parametrize("kernel_mode", ["WRAP", "SAT", "SAT_SYM"])
@pytest.mark.parametrize("kind", ["kif", "kbi"])
def test_weights_are_those_of_inference(kind: str, kernel_mode: str) -> None:
    """Weight quantizers that wrap do not wrap at inference; a frozen one does. The model itself is asked."""
    from hgq.layers import QDense

    with float64() as framework:
        conf = config(q_type=kind, place="weight", overflow_mode=kernel_mode)
        x = start = framework.Input((4,))
        x = QDense(3, kq_conf=conf)(x)
        model = scramble(framework.Model(start, x), np.random.default_rng(3), scale=6.0)
        for trainable in (True, False):
            model.trainable = trainable
            assert_agrees(model)


def test_traced_model_equals_keras_and_never_overflows_on_its_data() -> None:
    from hgq.layers import QDense
    from hgq.utils import trace_minmax

    with float64() as framework:
        data = np.random.default_rng(5).normal(size=(300, 6))
        x = start = framework.Input((6,))
        for units in (5, 4):
            x = QDense(units, activation="relu")(x)
        model = framework.Model(start, x)
        trace_minmax(model, data)
        graph = frontends.read(model)
        events = {graph.inputs[0].name: data}
        expected = keras_outputs(model, graph, events)
        assert mismatches(graph, simulate(graph, events), expected) == 0
        drawn = events_for(graph, np.random.default_rng(6), 300)
        assert mismatches(graph, simulate(graph, drawn), keras_outputs(model, graph, drawn)) == 0
