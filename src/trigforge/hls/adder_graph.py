"""Adder graphs: a matrix of constants as additions of shifted values, found by da4ml and proved here.

da4ml (LGPL-3.0) searches in floating point and ships no types: it is reached through ``importlib``, and nothing that it
says about values is believed. Every graph is multiplied out in integers and compared with the matrix.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from math import ceil, log2
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.errors import ProjectError

MAX_WEIGHT_BITS = 24
"""da4ml's search runs in float32, which holds whole numbers of so many bits."""

_EXTRA_DEPTH = 2
"""Levels of adders allowed beyond the least possible; hls4ml's own choice."""


@dataclass(frozen=True)
class Term:
    """``± value * 2**places``; ``value`` counts the inputs first, then the adders."""

    value: int
    places: int
    negative: bool = False

    def of(self, outer: "Term") -> "Term":
        """``outer`` with this term in the place of its value."""
        return Term(self.value, self.places + outer.places, self.negative != outer.negative)


@dataclass(frozen=True)
class AdderGraph:
    """Adder ``k`` makes value ``n_inputs + k`` of two earlier ones: the first is added, the second added or subtracted,
    and the smaller of their ``places`` is 0. ``outputs`` holds None for a sum that is always 0."""

    n_inputs: int
    adders: tuple[tuple[Term, Term], ...]
    outputs: tuple[Term | None, ...]

    def forms(self) -> npt.NDArray[Any]:
        """What every value is: row ``v`` holds its factor for each input, as Python integers."""
        rows: list[npt.NDArray[Any]] = list(np.eye(self.n_inputs, dtype=np.int64).astype(object))
        for left, right in self.adders:
            second = rows[right.value] << right.places
            rows.append((rows[left.value] << left.places) + (-second if right.negative else second))
        return np.array(rows, dtype=object).reshape(-1, self.n_inputs)

    def equals(self, matrix: npt.NDArray[Any]) -> bool:
        """Whether the outputs are ``inputs @ matrix``, exactly."""
        forms = self.forms()
        for output, column in zip(self.outputs, matrix.astype(object).T, strict=True):
            if output is None:
                same = not column.any()
            else:
                form = -forms[output.value] if output.negative else forms[output.value]
                same = bool(((form << max(output.places, 0)) == (column << max(-output.places, 0))).all())
            if not same:
                return False
        return True


def find(
    matrix: npt.NDArray[Any], lo: npt.NDArray[Any], hi: npt.NDArray[Any], places: npt.NDArray[Any], layer: str
) -> AdderGraph:
    """The graph of fewest adders that da4ml finds for ``inputs @ matrix`` (integers, shape (inputs, outputs)).

    Input ``k`` is a multiple of ``2**places[k]`` from ``lo[k]`` to ``hi[k]``: da4ml weighs adders by it. Raises
    ``ProjectError`` with the name of the ``layer`` where da4ml is not installed, where the constants are too long for
    it, and where no graph that it finds is the matrix.
    """
    rows, columns = np.flatnonzero((matrix != 0).any(axis=1)), np.flatnonzero((matrix != 0).any(axis=0))
    outputs: list[Term | None] = [None] * matrix.shape[1]
    if not rows.size:
        return AdderGraph(matrix.shape[0], (), tuple(outputs))
    solver, types = _da4ml(layer)
    bits = max(int(abs(v)).bit_length() for v in matrix.reshape(-1))
    if bits > MAX_WEIGHT_BITS:
        raise ProjectError(
            f"layer {layer!r}: its constants need {bits} bits, DISTRIBUTED_ARITHMETIC takes {MAX_WEIGHT_BITS}; "
            "quantize them to fewer bits or choose LATENCY"
        )
    dense = np.ascontiguousarray(matrix[np.ix_(rows, columns)].astype(np.float32))
    ranges = [types.QInterval(float(lo[k]), float(hi[k]), 2.0 ** int(places[k])) for k in rows]
    found: list[AdderGraph] = []
    for depth in range(-1, min(_EXTRA_DEPTH, ceil(log2(len(rows)))) + 1):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pipeline = solver.jit_solve(dense, "wmc", "auto", _EXTRA_DEPTH, depth, ranges, [0.0] * len(rows), -1, -1)
        found.append(_read(pipeline.solutions, len(rows), layer))
    exact = [graph for graph in found if graph.equals(matrix[np.ix_(rows, columns)])]
    if not exact:
        raise ProjectError(
            f"layer {layer!r}: the adder graph that da4ml makes is not its constants; choose LATENCY for this layer"
        )
    best = min(exact, key=lambda graph: len(graph.adders))
    return _widened(best, matrix.shape, rows, columns)


