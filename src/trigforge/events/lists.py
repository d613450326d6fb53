"""Columns that hold lists, as ROOT and Parquet give them, to arrays of an input's shape."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from trigforge.errors import EventsError
from trigforge.events.binding import HostValues, library


def stacked(
    where: str, columns: Sequence[str], arrays: Sequence[Any], shape: tuple[int, ...], first: int
) -> HostValues:
    """Awkward ``arrays`` of ``columns`` to host values ``(events, *shape)``.

    Flat columns make ``(events, columns)``, lists ``(events, length, columns)``, padded with zeros and cut to the
    length ``shape[0]``; one column that already has the dimensions of the input is taken as it is. Missing values are
    NaN. ``where`` and ``first``, the number of the first event, are what an ``EventsError`` needs to be found again.
    """
    dimensions = {array.ndim for array in arrays}
    if len(arrays) == 1 and dimensions == {len(shape) + 1} and len(shape) > 1 and _is_numeric(arrays[0]):
        return _whole(where, columns[0], arrays[0])
    if len(dimensions) != 1 or max(dimensions) > 2 or not all(_is_numeric(array) for array in arrays):
        kinds = ", ".join(f"{column} ({_kind(array)})" for column, array in zip(columns, arrays, strict=True))
        raise EventsError(
            f"{where}: the columns are neither all numbers nor all lists of numbers: {kinds}; name such alone"
        )
    if dimensions == {1}:
        values = np.stack([_flat(array) for array in arrays], axis=-1)
    else:
        if not shape:
            raise EventsError(
                f"{where} is one number an event, but column {columns[0]!r} holds lists; name another column"
            )
        _same_lengths(where, columns, arrays, first)
        values = np.stack([_rectangle(array, shape[0]) for array in arrays], axis=-1)
    return squeezed(values, shape)


def squeezed(values: HostValues, shape: tuple[int, ...]) -> HostValues:
    """The array without its last axis, where that counts a single column and the input has no such axis."""
    if values.shape[1:] != shape and values.shape[-1] == 1 and values.shape[1:-1] == shape:
        return values[..., 0]
    return values


def _is_numeric(array: Any) -> bool:
    name = str(array.type).rpartition("* ")[2].strip("?]")
    return name in {"bool", *(f"{kind}{bits}" for kind in ("int", "uint", "float") for bits in (8, 16, 32, 64))}


def _kind(array: Any) -> str:
    return str(array.type).partition("* ")[2]


def _flat(array: Any) -> HostValues:
    values: Any = library("awkward").to_numpy(array)
    if not np.ma.is_masked(values):
        return np.asarray(np.ma.getdata(values))
    return np.asarray((values if values.dtype.kind == "f" else values.astype(np.float64)).filled(np.nan))


def _whole(where: str, column: str, array: Any) -> HostValues:
    awkward = library("awkward")
    try:
        return np.asarray(awkward.to_numpy(array, allow_missing=False))
    except ValueError:
        raise EventsError(
            f"{where}: column {column!r} holds lists of differing lengths in its inner axes; pad them"
        ) from None


def _same_lengths(where: str, columns: Sequence[str], arrays: Sequence[Any], first: int) -> None:
    awkward = library("awkward")
    lengths = [np.asarray(awkward.fill_none(awkward.num(array), 0)) for array in arrays]
    for column, found in zip(columns[1:], lengths[1:], strict=True):
        wrong = np.flatnonzero(found != lengths[0])
        if wrong.size:
            event = int(wrong[0])
            raise EventsError(
                f"{where}: event {first + event} has {lengths[0][event]} entries in {columns[0]!r} but {found[event]} "
                f"in {column!r}; the columns of an input must belong to the same objects"
            )


def _rectangle(array: Any, length: int) -> HostValues:
    """Lists to rows of ``length`` numbers: the first ones, then zeros."""
    awkward = library("awkward")
    counts = np.asarray(awkward.fill_none(awkward.num(array), 0))
    content = _flat(awkward.flatten(array))
    rows = np.zeros((len(counts), length), dtype=content.dtype.newbyteorder("="))
    place = np.arange(len(content)) - np.repeat(np.cumsum(counts) - counts, counts)
    rows[np.arange(length) < counts[:, None]] = content[place < length]
    return rows
