"""The search for adder graphs, by alkaid.

alkaid (LGPL-3.0) searches in floating point and ships no types: it is reached through ``importlib``, and nothing that
it says about values is believed. Every graph is multiplied out in integers and compared with the matrix.
"""

from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.adders.graph import AdderGraph, beside
from trigforge.adders.problem import Problem, Range, signed_digits
from trigforge.adders.reading import joined, read, widened
from trigforge.adders.transposing import transposed
from trigforge.errors import ProjectError, ToolMissingError

SEARCH_BITS = 24
"""alkaid searches in float32, which holds whole numbers of so many bits; longer constants are split."""
ALL_FACTORS = -2
MOST_DIGITS = 40_000
"""signed digits of a matrix that is searched as a whole"""
_ANY: Range = (-128.0, 127.0, 1.0)
"""an input of a transposed matrix, of which nothing is known"""


@dataclass(frozen=True)
class Search:
    """One search: alkaid's method; how many adders one behind the other beyond the least possible (-1: as many as it
    likes); how many when it factors the matrix (-2: it tries all); and whether it gets the transpose of the matrix."""

    method: str
    depth: int
    factors: int
    transposed: bool = False


def _both(*choices: tuple[str, int, int]) -> tuple[Search, ...]:
    return tuple(Search(*choice, transposed=transposed) for transposed in (False, True) for choice in choices)


_SMALL = tuple(Search(method, depth, ALL_FACTORS) for method in ("wmc", "mc") for depth in (0, 1, -1))
_QUICK = _both(("mc", -1, 0), ("mc", -1, 3), ("wmc", -1, 3), ("wmc", 0, 0))
_THOROUGH = (*_QUICK, *_both(("wmc", 1, 0), ("wmc", 0, 3)))
_EFFORTS = ((100, _SMALL), (3_000, _THOROUGH), (20_000, _QUICK), (MOST_DIGITS, _QUICK[:1]))
"""The searches for matrices of up to so many signed digits. Larger ones are cut between outputs, which costs adders
that two parts would share: 4 % of the bits where 128 x 128 constants of 8 bits are cut once."""


def find_anew(problem: Problem, layer: str) -> AdderGraph:
    """The graph of least ``Problem.cost`` that is no deeper than the one of least ``AdderGraph.bits``.

    A deeper graph costs registers, and clock cycles, that bits do not tell.
    Raises ``ToolMissingError`` where alkaid is not installed, and ``ProjectError`` with the name of the ``layer`` where
    no graph that it finds is the matrix.
    """
    digits = int(signed_digits(problem.matrix).sum())
    most, _ = _EFFORTS[-1]
    columns = problem.matrix.shape[1]
    if digits > most and columns > 1:
        blocks = problem.cut(range(columns), -(-digits // most))
        return beside([find_anew(block, layer) for block in blocks])
    dense, rows, columns_used = problem.dense()
    if not rows.size:
        return AdderGraph(problem.matrix.shape[0], (), (None,) * columns)
    tries = next((tries for limit, tries in _EFFORTS if digits <= limit), _EFFORTS[-1][1])
    own = problem.of_rows(rows.tolist())
    found = dict.fromkeys(solved(dense, own.ranges(), search, layer) for search in tries)
    exact = [graph for graph in found if graph.equals(dense)]
    if not exact:
        raise ProjectError(
            f"layer {layer!r}: the adder graph that alkaid makes is not its constants; "
            "quantize them to fewer bits, or choose LATENCY for this layer in HLS"
        )
    bits = {graph: graph.bits(own.lo, own.hi, own.places) for graph in exact}
    best = min(exact, key=bits.__getitem__)
    _, deepest = bits[best]
    for graph in exact:
        if bits[graph][1] <= deepest and own.is_better(graph, best):
            best = graph
    return widened(best, problem.matrix.shape, rows, columns_used)


def solved(dense: npt.NDArray[Any], ranges: list[Range], search: Search, layer: str) -> AdderGraph:
    """The graph that one search of alkaid gives for a matrix without rows and columns of 0; not compared with it."""
    if search.transposed:
        return transposed(solved(dense.T, [_ANY] * dense.shape[1], replace(search, transposed=False), layer))
    parts = _split(dense)
    stages = _alkaid(layer)(
        np.ascontiguousarray(np.concatenate(parts).astype(np.float32)),
        method0=search.method,
        hard_dc=search.depth,
        decompose_dc=search.factors,
        search_all_decompose_dc=search.factors == ALL_FACTORS,
        qintervals=ranges * len(parts),
        latencies=[0.0] * len(ranges) * len(parts),
    )
    return joined(read(stages, len(ranges) * len(parts), layer), len(ranges), len(parts), SEARCH_BITS)


def _alkaid(layer: str) -> Any:
    try:
        return import_module("alkaid.cmvm").cmvm_solve
    except ModuleNotFoundError as error:
        raise ToolMissingError(
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
