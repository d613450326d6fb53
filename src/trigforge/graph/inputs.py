"""``GraphInput``: an input of a graph, an event's or a register."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.fixed import FixedArray, FixedTypes, Interval
from trigforge.graph.encoding import InputEncoding, encode

_PLAIN = InputEncoding()


class InputKind(StrEnum):
    """The two kinds of inputs, by how often they change."""

    EVENT = "EVENT"
    """with every event"""
    REGISTER = "REGISTER"
    """rarely: weights that are reloaded at run time"""


@dataclass(frozen=True)
class GraphInput:
    """A named input: its shape, one type an element (broadcast), and how host values become its mantissas.

    ``default`` is what a register holds where no other values are given: the weights of the model that was read.
    """

    name: str
    shape: tuple[int, ...]
    types: FixedTypes
    encoding: InputEncoding = _PLAIN
    kind: InputKind = InputKind.EVENT
    default: FixedArray | None = None

    @cached_property
    def interval(self) -> Interval:
        """All that the elements can be."""
        return Interval.of_types(self.types, self.shape)

    @cached_property
    def fault(self) -> str | None:
        """A sentence where the input contradicts itself, so that it has no interval."""
        shape, where = self.shape, f"input {self.name!r}"
        if min(shape, default=1) < 1:
            return f"{where} has shape {list(shape)}; every axis needs an entry"
        own = {name: getattr(self.encoding, name).shape for name in ("scale", "gain", "offset")}
        for what, found in ({"types": self.types.shape} | own).items():
            if not _broadcasts(found, shape):
                return f"{where}: shape of {what} {list(found)} does not broadcast to {list(shape)}"
        return None if self.default is None else self._fault_of_default(self.default)

    def _fault_of_default(self, default: FixedArray) -> str | None:
        where = f"input {self.name!r}"
        if self.kind is not InputKind.REGISTER:
            return f"{where} is of events and has a default; only registers can"
        if default.shape != self.shape:
            return f"{where} has shape {list(self.shape)} and a default of shape {list(default.shape)}"
        if not self.interval.contains(Interval.of_constant(default)):
            return f"{where} has a default that its types do not hold"
        return None

    @property
    def default_mantissas(self) -> npt.NDArray[np.int64] | None:
        """The default as an array ``(1, *shape)`` at the scale of the interval's hull; None where there is none."""
        if self.default is None:
            return None
        values, _ = Interval.of_constant(self.default).at(self.interval.hull_lsb)
        return values.astype(np.int64)[None]

    def encode(self, values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """Host values ``(events, *shape)`` to mantissas of the interval's hull; ``EventsError`` for what is refused."""
        return encode(values, self.interval, self.types, self.encoding, self.name)


def _broadcasts(found: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(found, shape) == shape
    except ValueError:
        return False
