"""Energy mover's distance against a linear program, and compression without a network against plain counting."""

from __future__ import annotations

import numpy as np
import pytest

from datasets.calorimeter import CELLS, DISTANCES_CM, CalorimeterDataError
from datasets.calorimeter.algorithms import GROUPS, Code, best_choice, cells_that_fit, supercells, threshold
from datasets.calorimeter.emd import movers_distances

RNG = np.random.default_rng(8)


def test_charge_that_moves_from_cell_to_cell() -> None:
    pytest.importorskip("ot")
    alone = np.eye(CELLS)
    moved = movers_distances(alone, np.roll(alone, 5, axis=0))
    assert moved == pytest.approx([DISTANCES_CM[n, (n - 5) % CELLS] for n in range(CELLS)])
    assert not movers_distances(alone, 7 * alone).any()
    half = (alone[:1] + alone[9:10]) / 2
    assert movers_distances(half, alone[:1]) == pytest.approx(DISTANCES_CM[0, 9] / 2)
    assert movers_distances(alone[:1], 0 * alone[:1]) == pytest.approx(DISTANCES_CM[0].mean())


def test_distances_are_those_of_a_linear_program() -> None:
    pytest.importorskip("ot")
    linprog = pytest.importorskip("scipy.optimize").linprog
    charges = RNG.exponential(size=(6, 2, CELLS)) * (RNG.random((6, 2, CELLS)) < 0.2)
    charges[..., 3] += 0.1
    shares = charges / charges.sum(axis=2, keepdims=True)
    conserved = np.concatenate([np.kron(np.eye(CELLS), np.ones(CELLS)), np.kron(np.ones(CELLS), np.eye(CELLS))])
    least = [linprog(DISTANCES_CM.ravel(), A_eq=conserved, b_eq=pair.ravel()).fun for pair in shares]
    assert movers_distances(charges[:, 0], charges[:, 1]) == pytest.approx(least, abs=1e-6)
    assert movers_distances(charges[:, 1], charges[:, 0]) == pytest.approx(least, abs=1e-6)


@pytest.mark.parametrize(
    ("truth", "answer", "message"),
    [
        (np.ones((2, 47)), np.ones((2, 47)), "the true charges have the shape (2, 47); give (n, 48)"),
        (np.ones((2, 48)), np.ones((3, 48)), "2 modules and 3 answers; give one answer a module"),
        (np.ones((2, 48)), -np.ones((2, 48)), "the answers are from -1.0 to -1.0; none may be below 0 or NaN"),
        (np.ones((2, 48)), np.full((2, 48), np.nan), "none may be below 0 or NaN"),
        (np.eye(48) * (np.arange(48) != 4), np.eye(48), "module 4 has no charge; its energy mover's distance does not"),
    ],
)
def test_charges_without_a_distance(truth: np.ndarray, answer: np.ndarray, message: str) -> None:
    pytest.importorskip("ot")
    with pytest.raises(CalorimeterDataError) as caught:
        movers_distances(truth, answer)
    assert message in str(caught.value)


@pytest.mark.parametrize("mantissa", [0, 1, 3, 6])
def test_a_code_cuts_behind_the_leading_one(mantissa: int) -> None:
    code = Code(mantissa)
    largest = (1 << mantissa + 15) - 1
    charges = np.unique(np.concatenate([np.arange(3000), RNG.integers(0, largest + 1, 3000)])).astype(np.int64)
    read = code.sent(charges)
    exact = charges < 2 ** (mantissa + 1)
    assert np.array_equal(read[exact], charges[exact])
    assert (np.abs(read - charges) <= charges * 2.0 ** -(mantissa + 1)).all()
    assert (np.diff(read) >= 0).all() and len(np.unique(read)) <= 2**code.bits
    assert (code.sent(np.array([largest + 1, 2**22 - 1])) == code.sent(np.array([largest]))).all()


def test_cells_that_fit() -> None:
    assert [cells_that_fit(bits, Code(3)) for bits in (12, 13, 48, 80, 112, 144, 10_000)] == [0, 1, 3, 6, 9, 13, 48]
    assert cells_that_fit(144, Code(2)) == 16


def test_best_choice_keeps_the_largest() -> None:
    charges = RNG.integers(0, 8, (300, CELLS))
    sent = best_choice(charges, 80, Code(3))  # such charges are exact
    for module, kept in zip(charges, sent, strict=True):
        order = sorted(range(CELLS), key=lambda cell: (-module[cell], cell))[:6]
        assert {n for n in range(CELLS) if kept[n]} == {n for n in order if module[n]}
        assert np.array_equal(kept[order], module[order])


def test_threshold_takes_cells_by_number_until_they_are_too_many() -> None:
    charges = RNG.integers(0, 60, (300, CELLS))
    sent = threshold(charges, 112, Code(5), 1.0)
    for module, kept in zip(charges, sent, strict=True):
        over = [n for n in range(CELLS) if module[n] >= 35][: cells_that_fit(112, Code(5))]
        assert [n for n in range(CELLS) if kept[n]] == over
        assert np.array_equal(kept[over], module[over])


def test_super_trigger_cells_spread_their_sums() -> None:
    assert sorted(GROUPS.ravel()) == list(range(CELLS))
    charges = RNG.integers(0, 2, (50, CELLS))
    sent = supercells(charges, 144)
    for group in GROUPS:
        assert np.array_equal(sent[:, group], np.repeat(charges[:, group].sum(axis=1, keepdims=True) / 4, 4, axis=1))
    with pytest.raises(CalorimeterDataError, match="47 bits hold no 12 sums; give 48 or more"):
        supercells(charges, 47)
