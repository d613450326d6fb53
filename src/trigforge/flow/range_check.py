"""A check of a user's events before anything is built on them: do their values fit the types of the inputs?"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.fixed import Overflow, overflow_mantissa
from trigforge.graph import FixedPointGraph, GraphInput, HostEvents, host_values, some_events
from trigforge.graph.encoding import round_host

EVENTS = 20_000
"""the first events are looked at"""
SHARE = 0.001
"""the share of an input's values from which on it is told that they lie outside"""


def outside(graph: FixedPointGraph, events: HostEvents) -> tuple[str, ...]:
    """A sentence for each input of which more than ``SHARE`` of the values wrap around or saturate.

    Flags, elements of one bit, are left out: to saturate is their purpose. ``encode_events`` refuses the rest.
    """
    given = dict(events) if isinstance(events, Mapping) else host_values(graph, events)
    host = some_events(given, slice(0, EVENTS))
    return tuple(_told(tensor, share) for tensor, share in _shares(graph, host) if share > SHARE)


def _shares(graph: FixedPointGraph, host: Mapping[str, npt.NDArray[Any]]) -> list[tuple[GraphInput, float]]:
    """The share of each input's values that lie outside of their types."""
    found: list[tuple[GraphInput, float]] = []
    for tensor in graph.inputs:
        types = tensor.types.broadcast(tensor.shape)
        numbers = types.width.values > 1
        values = host.get(tensor.name)
        if values is None or values.shape[1:] != tensor.shape or not values.size or not numbers.any():
            continue
        rounded = round_host(values, types, tensor.encoding).mantissas
        beyond = (overflow_mantissa(rounded, types, tensor.encoding.overflow) != rounded) & numbers
        found.append((tensor, float(np.count_nonzero(beyond)) / (len(rounded) * int(np.count_nonzero(numbers)))))
    return found


def _told(tensor: GraphInput, share: float) -> str:
    wraps = tensor.encoding.overflow is Overflow.WRAP
    what = "wrap around and become other values" if wraps else "saturate"
    hull = tensor.interval.hull
    low, high = (np.ldexp(float(end), hull.lsb) for end in (hull.lo, hull.hi))
    return (
        f"input {tensor.name!r}: {share:.1%} of the values {what}: they lie outside of {hull}, {low:g} to {high:g}; "
        "check the units of your events (--scale, --offset, or [inputs] of model.toml)"
    )
