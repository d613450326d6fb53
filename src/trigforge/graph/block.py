"""``Block``: nodes in order between tensors that are given and tensors that are asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol, Self, TypeVar

from trigforge.fixed import Interval
from trigforge.graph.infer import Derived, Inferred, body_tensors, infer_all
from trigforge.graph.ops import Body, Map, Node


def nothing_derived() -> Mapping[str, Derived]:
    """No intervals to take over."""
    return {}


class Block(Protocol):
    """The object that a pass rewrites: a graph, or the body of a ``Map`` with the intervals of its inputs."""

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes, operands first."""
        ...

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the tensors that are read from outside."""
        ...

    @property
    def given(self) -> Mapping[str, Interval]:
        """The intervals of the tensors that come from outside."""
        ...

    @property
    def tensors(self) -> Mapping[str, Interval]:
        """The exact interval of every tensor, those from outside first; ``GraphError`` for the first faulty node."""
        ...

    def with_nodes(self, nodes: Sequence[Node]) -> Self:
        """The same with other nodes; intervals of nodes that stay are not derived again."""
        ...


@dataclass(frozen=True)
class BodyBlock:
    """The ``Block`` inside a ``Map``: its body, between the intervals of its inputs and its outputs."""

    given: Mapping[str, Interval]
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]
    _earlier: Mapping[str, Derived] = field(default_factory=nothing_derived, compare=False, repr=False)

    @classmethod
    def of(cls, op: Map, operands: Sequence[Interval]) -> Self:
        """The body of ``op`` as it sees ``operands``; ``GraphError`` where they do not fit."""
        inside = body_tensors(op, operands)
        return cls({name: inside[name] for name in op.body.inputs}, op.body.nodes, op.body.outputs)

    @cached_property
    def inferred(self) -> Inferred:
        """The intervals of all tensors as far as nodes are sound, and the faults."""
        return infer_all(self.nodes, self.given, earlier=self._earlier)

    @property
    def tensors(self) -> Mapping[str, Interval]:
        """As in ``Block``."""
        return self.inferred.sound()

    def with_nodes(self, nodes: Sequence[Node]) -> Self:
        """As in ``Block``."""
        return replace(self, nodes=tuple(nodes), _earlier=self.inferred.derived)

    @property
    def body(self) -> Body:
        """The body without intervals."""
        return Body(tuple(self.given), self.nodes, self.outputs)


AnyBlock = TypeVar("AnyBlock", bound=Block)
"""the graph or the body that a pass takes, and gives back rewritten"""
