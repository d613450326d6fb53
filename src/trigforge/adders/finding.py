"""``find``: the graph for a matrix, the best of what a short search gives and what long ones gave before."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge import cache
from trigforge.adders import kept
from trigforge.adders.graph import AdderGraph
from trigforge.adders.problem import Problem
from trigforge.adders.search import find_anew
from trigforge.errors import ProjectError
from trigforge.json_records import Codec, print_json

_KEPT_FROM = 200
"""constants beside 0, from which on a search takes longer than reading its result"""
_FILE = "adders.json"
_CODEC = Codec("adder graph", "trigforge cache --clear")


@dataclass
class Watch:
    """The problems for which graphs were asked, each with the layer that asked first, and those of them whose graph
    comes from ``trigforge optimize``."""

    asked: dict[Problem, str] = field(default_factory=dict[Problem, str])
    optimized: set[Problem] = field(default_factory=set[Problem])


_WATCH: ContextVar[Watch | None] = ContextVar("watch", default=None)
_INSTEAD: ContextVar[Mapping[Problem, AdderGraph] | None] = ContextVar("instead", default=None)


@contextmanager
def watched() -> Generator[Watch]:
    """A note of every problem that this thread asks a graph for."""
    watch = Watch()
    token = _WATCH.set(watch)
    try:
        yield watch
    finally:
        _WATCH.reset(token)


@contextmanager
def instead(graphs: Mapping[Problem, AdderGraph]) -> Generator[None]:
    """``find`` gives these graphs to this thread, whatever is kept."""
    token = _INSTEAD.set(graphs)
    try:
        yield
    finally:
        _INSTEAD.reset(token)


def find(
    matrix: npt.NDArray[Any], lo: npt.NDArray[Any], hi: npt.NDArray[Any], places: npt.NDArray[Any], layer: str
) -> AdderGraph:
    """The graph for ``inputs @ matrix`` (integers, (inputs, outputs)): ``first``, or a better one that was kept.

    Input ``k`` is a multiple of ``2**places[k]`` from ``lo[k]`` to ``hi[k]``. For what is raised see ``find_anew``.
    """
    problem = Problem.of(matrix, lo, hi, places)
    watch, chosen = _WATCH.get(), (_INSTEAD.get() or {}).get(problem)
    if chosen is None:
        chosen, optimized = _settled(problem, kept.stamp(problem), layer)
        if watch is not None and optimized:
            watch.optimized.add(problem)
    if watch is not None:
        watch.asked.setdefault(problem, layer)
    return chosen


@lru_cache(maxsize=256)
def _settled(problem: Problem, stamp: tuple[tuple[str, int], ...], layer: str) -> tuple[AdderGraph, bool]:
    """The graph, and whether it is one that was kept when the files had this ``stamp``."""
    found = first(problem, layer)
    better = kept.best(problem) if stamp else None
    if better is not None and problem.is_better(better.graph, found):
        return better.graph, True
    return found, False


@lru_cache(maxsize=256)
def first(problem: Problem, layer: str) -> AdderGraph:
    """The graph of ``find_anew``; from the cache where a long search for the same was made before."""
    if np.count_nonzero(problem.matrix) < _KEPT_FROM:
        return find_anew(problem, layer)
    made_by = (repr(cache.installed("alkaid")), cache.digest_of_rooms("adders"))

    def load(folder: Path) -> AdderGraph:
        graph: AdderGraph = _CODEC.parse(AdderGraph, (folder / _FILE).read_text(encoding="utf-8"), _FILE)
        if not problem.is_of(graph):
            raise ProjectError(f"{_FILE} is not the matrix that it stands for")
        return graph

    return cache.remembered(
        cache.place("adders", *problem.content, *made_by),
        load,
        lambda: find_anew(problem, layer),
        lambda graph, folder: (folder / _FILE).write_text(print_json(_CODEC.form(graph), 1), encoding="utf-8"),
    )


def forget() -> None:
    """Forget what this process found; what the cache holds stays."""
    _settled.cache_clear()
    first.cache_clear()
