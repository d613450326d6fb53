"""Contractions with constants become adder graphs, sums trees of adders, products of variables multipliers."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.adders import AdderGraph, find
from trigforge.fixed import Interval
from trigforge.graph.matrices import matrices_of
from trigforge.graph.ops import Conv1D, Conv2D, Dense, Einsum, EinsumDense, Sum
from trigforge.rtl.circuit import Circuit
from trigforge.rtl.gates import Literal, Multiply
from trigforge.rtl.signals import Ends, Signal, Signals, add, constant, tensor


def lower_linear(
    circuit: Circuit, op: Dense | EinsumDense | Conv1D | Conv2D, name: str, x: Signals, out: Interval
) -> Signals:
    """An adder graph at each position; positions with the same matrix share its shape."""
    circuit.tensor = name
    plan = matrices_of(op, x.shape, out.shape)
    flat = list(x.reshape(-1))
    zero = constant(circuit, 0, 0)
    results: dict[int, Signal] = {}
    for block in range(len(plan.matrices)):
        positions = np.flatnonzero(plan.block == block)
        rows = [[flat[k] if k >= 0 else zero for k in plan.terms[p].tolist()] for p in positions]
        graph = _graph(circuit, plan.matrices[block], rows, name)
        for position, row in zip(positions.tolist(), rows, strict=True):
            for n, total in enumerate(_added(circuit, graph, row, plan.weight_lsb)):
                bias = (int(plan.bias[position][n]), plan.bias_lsb)
                fixed = _constant_part(circuit, row, plan.matrices[block][:, n].tolist(), plan.weight_lsb, bias)
                results[int(plan.sums[position][n])] = total.plus(circuit, fixed)
    return tensor(circuit, name, out, lambda number, _: results[number])


@dataclass(frozen=True)
class _Total:
    """A sum whose sign is still to be taken; None is 0."""

    signal: Signal | None
    negative: bool = False

    def plus(self, circuit: Circuit, bias: Signal) -> Signal:
        """``± signal + bias``, in one adder at most."""
        if self.signal is None:
            return bias
        return add(circuit, bias, self.signal, subtract=True) if self.negative else add(circuit, self.signal, bias)


def _graph(circuit: Circuit, matrix: npt.NDArray[Any], rows: Sequence[Sequence[Signal]], name: str) -> AdderGraph:
    """The adder graph of a matrix, for the ranges of its inputs over all positions."""
    columns = [_column(circuit, column) for column in zip(*rows, strict=True)]
    finest = min((ends.lsb for ends in columns if ends is not None), default=0)
    scaled = [ends.at(finest) if ends is not None else (0, 0) for ends in columns]
    lo, hi = np.array(scaled, dtype=object).reshape(-1, 2).T
    places = np.array([ends.lsb - finest if ends is not None else 0 for ends in columns], np.int64)
    dead = [n for n, ends in enumerate(columns) if ends is None]
    if dead:
        matrix = matrix.copy()
        matrix[dead] = 0
    return find(matrix, lo, hi, places, name)


def _column(circuit: Circuit, column: Sequence[Signal]) -> Ends | None:
    """All that one input of a matrix can be over all positions; None where it is constant in each of them."""
    varying = [(circuit.gates[s.gate], s.lsb) for s in column if not isinstance(circuit.gates[s.gate].op, Literal)]
    if not varying:
        return None
    lsb = min(scale for _, scale in varying)
    lo = min(gate.lo << scale - lsb for gate, scale in varying)
    return Ends(lo, max(gate.hi << scale - lsb for gate, scale in varying), lsb)


def _constant_part(
    circuit: Circuit, row: Sequence[Signal], weights: Sequence[int], weight_lsb: int, bias: tuple[int, int]
) -> Signal:
    """The bias, and the contributions of the row's constants."""
    terms = [bias]
    for signal, weight in zip(row, weights, strict=True):
        gate = circuit.gates[signal.gate]
        if isinstance(gate.op, Literal) and gate.lo and weight:
            terms.append((gate.lo * int(weight), signal.lsb + weight_lsb))
    terms = [(value, lsb) for value, lsb in terms if value]
    finest = min((lsb for _, lsb in terms), default=0)
    return constant(circuit, sum(value << lsb - finest for value, lsb in terms), finest)


