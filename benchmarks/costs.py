"""CPU seconds of each step for random networks without zeros, the worst case: Verilog, native kernel, mapping.

One core, every cache empty. Usage: ``python benchmarks/costs.py [NETWORK...]``, by default all of them.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from harness import Measurement, cache_at, record

from trigforge.building import (
    Builder,
    Quantization,
    Steps,
    Tensor,
    add,
    attention,
    concat,
    conv,
    dense,
    each,
    einsum_dense,
    mean_over,
    pairs,
    quantize,
    relu,
    reshape,
    softmax,
    sum_over,
    table,
)
from trigforge.design import DesignPoint
from trigforge.emulator.native import to_native
from trigforge.fixed import FixedArray, FixedTypes
from trigforge.flow.mapping import map_and_time
from trigforge.flow.observer import Silent
from trigforge.graph import Equation, FixedPointGraph
from trigforge.passes import optimize
from trigforge.project import write
from trigforge.rtl import to_project
from trigforge.toolchain.native import compile_kernel

WEIGHT_BITS = 6
ACTIVATION = Quantization.of("ap_ufixed<6,3>", "RND")
Network = Callable[[Builder], Tensor]


def _weights(x: Tensor, *shape: int) -> FixedArray:
    rng = np.random.default_rng([*shape, *x.name.encode()])
    values = rng.integers(1, 2 ** (WEIGHT_BITS - 1), shape) * rng.choice([-1, 1], shape)
    return FixedArray.of(values, -4)


def _layer(x: Tensor, width: int) -> Tensor:
    return quantize(relu(dense(x, _weights(x, x.shape[-1], width))), ACTIVATION)


def _input(build: Builder, *shape: int) -> Tensor:
    return build.input("x", shape, "ap_fixed<6,3>")


def mlp(width: int, layers: int = 2) -> Network:
    """Dense layers of one width behind an input of the same."""

    def made(build: Builder) -> Tensor:
        x = _input(build, width)
        for _ in range(layers):
            x = _layer(x, width)
        return x

    return made


def sparse(particles: int) -> Network:
    """An MLP on all features of some particles, with one constant in seven left and an activation type an element."""

    def pruned(x: Tensor, width: int, bits: int) -> Tensor:
        rng = np.random.default_rng([width, *x.name.encode()])
        weight = _weights(x, x.shape[-1], width)
        left = FixedArray.of(weight.mantissa.values * (rng.random((x.shape[-1], width)) < 1 / 7), weight.lsb)
        types = FixedTypes.of(np.zeros(width), rng.integers(3, bits, width), np.full(width, 3))
        return quantize(relu(dense(x, left)), Quantization(types, ACTIVATION.rounding, ACTIVATION.overflow))

    def made(build: Builder) -> Tensor:
        x = reshape(_input(build, particles, 16), (particles * 16,))
        for width in (128, 128, 64, 32):
            x = pruned(x, width, 9)
        return dense(x, _weights(x, 32, 5))

    return made


def deep_set(particles: int) -> Network:
    """Two layers of 32 on each of some particles, their mean, and 32-5."""

    def made(build: Builder) -> Tensor:
        x = each(_input(build, particles, 3), lambda one: _layer(_layer(one, 32), 32))
        return dense(_layer(mean_over(x, [0]), 32), _weights(x, 32, 5))

    return made


def interaction_network(particles: int) -> Network:
    """An edge of each ordered pair, summed at its receiver, and an object network."""

    def made(build: Builder) -> Tensor:
        x = _input(build, particles, 3)
        ends = [(to, sender) for to in range(particles) for sender in range(particles) if to != sender]
        receivers, senders = zip(*ends, strict=True)
        edges = pairs(
            x, senders, receivers, lambda edge: _layer(quantize(relu(edge), ACTIVATION), 8), _weights(x, 6, 8)
        )
        seen = sum_over(reshape(edges, (particles, particles - 1, 8)), [1])
        objects = each([x, seen], lambda one, sums: _layer(concat(one, sums, axis=0), 16))
        return dense(sum_over(objects, [0]), _weights(x, 16, 5))

    return made


def image(size: int) -> Network:
    """A 3 x 3 convolution of eight filters on a square image."""

    def made(build: Builder) -> Tensor:
        x = _input(build, size, size, 1)
        steps = Steps((1, 1))
        return quantize(relu(conv(x, _weights(x, 3, 3, 1, 8), None, steps)), ACTIVATION)

    return made


def transformer(tokens: int) -> Network:
    """One attention block of two heads of eight on tokens of 16, with a residual."""

    def made(build: Builder) -> Tensor:
        x = _input(build, tokens, 16)
        narrow = Quantization.of("ap_fixed<6,3>", "RND")
        query, key, value = (
            quantize(einsum_dense(x, Equation.parse("td,dhk->thk"), _weights(x, 16, 2, 8)), narrow) for _ in range(3)
        )
        exp = Quantization.of("ap_ufixed<8,1>", "RND")
        inverse = Quantization.of("ap_ufixed<10,1>", "RND")

        def weights(scores: Tensor) -> Tensor:
            scores = quantize(scores, narrow)
            soft = softmax(
                scores,
                [2],
                lambda d: table(d, lambda v: np.exp(-v), exp),
                lambda s: table(s, lambda v: 1 / np.maximum(v, 0.5), inverse),
            )
            return quantize(soft, exp)

        mixed = attention(query, key, value, Equation.parse("shk,thk->hts"), Equation.parse("hts,shk->thk"), weights)
        out = einsum_dense(quantize(mixed, narrow), Equation.parse("thk,hkd->td"), _weights(x, 2, 8, 16))
        return add(quantize(out, narrow), x)

    return made


NETWORKS: dict[str, tuple[Network, bool]] = {
    "MLP 64-64-64": (mlp(64), False),
    "MLP 32 x 2": (mlp(32), False),
    "MLP 16 x 8": (mlp(16, 8), False),
    "MLP 128-128-128": (mlp(128), False),
    "sparse MLP on 8": (sparse(8), False),
    "sparse MLP on 32": (sparse(32), False),
    "set of 8": (deep_set(8), False),
    "set of 128": (deep_set(128), False),
    "interaction network on 8": (interaction_network(8), False),
    "interaction network on 32": (interaction_network(32), False),
    "image 8 x 8": (image(8), False),
    "image 16 x 16": (image(16), False),
    "attention over 4": (transformer(4), True),
    "attention over 8": (transformer(8), False),
}
"""Each network, and whether it is mapped too."""


def graph_of(name: str) -> FixedPointGraph:
    """The optimized graph of a network."""
    build = Builder("network")
    return optimize(build.graph([NETWORKS[name][0](build)]))


def _cpu_s() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(entry.ru_utime + entry.ru_stime for entry in spent)


def measured(name: str, folder: Path) -> list[Measurement]:
    """CPU seconds of each step of one network."""
    found: list[Measurement] = []
    began = _cpu_s()

    def note(what: str) -> None:
        nonlocal began
        found.append(Measurement(f"{name}, {what}", round(_cpu_s() - began, 2), "CPU s"))
        began = _cpu_s()

    graph = graph_of(name)
    note("graph")
    project = to_project(graph, DesignPoint())
    note("Verilog")
    found.append(Measurement(f"{name}, adder bits", round(project.adder_bits), "bits"))
    found.append(Measurement(f"{name}, text", sum(text.count("\n") for text in project.files.values()), "lines"))
    kernel = to_native(graph)
    note("kernel printed")
    compile_kernel(kernel, folder / "kernels")
    note("kernel compiled")
    if NETWORKS[name][1]:
        written = write(project, folder / "rtl")
        stages = map_and_time(written, DesignPoint(), Silent())
        note("mapped")
        lut = sum(entry.mapped.stage.copies * entry.mapped.lut for entry in stages)
        found.append(Measurement(f"{name}, LUT", lut, "LUT"))
    return found


def main(*names: str) -> None:
    found: list[Measurement] = []
    for name in names or NETWORKS:
        with tempfile.TemporaryDirectory(prefix="trigforge_bench_") as folder, cache_at(Path(folder) / "cache"):
            found += measured(name, Path(folder))
        print(*(f"{entry.name}: {entry.value:,.4g} {entry.unit}" for entry in found[-8:]), sep="\n", flush=True)
    record("costs", found)


if __name__ == "__main__":
    main(*sys.argv[1:])
