"""``FixedPointGraph``: what is computed, to the bit."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.fixed import FixedTypes, Interval
from trigforge.graph.encoding import InputEncoding, encode
from trigforge.graph.infer import infer_nodes
from trigforge.graph.ops import Node

_PLAIN = InputEncoding()


class InputKind(StrEnum):
    """How often an input changes."""

    EVENT = "EVENT"
    """with every event"""
    REGISTER = "REGISTER"
    """rarely: weights that are reloaded at run time"""


@dataclass(frozen=True)
class GraphInput:
    """A named input: its shape, one type an element (broadcast), and how host values become its mantissas."""

    name: str
    shape: tuple[int, ...]
    types: FixedTypes
    encoding: InputEncoding = _PLAIN
    kind: InputKind = InputKind.EVENT

    @property
    def interval(self) -> Interval:
        return Interval.of_types(self.types, self.shape)

    def encode(self, values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """Host values ``(events, *shape)`` to mantissas of the interval's hull; ``EventsError`` for what is refused."""
        return encode(values, self.interval, self.types, self.encoding, self.name)


@dataclass(frozen=True)
class FixedPointGraph:
    """Inputs, nodes in an order in which operands come first, and the names of the output tensors.

    ``name`` and ``version`` name the namespace of everything generated; ``name`` is an identifier of C.
    Construction checks nothing; ``tensors`` and ``verify`` raise ``GraphError`` for graphs that contradict themselves.
    """

    name: str
    version: int
    inputs: tuple[GraphInput, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]

    @cached_property
    def tensors(self) -> Mapping[str, Interval]:
        """The exact interval of every tensor, inputs first, in the order of the nodes."""
        known = {tensor.name: tensor.interval for tensor in self.inputs}
        return MappingProxyType(infer_nodes(self.nodes, known))

    def with_nodes(self, nodes: tuple[Node, ...], outputs: tuple[str, ...] | None = None) -> "FixedPointGraph":
        """The same inputs and name with other nodes."""
        return replace(self, nodes=nodes, outputs=self.outputs if outputs is None else outputs)
