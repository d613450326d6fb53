"""The columns of a file for each input, and the interface of a file while it is open."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.errors import EventsError, ToolMissingError
from trigforge.suggestions import known_names

HostValues = npt.NDArray[Any]
Shapes = Mapping[str, tuple[int, ...]]
"""The shape of each wanted input, without the event axis."""


@dataclass(frozen=True)
class EventsBinding:
    """The places of a graph's inputs in a file.

    ``branches`` maps each input to its columns: branches of ``tree`` in a ROOT file, columns of Parquet, datasets of
    HDF5 or arrays of NumPy. Several flat columns are stacked on the last axis; lists are padded with zeros and cut to
    the input's length. An input that is not named, or none of whose columns the file has, is looked for under its own
    name.
    """

    tree: str | None = None
    branches: Mapping[str, tuple[str, ...]] | None = None

    def columns(self, name: str) -> tuple[str, ...]:
        """The columns of one input."""
        return (self.branches or {}).get(name, (name,))


@dataclass(frozen=True)
class OpenEvents:
    """A file whose columns were found: how many events it holds, and ``read(start, stop)`` for host values by input.

    ``read`` gives arrays ``(stop - start, *shape)``, float or integer, not yet encoded, and raises ``EventsError``
    where the file is damaged. Ranges in rising order are read in bounded memory and without going back.
    """

    path: Path
    events: int
    read: Callable[[int, int], dict[str, HostValues]]


def columns_in(
    where: str, kind: str, shapes: Shapes, binding: EventsBinding, known: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """The columns of each wanted input among those that are ``known``; its own name where the file has none of them but
    has that.

    Raises ``EventsError`` for one that is not there: ``where`` is the file, or the tree in it, and ``kind`` the word
    for a column of it.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name in shapes:
        columns = binding.columns(name)
        found[name] = (name,) if name in known and not any(column in known for column in columns) else columns
        for column in found[name]:
            if column not in known:
                own = name in (binding.branches or {})
                remedy = "" if own else f"; if input {name!r} has other columns, name them: --branches {name}=A,B,..."
                raise EventsError(f"{where} holds no {kind} {column!r}; {known_names(column, list(known))}{remedy}")
    return found


def library(name: str) -> Any:
    """An optional package, or the error that says how to get it."""
    try:
        return __import__(name, fromlist=["*"])
    except ImportError:
        package = name.partition(".")[0]
        raise ToolMissingError(f"this format of events needs {package}; pip install 'trigforge[events]'") from None


def padded(values: HostValues, length: int) -> HostValues:
    """``(events, length)``: rows cut to ``length``, or padded with zeros."""
    if values.shape[1] >= length:
        return values[:, :length]
    return np.pad(values, [(0, 0), (0, length - values.shape[1])])
