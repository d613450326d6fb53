"""An interaction network written out with take, concatenate and reshape keeps its edges, and equals Keras."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.frontends.hgq_support import float64, in_float64, keras_outputs, mismatches, simulate
from trigforge import frontends
from trigforge.frontends.keras.framework import keras
from trigforge.graph import FixedPointGraph, Map, slices_of
from trigforge.passes import inline_maps, optimize

PARTICLES, FEATURES = 8, 3
RECEIVERS = [i for i in range(PARTICLES) for j in range(PARTICLES) if i != j]
SENDERS = [j for i in range(PARTICLES) for j in range(PARTICLES) if i != j]


def network() -> Any:
    framework, ops = keras(), keras().ops
    import hgq.layers as q
    from hgq.config import QuantizerConfig

    def fixed(i: int, f: int, place: str = "datalane", **more: Any) -> Any:
        modes = {"overflow_mode": "SAT", "round_mode": "RND", "trainable": False}
        return QuantizerConfig("kif", place, k0=1, i0=i, f0=f, **modes, **more)

    alike = {"heterogeneous_axis": ()}
    weights = {
        "kq_conf": fixed(2, 3, "weight"),
        "bq_conf": fixed(2, 3, "bias"),
        "iq_conf": fixed(2, 3, **alike),
    }
    x = framework.Input((PARTICLES, FEATURES), name="particles")
    xq = q.Quantizer(fixed(3, 4, **alike), name="inq")(x)
    pairs = ops.concatenate([ops.take(xq, RECEIVERS, axis=1), ops.take(xq, SENDERS, axis=1)], axis=-1)
    effects = q.QDense(8, activation="relu", name="edge1", **weights)(pairs)
    effects = q.QDense(4, activation="relu", name="edge2", **weights)(effects)
    shaped = ops.reshape(effects, (-1, PARTICLES, PARTICLES - 1, 4))
    summed = q.QSum(axes=2, name="to_receiver", iq_conf=fixed(4, 3, **alike))(shaped)
    objects = ops.concatenate([xq, summed], axis=-1)
    objects = q.QDense(6, activation="relu", name="object1", **weights)(objects)
    pooled = q.QSum(axes=1, name="pool", iq_conf=fixed(4, 3, **alike))(objects)
    model = framework.Model(x, q.QDense(5, name="scores", **weights)(pooled))
    rng = np.random.default_rng(5)
    for layer in model.layers:
        if hasattr(layer, "_kernel"):
            for weight in (layer._kernel, layer.bias):
                weight.assign(np.round(rng.normal(size=weight.shape) * 8) / 8)
    return model


def maps(graph: FixedPointGraph) -> dict[str, int]:
    """The number of slices of each ``Map``."""
    return {
        node.name: slices_of(node.op, [graph.tensors[name] for name in node.operands])
        for node in graph.nodes
        if isinstance(node.op, Map)
    }


def test_edges_are_one_map_and_their_first_layer_is_computed_per_particle() -> None:
    with float64():
        model = in_float64(network())
        graph = frontends.read(model, name="interaction")
        optimized = optimize(graph)
        assert list(maps(optimized).values()) == [8, 8, 56, 8]
        edges = next(node for node in optimized.nodes if maps(optimized).get(node.name) == 56)
        assert edges.layers[:2] == ("edge1", "edge2")
        products = [type(node.op).__name__ for node in edges.op.body.nodes if node.layers == ("edge1",)]
        assert products == ["Add", "Relu"]
        drawn = {"particles": np.random.default_rng(7).normal(size=(300, PARTICLES, FEATURES)) * 3}
        result = simulate(graph, drawn)
        assert mismatches(graph, result, keras_outputs(model, graph, drawn)) == 0
        for other in (optimized, inline_maps(optimized)):
            again = simulate(other, drawn)
            assert all(np.array_equal(result.outputs[name], again.outputs[name]) for name in graph.outputs)
