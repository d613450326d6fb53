"""One function writes every format."""

from collections.abc import Callable
from pathlib import Path

from trigforge.errors import EventsError
from trigforge.events.hdf5 import write_hdf5
from trigforge.events.numpy_files import write_npz
from trigforge.events.parquet import write_parquet
from trigforge.events.root import write_root
from trigforge.events.table import EventsTable

_WRITERS: dict[str, Callable[[Path, EventsTable, Callable[[int], None]], None]] = {
    ".root": write_root,
    ".h5": write_hdf5,
    ".hdf5": write_hdf5,
    ".parquet": write_parquet,
    ".npz": write_npz,
}
WRITABLE = tuple(_WRITERS)


def check_writable(path: Path) -> None:
    """``EventsError`` where the suffix of ``path`` is none we write."""
    if path.suffix.lower() not in _WRITERS:
        raise EventsError(
            f"output file {path}: the suffix {path.suffix!r} cannot be written; known are {', '.join(WRITABLE)}"
        )


def write_events(
    path: str | Path,
    table: EventsTable,
    progress: Callable[[int], None] = lambda events: None,
    *,
    rntuple: bool = False,
) -> None:
    """Write ``table`` in the format of ``path``'s suffix; a ROOT file holds a TTree, or with ``rntuple`` an RNTuple.

    ``progress`` is called with the number of events written since the last call. Raises ``EventsError`` for a suffix
    that is unknown or a package that is missing, ``OSError`` where the disk refuses.
    """
    path = Path(path)
    check_writable(path)
    if rntuple:
        write_root(path, table, progress, rntuple=True)
    else:
        _WRITERS[path.suffix.lower()](path, table, progress)
