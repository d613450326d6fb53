"""The cache: finished pieces that many runs share, each under the digest of all that made it, in one bounded folder."""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MOST_BYTES = 1 << 30
"""the size to which each kind of piece is cut, oldest first"""
KINDS = ("graphs", "kernels")


@dataclass(frozen=True)
class KindSize:
    """The pieces of one kind: how many files, and how many bytes in all."""

    kind: str
    files: int
    size: int


def root() -> Path:
    """The folder: ``TRIGFORGE_CACHE``, else ``trigforge`` under ``XDG_CACHE_HOME`` or ``~/.cache``."""
    chosen = os.environ.get("TRIGFORGE_CACHE")
    return Path(chosen) if chosen else Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "trigforge"


def digest_of(*contents: bytes | str) -> str:
    """The name of a piece: the SHA-256 of everything that it was made of, in hexadecimal."""
    found = hashlib.sha256()
    for content in contents:
        data = content.encode() if isinstance(content, str) else content
        found.update(len(data).to_bytes(8, "big") + data)
    return found.hexdigest()


@cache
def digest_of_rooms(rooms: tuple[str, ...]) -> str:
    """The digest of the package's own source in some rooms: a piece that other code made is another piece."""
    package = Path(__file__).parent
    files = [path for room in rooms for path in sorted((package / room).rglob("*.py"))]
    return digest_of(*(part for path in files for part in (str(path.relative_to(package)), path.read_bytes())))


def sizes() -> Iterator[KindSize]:
    """The pieces that are kept, by kind."""
    for kind in KINDS:
        found = _files(root() / kind)
        yield KindSize(kind, len(found), sum(size for _, size, _ in found))


def clear() -> None:
    """Remove every piece."""
    for kind in KINDS:
        shutil.rmtree(root() / kind, ignore_errors=True)


def cut(kind: str, most_bytes: int = MOST_BYTES) -> None:
    """Remove the pieces of a kind that have not been used for longest, until the rest fits."""
    found = _files(root() / kind)
    total = sum(size for _, size, _ in found)
    for _, size, path in found:
        if total <= most_bytes:
            return
        with suppress(OSError):
            path.unlink()
        total -= size


def used(paths: Iterable[Path]) -> None:
    """Note that pieces were used just now."""
    for path in paths:
        with suppress(OSError):
            os.utime(path)


def _files(folder: Path) -> list[tuple[float, int, Path]]:
    """Time of last use, size and path of each file, oldest first."""
    found: list[tuple[float, int, Path]] = []
    with suppress(OSError):
        for path in folder.iterdir():
            with suppress(OSError):
                status = path.stat()
                if path.is_file():
                    found.append((status.st_mtime, status.st_size, path))
    return sorted(found)
