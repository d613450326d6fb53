"""Inputs from stores of named arrays (HDF5, NumPy): one array an input, or several that are stacked."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from trigforge.errors import EventsError
from trigforge.events.binding import EventsBinding, HostValues, OpenEvents, Shapes, columns_in, padded
from trigforge.events.lists import squeezed
from trigforge.foreign_files import reading, reason


class Rows(Protocol):
    """An array on disk, of which events are read by slices."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __getitem__(self, events: slice) -> Any: ...


def open_arrays(
    path: Path, shapes: Shapes, binding: EventsBinding, known: Sequence[str], find: Callable[[str], Rows]
) -> OpenEvents:
    """The inputs among the arrays ``known``, each opened once with ``find``.

    One array is taken as it is. Several are stacked on the last axis; those with a second axis are cut to the input's
    length, or padded with zeros.
    """
    found: dict[str, list[Rows]] = {}
    for name, columns in columns_in(f"events file {path}", "array", shapes, binding, known).items():
        found[name] = [_opened(path, column, find) for column in columns]
        if len({len(rows.shape) for rows in found[name]}) != 1 or (len(columns) > 1 and len(found[name][0].shape) > 2):
            dimensions = ", ".join(f"{c} {list(rows.shape)}" for c, rows in zip(columns, found[name], strict=True))
            raise EventsError(
                f"events file {path}: input {name!r}: the arrays do not stack: {dimensions}; store them alike"
            )
    lengths = {name: {rows.shape[0] for rows in arrays} for name, arrays in found.items()}
    if len(set[int]().union(*lengths.values())) != 1:
        counts = {name: min(several) if len(several) == 1 else sorted(several) for name, several in lengths.items()}
        raise EventsError(
            f"events file {path}: inputs differ in their number of events: {counts}; store as many of each"
        )

    def read(start: int, stop: int) -> dict[str, HostValues]:
        with reading(lambda error: EventsError(f"events file {path} is damaged ({reason(error)}); write it again")):
            return {name: _input(arrays, shapes[name], slice(start, stop)) for name, arrays in found.items()}

    return OpenEvents(path, next(iter(found.values()))[0].shape[0], read)


def _opened(path: Path, column: str, find: Callable[[str], Rows]) -> Rows:
    where = f"events file {path}: array {column!r}"
    with reading(lambda error: EventsError(f"{where} cannot be read ({reason(error)}); write it again")):
        rows = find(column)
        if not rows.shape:
            raise EventsError(f"{where} is a single number; events need a first axis")
        if 0 in rows.shape[1:]:
            raise EventsError(f"{where} has shape {list(rows.shape)}; events need entries along every axis")
        return rows


def _input(arrays: list[Rows], shape: tuple[int, ...], events: slice) -> HostValues:
    if len(arrays) == 1:
        return np.asarray(arrays[0][events])
    columns = [np.asarray(rows[events]) for rows in arrays]
    if columns[0].ndim == 2 and shape:
        columns = [padded(column, shape[0]) for column in columns]
    return squeezed(np.stack(columns, axis=-1), shape)
