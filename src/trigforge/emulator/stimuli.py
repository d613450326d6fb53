"""Random stimuli over the whole range of the input types."""

import numpy as np

from trigforge.fixed import Interval
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.simulation import Mantissas


def random_stimuli(graph: FixedPointGraph, events: int, seed: int = 0) -> dict[str, Mantissas]:
    """Mantissas for every input, uniform over each element's range; the same seed gives the same stimuli.

    The first three events are all zeros, all smallest and all largest; in every third of the others each element
    stands at an end of its range with probability 1/2.
    """
    rng = np.random.default_rng(seed)
    return {tensor.name: _uniform(rng, tensor.interval, events) for tensor in graph.inputs}


def _uniform(rng: np.random.Generator, interval: Interval, events: int) -> Mantissas:
    lo, hi = (np.asarray(end.values, dtype=np.int64) for end in (interval.lo, interval.hi))
    own = rng.integers(lo, hi, size=(events, *interval.shape), dtype=np.int64, endpoint=True)
    ends = np.where(rng.random(own.shape) < 0.5, lo, hi)
    extreme = (np.arange(events) % 3 == 0).reshape(-1, *(1,) * len(interval.shape)) & (rng.random(own.shape) < 0.5)
    own = np.where(extreme, ends, own)
    for event, corner in enumerate((np.clip(0, lo, hi), lo, hi)):
        own[event : event + 1] = corner
    places = np.where(interval.is_zero, 0, interval.lsb.values - interval.hull_lsb)
    return np.left_shift(own, places, dtype=np.int64)
