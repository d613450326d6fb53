"""The columns that a file of events holds, before anything is read from them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from trigforge.events.binding import EventsBinding
from trigforge.events.hdf5 import hdf5_datasets
from trigforge.events.numpy_files import npy_shape, npz_shapes
from trigforge.events.parquet import parquet_types
from trigforge.events.reader import check_readable
from trigforge.events.root import root_types

Length = int | None
"""the number of entries along an axis; None for lists of any length"""


@dataclass(frozen=True)
class FileColumn:
    """A column of numbers: its name, and the shape of one event in it."""

    name: str
    shape: tuple[Length, ...]


def list_columns(path: str | Path, tree: str | None = None) -> tuple[FileColumn, ...]:
    """The columns of numbers in a file, in its order; of ROOT files those of ``tree``, or of the only one.

    Raises ``EventsError`` as ``open_events`` does for a file that is missing, of another kind or damaged.
    """
    path = Path(path)
    check_readable(path)
    return tuple(FileColumn(name, shape) for name, shape in _LISTS[path.suffix.lower()](path, tree).items())


def _hdf5(path: Path, _: str | None) -> dict[str, tuple[Length, ...]]:
    return _arrays(hdf5_datasets(path))


def _npz(path: Path, _: str | None) -> dict[str, tuple[Length, ...]]:
    return _arrays(npz_shapes(path))


def _npy(path: Path, _: str | None) -> dict[str, tuple[Length, ...]]:
    return _arrays({path.stem: npy_shape(path)})


def _root(path: Path, tree: str | None) -> dict[str, tuple[Length, ...]]:
    return _numbers(root_types(path, EventsBinding(tree)), _of_cpp)


def _parquet(path: Path, _: str | None) -> dict[str, tuple[Length, ...]]:
    return _numbers(parquet_types(path), _of_arrow)


_LISTS: dict[str, Callable[[Path, str | None], dict[str, tuple[Length, ...]]]] = {
    ".npz": _npz,
    ".npy": _npy,
    ".h5": _hdf5,
    ".hdf5": _hdf5,
    ".root": _root,
    ".parquet": _parquet,
}


def _arrays(shapes: dict[str, tuple[int, ...]]) -> dict[str, tuple[Length, ...]]:
    """The shapes of one event; an array of a single number has no events."""
    return {name: shape[1:] for name, shape in shapes.items() if shape}


def _numbers(
    types: dict[str, str], shape_of: Callable[[str], tuple[Length, ...] | None]
) -> dict[str, tuple[Length, ...]]:
    found = {name: shape_of(kind) for name, kind in types.items()}
    return {name: shape for name, shape in found.items() if shape is not None}


_CPP_LIST = re.compile(r"(?:std::|ROOT::(?:VecOps::)?)?(?:vector|RVec|array)<(.*?)(?:, *(\d+))?>")
_CPP = re.compile(r"(std::)?(bool|float|double|char|(unsigned )?(short|int|long|char)|u?int(8|16|32|64)_t|U?Long64_t)")


def _of_cpp(kind: str) -> tuple[Length, ...] | None:
    """The shape of a branch of this type in C++; None for what holds no numbers."""
    outer: list[Length] = []
    while (inner := _CPP_LIST.fullmatch(kind.strip())) is not None:
        kind = inner[1]
        outer.append(int(inner[2]) if inner[2] else None)
    base, *sizes = kind.replace("]", "").split("[")
    lengths = tuple(int(size) if size else None for size in sizes)
    return (*outer, *lengths) if _CPP.fullmatch(base.strip()) else None


_ARROW_LIST = re.compile(r"(?:large_|fixed_size_)?list<\w+: (.*?)(?: not null)?>(?:\[(\d+)\])?")
_ARROW = re.compile(r"bool|u?int(8|16|32|64)|half_?float|float|double")


def _of_arrow(kind: str) -> tuple[Length, ...] | None:
    lengths: list[Length] = []
    while (inner := _ARROW_LIST.fullmatch(kind)) is not None:
        kind = inner[1]
        lengths.append(int(inner[2]) if inner[2] else None)
    return tuple(lengths) if _ARROW.fullmatch(kind) else None
