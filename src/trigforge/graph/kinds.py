"""The kind of a tensor, a word in graph files, reports and coverage: the class of its op, or ``INPUT``."""

from collections.abc import Callable, Mapping
from typing import TypeVar, get_args

from trigforge.graph.ops import Map, Op

T = TypeVar("T")
INPUT = "Input"
"""the kind of an input of a graph or of a body"""
MAP = Map.__name__
OPS: Mapping[str, type[Op]] = {op.__name__: op for op in get_args(Op)}
"""every class of ops by its kind"""


def kind_of(op: Op) -> str:
    """The kind of the tensors that ``op`` makes."""
    return type(op).__name__


def by_kind(answer: Callable[[Op], T]) -> Mapping[str, T]:
    """The ``answer`` for every kind of op; it may look at the class of the op it is given, not at its fields."""
    return {kind: answer(object.__new__(op)) for kind, op in OPS.items()}
