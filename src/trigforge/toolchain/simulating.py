"""What all compiled simulations share: checked inputs, and a shared object that is built once and kept."""

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from trigforge.errors import EventsError, ProjectError
from trigforge.graph.simulation import Mantissas


def checked_inputs(
    ports: Sequence[tuple[str, tuple[int, ...]]], inputs: Mapping[str, Mantissas]
) -> tuple[list[Mantissas], int]:
    """The arrays of all ports (name and shape) in their order, each ``(events, *shape)``, and the number of events.

    An array of one event stands for all. Raises ``EventsError`` for inputs that are missing or of the wrong shape or
    dtype.
    """
    names = [name for name, _ in ports]
    if set(names) != set(inputs):
        raise EventsError(f"the graph takes the inputs {sorted(names)}, found {sorted(inputs)}")
    events = max((len(array) for array in inputs.values()), default=0)
    if events == 0:
        raise EventsError("there are no events; give at least one")
    arrays: list[Mantissas] = []
    for name, shape in ports:
        values = inputs[name]
        if values.dtype != np.int64 or values.shape[1:] != shape or len(values) not in (1, events):
            raise EventsError(
                f"input {name!r}: expected int64 mantissas of shape {[events, *shape]}, "
                f"found {values.dtype} of shape {list(values.shape)}"
            )
        arrays.append(np.ascontiguousarray(np.broadcast_to(values, (events, *shape))))
    return arrays, events


def build_once(library: Path, build: Callable[[Path, Path], None], *, replaces: str = "*") -> Path:
    """``library`` as it is, else as ``build(scratch, unfinished)`` makes it.

    ``build`` works in the directory ``scratch`` and leaves the shared object at ``unfinished``, which is then renamed
    into its place. What stands beside the library and matches ``replaces``, earlier builds and the remains of
    interrupted ones, goes first. Raises ``ProjectError`` where the folder cannot be written.
    """
    if library.exists():
        return library
    folder = library.parent
    try:
        folder.mkdir(exist_ok=True)
        for old in [*folder.glob(replaces), *folder.glob("building-*")]:
            if old.is_dir():
                shutil.rmtree(old)
            else:
                old.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix="building-") as scratch:
            unfinished = Path(scratch) / library.name
            build(Path(scratch), unfinished)
            os.replace(unfinished, library)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ProjectError(
            f"build directory {folder}: {reason}; make it writable, free space or choose another directory"
        ) from None
    return library
