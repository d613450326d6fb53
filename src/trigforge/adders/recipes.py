"""Recipes: searches for the graph of one matrix that differ in its form and in the order of its rows and columns.

alkaid is greedy, and takes the first of equals. So another order of inputs and outputs gives another graph, and so does
the transpose, whose graph is read backwards (``transposing``).
"""

from dataclasses import dataclass, replace

import numpy as np

from trigforge.adders.graph import AdderGraph, beside
from trigforge.adders.problem import Problem, signed_digits
from trigforge.adders.reading import widened
from trigforge.adders.search import MOST_DIGITS, Search, solved
from trigforge.errors import ProjectError

_METHODS = ("wmc", "mc")
_DEPTHS = (-1, -1, -1, 1, 2)
_FACTORS = (0, 0, 1, 2, 3)
"""choices of a ``Search``, as often as they are drawn"""
_FACTORED_DIGITS = 20_000
"""signed digits up to which factoring takes seconds"""
_MOST_MOVES = 3


@dataclass(frozen=True)
class Recipe:
    """One search, and the order of the rows and columns beside 0 (numbers in the whole matrix)."""

    search: Search
    rows: tuple[int, ...]
    columns: tuple[int, ...]

    def fits(self, problem: Problem) -> bool:
        """True if rows and columns are those of the problem."""
        _, rows, columns = problem.dense()
        same = sorted(self.rows) == rows.tolist() and sorted(self.columns) == columns.tolist()
        choices = self.search
        return same and choices.method in _METHODS and choices.depth in _DEPTHS and choices.factors in _FACTORS


def drawn(problem: Problem, seed: int, best: Recipe | None) -> Recipe:
    """Recipe number ``seed`` of a problem: a new one, or every other time one near the ``best`` that is known."""
    rng = np.random.default_rng([seed, int(problem.key[:16], 16)])
    if best is not None and seed % 2:
        return _near(best, rng)
    dense, rows, columns = problem.dense()
    factors = 0 if signed_digits(dense).sum() > _FACTORED_DIGITS else int(rng.choice(_FACTORS))
    search = Search(str(rng.choice(_METHODS)), int(rng.choice(_DEPTHS)), factors, transposed=bool(rng.integers(2)))
    return Recipe(
        search,
        rows=tuple(rng.permutation(rows).tolist()),
        columns=tuple(rng.permutation(columns).tolist()),
    )


def _near(recipe: Recipe, rng: np.random.Generator) -> Recipe:
    """A recipe with a few rows or columns in another place."""
    orders = {"rows": list(recipe.rows), "columns": list(recipe.columns)}
    for _ in range(1 + int(rng.integers(_MOST_MOVES))):
        order = orders["rows" if rng.integers(2) else "columns"]
        taken = order.pop(int(rng.integers(len(order))))
        order.insert(int(rng.integers(len(order) + 1)), taken)
    return replace(recipe, rows=tuple(orders["rows"]), columns=tuple(orders["columns"]))


def followed(problem: Problem, recipe: Recipe, layer: str) -> AdderGraph:
    """The graph that a recipe gives, proved to be the matrix; ``ProjectError`` where it is not.

    Large matrices are cut between outputs in the order of the recipe.
    """
    digits = int(signed_digits(problem.matrix).sum())
    blocks = problem.of_rows(recipe.rows).cut(recipe.columns, -(-digits // MOST_DIGITS))
    found = beside([_solved(block, recipe, layer) for block in blocks])
    graph = widened(found, problem.matrix.shape, np.array(recipe.rows), np.array(recipe.columns))
    if not problem.is_of(graph):
        raise ProjectError(f"layer {layer!r}: a search gave a graph that is not the constants; leave out this search")
    return graph


def _solved(problem: Problem, recipe: Recipe, layer: str) -> AdderGraph:
    """The graph of a block; rows that are 0 there are left out of the search."""
    dense, rows, columns = problem.dense()
    found = solved(dense, problem.of_rows(rows.tolist()).ranges(), recipe.search, layer)
    return widened(found, problem.matrix.shape, rows, columns)
