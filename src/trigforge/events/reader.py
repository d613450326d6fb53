"""One function reads every format; which columns become which input stands in an ``EventsBinding``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.errors import EventsError

HostValues = npt.NDArray[Any]


@dataclass(frozen=True)
class EventsBinding:
    """Where the inputs of a graph stand in a file.

    ``branches`` maps each input to its columns: branches of ``tree`` in a ROOT file, stacked on the last axis (jagged
    ones padded with zeros and cut to the input's length), else the one array or dataset. An input that is not named is
    looked for under its own name.
    """

    tree: str | None = None
    branches: Mapping[str, tuple[str, ...]] | None = None

    def columns(self, name: str) -> tuple[str, ...]:
        """The columns of one input."""
        return (self.branches or {}).get(name, (name,))


def read_events(
    path: Path, shapes: Mapping[str, tuple[int, ...]], binding: EventsBinding | None = None, limit: int | None = None
) -> dict[str, HostValues]:
    """The first ``limit`` (default: all) events of a ``.npz``, ``.npy``, ``.h5``, ``.hdf5`` or ``.root`` file.

    ``shapes`` gives each input's shape without the event axis. Returns float or integer arrays ``(events, *shape)``,
    not yet encoded. Raises ``EventsError`` for a file that is missing, of another kind, empty, or without a column.
    """
    readers: dict[str, Callable[..., dict[str, HostValues]]] = {
        ".npz": _read_npz,
        ".npy": _read_npy,
        ".h5": _read_hdf5,
        ".hdf5": _read_hdf5,
        ".root": _read_root,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise EventsError(f"events file {path}: the suffix {path.suffix!r} is unknown; known are {', '.join(readers)}")
    if not path.is_file():
        raise EventsError(f"events file {path} does not exist; check the path")
    values = reader(path, shapes, binding or EventsBinding(), limit)
    lengths = {name: len(array) for name, array in values.items()}
    if len(set(lengths.values())) != 1:
        raise EventsError(f"events file {path}: inputs differ in their number of events: {lengths}")
    if not next(iter(lengths.values())):
        raise EventsError(f"events file {path} holds no events; give at least one")
    return values


def _single(binding: EventsBinding, name: str, path: Path) -> str:
    columns = binding.columns(name)
    if len(columns) != 1:
        raise EventsError(
            f"events file {path}: input {name!r} needs one array, found {len(columns)} branches; use ROOT"
        )
    return columns[0]


def _read_npz(
    path: Path, shapes: Mapping[str, tuple[int, ...]], binding: EventsBinding, limit: int | None
) -> dict[str, HostValues]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            found = {name: _chosen(archive, _single(binding, name, path), path, archive.files) for name in shapes}
    except (OSError, ValueError) as error:
        raise EventsError(
            f"events file {path} is not a NumPy archive without pickles ({error}); write it again"
        ) from None
    except Exception as error:  # zipfile and zlib raise types of their own for a damaged archive
        if isinstance(error, EventsError):
            raise
        raise EventsError(f"events file {path} is damaged ({error}); write it again") from None
    return {name: array[:limit] for name, array in found.items()}


def _read_npy(
    path: Path, shapes: Mapping[str, tuple[int, ...]], binding: EventsBinding, limit: int | None
) -> dict[str, HostValues]:
    if len(shapes) != 1:
        raise EventsError(f"events file {path} holds one array, the model has {len(shapes)} inputs; use a .npz file")
    try:
        with path.open("rb") as file:
            array = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise EventsError(
            f"events file {path} is not a NumPy array without pickles ({error}); write it again"
        ) from None
    if array.ndim == 0:
        raise EventsError(f"events file {path} holds a single number; events need a first axis")
    (name,) = shapes
    return {name: array[:limit]}


def _read_hdf5(
    path: Path, shapes: Mapping[str, tuple[int, ...]], binding: EventsBinding, limit: int | None
) -> dict[str, HostValues]:
    h5py = _library("h5py")
    try:
        with h5py.File(path, "r") as file:
            datasets = [name for name in file if isinstance(file[name], h5py.Dataset)]
            return {name: _chosen(file, _single(binding, name, path), path, datasets)[:limit] for name in shapes}
    except OSError as error:
        raise EventsError(f"events file {path} is not HDF5 or damaged ({error})") from None


def _chosen(store: Any, column: str, path: Path, known: list[str]) -> HostValues:
    if column not in known:
        raise EventsError(f"events file {path} holds no array {column!r}; found {', '.join(known) or 'none'}")
    return np.asarray(store[column])


def _library(name: str) -> Any:
    try:
        return __import__(name)
    except ImportError:
        raise EventsError(f"reading this format needs {name}; pip install 'trigforge[events]'") from None


def _read_root(
    path: Path, shapes: Mapping[str, tuple[int, ...]], binding: EventsBinding, limit: int | None
) -> dict[str, HostValues]:
    uproot = _library("uproot")
    wanted = [column for name in shapes for column in binding.columns(name)]
    try:
        with uproot.open(path) as file:
            name = binding.tree or _only_tree(file, path)
            if name not in file:
                raise EventsError(
                    f"events file {path} holds no tree {name!r}; found {', '.join(file.keys(cycle=False))}"
                )
            tree = file[name]
            missing = [column for column in wanted if column not in tree.keys()]  # noqa: SIM118  (a tree is no mapping)
            if missing:
                raise EventsError(f"events file {path}: tree {name!r} has no branch {missing[0]!r}")
            arrays = tree.arrays(wanted, entry_stop=limit, library="ak")
    except EventsError:
        raise
    except Exception as error:  # uproot raises many types for damaged files
        raise EventsError(
            f"events file {path} cannot be read as ROOT ({type(error).__name__}); write it again"
        ) from None
    return {name: _stacked(name, [arrays[c] for c in binding.columns(name)], shape) for name, shape in shapes.items()}


def _only_tree(file: Any, path: Path) -> str:
    trees = [key for key, kind in file.classnames(cycle=False).items() if kind in ("TTree", "ROOT::RNTuple")]
    if len(trees) != 1:
        raise EventsError(f"events file {path} holds {len(trees)} trees ({', '.join(trees)}); name one with `tree`")
    return trees[0]


def _stacked(name: str, columns: list[Any], shape: tuple[int, ...]) -> HostValues:
    """Flat columns make ``(events, len(columns))``, jagged ones ``(events, length, len(columns))``."""
    awkward = _library("awkward")
    jagged = columns[0].ndim == 2
    if any(column.ndim != columns[0].ndim for column in columns) or columns[0].ndim > 2:
        raise EventsError(f"input {name!r}: branches are neither all flat nor all lists of numbers")
    if not jagged:
        values = np.stack([np.asarray(column) for column in columns], axis=-1)
    else:
        if not shape:
            raise EventsError(f"input {name!r} is one number an event, but its branch holds lists")
        length = shape[0]
        padded = (awkward.fill_none(awkward.pad_none(c, length, clip=True), 0, axis=-1) for c in columns)
        values = np.stack([awkward.to_numpy(column, allow_missing=False) for column in padded], axis=-1)
    if values.shape[1:] != shape and values.shape[-1] == 1 and values.shape[1:-1] == shape:
        values = values[..., 0]
    return values
