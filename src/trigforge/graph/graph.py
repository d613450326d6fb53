"""``FixedPointGraph``: a computation, to the bit."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from trigforge.errors import GraphError
from trigforge.fixed import FixedTypes, Interval
from trigforge.graph.block import nothing_derived
from trigforge.graph.encoding import InputEncoding, encode
from trigforge.graph.infer import Derived, Inferred, infer_all
from trigforge.graph.ops import Node

_PLAIN = InputEncoding()


class InputKind(StrEnum):
    """The two kinds of inputs, by how often they change."""

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
        for what, found in (("shape of types", self.types.shape), ("shape of scale", self.encoding.scale.shape)):
            if not _broadcasts(found, shape):
                return f"{where}: {what} {list(found)} does not broadcast to {list(shape)}"
        return None

    def encode(self, values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """Host values ``(events, *shape)`` to mantissas of the interval's hull; ``EventsError`` for what is refused."""
        return encode(values, self.interval, self.types, self.encoding, self.name)


def _broadcasts(found: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(found, shape) == shape
    except ValueError:
        return False


@dataclass(frozen=True)
class UserLayer:
    """A layer of the user's model: its own name (``outer.inner`` inside a model) and its class, as ``QDense``."""

    name: str
    kind: str


@dataclass(frozen=True)
class FixedPointGraph:
    """Inputs, nodes in an order in which operands come first, and the names of the output tensors.

    ``name`` and ``version`` name the namespace of everything generated; ``name`` is an identifier of C. ``layers`` are
    those of the user's model, in its order; nodes name the ones that they come from. They say nothing of what is
    computed: graphs that differ in them alone are equal and have one digest. Construction checks nothing; ``tensors``
    and ``verify`` raise ``GraphError`` for graphs that contradict themselves.
    """

    name: str
    version: int
    inputs: tuple[GraphInput, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]
    layers: tuple[UserLayer, ...] = field(default=(), compare=False)
    _earlier: Mapping[str, Derived] = field(default_factory=nothing_derived, compare=False, repr=False)

    @property
    def given(self) -> Mapping[str, Interval]:
        """The intervals of the inputs."""
        return {tensor.name: tensor.interval for tensor in self.inputs}

    @cached_property
    def inferred(self) -> Inferred:
        """The intervals of all tensors as far as inputs and nodes are sound, and the faults of the nodes."""
        faulty = frozenset(tensor.name for tensor in self.inputs if tensor.fault)
        known = {tensor.name: tensor.interval for tensor in self.inputs if tensor.name not in faulty}
        return infer_all(self.nodes, known, faulty, self._earlier)

    @property
    def tensors(self) -> Mapping[str, Interval]:
        """The exact interval of every tensor, inputs first, in the order of the nodes.

        Raises ``GraphError`` for the first fault of an input or a node.
        """
        for tensor in self.inputs:
            if tensor.fault is not None:
                raise GraphError(tensor.fault)
        return MappingProxyType(dict(self.inferred.sound()))

    def with_nodes(self, nodes: Sequence[Node]) -> Self:
        """The same inputs and outputs with other nodes; intervals of nodes that stay are not derived again."""
        return replace(self, nodes=tuple(nodes), _earlier=self.inferred.derived)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the canonical text, in hexadecimal: the origin that every artefact records."""
        from trigforge.graph.text import print_graph  # the text names the graph's classes

        return hashlib.sha256(print_graph(self).encode()).hexdigest()
