"""The stages that alkaid gives as an ``AdderGraph``, and graphs of a part of a matrix as graphs of the whole."""

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from trigforge.adders.graph import AdderGraph, Term, added
from trigforge.errors import ProjectError


def read(stages: Sequence[Any], n_inputs: int, layer: str) -> AdderGraph:
    """alkaid's stages as one graph, without additions that no output needs."""
    adders: list[tuple[Term, Term]] = []
    entering: list[Term | None] = [Term(k, 0) for k in range(n_inputs)]
    for stage in stages:
        known: list[Term | None] = []
        for op in stage.ops:
            if op.opcode == -1:
                source = entering[int(op.data[0])]
                known.append(source and source.of(Term(0, int(stage.inp_shifts[op.data[0]]))))
                continue
            left, right = known[int(op.addr[0])], known[int(op.addr[-1])]
            if op.opcode not in (-2, 0, 1) or left is None or right is None:
                raise ProjectError(f"layer {layer!r}: this version of alkaid makes operation {op.opcode}; use 0.8.2")
            if op.opcode == -2:
                known.append(left.of(Term(0, 0, True)))
            else:
                known.append(added(adders, n_inputs, left, right.of(Term(0, int(op.data[0]), op.opcode == 1))))
        entering = []
        for index, places, negative in zip(stage.out_idxs, stage.out_shifts, stage.out_negs, strict=True):
            source = known[int(index)] if int(index) >= 0 else None
            entering.append(source and source.of(Term(0, int(places), bool(negative))))
    return _alive(AdderGraph(n_inputs, tuple(adders), tuple(entering)))


def joined(graph: AdderGraph, n_inputs: int, n_parts: int, bits: int) -> AdderGraph:
    """The graph over ``n_inputs`` of one whose inputs are those of each part of the constants, one behind the other.

    Part ``n`` counts ``2**(n * bits)``.
    """
    if n_parts == 1:
        return graph

    def moved(term: Term) -> Term:
        if term.value >= graph.n_inputs:
            return Term(term.value - graph.n_inputs + n_inputs, term.places, term.negative)
        part, value = divmod(term.value, n_inputs)
        return Term(value, term.places + part * bits, term.negative)

    adders: list[tuple[Term, Term]] = []
    known: list[Term] = [moved(Term(k, 0)) for k in range(graph.n_inputs)]
    for left, right in graph.adders:
        pair = (known[term.value].of(term) for term in (left, right))
        known.append(added(adders, n_inputs, *pair))
    return AdderGraph(n_inputs, tuple(adders), tuple(o and known[o.value].of(o) for o in graph.outputs))


def widened(graph: AdderGraph, shape: tuple[int, ...], rows: npt.NDArray[Any], columns: npt.NDArray[Any]) -> AdderGraph:
    """The graph of the whole matrix from that of the rows and columns which are not 0."""
    outputs: list[Term | None] = [None] * shape[1]
    for column, output in zip(columns, graph.outputs, strict=True):
        outputs[int(column)] = output
    inputs = [int(row) for row in rows]
    return _renumbered(graph, shape[0], inputs, list(range(len(graph.adders))), tuple(outputs))


def _alive(graph: AdderGraph) -> AdderGraph:
    needed = {output.value for output in graph.outputs if output is not None}
    for k, terms in reversed(list(enumerate(graph.adders, graph.n_inputs))):
        if k in needed:
            needed |= {term.value for term in terms}
    kept = [k for k in range(len(graph.adders)) if graph.n_inputs + k in needed]
    return _renumbered(graph, graph.n_inputs, list(range(graph.n_inputs)), kept, graph.outputs)


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
