"""The base of all compiled simulations: checked inputs, and a shared object that is built once and kept."""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np

from trigforge.errors import ProjectError
from trigforge.files import LOCK, locked, replacing
from trigforge.graph.simulation import Mantissas, checked_inputs


def whole_inputs(
    ports: Iterable[tuple[str, tuple[int, ...]]], inputs: Mapping[str, Mantissas]
) -> tuple[list[Mantissas], int]:
    """The arrays of all ports (name and shape) in their order, each ``(events, *shape)`` and contiguous, and the number
    of events; errors as of ``checked_inputs``."""
    arrays, events = checked_inputs(dict(ports), inputs)
    return [np.ascontiguousarray(np.broadcast_to(array, (events, *array.shape[1:]))) for array in arrays], events


def build_once(library: Path, build: Callable[[Path, Path], None], *, replaces: str = "*") -> Path:
    """``library`` as it is, else as ``build(scratch, unfinished)`` makes it.

    ``build`` works in the directory ``scratch`` and leaves the shared object at ``unfinished``, which is then renamed
    into its place. What stands beside the library and matches ``replaces``, earlier builds and the remains of
    interrupted ones, goes first. One process builds in a folder at a time. Raises ``ProjectError`` where the folder
    cannot be written.
    """
    if library.exists():
        return library
    folder = library.parent
    try:
        with locked(folder):
            if not library.exists():
                _clear([*folder.glob(replaces), *folder.glob("building-*")])
                with (
                    tempfile.TemporaryDirectory(dir=folder, prefix="building-") as scratch,
                    replacing(library, Path(scratch) / library.name) as unfinished,
                ):
                    build(Path(scratch), unfinished)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ProjectError(
            f"build directory {folder}: {reason}; make it writable, free space or choose another directory"
        ) from None
    return library


def _clear(remains: Iterable[Path]) -> None:
    for old in remains:
        if old.is_dir():
            shutil.rmtree(old)
        elif old.name != LOCK:
            old.unlink(missing_ok=True)
