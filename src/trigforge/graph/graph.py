"""``FixedPointGraph``: a computation, to the bit."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from trigforge.errors import GraphError
from trigforge.fixed import Interval
from trigforge.graph.block import nothing_derived
from trigforge.graph.infer import Derived, Inferred, infer_all
from trigforge.graph.inputs import GraphInput, InputKind
from trigforge.graph.ops import Node
from trigforge.graph.origin import Approximation, Comparison
from trigforge.graph.text import print_graph


@dataclass(frozen=True)
class UserLayer:
    """A layer of the user's model: its own name (``outer.inner`` inside a model) and its class, as ``QDense``.

    ``left_out`` names a function of it that the graph does not compute, as a softmax at the end.
    ``typed`` says that types of it come from a table, not from the model.
    """

    name: str
    kind: str
    left_out: str = ""
    typed: bool = False


@dataclass(frozen=True, repr=False)
class FixedPointGraph:
    """Inputs, nodes in an order in which operands come first, and the names of the output tensors.

    ``name`` and ``version`` name the namespace of everything generated; ``name`` is an identifier of C. ``layers`` are
    those of the user's model, in its order; nodes name the ones that they come from. They say nothing of what is
    computed: graphs that differ in them alone are equal and have one digest. Nor does ``comparison``, that with the
    model that was read. ``approximations`` are part of both: a graph that is not its model to the bit looks like no
    other. Construction checks nothing; ``tensors`` and ``verify`` raise ``GraphError`` for graphs that contradict
    themselves.
    """

    name: str
    version: int
    inputs: tuple[GraphInput, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]
    layers: tuple[UserLayer, ...] = field(default=(), compare=False)
    approximations: tuple[Approximation, ...] = ()
    comparison: Comparison | None = field(default=None, compare=False)
    _earlier: Mapping[str, Derived] = field(default_factory=nothing_derived, compare=False, repr=False)

    html: ClassVar["Callable[[FixedPointGraph], str] | None"] = None
    """the picture of a graph for a notebook; ``flow`` provides it, since pictures stand in a room above"""

    def __repr__(self) -> str:
        def told(names: Iterable[str]) -> str:
            return ", ".join(f"{name} {list(self.tensors[name].shape)}" for name in names)

        own = [tensor.name for tensor in self.inputs if tensor.kind is InputKind.EVENT]
        try:
            ends = f"{told(own)} -> {told(self.outputs)}"
        except (GraphError, KeyError):
            ends = "contradicts itself"
        identity = f"{self.name!r}, version {self.version}, {self.digest[:12]}"
        return f"FixedPointGraph({identity}: {ends}, {len(self.nodes)} nodes)"

    def _repr_html_(self) -> str | None:
        return None if FixedPointGraph.html is None else FixedPointGraph.html(self)

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

    @property
    def registers(self) -> tuple[GraphInput, ...]:
        """The inputs that are no part of an event."""
        return tuple(tensor for tensor in self.inputs if tensor.kind is InputKind.REGISTER)

    @cached_property
    def default_registers(self) -> dict[str, npt.NDArray[np.int64]]:
        """The mantissas ``(1, *shape)`` of the registers that have a default."""
        defaults = {tensor.name: tensor.default_mantissas for tensor in self.inputs}
        return {name: values for name, values in defaults.items() if values is not None}

    @property
    def identity(self) -> str:
        """The digest of the graph without the defaults of its registers: all weight sets of a graph have one."""
        bare = tuple(replace(tensor, default=None) for tensor in self.inputs)
        return self.digest if bare == self.inputs else replace(self, inputs=bare).digest

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the canonical text, in hexadecimal: the origin that every artefact records."""
        return hashlib.sha256(print_graph(self).encode()).hexdigest()
