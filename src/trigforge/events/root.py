"""ROOT files through uproot: ``TTree`` and ``RNTuple``."""

import uuid
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from trigforge.errors import EventsError
from trigforge.events.binding import EventsBinding, HostValues, OpenEvents, Shapes, columns_in, library
from trigforge.events.lists import stacked
from trigforge.events.table import EventsTable, blocks
from trigforge.foreign_files import check_growth, reading

_TREES = ("TTree", "ROOT::RNTuple", "ROOT::Experimental::RNTuple")
_JANUARY_1995 = 1 << 21 | 1 << 17
"""The earliest day ROOT can say; every date in a file we write, so that equal events are equal bytes."""


@contextmanager
def open_root(path: Path, shapes: Shapes, binding: EventsBinding) -> Generator[OpenEvents, None, None]:
    """See ``reader.open_events``."""
    with ExitStack() as stack:
        with _reading(path):
            found = _tree(stack.enter_context(_opened(path)), path, binding)
            known, events = set(found.keys()), int(found.num_entries)
            check_growth(f"events file {path}", getattr(found, "uncompressed_bytes", 0), path.stat().st_size)
        columns = columns_in(f"events file {path}: tree {found.name!r}", "branch", shapes, binding, sorted(known))
        wanted = list(dict.fromkeys(column for several in columns.values() for column in several))

        def read(start: int, stop: int) -> dict[str, HostValues]:
            with _reading(path):
                arrays = found.arrays(wanted, entry_start=start, entry_stop=stop, library="ak")
            if len(arrays) != stop - start:
                raise EventsError(f"events file {path} cannot be read as ROOT (it is cut short); write it again")
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


def root_types(path: Path, binding: EventsBinding) -> dict[str, str]:
    """The type, as C++ has it, of each branch of a tree."""
    with _reading(path), _opened(path) as file:
        return {str(name): str(kind) for name, kind in _tree(file, path, binding).typenames().items()}


def _opened(path: Path) -> Any:
    """Blocks are read once, so nothing is kept; a memory map would count as resident memory."""
    uproot = library("uproot")
    return uproot.open(path, object_cache=None, array_cache=None, handler=uproot.source.file.MultithreadedFileSource)


def _reading(path: Path) -> AbstractContextManager[None]:
    return reading(
        lambda error: EventsError(f"events file {path} cannot be read as ROOT ({type(error).__name__}); write it again")
    )


def _tree(file: Any, path: Path, binding: EventsBinding) -> Any:
    name = binding.tree
    if name is None:
        trees = [key for key, kind in file.classnames(cycle=False).items() if kind in _TREES]
        if len(trees) != 1:
            raise EventsError(f"events file {path} holds {len(trees)} trees ({', '.join(trees)}); name one with `tree`")
        (name,) = trees
    if name not in file:
        raise EventsError(f"events file {path} holds no tree {name!r}; found {', '.join(file.keys(cycle=False))}")
    return file[name]


def write_root(path: Path, table: EventsTable, progress: Callable[[int], None], *, rntuple: bool = False) -> None:
    """The tree ``events`` with a branch a column, and the provenance as the string ``trigforge`` beside it."""
    uproot = library("uproot")
    identity = uuid.uuid5(uuid.NAMESPACE_OID, table.provenance)
    with (
        _without_dates(uproot),
        uproot.recreate(path, uuid_function=lambda: identity, compression=uproot.ZLIB(1)) as file,
    ):
        kinds = {column.name: np.dtype((column.dtype, column.shape)) for column in table.columns}
        tree = file.mkrntuple("events", kinds) if rntuple else file.mktree("events", kinds)
        for start, stop in blocks(table):
            tree.extend({column.name: table.read(column.name, start, stop) for column in table.columns})
            progress(stop - start)
        file["trigforge"] = table.provenance


@contextmanager
def _without_dates(uproot: Any) -> Generator[None, None, None]:
    """uproot stamps the clock into every key and has no option against it."""
    original = uproot._util.datetime_to_code

    def january(moment: object) -> int:
        return _JANUARY_1995

    uproot._util.datetime_to_code = january
    try:
        yield
    finally:
        uproot._util.datetime_to_code = original
