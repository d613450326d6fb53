"""Parquet through pyarrow: a column a branch, lists for constituents."""

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from trigforge.errors import EventsError
from trigforge.events.binding import EventsBinding, HostValues, OpenEvents, Shapes, columns_in, library
from trigforge.events.lists import stacked
from trigforge.events.table import Column, EventsTable, blocks
from trigforge.foreign_files import check_growth, reading

_BATCH_EVENTS = 16384


@contextmanager
def open_parquet(path: Path, shapes: Shapes, binding: EventsBinding) -> Generator[OpenEvents, None, None]:
    """See ``reader.open_events``."""
    parquet, awkward = library("pyarrow.parquet"), library("awkward")
    with ExitStack() as stack:
        with _reading(path):
            file = stack.enter_context(parquet.ParquetFile(path, page_checksum_verification=True))
            known, events = list(file.schema_arrow.names), int(file.metadata.num_rows)
            check_growth(f"events file {path}", _unpacked(file.metadata), path.stat().st_size)
        columns = columns_in(f"events file {path}", "column", shapes, binding, known)
        wanted = list(dict.fromkeys(column for several in columns.values() for column in several))
        for column in wanted:
            kind = file.schema_arrow.field(column).type
            if "decimal" in str(kind):
                raise EventsError(f"events file {path}: column {column!r} holds {kind}; store it as float or integer")
        with _reading(path):
            rows = _Rows(file, wanted)

        def read(start: int, stop: int) -> dict[str, HostValues]:
            with _reading(path):
                arrays = awkward.from_arrow(rows.table(start, stop))
            return {
                name: stacked(
                    f"events file {path}: input {name!r}",
                    columns[name],
                    [arrays[c] for c in columns[name]],
                    shape,
                    start,
                )
                for name, shape in shapes.items()
            }

        yield OpenEvents(path, events, read)


def parquet_types(path: Path) -> dict[str, str]:
    """The type, as Arrow has it, of each column."""
    parquet = library("pyarrow.parquet")
    with _reading(path), parquet.ParquetFile(path) as file:
        return {str(field.name): str(field.type) for field in file.schema_arrow}


def _reading(path: Path) -> AbstractContextManager[None]:
    return reading(
        lambda error: EventsError(
            f"events file {path} cannot be read as Parquet ({type(error).__name__}); write it again"
        )
    )


def _unpacked(metadata: Any) -> int:
    return sum(metadata.row_group(n).total_byte_size for n in range(metadata.num_row_groups))


class _Rows:
    """Rows in rising order from batches, so that a large row group is decoded once."""

    def __init__(self, file: Any, columns: list[str]) -> None:
        self._file, self._columns = file, columns
        sizes = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
        self._begins = np.cumsum([0, *sizes])
        self._batches: Iterator[Any] = iter(())
        self._rest: Any = None
        self._at = -1

    def table(self, start: int, stop: int) -> Any:
        """The rows ``[start, stop)`` as an Arrow table."""
        pyarrow = library("pyarrow")
        if start < self._at or self._at < 0:
            self._rewind(start)
        parts: list[Any] = []
        while self._at < stop:
            batch = self._rest if self._rest is not None else next(self._batches)
            self._rest = None
            skip, end = max(0, start - self._at), stop - self._at
            if skip < len(batch):
                parts.append(batch.slice(skip, end - skip))
            if end < len(batch):
                self._rest, self._at = batch.slice(end), stop
            else:
                self._at += len(batch)
        return pyarrow.Table.from_batches(parts)

    def _rewind(self, start: int) -> None:
        group = int(np.searchsorted(self._begins, start, side="right")) - 1
        self._at, self._rest = int(self._begins[group]), None
        self._batches = self._file.iter_batches(
            _BATCH_EVENTS, row_groups=list(range(group, self._file.num_row_groups)), columns=self._columns
        )


def write_parquet(path: Path, table: EventsTable, progress: Callable[[int], None]) -> None:
    """A column each, fixed-size lists for shapes; the provenance is the key ``trigforge`` of the file's metadata."""
    pyarrow, parquet = library("pyarrow"), library("pyarrow.parquet")
    schema = pyarrow.schema(
        [pyarrow.field(column.name, _type(pyarrow, column), nullable=False) for column in table.columns]
    )
    schema = schema.with_metadata({"trigforge": table.provenance})
    with parquet.ParquetWriter(path, schema, compression="zstd", write_page_checksum=True) as writer:
        for start, stop in blocks(table):
            arrays = [_array(pyarrow, column, table.read(column.name, start, stop)) for column in table.columns]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
            progress(stop - start)


def _type(pyarrow: Any, column: Column) -> Any:
    kind = pyarrow.from_numpy_dtype(column.dtype)
    for length in reversed(column.shape):
        kind = pyarrow.list_(kind, length)
    return kind


def _array(pyarrow: Any, column: Column, values: HostValues) -> Any:
    array = pyarrow.array(np.ascontiguousarray(values).reshape(-1))
    for length in reversed(column.shape):
        array = pyarrow.FixedSizeListArray.from_arrays(array, length)
    return array
