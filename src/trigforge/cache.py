"""The cache: finished pieces that many runs share, each a folder under the digest of all that made it.

No process waits for another: a piece is made aside and appears whole, and of two that make the same one the first wins.
A piece bears a seal, the digests of its files; one that is damaged is made anew.
"""

import atexit
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TypeVar

from trigforge.errors import ProjectError, TrigforgeError

T = TypeVar("T")

MOST_BYTES = 1 << 30
"""the size to which each kind of piece is cut, oldest first"""
KINDS = ("adders", "graphs", "kernels", "optimized", "projects", "results", "simulations", "stages", "timings")
_UNFINISHED = "making-"
_OWN = "trigforge_cache_"
_ABANDONED_S = 86400.0
_SEAL = ".seal"
_PROVED = ("adders", "optimized")
"""kinds whose pieces are proved whenever they are read"""
_made_anew: ContextVar[set[Path] | None] = ContextVar("_made_anew", default=None)


@dataclass(frozen=True)
class KindSize:
    """The pieces of one kind: how many, and how many bytes in all."""

    kind: str
    pieces: int
    size: int


def root() -> Path:
    """The folder: ``TRIGFORGE_CACHE``, else ``trigforge`` under ``XDG_CACHE_HOME`` or ``~/.cache``.

    One of the process's own where that cannot be written, as on many batch nodes.
    """
    chosen = os.environ.get("TRIGFORGE_CACHE")
    with suppress(OSError, RuntimeError):  # RuntimeError: nobody's home
        folder = Path(chosen or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "trigforge").expanduser()
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK | os.X_OK):
            return folder.resolve()
    return _own_root()


def lasts() -> bool:
    """False where the folder is the process's own, and is gone with it."""
    return not root().name.startswith(_OWN)


@cache
def _own_root() -> Path:
    folder = tempfile.mkdtemp(prefix=_OWN)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def place(kind: str, *made_of: bytes | str) -> Path:
    """The folder of the piece of a kind (one of ``KINDS``) that is made of these contents."""
    return root() / kind / digest_of(*made_of)[:32]


def found(piece: Path) -> bool:
    """True for a piece that is there, undamaged; it counts as used just now."""
    made = _made_anew.get()
    if made is not None and piece not in made and piece.parent.name not in _PROVED:
        return False
    with suppress(OSError):
        os.utime(piece)
        return not is_sealed(piece) or (piece / _SEAL).read_bytes() == _seal(piece)
    return False


def is_sealed(piece: Path) -> bool:
    """False for a piece of a version that did not seal."""
    return (piece / _SEAL).exists()


def _seal(folder: Path) -> bytes:
    """The names of all files of a folder with their digests."""
    files = sorted(path for path in folder.iterdir() if path.name != _SEAL and path.is_file())
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.name}\n" for path in files).encode()


@contextmanager
def anew(asked: bool = True) -> Generator[None]:
    """Nothing that was kept before is found, unless it is proved whenever it is read, as adder graphs are; what is made
    meanwhile takes its place. Changes nothing if not ``asked``."""
    token = _made_anew.set(set()) if asked else None
    try:
        yield
    finally:
        if token is not None:
            _made_anew.reset(token)


def kept(piece: Path, make: Callable[[Path, Path], object]) -> Path:
    """``piece``, a folder: as it is, else with the files that ``make(scratch, result)`` leaves in ``result``.

    ``scratch`` is a folder for its work. Afterwards the folder of the kind is cut to its size. Raises ``ProjectError``
    where the folder cannot be written.
    """
    if not found(piece):
        with workshop(piece.parent) as scratch:
            result = scratch / "result"
            result.mkdir()
            make(scratch, result)
            put(result, piece)
        cut(piece.parent)
    return piece


def remembered(
    piece: Path,
    load: Callable[[Path], T],
    make: Callable[[], T],
    save: Callable[[T, Path], object],
    worth: Callable[[T], bool] = lambda value: True,
) -> T:
    """A value: as ``load`` reads it from ``piece``, else as ``make`` gives it and ``save(value, folder)`` keeps it.

    A damaged piece, for which ``load`` raises a ``TrigforgeError``, is made anew; where nothing can be written, nothing
    is kept. Nor is a value that is not ``worth`` it, and no earlier one outlives that.
    """
    if found(piece):
        with suppress(TrigforgeError, OSError):
            return load(piece)
        shutil.rmtree(piece, ignore_errors=True)
    value = make()
    if not worth(value):
        shutil.rmtree(piece, ignore_errors=True)
        return value
    with suppress(TrigforgeError):
        kept(piece, lambda _, result: save(value, result))
    return value


