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

    weights, alike = _weights(), {"heterogeneous_axis": ()}
    x = framework.Input((PARTICLES, FEATURES), name="particles")
    xq = q.Quantizer(_fixed(3, 4, **alike), name="inq")(x)
    pairs = ops.concatenate([ops.take(xq, RECEIVERS, axis=1), ops.take(xq, SENDERS, axis=1)], axis=-1)
    effects = q.QDense(8, activation="relu", name="edge1", **weights)(pairs)
    effects = q.QDense(4, activation="relu", name="edge2", **weights)(effects)
    shaped = ops.reshape(effects, (-1, PARTICLES, PARTICLES - 1, 4))
    summed = q.QSum(axes=2, name="to_receiver", iq_conf=_fixed(4, 3, **alike))(shaped)
    objects = ops.concatenate([xq, summed], axis=-1)
    objects = q.QDense(6, activation="relu", name="object1", **weights)(objects)
    pooled = q.QSum(axes=1, name="pool", iq_conf=_fixed(4, 3, **alike))(objects)
    return _with_random_weights(framework.Model(x, q.QDense(5, name="scores", **weights)(pooled)))


def _fixed(i: int, f: int, place: str = "datalane", **more: Any) -> Any:
    from hgq.config import QuantizerConfig

    modes = {"overflow_mode": "SAT", "round_mode": "RND", "trainable": False}
    return QuantizerConfig("kif", place, k0=1, i0=i, f0=f, **modes, **more)


def _weights() -> dict[str, Any]:
    return {
        "kq_conf": _fixed(2, 3, "weight"),
        "bq_conf": _fixed(2, 3, "bias"),
        "iq_conf": _fixed(2, 3, heterogeneous_axis=()),
    }


def _with_random_weights(model: Any) -> Any:
    rng = np.random.default_rng(5)
    for layer in model.layers:
        if hasattr(layer, "_kernel"):
            for weight in (layer._kernel, layer.bias):
                weight.assign(np.round(rng.normal(size=weight.shape) * 8) / 8)
    return model


HITS = 4
NEAREST = [(4 * k + i, 4 * k + 4 + j) for k in range(2) for i in range(HITS) for j in range(HITS) if abs(i - j) < 2]


def tracking() -> Any:
    """Segments between the hits of nearest layers, of which there are three; effects are summed at the outer hit."""
    framework, ops = keras(), keras().ops
    import hgq.layers as q

    weights, alike = _weights(), {"heterogeneous_axis": ()}
    x = framework.Input((3 * HITS, FEATURES), name="hits")
    xq = q.Quantizer(_fixed(3, 4, **alike), name="inq")(x)
    inner, outer = ([edge[end] for edge in NEAREST] for end in (0, 1))
    pairs = ops.concatenate([ops.take(xq, outer, axis=1), ops.take(xq, inner, axis=1)], axis=-1)
    effects = q.QDense(8, activation="relu", name="edge1", **weights)(pairs)
    effects = q.QDense(4, activation="relu", name="edge2", **weights)(effects)
    ends_at = np.eye(3 * HITS, dtype=np.float32)[:, outer]
    objects = ops.concatenate([xq, ops.matmul(ends_at, effects)], axis=-1)
    objects = q.QDense(6, activation="relu", name="object1", **weights)(objects)
    return _with_random_weights(framework.Model(x, q.QDense(2, name="scores", **weights)(objects)))


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


def test_edges_of_nearest_layers_are_one_map_too() -> None:
    with float64():
        model = in_float64(tracking())
        graph = frontends.read(model, name="tracking")
        optimized = optimize(graph)
        assert list(maps(optimized).values()) == [8, 8, len(NEAREST)]
        drawn = {"hits": np.random.default_rng(7).normal(size=(300, 3 * HITS, FEATURES)) * 3}
        result = simulate(graph, drawn)
        assert mismatches(graph, result, keras_outputs(model, graph, drawn)) == 0
        for other in (optimized, inline_maps(optimized)):
            again = simulate(other, drawn)
            assert all(np.array_equal(result.outputs[name], again.outputs[name]) for name in graph.outputs)
