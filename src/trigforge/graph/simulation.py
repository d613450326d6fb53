"""``SimulationResult``: what any simulator of a graph gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.fixed import Interval
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.ops import Node

Mantissas = npt.NDArray[np.int64]

Visit = Callable[[str, Node, int, Mapping[str, Mantissas], Mapping[str, Interval]], None]
"""Called after each node, while its operands are still there: the path of the node (``map/relu`` inside a ``Map``), the
node, the slices over which it runs, and by name the mantissas and intervals of its operands and its result. The slices
of a ``Map`` are events of its body."""


def some_events(
    inputs: Mapping[str, npt.NDArray[Any]], chosen: slice | npt.NDArray[np.int64]
) -> dict[str, npt.NDArray[Any]]:
    """The events ``chosen`` of arrays ``(events, *shape)`` by input; what has one event is steady, a register."""
    return {name: values if len(values) == 1 else values[chosen] for name, values in inputs.items()}


@dataclass(frozen=True)
class SimulationResult:
    """Mantissas of shape ``(events, *shape)`` at the scale of each tensor's hull; ``tensors`` only where traced."""

    simulator: str
    outputs: Mapping[str, Mantissas]
    tensors: Mapping[str, Mantissas] = field(default_factory=dict[str, Mantissas])

    def values(self, graph: FixedPointGraph) -> dict[str, npt.NDArray[np.float64]]:
        """The outputs as numbers, exact up to 53 bits."""
        return {
            name: np.ldexp(mantissas.astype(np.float64), graph.tensors[name].hull.lsb)
            for name, mantissas in self.outputs.items()
        }
