"""One function reads every format; which columns become which input stands in an ``EventsBinding``."""

import math
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from trigforge.errors import EventsError, NoEventsError
from trigforge.events.binding import EventsBinding, HostValues, OpenEvents, Shapes
from trigforge.events.hdf5 import open_hdf5
from trigforge.events.numpy_files import open_npy, open_npz
from trigforge.events.parquet import open_parquet
from trigforge.events.root import open_root
from trigforge.foreign_files import check_growth

_READERS: dict[str, Callable[[Path, Shapes, EventsBinding], AbstractContextManager[OpenEvents]]] = {
    ".npz": open_npz,
    ".npy": open_npy,
    ".h5": open_hdf5,
    ".hdf5": open_hdf5,
    ".root": open_root,
    ".parquet": open_parquet,
}
READABLE = tuple(_READERS)


@contextmanager
def open_events(
    path: str | Path, shapes: Shapes, binding: EventsBinding | None = None
) -> Generator[OpenEvents, None, None]:
    """A ``.root``, ``.h5``, ``.hdf5``, ``.parquet``, ``.npz`` or ``.npy`` file, to be read range by range.

    ``shapes`` gives each input's shape without the event axis. Raises ``EventsError`` for a file that is missing, of
    another kind, damaged or without a column, ``NoEventsError`` for an empty one.
    """
    path = Path(path)
    check_readable(path)
    with _READERS[path.suffix.lower()](path, shapes, binding or EventsBinding()) as file:
        if not file.events:
            raise NoEventsError(f"events file {path} holds no events; give at least one")
        entries = file.events * sum(math.prod(shape) for shape in shapes.values())
        check_growth(f"events file {path} claims {file.events:,} events", entries, path.stat().st_size)
        yield file


def check_readable(path: Path) -> None:
    """``EventsError`` for a file that is missing, or whose suffix is none that is read."""
    if path.suffix.lower() not in _READERS:
        raise EventsError(f"events file {path}: the suffix {path.suffix!r} is unknown; known are {', '.join(READABLE)}")
    if not path.is_file():
        raise EventsError(f"events file {path} does not exist; check the path")


def read_events(
    path: str | Path, shapes: Shapes, binding: EventsBinding | None = None, limit: int | None = None
) -> dict[str, HostValues]:
    """The first ``limit`` (default: all) events of a file; see ``open_events``.

    Returns float or integer arrays ``(events, *shape)``, not yet encoded.
    """
    with open_events(path, shapes, binding) as file:
        return file.read(0, file.events if limit is None else min(limit, file.events))
