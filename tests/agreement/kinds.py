"""Small random networks of each kind that slices are made of: sets, convolutions, plain dense ones, attention."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from tests.agreement.convolutions import random_network
from trigforge.building import (
    Builder,
    Quantization,
    Tensor,
    add,
    attention,
    dense,
    einsum_dense,
    max_over,
    mean_over,
    pairs,
    quantize,
    relu,
    reshape,
    softmax,
    sum_over,
    table,
)
from trigforge.fixed import FixedArray
from trigforge.graph import Dense, Equation, FixedPointGraph, Map
from trigforge.graph.infer import slices_of
from trigforge.passes import optimize
from trigforge.passes.spread_maps import spread_maps


class _Drawing:
    """One network as it is drawn, with its random numbers."""

    def __init__(self, name: str, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.build = Builder(name)

    def count(self, low: int, high: int) -> int:
        """An integer from ``low`` to ``high``, both included."""
        return int(self.random.integers(low, high + 1))

    def weights(self, *shape: int) -> FixedArray:
        return FixedArray.of(self.random.integers(-15, 16, shape), -3)

    def short(self, x: Tensor) -> Tensor:
        """Rectified and rounded, or cut off, in one of several types."""
        kind = ("ap_ufixed<5,3>", "ap_ufixed<6,4>", "ap_ufixed<4,2>")[self.count(0, 2)]
        return quantize(relu(x), Quantization.of(kind, ("RND", "TRN")[self.count(0, 1)]))

    def each(self, x: Tensor, units: int) -> Tensor:
        """A dense layer on each row, and its activation."""
        weights = self.weights(x.shape[1], units), self.weights(units)
        return self.short(einsum_dense(x, Equation.parse("nc,cd->nd"), *weights))

    def pooled(self, x: Tensor) -> Tensor:
        """The sum, the mean or the largest of all rows."""
        pool = (sum_over, mean_over, max_over)[self.count(0, 2)]
        return quantize(pool(x, [0]), Quantization.of("ap_ufixed<7,5>", "RND"))

    def head(self, x: Tensor) -> Tensor:
        """A dense layer on everything, with few outputs."""
        row = x if x.rank == 1 else reshape(x, (int(np.prod(x.shape)),))
        units = self.count(2, 3)
        return dense(row, self.weights(row.shape[0], units), self.weights(units))


def _sets(drawing: _Drawing) -> list[Tensor]:
    """Particles, on every other network their pairs too, and a pool."""
    particles = drawing.count(4, 6)
    x = drawing.each(drawing.build.input("x", (particles, 2), "ap_fixed<6,3>"), drawing.count(3, 5))
    if drawing.count(0, 1):
        ends = [(r, s) for r in range(particles) for s in range(particles) if r != s]
        units = drawing.count(2, 3)
        weights = drawing.weights(2 * x.shape[1], units), drawing.weights(units)
        edges = pairs(x, [s for _, s in ends], [r for r, _ in ends], drawing.short, *weights)
        x = drawing.each(sum_over(reshape(edges, (particles, particles - 1, units)), [1]), 3)
    return [drawing.head(drawing.pooled(x))]


def _dense(drawing: _Drawing) -> list[Tensor]:
    """Dense layers one behind the other."""
    x = drawing.build.input("x", (drawing.count(4, 8),), "ap_fixed<6,3>")
    for _ in range(drawing.count(2, 3)):
        units = drawing.count(4, 9)
        x = drawing.short(dense(x, drawing.weights(x.shape[0], units), drawing.weights(units)))
    return [drawing.head(x)]


def attention_on(x: Tensor, weights: Callable[[int, int], FixedArray]) -> list[Tensor]:
    """One block of attention of one head on (tokens, width) with a residual, and the sum over the tokens."""
    width = x.shape[1]
    narrow, share = Quantization.of("ap_fixed<6,3>", "RND"), Quantization.of("ap_ufixed<6,1>", "RND")
    projection = Equation.parse("td,dk->tk")

    def projected(value: Tensor) -> Tensor:
        return quantize(einsum_dense(value, projection, weights(width, width)), narrow)

    def shares(scores: Tensor) -> Tensor:
        def exp(d: Tensor) -> Tensor:
            return table(d, lambda v: np.exp(-v), share)

        def inverse(total: Tensor) -> Tensor:
            return table(total, lambda v: 1 / np.maximum(v, 0.5), share)

        return quantize(softmax(quantize(scores, narrow), [1], exp, inverse), share)

    query, key, value = (projected(x) for _ in range(3))
    mixed = attention(query, key, value, Equation.parse("sk,tk->ts"), Equation.parse("ts,sk->tk"), shares)
    out = add(projected(quantize(mixed, narrow)), x)
    return [out, sum_over(out, [0])]


def _attention(drawing: _Drawing) -> list[Tensor]:
    """One block of attention on few tokens."""
    tokens, width = drawing.count(3, 5), drawing.count(2, 4)
    return attention_on(drawing.build.input("x", (tokens, width), "ap_fixed<5,2>"), drawing.weights)


def _made(name: str, draw: Callable[[_Drawing], list[Tensor]], seed: int) -> FixedPointGraph:
    drawing = _Drawing(f"{name}_{seed}", seed)
    return optimize(drawing.build.graph(draw(drawing)))


KINDS: Mapping[str, Callable[[int], FixedPointGraph]] = {
    "sets": partial(_made, "sets", _sets),
    "convolutions": random_network,
    "dense": partial(_made, "dense", _dense),
    "attention": partial(_made, "attention", _attention),
}
"""The network of each kind and seed."""


def most_slices(found: FixedPointGraph) -> int:
    """The slices of the longest ``Map`` into which a network is cut, or the most outputs of a dense layer."""
    spread = spread_maps(found)
    counts = [node.op.weight.shape[-1] for node in found.nodes if isinstance(node.op, Dense)]
    for node in spread.nodes:
        if isinstance(node.op, Map):
            counts.append(slices_of(node.op, [spread.tensors[name] for name in node.operands]))
    return max(counts)
