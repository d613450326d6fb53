"""HDF5: one dataset a column; reads groups (``jets/pt``) and fields of compound datasets (``jets/tracks/pt``) too."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

from trigforge.errors import EventsError
from trigforge.events.arrays import Rows, open_arrays
from trigforge.events.binding import EventsBinding, OpenEvents, Shapes, library
from trigforge.events.table import EventsTable, blocks
from trigforge.foreign_files import check_growth, check_hdf5, reading, reason


@contextmanager
def open_hdf5(path: Path, shapes: Shapes, binding: EventsBinding) -> Generator[OpenEvents, None, None]:
    """See ``reader.open_events``."""
    h5py = library("h5py")
    found: dict[str, tuple[Any, Rows]] = {}

    def visit(name: str, entry: Any) -> None:
        if isinstance(entry, h5py.Dataset):
            found[name] = entry, entry
            found.update({f"{name}/{field}": (entry, entry.fields(field)) for field in entry.dtype.names or ()})

    def find(column: str) -> Rows:
        dataset, rows = found[column]
        if dataset.external or dataset.is_virtual:
            raise EventsError(f"events file {path}: {column!r} reads another file; store its numbers in this one")
        check_growth(f"events file {path}: {column!r}", dataset.nbytes, dataset.id.get_storage_size())
        return rows

    with ExitStack() as stack:
        with _reading(path):
            check_hdf5(path)
            file = stack.enter_context(h5py.File(path, "r"))
            file.visititems(visit)
        yield open_arrays(path, shapes, binding, tuple(found), find)


def hdf5_datasets(path: Path) -> dict[str, tuple[int, ...]]:
    """The shape of each dataset of numbers, and of each field of compound ones, events first."""
    h5py = library("h5py")
    found: dict[str, tuple[int, ...]] = {}

    def visit(name: str, entry: Any) -> None:
        if isinstance(entry, h5py.Dataset):
            fields = {f"{name}/{field}": entry.dtype[field] for field in entry.dtype.names or ()} or {name: entry.dtype}
            numbers = {column: kind for column, kind in fields.items() if kind.base.kind in "biuf"}
            found.update({column: (*entry.shape, *kind.shape) for column, kind in numbers.items()})

    with _reading(path):
        check_hdf5(path)
        with h5py.File(path, "r") as file:
            file.visititems(visit)
    return found


def _reading(path: Path) -> AbstractContextManager[None]:
    return reading(
        lambda error: EventsError(f"events file {path} is not HDF5 or damaged ({reason(error)}); write it again")
    )


def write_hdf5(path: Path, table: EventsTable, progress: Callable[[int], None]) -> None:
    """One dataset a column, compressed in chunks; the provenance is the attribute ``trigforge`` of the file."""
    h5py = library("h5py")
    with h5py.File(path, "w") as file:
        file.attrs["trigforge"] = table.provenance
        datasets = {
            column.name: file.create_dataset(
                column.name,
                shape=(table.events, *column.shape),
                dtype=column.dtype,
                chunks=(min(table.events, 16384), *column.shape),
                compression="gzip",
                compression_opts=1,
                shuffle=True,
                track_times=False,
            )
            for column in table.columns
        }
        for start, stop in blocks(table):
            for name, dataset in datasets.items():
                dataset[start:stop] = table.read(name, start, stop)
            progress(stop - start)
