"""Adder graphs: what they add up to, what they cost, and that nothing is believed of the search."""

from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trigforge.adders import AdderGraph, Problem, Term, find, finding, search, signed_digits, values_used
from trigforge.errors import ProjectError, ToolMissingError

TWO = AdderGraph(
    3,
    ((Term(0, 2), Term(1, 0, negative=True)), (Term(3, 0), Term(0, 1))),
    (Term(4, 1), None, Term(3, 0, negative=True), Term(1, -1)),
)
"""Values 3 = 4a - b and 4 = 6a - b; outputs 12a - 2b, 0, b - 4a, b / 2."""
MATRIX = np.array([[12, 0, -4, 0], [-2, 0, 1, 1], [0, 0, 0, 0]])


@pytest.fixture(autouse=True)
def forgetful() -> None:
    """Nothing that another test found."""
    finding.forget()


def found(matrix: Any, ends: tuple[int, int] = (-8, 7)) -> AdderGraph:
    array = np.array(matrix, dtype=object)
    rows = len(array)
    lo, hi = (np.full(rows, end, dtype=object) for end in ends)
    return find(array, lo, hi, np.zeros(rows, np.int64), "dense")


def test_forms_are_what_the_adders_add_up_to() -> None:
    assert TWO.forms().tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [4, -1, 0], [6, -1, 0]]
    halves = MATRIX.copy()
    assert not TWO.equals(halves)
    doubled = AdderGraph(TWO.n_inputs, TWO.adders, (*TWO.outputs[:3], Term(1, 0)))
    assert doubled.equals(MATRIX)
    for row, column in product(range(3), range(4)):
        wrong = MATRIX.copy()
        wrong[row, column] += 1
        assert not doubled.equals(wrong)


def test_bounds_are_reached_and_scales_divide() -> None:
    lo, hi = (-3, 0, -1), (2, 5, 1)
    inputs = product(*(range(a, b + 1) for a, b in zip(lo, hi, strict=True)))
    values = [TWO.forms() @ np.array(x) for x in inputs]
    reached = [(min(column), max(column)) for column in zip(*values, strict=True)]
    assert TWO.bounds(lo, hi) == reached
    assert TWO.scales([3, 1, 0]) == [3, 1, 0, 1, 1]


def test_cost_counts_the_bits_that_are_added() -> None:
    one = AdderGraph(2, ((Term(0, 0), Term(1, 0)),), (Term(2, 0),))
    assert one.bits([0, 0], [15, 15], [0, 0]) == (4, 1)
    assert one.bits([-8, -8], [7, 7], [0, 0]) == (4, 1)
    assert one.bits([0, 0], [15, 60], [0, 2]) == (4, 1)
    assert one.bits([0, 0], [3, 48], [0, 4]) == (2, 1)
    assert TWO.bits([0, 0, 0], [7, 7, 7], [0, 0, 0])[1] == 2
    assert AdderGraph(1, (), (Term(0, 3),)).bits([0], [7], [0]) == (0, 0)
    assert AdderGraph(1, (), (None,)).bits([0], [7], [0]) == (0, 0)


def test_inputs_that_are_read() -> None:
    assert list(values_used(TWO)) == [0, 1]
    assert list(values_used(AdderGraph(3, (), (Term(2, 0), None)))) == [2]


@given(st.lists(st.lists(st.integers(-40, 40), min_size=3, max_size=3), min_size=1, max_size=4))
@settings(max_examples=25)
def test_what_is_found_is_the_matrix(rows: list[list[int]]) -> None:
    graph = found(rows)
    assert graph.equals(np.array(rows)) and graph.n_inputs == len(rows)
    for k, terms in enumerate(graph.adders, graph.n_inputs):
        assert all(term.value < k for term in terms)
        assert min(term.places for term in terms) == 0 and not terms[0].negative


@given(st.lists(st.integers(-(2**62), 2**62), min_size=2, max_size=2), st.integers(-(2**30), 2**30))
@settings(max_examples=15)
def test_long_constants_are_exact(long: list[int], short: int) -> None:
    matrix = [[long[0], short], [long[1], 1]]
    assert found(matrix).equals(np.array(matrix, dtype=object))


def test_long_constants_are_split() -> None:
    matrix = np.array([[2**40 - 1, -3], [2**24, 5]], dtype=object)
    parts = search._split(matrix)
    low, high = parts
    assert (low + high * 2**search.SEARCH_BITS).tolist() == matrix.tolist()
    assert all(abs(int(value)).bit_length() <= search.SEARCH_BITS for part in parts for value in part.reshape(-1))


def test_rows_and_columns_of_nothing_cost_nothing() -> None:
    assert found([[0, 0], [0, 0]]) == AdderGraph(2, (), (None, None))
    graph = found([[0, 0, 0], [0, 4, 1], [0, 0, 0]])
    assert graph == AdderGraph(3, (), (None, Term(1, 2), Term(1, 0)))
    assert found([[-1]]).outputs == (Term(0, 0, negative=True),)


def test_a_sum_is_shared_between_outputs() -> None:
    graph = found([[3, 6, -3, 12]], (0, 7))
    assert len(graph.adders) == 1 and {output.value for output in graph.outputs if output} == {1}


