"""The base of all compiled simulations: checked inputs."""

from collections.abc import Iterable, Mapping

import numpy as np

from trigforge.graph.simulation import Mantissas, checked_inputs


def whole_inputs(
    ports: Iterable[tuple[str, tuple[int, ...]]], inputs: Mapping[str, Mantissas]
) -> tuple[list[Mantissas], int]:
    """The arrays of all ports (name and shape) in their order, each ``(events, *shape)`` and contiguous, and the number
    of events; errors as of ``checked_inputs``."""
    arrays, events = checked_inputs(dict(ports), inputs)
    return [np.ascontiguousarray(np.broadcast_to(array, (events, *array.shape[1:]))) for array in arrays], events
