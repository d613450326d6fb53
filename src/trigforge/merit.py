"""Figures of merit of the outputs of a network. All of them count every event once, whatever its class."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def accuracy(scores: Floats, labels: Labels) -> float:
    """The share of events whose largest score (the first of equal ones) is their own class's."""
    return float((scores.argmax(axis=1) == labels).mean())


def softmax(scores: Floats) -> Floats:
    """Probabilities (n, classes)."""
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def area_under_curve(score: Floats, is_signal: npt.NDArray[np.bool_]) -> float:
    """The share of (signal, background) pairs in which signal scores higher, ties counting half.

    Mann and Whitney, Ann. Math. Stat. 18 (1947) 50, by mean ranks.
    """
    _, group, sizes = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(sizes) - (sizes - 1) / 2)[group]
    signal = int(is_signal.sum())
    pairs = signal * (len(score) - signal)
    return float((ranks[is_signal].sum() - signal * (signal + 1) / 2) / pairs)


def background_efficiency(score: Floats, is_signal: npt.NDArray[np.bool_], signal_efficiency: Floats) -> Floats:
    """The share of background above the threshold that keeps each given share of signal."""
    thresholds = np.quantile(score[is_signal], 1 - signal_efficiency)
    background = np.sort(score[~is_signal])
    return 1 - np.searchsorted(background, thresholds, side="left") / len(background)


def working_point(score: Floats, is_signal: npt.NDArray[np.bool_], background: float) -> tuple[float, float, float]:
    """The least threshold above which stands at most the share ``background`` of the background.

    Returns (threshold, share of signal above it, share of background above it). Equal scores stand on one side.
    """
    falling = np.sort(score[~is_signal])[::-1]
    allowed = int(background * len(falling) + 1e-9)
    threshold = float(falling[allowed]) if allowed < len(falling) else float("-inf")
    above = score > threshold
    return threshold, float(above[is_signal].mean()), float(above[~is_signal].mean())


def residuals(outputs: Floats, true: npt.NDArray[Any]) -> Floats:
    """Differences (n,) of a regression's outputs (n, 1) from the true values (n,)."""
    return outputs[:, 0] - true


def resolution(differences: Floats, window: float) -> tuple[float, float]:
    """The RMS of the residuals below ``window`` in size, and their share."""
    kept = np.abs(differences) < window
    if not kept.any():
        return float("inf"), 0.0
    return float(np.sqrt((differences[kept] ** 2).mean())), float(kept.mean())


def half_width(differences: Floats) -> float:
    """The size that 68 % of the residuals stay below."""
    return float(np.quantile(np.abs(differences), 0.68))


def root_mean_square(outputs: Floats, true: npt.NDArray[Any]) -> float:
    """The RMS of all differences of outputs (n, ...) from the true values of the same shape."""
    return float(np.sqrt(((outputs - true) ** 2).mean()))
