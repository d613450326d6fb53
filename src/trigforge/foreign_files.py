"""Files of others, damaged or hostile: exceptions of their readers as ours, and sizes to look at before reading."""

import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from trigforge.errors import EventsError, TrigforgeError

_SMALL = 2**28
"""bytes that any file may unpack to"""
_GROWTH = 200
"""Bytes of content for one in the file: physics data grow tenfold, zeros a thousandfold."""
_SHOWN = 300
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@contextmanager
def reading(refusal: Callable[[Exception], TrigforgeError]) -> Generator[None]:
    """Turn every exception of a reader into ``refusal`` of it; our own errors pass.

    Libraries raise any type at all for damaged files, ``MemoryError`` and ``RecursionError`` among them.
    """
    try:
        yield
    except TrigforgeError:
        raise
    except Exception as error:
        raise refusal(error) from None


def reason(error: Exception) -> str:
    """The text of an exception on one line, without colours, cut off where it is long; its class where it has none."""
    plain = _COLOUR.sub("", str(error))
    return " ".join(plain.split())[:_SHOWN].rstrip(".") or type(error).__name__


_PROBE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (4, 4))
try:
    import h5py
    def look(name, item):
        dict(item.attrs)
        if isinstance(item, h5py.Dataset) and item.size:
            item[(0,) * item.ndim] if item.nbytes > 2**26 else item[()]
    with h5py.File(sys.argv[1], "r") as file:
        look("/", file)
        file.visititems(look)
except Exception:
    pass
"""
_PROBE_SECONDS = 60


def check_hdf5(path: Path) -> None:
    """``ValueError`` for a damaged HDF5 file on which the library itself would end this process.

    A process of its own opens every object, attribute and array, of long ones one entry, in four seconds of a
    processor: damaged files can also hang the library. What it tells by an exception is left to the reader.
    """
    state = path.stat()
    if not _survives(str(path), state.st_mtime_ns, state.st_size):
        raise ValueError("its objects are damaged: the HDF5 library fails on them")


@lru_cache(maxsize=64)
def _survives(path: str, _changed: int, _size: int) -> bool:
    try:
        ended = subprocess.run(
            [sys.executable, "-c", _PROBE, path],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PROBE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return ended.returncode >= 0


def check_growth(where: str, unpacked: int, stored: int) -> None:
    """``EventsError`` where ``unpacked`` bytes cannot be meant to stand in ``stored`` bytes of a file."""
    if unpacked > max(_SMALL, _GROWTH * stored):
        raise EventsError(
            f"{where}: {stored / 1e6:,.1f} MB unpack to {unpacked / 1e6:,.0f} MB, more than {_GROWTH} times as much; "
            "store it uncompressed if it is meant"
        )


def check_size(unpacked: int) -> None:
    """``ValueError`` where ``unpacked`` bytes are more than any model has."""
    if unpacked > _SMALL:
        raise ValueError(f"{unpacked / 1e6:,.0f} MB of content, at most {_SMALL / 1e6:,.0f} are read")


def unpacked_size(archive: zipfile.ZipFile) -> int:
    """The bytes of all members of an archive by its directory, beyond which ``zipfile`` reads none of them."""
    return sum(member.file_size for member in archive.infolist())
