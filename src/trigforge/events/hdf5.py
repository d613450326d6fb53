"""HDF5: one dataset a column; reads groups (``jets/pt``) and fields of compound datasets (``jets/tracks/pt``) too."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from trigforge.errors import EventsError
from trigforge.events.arrays import Rows, open_arrays
from trigforge.events.binding import EventsBinding, OpenEvents, Shapes, library
from trigforge.events.table import EventsTable, blocks


@contextmanager
def open_hdf5(path: Path, shapes: Shapes, binding: EventsBinding) -> Generator[OpenEvents, None, None]:
    """See ``reader.open_events``."""
    h5py = library("h5py")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise EventsError(f"events file {path} is not HDF5 or damaged ({error})") from None
    with file:
        found: dict[str, Rows] = {}

        def visit(name: str, entry: Any) -> None:
            if isinstance(entry, h5py.Dataset):
                found[name] = entry
                found.update({f"{name}/{field}": entry.fields(field) for field in entry.dtype.names or ()})

        try:
            file.visititems(visit)
        except Exception as error:  # h5py raises many types for damaged files
            raise EventsError(f"events file {path} is not HDF5 or damaged ({error})") from None
        yield open_arrays(path, shapes, binding, tuple(found), lambda column: found[column])


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
