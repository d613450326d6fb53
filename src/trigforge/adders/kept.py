"""Graphs that ``trigforge optimize`` found, kept under the content of their problem alone.

A graph is proved to be its matrix whenever it is read, so neither the code nor the version of alkaid that found it
matters: nights of searching outlive a change of either. Every graph is a file of its own, named after its cost, and the
lowest name is the best: of two processes the better one stays, without a lock.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from trigforge import cache
from trigforge.adders.graph import AdderGraph
from trigforge.adders.problem import Problem
from trigforge.adders.recipes import Recipe
from trigforge.errors import ReportFormatError
from trigforge.json_records import Codec, print_json

KIND = "optimized"
_FORM = "1"
"""another one where the files get another form"""
_CODEC = Codec("adder graph", "trigforge optimize")
_COUNT = "searches"


@dataclass(frozen=True)
class Kept:
    """A graph, and the recipe of the search that gave it."""

    graph: AdderGraph
    recipe: Recipe


def stamp(problem: Problem) -> tuple[tuple[str, int], ...]:
    """The files of a problem and when they were written: what was kept is the same while this is; empty for none."""
    piece = _piece(problem)
    found: list[tuple[str, int]] = []
    for name in _names(piece):
        with suppress(OSError):  # another process dropped it for a better one
            found.append((name, (piece / name).stat().st_mtime_ns))
    return tuple(found)


def best(problem: Problem) -> Kept | None:
    """The best graph that was kept. A file that is damaged, or is not the matrix, is removed."""
    piece = _piece(problem)
    for name in _names(piece):
        with suppress(OSError, UnicodeDecodeError, ReportFormatError):
            kept: Kept = _CODEC.parse(Kept, (piece / name).read_text(encoding="utf-8"), name)
            if problem.is_of(kept.graph) and kept.recipe.fits(problem):
                cache.found(piece)
                return kept
        with suppress(OSError):
            (piece / name).unlink()
    return None


def keep(problem: Problem, kept: Kept) -> None:
    """Keep a graph, and drop all that cost more; ``ProjectError`` where the cache cannot be written."""
    piece = _piece(problem)
    bits, depth = problem.cost(kept.graph)
    cache.add(piece, f"{bits:09}_{depth:04}.json", print_json(_CODEC.form(kept), 1))
    for name in _names(piece)[1:]:
        with suppress(OSError):
            (piece / name).unlink()


def searches(problem: Problem) -> int:
    """Number of searches that were made for a problem in all runs: the seed of the next one."""
    with suppress(OSError, ValueError):
        return max(int((_piece(problem) / _COUNT).read_text(encoding="utf-8")), 0)
    return 0


def count(problem: Problem, made: int) -> None:
    """Note the number of searches; a larger one that another process noted stays.

    Raises ``ProjectError`` where the cache cannot be written.
    """
    if made > searches(problem):
        cache.add(_piece(problem), _COUNT, str(made))


def state() -> Iterator[str]:
    """A text for each graph that is kept: where all are the same, every search gives the same."""
    for piece in sorted((cache.root() / KIND).glob("*")):
        yield from (f"{piece.name}/{name}" for name in _names(piece))


def _piece(problem: Problem) -> Path:
    return cache.place(KIND, _FORM, *problem.content)


def _names(piece: Path) -> tuple[str, ...]:
    with suppress(OSError):
        return tuple(sorted(entry.name for entry in piece.iterdir() if entry.suffix == ".json"))
    return ()
