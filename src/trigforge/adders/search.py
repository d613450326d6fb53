"""The search for adder graphs, by alkaid.

alkaid (LGPL-3.0) searches in floating point and ships no types: it is reached through ``importlib``, and nothing that
it says about values is believed. Every graph is multiplied out in integers and compared with the matrix.
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge import cache
from trigforge.adders.graph import AdderGraph, Term, beside
from trigforge.errors import ProjectError
from trigforge.json_records import Codec, print_json

SEARCH_BITS = 24
"""alkaid searches in float32, which holds whole numbers of so many bits; longer constants are split."""

_KEPT_FROM = 200
"""constants beside 0, from which on a search takes longer than reading its result"""
_FILE = "adders.json"
_CODEC = Codec("adder graph", "trigforge cache --clear")
_ALL = -2
_THOROUGH = tuple((method, depth, _ALL) for method in ("wmc", "mc") for depth in (0, 1, -1))
"""Searches: alkaid's method; how many adders one behind the other beyond the least possible (-1: as many as it likes);
and how many when it factors the matrix (-2: it tries all)."""
_QUICK = (("mc", -1, 0), ("mc", -1, 3), ("wmc", -1, 3))
"""For 64 x 64 constants of 8 bits an eighth of the time of the thorough ones, and the same bits."""
_EFFORTS = ((3_000, _THOROUGH), (20_000, _QUICK), (40_000, _QUICK[:1]))
"""The searches for matrices of up to so many signed digits. Larger ones are cut between outputs, which costs adders
that two parts would share: 4 % of the bits where 128 x 128 constants of 8 bits are cut once."""


def find(
    matrix: npt.NDArray[Any], lo: npt.NDArray[Any], hi: npt.NDArray[Any], places: npt.NDArray[Any], layer: str
) -> AdderGraph:
    """The graph of ``find_anew``; from the cache where a long search for the same was made before."""
    if np.count_nonzero(matrix) < _KEPT_FROM:
        return find_anew(matrix, lo, hi, places, layer)
    texts = [repr([int(value) for value in array.reshape(-1)]) for array in (matrix, lo, hi, places)]
    piece = cache.place(
        "adders", repr(matrix.shape), *texts, repr(cache.installed("alkaid")), cache.digest_of_rooms("adders")
    )

    def load(folder: Path) -> AdderGraph:
        graph: AdderGraph = _CODEC.parse(AdderGraph, (folder / _FILE).read_text(encoding="utf-8"), _FILE)
        if not graph.equals(matrix):
            raise ProjectError(f"{_FILE} is not the matrix that it stands for")
        return graph

    return cache.remembered(
        piece,
        load,
        lambda: find_anew(matrix, lo, hi, places, layer),
        lambda graph, folder: (folder / _FILE).write_text(print_json(_CODEC.form(graph), 1), encoding="utf-8"),
    )


def find_anew(
    matrix: npt.NDArray[Any], lo: npt.NDArray[Any], hi: npt.NDArray[Any], places: npt.NDArray[Any], layer: str
) -> AdderGraph:
    """The cheapest graph (``AdderGraph.bits``) that alkaid finds for ``inputs @ matrix`` (integers, (inputs, outputs)).

    Input ``k`` is a multiple of ``2**places[k]`` from ``lo[k]`` to ``hi[k]``: alkaid weighs adders by it. Raises
    ``ProjectError`` with the name of the ``layer`` where alkaid is not installed and where no graph that it finds is
    the matrix.
    """
    digits = signed_digits(matrix).sum(axis=0)
    most, _ = _EFFORTS[-1]
    if digits.sum() > most and matrix.shape[1] > 1:
        blocks = np.array_split(matrix, min(-(-int(digits.sum()) // most), matrix.shape[1]), axis=1)
        return beside([find_anew(block, lo, hi, places, layer) for block in blocks])
    rows, columns = np.flatnonzero((matrix != 0).any(axis=1)), np.flatnonzero((matrix != 0).any(axis=0))
    outputs: list[Term | None] = [None] * matrix.shape[1]
    if not rows.size:
        return AdderGraph(matrix.shape[0], (), tuple(outputs))
    tries = next((tries for limit, tries in _EFFORTS if digits.sum() <= limit), _EFFORTS[-1][1])
    solve = _alkaid(layer)
    dense = matrix[np.ix_(rows, columns)].astype(object)
    parts = _split(dense)
    stacked = np.ascontiguousarray(np.concatenate(parts).astype(np.float32))
    own_lo, own_hi, own_places = ([int(values[k]) for k in rows] for values in (lo, hi, places))
    ranges = [(float(a), float(b), 2.0**scale) for a, b, scale in zip(own_lo, own_hi, own_places, strict=True)] * len(
        parts
    )
    found: dict[AdderGraph, None] = {}
    for method, depth, factors in tries:
        stages = solve(
            stacked,
            method0=method,
            hard_dc=depth,
            decompose_dc=factors,
            search_all_decompose_dc=factors == _ALL,
            qintervals=ranges,
            latencies=[0.0] * len(ranges),
        )
        found[_joined(_read(stages, len(ranges), layer), len(rows), len(parts))] = None
    exact = [graph for graph in found if graph.equals(dense)]
    if not exact:
        raise ProjectError(
            f"layer {layer!r}: the adder graph that alkaid makes is not its constants; "
            "quantize them to fewer bits, or choose LATENCY for this layer in HLS"
        )
    best = min(exact, key=lambda graph: graph.bits(own_lo, own_hi, own_places))
    return _widened(best, matrix.shape, rows, columns)


def signed_digits(matrix: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Number of terms ``± 2**n`` that make up each constant, at least: its digits beside 0 in canonical signed form."""
    magnitudes = [abs(int(value)) for value in matrix.reshape(-1)]
    return np.array([(3 * value ^ value).bit_count() for value in magnitudes], np.int64).reshape(matrix.shape)


