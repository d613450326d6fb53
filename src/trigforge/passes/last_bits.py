"""Last bits on which values depend: those of what a ``LeadingOne`` reads, which makes them of 0."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from trigforge.fixed import Interval
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.infer import body_tensors, slices_of
from trigforge.graph.ops import LeadingOne, Map, Node


def keeps_last_bits(before: FixedPointGraph, after: FixedPointGraph) -> bool:
    """True where a rewriting that may widen intervals leaves every ``LeadingOne`` the last bits of what it reads."""
    return _last_bits(before) == _last_bits(after)


def _last_bits(graph: FixedPointGraph) -> Counter[int]:
    """The number of times that each exponent is that of a last bit.

    A wider interval has finer ones, so that equal counts tell all.
    """
    return Counter(_read(graph.nodes, graph.tensors))


def _read(nodes: Sequence[Node], tensors: Mapping[str, Interval]) -> Iterator[int]:
    """The exponents of all elements, those inside of a ``Map`` once a slice."""
    for node in nodes:
        operands = [tensors[name] for name in node.operands]
        if isinstance(node.op, LeadingOne):
            yield from operands[0].lsb.values.reshape(-1).tolist()
        elif isinstance(node.op, Map):
            inside = list(_read(node.op.body.nodes, body_tensors(node.op, operands)))
            yield from inside * slices_of(node.op, operands)
