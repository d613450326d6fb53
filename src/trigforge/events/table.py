"""``EventsTable``: the content of a file of events, in any format."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from trigforge.events.binding import HostValues

_BLOCK_BYTES = 2**25


@dataclass(frozen=True)
class Column:
    """One name, its NumPy dtype and the shape of one event."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...] = ()


@dataclass(frozen=True)
class EventsTable:
    """Columns of equal length that are read block by block while they are written.

    ``read(name, start, stop)`` gives ``(stop - start, *shape)`` in the dtype of the column; ``provenance`` is JSON and
    says where the numbers come from. Equal tables make equal files, to the byte.
    """

    columns: tuple[Column, ...]
    events: int
    read: Callable[[str, int, int], HostValues]
    provenance: str


def blocks(table: EventsTable) -> Iterator[tuple[int, int]]:
    """Ranges of events of about 32 MiB; they depend on the columns only."""
    width = sum(column.dtype.itemsize * int(np.prod(column.shape)) for column in table.columns)
    size = max(1, _BLOCK_BYTES // width)
    for start in range(0, table.events, size):
        yield start, min(start + size, table.events)