def _alkaid(layer: str) -> Any:
    try:
        return import_module("alkaid.cmvm").cmvm_solve
    except ModuleNotFoundError as error:
        raise ProjectError(
            f"layer {layer!r}: adder graphs need alkaid ({error.name} is not installed): pip install 'trigforge[rtl]'; "
            "HLS with the strategy LATENCY works without"
        ) from None


def _split(matrix: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    """Matrices of at most ``SEARCH_BITS`` bits; the sum of part ``n`` times ``2**(n * SEARCH_BITS)`` is ``matrix``."""
    parts: list[npt.NDArray[Any]] = []
    half = 1 << (SEARCH_BITS - 1)
    rest = matrix
    while max(int(abs(v)).bit_length() for v in rest.reshape(-1)) > SEARCH_BITS:
        low = (rest + half) % (2 * half) - half
        parts.append(low)
        rest = (rest - low) >> SEARCH_BITS
    return [*parts, rest]


def _joined(graph: AdderGraph, n_inputs: int, n_parts: int) -> AdderGraph:
    """The graph over ``n_inputs`` of one whose inputs are those of each part of the constants, one behind the other."""
    if n_parts == 1:
        return graph

    def moved(term: Term) -> Term:
        if term.value >= graph.n_inputs:
            return Term(term.value - graph.n_inputs + n_inputs, term.places, term.negative)
        part, value = divmod(term.value, n_inputs)
        return Term(value, term.places + part * SEARCH_BITS, term.negative)

    adders: list[tuple[Term, Term]] = []
    known: list[Term] = [moved(Term(k, 0)) for k in range(graph.n_inputs)]
    for left, right in graph.adders:
        pair = (known[term.value].of(term) for term in (left, right))
        known.append(_add(adders, n_inputs, *pair))
    return AdderGraph(n_inputs, tuple(adders), tuple(o and known[o.value].of(o) for o in graph.outputs))


def _read(stages: Sequence[Any], n_inputs: int, layer: str) -> AdderGraph:
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
                known.append(_add(adders, n_inputs, left, right.of(Term(0, int(op.data[0]), op.opcode == 1))))
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