def _added(circuit: Circuit, graph: AdderGraph, row: Sequence[Signal], weight_lsb: int) -> list[_Total]:
    """The outputs of an adder graph on one row; its constants, which the graph leaves out, are not among them."""
    gates = [circuit.gates[signal.gate] for signal in row]
    varies = [not isinstance(gate.op, Literal) for gate in gates]
    finest = min((signal.lsb for signal, alive in zip(row, varies, strict=True) if alive), default=0)
    scaled = [
        (gate.lo << s.lsb - finest, gate.hi << s.lsb - finest) if alive else (0, 0)
        for s, gate, alive in zip(row, gates, varies, strict=True)
    ]
    bounds = graph.bounds([lo for lo, _ in scaled], [hi for _, hi in scaled])
    zero = constant(circuit, 0, 0)
    known = [s if alive else zero for s, alive in zip(row, varies, strict=True)]
    for number, (left, right) in enumerate(graph.adders, graph.n_inputs):
        a, b = (Signal(known[t.value].gate, known[t.value].lsb + t.places) for t in (left, right))
        known.append(add(circuit, a, b, subtract=right.negative, within=Ends(*bounds[number], finest)))
    return [
        _Total(None)
        if output is None
        else _Total(
            Signal(known[output.value].gate, known[output.value].lsb + output.places + weight_lsb), output.negative
        )
        for output in graph.outputs
    ]


def lower_sum(circuit: Circuit, op: Sum, name: str, x: Signals, out: Interval) -> Signals:
    """A tree of adders for each element that is left."""
    circuit.tensor = name
    plan = matrices_of(op, x.shape, out.shape)
    flat = list(x.reshape(-1))
    groups = {
        int(sums[0]): [flat[k] for k in terms] for sums, terms in zip(plan.sums, plan.terms.tolist(), strict=True)
    }
    return tensor(circuit, name, out, lambda number, _: total(circuit, groups[number]))


def lower_einsum(circuit: Circuit, op: Einsum, name: str, x: Signals, y: Signals, out: Interval) -> Signals:
    """Multipliers, and a tree of adders for each output."""
    circuit.tensor = name
    (first, second), output = op.equation.terms, op.equation.output
    length = op.equation.lengths(x.shape, y.shape)
    order = output + "".join(letter for letter in length if letter not in output)
    shape = [length[letter] for letter in order]

    def spread(signals: Signals, term: str) -> list[Signal]:
        ranks = sorted(range(len(term)), key=lambda n: order.index(term[n]))
        axes = [length[letter] if letter in term else 1 for letter in order]
        arranged = signals.transpose(ranks).reshape(axes)
        return list(np.broadcast_to(arranged, shape).reshape(-1))

    products = [multiply(circuit, a, b) for a, b in zip(spread(x, first), spread(y, second), strict=True)]
    terms = len(products) // max(out.lo.size, 1)
    return tensor(circuit, name, out, lambda number, _: total(circuit, products[number * terms : (number + 1) * terms]))


def total(circuit: Circuit, terms: Sequence[Signal]) -> Signal:
    """A tree of adders that joins the narrowest first, and so is no deeper than it must be for equal widths."""
    heap = [(circuit.gates[signal.gate].width, n, signal) for n, signal in enumerate(terms)]
    heapify(heap)
    count = len(heap)
    while len(heap) > 1:
        made = add(circuit, heappop(heap)[2], heappop(heap)[2])
        heappush(heap, (circuit.gates[made.gate].width, count, made))
        count += 1
    return heap[0][2]


def multiply(circuit: Circuit, a: Signal, b: Signal) -> Signal:
    """``a * b``; a constant factor becomes adders."""
    for x, y in ((a, b), (b, a)):
        gate = circuit.gates[y.gate]
        if isinstance(gate.op, Literal):
            return _scaled(circuit, x, gate.lo, y.lsb)
    return Signal(circuit.make(Multiply(), (a.gate, b.gate)), a.lsb + b.lsb)


def _scaled(circuit: Circuit, x: Signal, factor: int, lsb: int) -> Signal:
    if isinstance(circuit.gates[x.gate].op, Literal):
        return constant(circuit, circuit.gates[x.gate].lo * factor, x.lsb + lsb)
    graph = _graph(circuit, np.array([[factor]], dtype=object), [[x]], circuit.tensor)
    return _added(circuit, graph, [x], lsb)[0].plus(circuit, constant(circuit, 0, 0))
