"""Energy mover's distance of two pictures of a module: the least mean distance over which charge has to be moved.

Both pictures are normalised to a sum of 1, so that it is the work of optimal transport (Rubner et al., IJCV 40 (2000)
99) with the distances of the cells on the hexagonal grid (`DISTANCES_CM`), in cm: the figure of merit of arXiv
2105.01683. It says nothing about the sum, which the link carries beside the pictures.
"""

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.calorimeter.errors import CalorimeterDataError
from datasets.calorimeter.geometry import CELLS, DISTANCES_CM, Floats

_BLOCK = 1000


def movers_distances(
    truth: NDArray[Any], answer: NDArray[Any], progress: Callable[[int], None] = lambda modules: None
) -> Floats:
    """The distances (n,) in cm between charges (n, 48) and answers (n, 48), both in any unit and never negative.

    An answer without any charge is taken as the same charge in every cell: all that is known of a module of which only
    the sum arrived. `progress` is called with the number of modules done, now and then. Raises `CalorimeterDataError`
    for other shapes, charges below 0 or not finite, true modules without charge, and where POT is not installed.
    """
    ot = _transport()
    before, after = _shares(truth, "the true charges"), _shares(answer, "the answers")
    if len(before) != len(after):
        raise CalorimeterDataError(f"{len(before):,} modules and {len(after):,} answers; give one answer a module")
    empty = np.flatnonzero(before.sum(axis=1) == 0)
    if len(empty):
        raise CalorimeterDataError(f"module {empty[0]} has no charge; its energy mover's distance does not exist")
    after[after.sum(axis=1) == 0] = 1 / CELLS
    # What both hold in a cell stays there in an optimal plan, since the distances are a metric.
    surplus = before - after
    moved = np.zeros(len(before))
    for number, row in enumerate(surplus):
        sources, sinks = np.flatnonzero(row > 0), np.flatnonzero(row < 0)
        if len(sources) and len(sinks):
            given, taken = row[sources], -row[sinks]
            share = given.sum()
            ground = np.ascontiguousarray(DISTANCES_CM[np.ix_(sources, sinks)])
            moved[number] = share * float(ot.emd2(given / share, taken / taken.sum(), ground, check_marginals=False))
        if number % _BLOCK == _BLOCK - 1:
            progress(_BLOCK)
    progress(len(before) % _BLOCK)
    return moved


def _transport() -> Any:
    """Python Optimal Transport, without the frameworks that it would import where they are installed."""
    for framework in ("TENSORFLOW", "PYTORCH", "JAX", "CUPY"):
        os.environ.setdefault(f"POT_BACKEND_DISABLE_{framework}", "1")
    try:
        import ot
    except ImportError:
        raise CalorimeterDataError(
            "energy mover's distances need POT, which is not installed: pip install 'trigforge[transport]'"
        ) from None
    return ot


def _shares(charges: NDArray[Any], title: str) -> Floats:
    """The charges (n, 48) of each module over their sum; 0 where that is 0."""
    if charges.ndim != 2 or charges.shape[1] != CELLS:
        raise CalorimeterDataError(f"{title} have the shape {charges.shape}; give (n, {CELLS})")
    values = charges.astype(np.float64)
    if not (np.isfinite(values).all() and (values >= 0).all()):
        raise CalorimeterDataError(f"{title} are from {values.min()} to {values.max()}; none may be below 0 or NaN")
    total = values.sum(axis=1, keepdims=True)
    return np.divide(values, total, out=np.zeros_like(values), where=total > 0)