def stage(ops: list[Any], **changes: Any) -> SimpleNamespace:
    plain = {"inp_shifts": [0, 0], "out_idxs": [2], "out_shifts": [0], "out_negs": [False]}
    return SimpleNamespace(ops=ops, **(plain | changes))


def op(opcode: int, addr: tuple[int, ...], data: int = 0) -> SimpleNamespace:
    return SimpleNamespace(opcode=opcode, addr=addr, data=[data])


INPUTS = [op(-1, (), 0), op(-1, (), 1)]


def test_stages_are_read_one_behind_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    first = stage([*INPUTS, op(1, (0, 1), 1)], out_idxs=[2, 0], out_shifts=[1, 0], out_negs=[True, False])
    second = stage([*INPUTS, op(0, (0, 1), 0), op(-2, (2,))], out_idxs=[3])
    monkeypatch.setattr(search, "_alkaid", lambda _: lambda *_, **__: (first, second))
    graph = found([[1], [-4]])
    assert graph.equals(np.array([[1], [-4]])) and len(graph.adders) == 2


def test_a_wrong_graph_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_alkaid", lambda _: lambda *_, **__: (stage([*INPUTS, op(0, (0, 1))]),))
    assert found([[1], [1]]).equals(np.array([[1], [1]]))
    with pytest.raises(ProjectError) as error:
        found([[1], [2]])
    assert str(error.value) == (
        "layer 'dense': the adder graph that alkaid makes is not its constants; "
        "quantize them to fewer bits, or choose LATENCY for this layer in HLS"
    )


def test_an_operation_that_is_not_known_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_alkaid", lambda _: lambda *_, **__: (stage([*INPUTS, op(7, (0, 1))]),))
    with pytest.raises(ProjectError) as error:
        found([[1], [1]])
    assert str(error.value) == "layer 'dense': this version of alkaid makes operation 7; use 0.8.2"


def test_without_alkaid_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}", name="alkaid")

    monkeypatch.setattr(search, "import_module", absent)
    with pytest.raises(ToolMissingError) as error:
        found([[3], [5]])
    assert str(error.value) == (
        "layer 'dense': adder graphs need alkaid (alkaid is not installed): pip install 'trigforge[rtl]'; "
        "HLS with the strategy LATENCY works without"
    )


def test_signed_digits_are_counted() -> None:
    assert signed_digits(np.array([[0, 1, -1, 3, 7, 11, -255]])).tolist() == [[0, 1, 1, 2, 2, 3, 2]]


@pytest.mark.parametrize("most", [10, 40, 100])
def test_larger_matrices_take_quicker_searches_and_are_cut(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = np.random.default_rng(3).integers(-31, 32, (6, 7))
    problem = Problem.of(matrix, np.zeros(6, int), np.full(6, 15), np.zeros(6, int))
    thorough = search.find_anew(problem, "fc")
    efforts = search._EFFORTS
    limits = (most // 8, most // 4, most // 2, most)
    monkeypatch.setattr(search, "_EFFORTS", [(n, tries) for n, (_, tries) in zip(limits, efforts, strict=True)])
    quick = search.find_anew(problem, "fc")
    assert problem.is_of(thorough) and problem.is_of(quick)
    first, second = (graph.bits(problem.lo, problem.hi, problem.places) for graph in (thorough, quick))
    assert first[0] <= second[0]


@pytest.mark.parametrize("seed", range(4))
def test_the_least_graph_is_taken_that_is_no_deeper_than_the_one_of_fewest_bits(seed: int) -> None:
    matrix = np.random.default_rng(seed).integers(-31, 32, (10, 9))
    problem = Problem.of(matrix, np.zeros(10, int), np.full(10, 15), np.zeros(10, int))
    graph = search.find_anew(problem, "fc")
    found = [search.solved(problem.matrix, problem.ranges(), choice, "fc") for choice in search._THOROUGH]

    def bits(graph: AdderGraph) -> tuple[int, int]:
        return graph.bits(problem.lo, problem.hi, problem.places)

    fewest = min(found, key=bits)
    shallow = [other for other in found if bits(other)[1] <= bits(fewest)[1]]
    assert graph in found and bits(graph)[1] <= bits(fewest)[1] and problem.cost(graph)[1] <= problem.cost(fewest)[1]
    assert problem.cost(graph)[0] <= min(
        problem.cost(other)[0] for other in shallow if problem.cost(other)[1] <= problem.cost(graph)[1]
    )


def test_a_long_search_is_kept(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = np.random.default_rng(3).integers(1, 32, (20, 12))
    lo, hi, places = np.zeros(20, int), np.full(20, 15), np.zeros(20, int)
    graph = find(matrix, lo, hi, places, "fc")
    (kept,) = (own_cache / "adders").glob("*/adders.json")
    with monkeypatch.context() as patch:
        patch.setattr(search, "_alkaid", lambda layer: pytest.fail("searched again"))
        finding.forget()
        assert find(matrix, lo, hi, places, "fc") == graph
    kept.write_text(kept.read_text().replace('"places": 1', '"places": 2', 1))
    finding.forget()
    assert find(matrix, lo, hi, places, "fc") == graph