@contextmanager
def workshop(folder: Path) -> Generator[Path]:
    """A folder in which to make pieces of ``folder``, gone at the end.

    Raises ``ProjectError`` where files cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=_UNFINISHED, ignore_cleanup_errors=True) as scratch:
            yield Path(scratch).resolve()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise ProjectError(
            f"cache folder {folder}: {reason}; free space, make it writable or set TRIGFORGE_CACHE to another one"
        ) from None


def put(result: Path, piece: Path) -> None:
    """Seal a finished folder and bring it to its place; what another process brought there before stays, unless it is
    damaged."""
    (result / _SEAL).write_bytes(_seal(result))
    try:
        result.rename(piece)
    except OSError:
        if not piece.is_dir():
            raise
        if not found(piece):
            _replace(result, piece)
    made = _made_anew.get()
    if made is not None:
        made.add(piece)


def _replace(result: Path, piece: Path) -> None:
    """Bring a folder to a place that is taken; of two processes that do so at once the first wins."""
    with suppress(OSError):
        piece.rename(result.with_name(f"{result.name}-replaced"))
    try:
        result.rename(piece)
    except OSError:
        if not piece.is_dir():
            raise


def add(piece: Path, name: str, text: str) -> None:
    """Bring one file more into a piece, whole; it replaces one of the same name.

    Afterwards the folder of the kind is cut to its size. Raises ``ProjectError`` where the folder cannot be written.
    """
    with workshop(piece.parent) as scratch:
        new = scratch / name
        new.write_text(text, encoding="utf-8")
        piece.mkdir(exist_ok=True)
        new.replace(piece / name)
    cut(piece.parent)


def installed(*packages: str) -> dict[str, str]:
    """The versions of those distributions that are installed; what they made is another piece with another version."""
    found: dict[str, str] = {}
    for package in packages:
        with suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package)
    return found


def digest_of(*contents: bytes | str) -> str:
    """The SHA-256 of several contents, in hexadecimal."""
    found = hashlib.sha256()
    for content in contents:
        data = content.encode() if isinstance(content, str) else content
        found.update(len(data).to_bytes(8, "big") + data)
    return found.hexdigest()


@cache
def digest_of_rooms(*rooms: str) -> str:
    """The digest of the package's own files in some rooms: a piece that other code made is another piece."""
    package = Path(__file__).parent
    files = [path for room in rooms for path in sorted((package / room).rglob("*"))]
    texts = [path for path in files if path.is_file() and path.suffix != ".pyc"]
    return digest_of(*(part for path in texts for part in (str(path.relative_to(package)), path.read_bytes())))


def sizes() -> Iterator[KindSize]:
    """The pieces that are kept, by kind."""
    for kind in KINDS:
        pieces = _pieces(root() / kind)
        yield KindSize(kind, len(pieces), sum(size for _, size, _ in pieces))


def clear() -> None:
    """Remove every piece."""
    for kind in KINDS:
        shutil.rmtree(root() / kind, ignore_errors=True)


def cut(folder: Path, most_bytes: int = MOST_BYTES) -> None:
    """Remove the pieces in ``folder`` that have not been used for longest, until the rest fits, and what processes that
    were killed a day ago left unfinished."""
    pieces = _pieces(folder)
    total = sum(size for _, size, _ in pieces)
    for _, size, path in pieces:
        if total <= most_bytes:
            break
        shutil.rmtree(path, ignore_errors=True)
        total -= size
    for path in folder.glob(f"{_UNFINISHED}*"):
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - _ABANDONED_S:
                shutil.rmtree(path, ignore_errors=True)


def _pieces(folder: Path) -> list[tuple[float, int, Path]]:
    """Time of last use, size and folder of each piece, oldest first."""
    pieces: list[tuple[float, int, Path]] = []
    with suppress(OSError):
        for path in folder.iterdir():
            with suppress(OSError):
                if not path.name.startswith(_UNFINISHED):
                    pieces.append((path.stat().st_mtime, sum(file.stat().st_size for file in path.iterdir()), path))
    return sorted(pieces)
