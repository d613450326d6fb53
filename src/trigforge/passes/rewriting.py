"""Helpers of several passes: the users of a tensor, its value where it has but one, names that are free."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from trigforge.fixed import FixedArray, Interval
from trigforge.graph.block import Block
from trigforge.graph.ops import Constant, Gather, Node


def uses(graph: Block) -> Counter[str]:
    """The number of times that each tensor is an operand or an output."""
    counts = Counter(graph.outputs)
    for node in graph.nodes:
        counts.update(node.operands)
    return counts


def producers(nodes: Iterable[Node]) -> dict[str, Node]:
    """The nodes by name; the node behind each tensor that is the only one of its node."""
    return {node.name: node for node in nodes}


def constants(nodes: Iterable[Node]) -> dict[str, FixedArray]:
    """The value of each ``Constant``."""
    return {node.name: node.op.value for node in nodes if isinstance(node.op, Constant)}


def repeats_entries(op: Gather) -> bool:
    """True if entries are taken about twice or more often."""
    return 2 * len(set(op.indices.values.tolist())) <= op.indices.size


def only_value(interval: Interval) -> FixedArray | None:
    """The tensor's value if it has but one."""
    if bool((interval.lo.values != interval.hi.values).any()):
        return None
    return FixedArray.of(interval.at(interval.hull_lsb)[0], interval.hull_lsb)


def redirected(nodes: Sequence[Node], instead: Mapping[str, str]) -> tuple[Node, ...]:
    """The nodes with other operands."""
    return tuple(replace(node, operands=tuple(instead.get(name, name) for name in node.operands)) for node in nodes)


def free_name(wanted: str, taken: Collection[str]) -> str:
    """``wanted``, or with the first number behind it that makes a name of its own."""
    name, number = wanted, 1
    while name in taken:
        name, number = f"{wanted}.{number}", number + 1
    return name
