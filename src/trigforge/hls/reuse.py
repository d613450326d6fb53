"""Reuse factors: those that a layer can have, and strategy and factor of each node as asked for and as built."""

from collections.abc import Mapping, Sequence
from math import gcd, prod
from typing import assert_never

from trigforge.design import DesignPoint, HlsDesign, Strategy, hls_design
from trigforge.errors import DesignError
from trigforge.graph.equation import Equation
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.ops import Conv1D, Conv2D, Dense, Einsum, EinsumDense, Node, WeightedOp
from trigforge.project import Multiplications


def multiplications_of(graph: FixedPointGraph, design: DesignPoint) -> tuple[Multiplications, ...]:
    """An entry for each node that multiplies by weights or contracts two tensors, in the order of the graph, which has
    no ``Map``.

    With ``RESOURCE`` a layer of hls4ml's takes the next smaller reuse factor that it can have, and a kernel of ours the
    one that is asked for. Raises ``DesignError``, a sentence a node, where that does not divide its products.
    """
    entries: list[Multiplications] = []
    ours: dict[tuple[str, int], dict[str, int]] = {}
    for node in graph.nodes:
        if not isinstance(node.op, WeightedOp | Einsum):
            continue
        asked = hls_design(node, design)
        work = _work(node.op, [graph.tensors[name].shape for name in node.operands])
        if asked.strategy is Strategy.RESOURCE and isinstance(work, int):
            ours.setdefault((_layer(node, design), asked.reuse_factor), {})[node.name] = work
        built = _built(node.op, asked, work)
        entries.append(Multiplications(node.name, node.layers, asked.strategy, asked.reuse_factor, *built))
    faults = [fault for (layer, factor), products in ours.items() for fault in _faults(layer, factor, products)]
    if faults:
        raise DesignError(*faults)
    return tuple(entries)


def _layer(node: Node, design: DesignPoint) -> str:
    """The name under which a design point makes an exception for a node."""
    names = node.layers or (node.name,)
    return next((name for name in names if name in design.layers), names[0])


def _faults(layer: str, factor: int, products: Mapping[str, int]) -> list[str]:
    """A sentence for each node of a layer whose products a factor does not divide; it names what suits all of them."""
    wrong = {name: count for name, count in products.items() if count % factor}
    if not wrong:
        return []
    common = gcd(*products.values())
    below = next(n for n in range(min(factor - 1, common), 0, -1) if common % n == 0)
    above = [n for n in range(factor + 1, common + 1) if common % n == 0][:1]
    return [
        f"layer {layer!r}: reuse_factor = {factor} does not divide the {count} products of {name!r}; valid are the "
        f"divisors of {common}, nearest {' and '.join(map(str, (below, *above)))}: set one below [layers.{layer}]"
        for name, count in wrong.items()
    ]


def _built(op: WeightedOp | Einsum, asked: HlsDesign, work: int | tuple[int, int]) -> tuple[Strategy, int]:
    match asked.strategy:
        case Strategy.LATENCY:
            return Strategy.LATENCY, asked.reuse_factor
        case Strategy.DISTRIBUTED_ARITHMETIC:
            return (Strategy.LATENCY if isinstance(op, Einsum) else Strategy.DISTRIBUTED_ARITHMETIC), 1
        case Strategy.RESOURCE:
            known = asked.reuse_factor if isinstance(work, int) else attainable_reuse(asked.reuse_factor, *work)
            return Strategy.RESOURCE, known
        case _:
            assert_never(asked.strategy)


def _work(op: WeightedOp | Einsum, shapes: Sequence[tuple[int, ...]]) -> int | tuple[int, int]:
    """The products of one event, where multipliers are reused by a kernel of ours; for a layer of hls4ml's what that
    takes for its inputs and outputs."""
    match op:
        case Einsum(equation):
            return _products(equation, *shapes)
        case EinsumDense(equation, weight):
            return _products(equation, *shapes, weight.shape)
        case Dense(weight) if len(shapes[0]) > 1:
            return _products(Equation.of_dense(len(shapes[0])), *shapes, weight.shape)
        case Dense(weight):
            n_in, n_out = weight.shape
            return n_in, n_out
        case Conv1D() | Conv2D():
            return prod(spread_shape(op)[:-1]), 1
        case _:
            assert_never(op)


def _products(equation: Equation, *shapes: tuple[int, ...]) -> int:
    """A letter that one operand alone has and that is summed goes before, without products."""
    first, second = map(set, equation.terms)
    lengths = equation.lengths(*shapes)
    return prod(lengths[letter] for letter in first & second | set(equation.output))


def spread_shape(op: Conv1D | Conv2D) -> tuple[int, ...]:
    """The shape of the weight of a convolution that is written out with the zeros between its taps."""
    steps = (op.dilation,) if isinstance(op, Conv1D) else op.dilation
    reach = [step * (taps - 1) + 1 for step, taps in zip(steps, op.weight.shape, strict=False)]
    return (*reach, *op.weight.shape[-2:])


def attainable_reuse(asked: int, n_in: int, n_out: int) -> int:
    """The largest reuse factor up to ``asked`` that hls4ml's ``Resource`` kernels are right for.

    It divides the inputs of one output, or is all of them times a divisor of the outputs. With any other their C++ ends
    the process.
    """
    divisors = [n for n in range(1, n_in + 1) if n_in % n == 0]
    divisors += [n_in * n for n in range(2, n_out + 1) if n_out % n == 0]
    return max(n for n in divisors if n <= asked)
