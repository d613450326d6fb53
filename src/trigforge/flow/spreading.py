"""``Job``: a work on many items, which workers do in any order, here (``processes``) or on Dask (``distributing``)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")

TIMES_LOST = 3
"""An item goes to another worker so often; then it is taken for what brings its workers down."""


@dataclass(frozen=True)
class Job(Generic[S, T, R]):
    """``perform(shared, item)``, a function of a module on plain data, is done by workers.

    ``key`` names an item, and is another one wherever the result may be another. ``failed`` is asked here for the
    result of an item on which a worker raised what is no ``TrigforgeError``, or that took down its workers again and
    again; it may raise.
    """

    shared: S
    perform: Callable[[S, T], R]
    key: Callable[[T], str]
    failed: Callable[[T, Exception], R]


Supply = Callable[[], T | None]
"""The next item that may be done; None while there is none, or no more. It is asked again after every result."""

Say = Callable[[str], None]
"""Is told how many workers there are."""


def told(workers: int) -> str:
    """The workers in a few words."""
    return f"{workers} workers" if workers else "waiting for workers"
