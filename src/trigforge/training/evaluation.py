"""How well logits tell classes apart. All figures count every event once, whatever its class."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def logits(model: Any, features: npt.NDArray[np.float32]) -> Floats:
    """The model's outputs (n, classes)."""
    return np.asarray(model.predict(features, batch_size=4096, verbose=0), np.float64)


def accuracy(scores: Floats, labels: Labels) -> float:
    """The share of events whose largest score (the first of equal ones) is their own class's."""
    return float((scores.argmax(axis=1) == labels).mean())


def softmax(scores: Floats) -> Floats:
    """Probabilities (n, classes)."""
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def cross_entropy(scores: Floats, labels: Labels) -> float:
    """The mean of -log p(own class)."""
    own = softmax(scores)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(own, 1e-30)).mean())


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
