"""Graphs of long searches: each is its matrix, the best is found again, and what is damaged or worse is not taken."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trigforge.adders import AdderGraph, Problem, Term, find, finding, first, instead, kept, recipes, watched
from trigforge.adders.kept import Kept
from trigforge.adders.merging import merged_bits
from trigforge.adders.recipes import Recipe, drawn, followed
from trigforge.adders.transposing import transposed
from trigforge.errors import ProjectError

Cells = list[list[int]]
MATRICES = st.lists(st.lists(st.integers(-40, 40), min_size=3, max_size=3), min_size=1, max_size=4)


@pytest.fixture(autouse=True)
def forgetful(own_cache: Path) -> None:
    """Nothing that another test found or kept."""
    finding.forget()


def problem_of(matrix: Any) -> Problem:
    array = np.array(matrix, dtype=object)
    rows = len(array)
    return Problem.of(array, np.full(rows, -8), np.full(rows, 7), np.zeros(rows, int))


def asked(problem: Problem) -> AdderGraph:
    lo, hi, places = (np.array(values, dtype=object) for values in (problem.lo, problem.hi, problem.places))
    return find(problem.matrix, lo, hi, places, "fc")


RANDOM = problem_of(np.random.default_rng(3).integers(-31, 32, (8, 7)))


def improved(problem: Problem) -> Kept:
    """A graph that is better than the first."""
    for seed in range(200):
        recipe = drawn(problem, seed, None)
        graph = followed(problem, recipe, "fc")
        if problem.is_better(graph, first(problem, "fc")):
            return Kept(graph, recipe)
    pytest.fail("nothing better in 200 searches")


def files() -> list[Path]:
    return sorted((kept.cache.root() / kept.KIND).glob("*/*.json"))


@given(MATRICES)
@settings(max_examples=40)
def test_a_graph_read_backwards_is_the_transpose(rows: Cells) -> None:
    problem = problem_of(rows)
    backwards = transposed(first(problem, "fc"))
    assert backwards.is_sound and problem_of(problem.matrix.T).is_of(backwards)


def test_a_sum_that_is_read_once_is_part_of_another() -> None:
    ends = ([0] * 4, [15] * 4, [0] * 4)
    chain = AdderGraph(4, ((Term(0, 0), Term(1, 0)), (Term(4, 0), Term(2, 0))), (Term(5, 0),))
    assert (chain.bits(*ends), merged_bits(chain, *ends)) == ((9, 2), (6, 1))
    read_twice = AdderGraph(4, chain.adders, (Term(5, 0), Term(4, 0)))
    assert merged_bits(read_twice, *ends) == (5 + 6, 2)
    four = AdderGraph(4, (*chain.adders, (Term(5, 0), Term(3, 1, negative=True))), (Term(6, 0),))
    assert merged_bits(four, *ends)[1] == 2
    assert merged_bits(AdderGraph(1, (), (Term(0, 3), None)), [0], [7], [0]) == (0, 0)


@pytest.mark.parametrize(
    "matrix",
    [
        RANDOM.matrix,
        [[0, 0, 5], [0, 0, 0], [7, 0, -3]],
        [[2**40 - 1, -3], [2**24, 5]],
        [[11]],
        [[0, -1]],
    ],
)
def test_every_recipe_gives_the_matrix(matrix: Any) -> None:
    problem = problem_of(matrix)
    best: Recipe | None = None
    forms: set[bool] = set()
    for seed in range(16):
        best = drawn(problem, seed, best)
        assert best == drawn(problem, seed, best) or seed % 2
        assert best.fits(problem) and problem.is_of(followed(problem, best, "fc"))
        forms.add(best.search.transposed)
    assert forms == {False, True}


def test_large_matrices_are_cut_between_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipes, "MOST_DIGITS", 30)
    for seed in range(6):
        assert RANDOM.is_of(followed(RANDOM, drawn(RANDOM, seed, None), "fc"))
    assert [block.matrix.shape[1] for block in RANDOM.cut(range(7), 3)] == [3, 2, 2]
    assert [block.matrix.shape[1] for block in RANDOM.cut(range(2), 9)] == [1, 1]


def test_a_wrong_graph_of_a_search_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipes, "_solved", lambda block, *_: AdderGraph(*block.matrix.shape[:1], (), (None,) * 7))
    with pytest.raises(ProjectError) as error:
        followed(RANDOM, drawn(RANDOM, 0, None), "fc")
    assert str(error.value) == ("layer 'fc': a search gave a graph that is not the constants; leave out this search")


def test_a_better_graph_is_found_again_and_told() -> None:
    own = asked(RANDOM)
    assert own == first(RANDOM, "fc") and not files()
    better = improved(RANDOM)
    kept.keep(RANDOM, better)
    with watched() as watch:
        assert asked(RANDOM) == better.graph
        assert asked(problem_of([[3, 5]])).adders
    assert watch.optimized == {RANDOM} and set(watch.asked.values()) == {"fc"} and len(watch.asked) == 2
    with instead({RANDOM: own}):
        assert asked(RANDOM) == own
    assert kept.best(RANDOM) == better


def test_what_costs_more_or_is_deeper_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    own, better = first(RANDOM, "fc"), improved(RANDOM)
    costs = {own: (100, 3), better.graph: (90, 4)}
    monkeypatch.setattr(Problem, "cost", lambda _, graph: costs[graph])
    monkeypatch.setattr(finding, "find_anew", lambda problem, layer: own)
    kept.keep(RANDOM, better)
    assert asked(RANDOM) == own
    costs[better.graph] = (100, 3)
    finding.forget()
    assert asked(RANDOM) == own
    costs[better.graph] = (99, 3)
    finding.forget()
    assert asked(RANDOM) == better.graph


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_that_are_kept_the_better_stays(order: int) -> None:
    graphs = [Kept(first(RANDOM, "fc"), drawn(RANDOM, 0, None)), improved(RANDOM)]
    for entry in graphs[::order]:
        kept.keep(RANDOM, entry)
    assert len(files()) == 1 and kept.best(RANDOM) == graphs[1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"places": 1', '"places": 2'),
        ('"places": 1', '"places": 99999999999'),
        ('"value": 9', '"value": 90'),
        ('"value": 9', '"value": -1'),
        ('"n_inputs": 8', '"n_inputs": 7'),
        ('"transposed": ', '"transposed": 3'),
        ('"method": "', '"method": "x'),
        ('"rows": [', '"rows": [1, '),
        ("{", "no JSON {"),
    ],
)
def test_what_is_damaged_or_another_matrix_is_removed(old: str, new: str) -> None:
    kept.keep(RANDOM, improved(RANDOM))
    (path,) = files()
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert asked(RANDOM) == first(RANDOM, "fc") and not files()
    kept.keep(RANDOM, improved(RANDOM))
    assert asked(RANDOM) == improved(RANDOM).graph


def test_a_graph_of_another_matrix_is_refused() -> None:
    other = problem_of(RANDOM.matrix + 1)
    kept.keep(RANDOM, improved(RANDOM))
    kept.keep(other, improved(other))
    mine, theirs = (next(kept._piece(problem).glob("*.json")) for problem in (RANDOM, other))
    theirs.replace(mine)
    assert kept.best(RANDOM) is None and asked(RANDOM) == first(RANDOM, "fc")


def test_searches_are_counted_and_never_fewer() -> None:
    assert kept.searches(RANDOM) == 0
    for made in (3, 7, 5):
        kept.count(RANDOM, made)
    assert kept.searches(RANDOM) == 7
    (kept._piece(RANDOM) / "searches").write_text("many")
    assert kept.searches(RANDOM) == 0


def test_the_state_changes_with_what_is_kept() -> None:
    assert list(kept.state()) == []
    kept.count(RANDOM, 3)
    assert list(kept.state()) == []
    kept.keep(RANDOM, improved(RANDOM))
    assert len(list(kept.state())) == 1