def _da4ml(layer: str) -> tuple[Any, Any]:
    try:
        return import_module("da4ml.cmvm.api"), import_module("da4ml.cmvm.types")
    except ModuleNotFoundError as error:
        raise ProjectError(
            f"layer {layer!r}: DISTRIBUTED_ARITHMETIC needs da4ml ({error.name} is not installed): "
            "pip install 'trigforge[da]', or choose LATENCY"
        ) from None


def _read(stages: Any, n_inputs: int, layer: str) -> AdderGraph:
    """da4ml's stages as one graph, without what no output needs."""
    adders: list[tuple[Term, Term]] = []
    entering: list[Term | None] = [Term(k, 0) for k in range(n_inputs)]
    for stage in stages:
        known: list[Term | None] = []
        for op in stage.ops:
            if int(op.opcode) == -1:
                source = entering[int(op.id0)]
                known.append(source and source.of(Term(0, int(stage.inp_shifts[int(op.id0)]))))
                continue
            left, right = known[int(op.id0)], known[int(op.id1)]
            if int(op.opcode) not in (0, 1) or left is None or right is None:
                raise ProjectError(f"layer {layer!r}: this version of da4ml makes operation {int(op.opcode)}; use 0.5")
            right = right.of(Term(0, int(op.data), int(op.opcode) == 1))
            known.append(_add(adders, n_inputs, left, right))
        entering = []
        for index, places, negative in zip(stage.out_idxs, stage.out_shifts, stage.out_negs, strict=True):
            source = known[int(index)] if int(index) >= 0 else None
            entering.append(source and source.of(Term(0, int(places), bool(negative))))
    return _alive(AdderGraph(n_inputs, tuple(adders), tuple(entering)))


def _add(adders: list[tuple[Term, Term]], n_inputs: int, left: Term, right: Term) -> Term:
    """``left + right``: the sign and the power of two that both have go to the sum."""
    negative = left.negative and right.negative
    if left.negative and not right.negative:
        left, right = right, left
    common = min(left.places, right.places)
    adders.append(
        (
            Term(left.value, left.places - common),
            Term(right.value, right.places - common, right.negative and not negative),
        )
    )
    return Term(n_inputs + len(adders) - 1, common, negative)


def _alive(graph: AdderGraph) -> AdderGraph:
    needed = {output.value for output in graph.outputs if output is not None}
    for k, terms in reversed(list(enumerate(graph.adders, graph.n_inputs))):
        if k in needed:
            needed |= {term.value for term in terms}
    kept = [k for k in range(len(graph.adders)) if graph.n_inputs + k in needed]
    return _renumbered(graph, graph.n_inputs, list(range(graph.n_inputs)), kept, graph.outputs)


def _widened(
    graph: AdderGraph, shape: tuple[int, ...], rows: npt.NDArray[Any], columns: npt.NDArray[Any]
) -> AdderGraph:
    """The graph of the whole matrix from that of the rows and columns which are not 0."""
    outputs: list[Term | None] = [None] * shape[1]
    for column, output in zip(columns, graph.outputs, strict=True):
        outputs[int(column)] = output
    inputs = [int(row) for row in rows]
    return _renumbered(graph, shape[0], inputs, list(range(len(graph.adders))), tuple(outputs))


def _renumbered(
    graph: AdderGraph, n_inputs: int, inputs: list[int], kept: list[int], outputs: tuple[Term | None, ...]
) -> AdderGraph:
    number = dict(enumerate(inputs)) | {graph.n_inputs + k: n_inputs + n for n, k in enumerate(kept)}

    def moved(term: Term) -> Term:
        return Term(number[term.value], term.places, term.negative)

    return AdderGraph(
        n_inputs,
        tuple((moved(graph.adders[k][0]), moved(graph.adders[k][1])) for k in kept),
        tuple(output and moved(output) for output in outputs),
    )


def values_used(graph: AdderGraph) -> Iterator[int]:
    """Inputs that an adder or an output reads, in order."""
    read = {term.value for pair in graph.adders for term in pair}
    read |= {output.value for output in graph.outputs if output is not None}
    return (k for k in range(graph.n_inputs) if k in read)
