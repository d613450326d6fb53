"""Accuracy, AUC and background efficiencies against their definitions."""

from __future__ import annotations

import numpy as np
import pytest

from trigforge.merit import (
    accuracy,
    area_under_curve,
    background_efficiency,
    root_mean_square,
    softmax,
    working_point,
)


def test_accuracy_takes_the_first_of_equal_scores() -> None:
    scores = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 2.0]])
    assert accuracy(scores, np.array([0, 1, 2])) == 2 / 3


def test_softmax_survives_large_scores() -> None:
    assert softmax(np.array([[1000.0, 1000.0], [-1000.0, 0.0]])).tolist() == [[0.5, 0.5], [0.0, 1.0]]


def test_area_counts_pairs_and_halves_ties() -> None:
    random = np.random.default_rng(1)
    score = random.integers(0, 8, 200).astype(np.float64)
    signal = random.random(200) < 0.3
    ours, theirs = score[signal][:, None], score[~signal][None, :]
    pairs = ((ours > theirs) + (ours == theirs) / 2).mean()
    assert area_under_curve(score, signal) == pytest.approx(pairs, abs=1e-12)


def test_background_efficiency_of_a_known_case() -> None:
    score = np.concatenate([np.arange(100.0), np.arange(100.0) - 50])
    signal = np.arange(200) < 100
    # Half of the signal lies above 49.5; of the background, -50 to 49, nothing does. All signal: 0 and above.
    assert background_efficiency(score, signal, np.array([0.5, 1.0])).tolist() == [0.0, 0.5]


def test_a_working_point_never_passes_more_background_than_asked() -> None:
    score = np.concatenate([np.arange(100.0), np.arange(100.0) - 50])
    signal = np.arange(200) < 100
    # A tenth of the background, -50 to 49, stands above 39; of the signal, 0 to 99, all above 39 does.
    assert working_point(score, signal, 0.1) == (39.0, 0.6, 0.1)
    # Equal scores stand on one side: of 10 backgrounds at 1 none may pass where one is allowed.
    tied = np.array([2.0, 0.0, *[1.0] * 10])
    assert working_point(tied, np.arange(12) < 2, 0.1) == (1.0, 0.5, 0.0)
    assert working_point(tied, np.arange(12) < 2, 1.0) == (-np.inf, 1.0, 1.0)


def test_root_mean_square_of_all_elements() -> None:
    assert root_mean_square(np.array([[3.0, 0.0], [0.0, 1.0]]), np.array([[0.0, 0.0], [4.0, 1.0]])) == 2.5
