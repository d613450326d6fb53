"""Rewriting of graphs. No pass changes a bit of any output, nor the name or interval of one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from trigforge.graph.block import AnyBlock, BodyBlock
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.ops import Map, Node
from trigforge.graph.verify import verify
from trigforge.passes.canonicalize_requantize import canonicalize_requantize
from trigforge.passes.compute_before_repeats import compute_before_repeats
from trigforge.passes.fold_constants import fold_constants
from trigforge.passes.fold_scale_and_bias import fold_scale_and_bias
from trigforge.passes.fuse_requantize import fuse_requantize
from trigforge.passes.inline_maps import inline_maps
from trigforge.passes.outline_maps import outline_maps
from trigforge.passes.remove_dead_nodes import remove_dead_nodes
from trigforge.passes.remove_identities import remove_identities
from trigforge.passes.remove_zero_width import remove_zero_width
from trigforge.passes.split_dense_over_concat import split_dense_over_concat

__all__ = ["PASSES", "Step", "everywhere", "inline_maps", "optimize", "steps"]

Pass = Callable[[AnyBlock], AnyBlock]

PASSES: tuple[Pass[Any], ...] = (
    compute_before_repeats,
    split_dense_over_concat,
    fold_constants,
    remove_dead_nodes,
    fold_scale_and_bias,
    fuse_requantize,
    canonicalize_requantize,
    remove_identities,
    remove_zero_width,
    outline_maps,
    remove_dead_nodes,
)


@dataclass(frozen=True)
class Step:
    """The effect of one pass."""

    name: str
    before: FixedPointGraph
    after: FixedPointGraph

    @property
    def added(self) -> tuple[str, ...]:
        """Nodes that were not there."""
        return tuple(name for name in _nodes(self.after) if name not in _nodes(self.before))

    @property
    def removed(self) -> tuple[str, ...]:
        """Nodes that are gone."""
        return tuple(name for name in _nodes(self.before) if name not in _nodes(self.after))

    @property
    def changed(self) -> tuple[str, ...]:
        """Nodes with another op or other operands."""
        before, after = _nodes(self.before), _nodes(self.after)
        return tuple(name for name in after if name in before and after[name] != before[name])

    def __str__(self) -> str:
        parts = (("added", self.added), ("removed", self.removed), ("changed", self.changed))
        said = [f"{what} {', '.join(names)}" for what, names in parts if names]
        return f"{self.name}: {'; '.join(said) or 'no change'}"


def _nodes(graph: FixedPointGraph) -> dict[str, Node]:
    return {node.name: node for node in graph.nodes}


def everywhere(rewrite: Pass[Any], block: AnyBlock) -> AnyBlock:
    """A pass applied to a graph and then to the bodies of its ``Map``s, and of the ``Map``s inside of those."""
    rewritten: AnyBlock = rewrite(block)
    nodes: list[Node] = []
    for node in rewritten.nodes:
        if isinstance(node.op, Map):
            body = BodyBlock.of(node.op, [rewritten.tensors[name] for name in node.operands])
            new = everywhere(rewrite, body)
            node = node if new.nodes == body.nodes else replace(node, op=replace(node.op, body=new.body))
        nodes.append(node)
    return rewritten.with_nodes(nodes)


def steps(graph: FixedPointGraph) -> Iterator[Step]:
    """Each of ``PASSES`` in turn, its result verified."""
    for rewrite in PASSES:
        step = Step(rewrite.__name__, graph, everywhere(rewrite, graph))
        verify(step.after)
        yield step
        graph = step.after


def optimize(graph: FixedPointGraph) -> FixedPointGraph:
    """The graph after all of ``PASSES``. Raises ``GraphError`` for a graph that is not sound."""
    verify(graph)
    for step in steps(graph):
        graph = step.after
    return graph
