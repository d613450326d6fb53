"""Equal kinematics of the classes: every b jet has a c jet and a light jet in the same cell of pT and abs(eta).

So neither pT nor eta says anything of the class, nor, through pT, of the process that a jet came from.
"""

import numpy as np
from numpy.typing import NDArray

from datasets.flavour.schema import CLASSES, Floats, Integers

PT_EDGES_GEV = tuple(round(30 * 1.1**step, 3) for step in range(30))
"""30 to 476 GeV in steps of a tenth; jets above are left out."""
ETA_EDGES = (0.0, 0.8, 1.6, 2.3)


def triples(pt: Floats, eta: Floats, label: Integers) -> Integers:
    """The number of the triple of each jet (n,), -1 for jets that lack partners of the other classes so far.

    Numbers count from 0; each is that of one jet a class, all in the same cell, first come first served.
    """
    cells = (len(PT_EDGES_GEV) - 1) * (len(ETA_EDGES) - 1)
    pt_bin = np.searchsorted(PT_EDGES_GEV, pt, "right") - 1
    eta_bin = np.searchsorted(ETA_EDGES, np.abs(eta), "right") - 1
    cell = pt_bin * (len(ETA_EDGES) - 1) + eta_bin
    inside = (pt_bin >= 0) & (pt_bin < len(PT_EDGES_GEV) - 1) & (eta_bin < len(ETA_EDGES) - 1)
    group = np.where(inside, cell * len(CLASSES) + label, cells * len(CLASSES))
    order = np.argsort(group, kind="stable")
    rank = np.empty(len(group), np.int64)
    rank[order] = np.arange(len(group)) - np.searchsorted(group[order], group[order])
    counts = np.bincount(group, minlength=cells * len(CLASSES))[: cells * len(CLASSES)]
    complete = counts.reshape(cells, len(CLASSES)).min(axis=1)
    starts = np.cumsum(complete) - complete
    cell = np.where(inside, cell, 0)
    return np.where(inside & (rank < complete[cell]), starts[cell] + rank, -1)


def choose(triple: Integers, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Positions of the jets of `count` triples, drawn among those of `triple`, in random order."""
    drawn = rng.permutation(triple.max() + 1)[:count]
    return rng.permutation(np.flatnonzero(np.isin(triple, drawn)))
