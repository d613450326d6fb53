"""``.npy`` and ``.npz``, read and written block by block; pickles are never opened."""

import math
import zipfile
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from trigforge.errors import EventsError
from trigforge.events.arrays import open_arrays
from trigforge.events.binding import EventsBinding, HostValues, OpenEvents, Shapes
from trigforge.events.table import EventsTable, blocks
from trigforge.foreign_files import check_growth, reading, reason

_EPOCH = (1980, 1, 1, 0, 0, 0)


class StoredArray:
    """An array in NumPy's format behind an open file; ``[start:stop]`` reads only that."""

    def __init__(self, file: IO[bytes], bytes_behind: Callable[[], int]) -> None:
        self.shape, fortran_order, self.dtype = _header(file)
        if self.dtype.hasobject:
            raise ValueError("Object arrays cannot be loaded")
        if min(self.shape, default=0) < 0 or not self.dtype.itemsize:
            raise ValueError(f"an array of shape {self.shape} and dtype {self.dtype} holds no numbers")
        self._file, self._begin = file, file.tell()
        self._row = math.prod(self.shape[1:]) * self.dtype.itemsize
        found, wanted = bytes_behind() - self._begin, math.prod(self.shape) * self.dtype.itemsize
        if found < wanted:
            raise ValueError(f"cut short: {found} of {wanted} bytes")
        # Columns first: no event stands in one piece, so this one is read whole.
        self._whole = self._read(self.shape[::-1], wanted).T if fortran_order and len(self.shape) > 1 else None

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, events: slice) -> HostValues:
        start, stop, _ = events.indices(len(self))
        if self._whole is not None:
            return self._whole[start:stop]
        self._file.seek(self._begin + start * self._row)
        return self._read((stop - start, *self.shape[1:]), (stop - start) * self._row)

    def _read(self, shape: tuple[int, ...], size: int) -> HostValues:
        data = self._file.read(size)
        if len(data) != size:
            raise ValueError("cut short")
        return np.frombuffer(data, dtype=self.dtype).reshape(shape)


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(file)
    return np.lib.format.read_array_header_2_0(file)


def _reading(path: Path, kind: str) -> AbstractContextManager[None]:
    return reading(
        lambda error: EventsError(
            f"events file {path} is not a NumPy {kind} without pickles ({reason(error)}); write it again"
        )
    )


def npz_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """The shape of each array in an archive, events first."""
    found: dict[str, tuple[int, ...]] = {}
    with _reading(path, "archive"), zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.filename.endswith(".npy"):
                with archive.open(member) as file:
                    found[member.filename.removesuffix(".npy")] = _header(file)[0]
    return found


def npy_shape(path: Path) -> tuple[int, ...]:
    """The shape of an array, events first."""
    with _reading(path, "array"), path.open("rb") as file:
        return _header(file)[0]


@contextmanager
def open_npz(path: Path, shapes: Shapes, binding: EventsBinding) -> Generator[OpenEvents, None, None]:
    """See ``reader.open_events``."""
    with ExitStack() as stack:
        with _reading(path, "archive"):
            archive = stack.enter_context(zipfile.ZipFile(stack.enter_context(path.open("rb"))))
        members = {name.removesuffix(".npy"): name for name in archive.namelist()}

        def find(column: str) -> StoredArray:
            member = archive.getinfo(members[column])
            check_growth(f"events file {path}: {column!r}", member.file_size, member.compress_size)
            return StoredArray(stack.enter_context(archive.open(member)), lambda: member.file_size)

        yield open_arrays(path, shapes, binding, tuple(members), find)


@contextmanager
def open_npy(path: Path, shapes: Shapes, binding: EventsBinding) -> Generator[OpenEvents, None, None]:
    """See ``reader.open_events``; the file must hold the only input there is."""
    if len(shapes) != 1:
        raise EventsError(f"events file {path} holds one array, the model has {len(shapes)} inputs; use a .npz file")
    (name,) = shapes
    with path.open("rb") as file:
        with _reading(path, "array"):
            array = StoredArray(file, lambda: path.stat().st_size)
        if not array.shape:
            raise EventsError(f"events file {path} holds a single number; events need a first axis")
        yield open_arrays(path, shapes, EventsBinding(), (name,), lambda column: array)


def write_npz(path: Path, table: EventsTable, progress: Callable[[int], None]) -> None:
    """One array a column, column after column, uncompressed; equal tables give equal bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for column in table.columns:
            member = zipfile.ZipInfo(f"{column.name}.npy", date_time=_EPOCH)
            with archive.open(member, "w", force_zip64=True) as file:
                layout = {
                    "descr": np.lib.format.dtype_to_descr(column.dtype),
                    "fortran_order": False,
                    "shape": (table.events, *column.shape),
                }
                np.lib.format.write_array_header_1_0(cast(Any, file), layout)
                for start, stop in blocks(table):
                    file.write(np.ascontiguousarray(table.read(column.name, start, stop)).tobytes())
                    if column is table.columns[-1]:
                        progress(stop - start)
        archive.writestr(zipfile.ZipInfo("trigforge.json", date_time=_EPOCH), table.provenance)
