"""Files that are replaced whole or not at all, folders for one process at a time, and the hand-written folders that the
package carries."""

import fcntl
import os
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path

from trigforge.errors import ProjectError

LOCK = ".trigforge-lock"
"""the file that is locked in the place of a folder, on file systems that lock files alone"""


@contextmanager
def locked(folder: Path, waiting: Callable[[], AbstractContextManager[object]] = nullcontext) -> Generator[None]:
    """The folder, made where it is missing, for one process at a time; the lock ends with the process.

    ``waiting`` is entered while another holds the folder, unless it raises. Nobody waits on a file system without
    locks. Raises ``OSError`` for a folder that cannot be made or read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        lock = os.open(folder, os.O_RDONLY)
        stack.callback(os.close, lock)
        taken = _taken(lock)
        if taken is None:
            lock = stack.enter_context((folder / LOCK).open("w")).fileno()
            taken = _taken(lock)
        if taken is False:
            with waiting(), suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _taken(lock: int) -> bool | None:
    """True once this process holds the lock, False while another does, None where it cannot be locked."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


@contextmanager
def replacing(path: Path, unfinished: Path | None = None) -> Generator[Path, None, None]:
    """The place at which to write what becomes ``path``: a hidden file beside it, or ``unfinished`` on the same disk.

    At the end it takes the name ``path``. On any error it is removed, and ``path`` stays as it was.
    """
    place = unfinished or path.with_name(f".new-{os.getpid()}-{path.name}")
    try:
        yield place
        os.replace(place, path)
    except BaseException:
        with suppress(OSError):
            place.unlink(missing_ok=True)
        raise


def write_whole(path: Path, content: str | bytes) -> None:
    """Bring ``content`` (text as UTF-8) to the disk as ``path``, in a folder that is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as place, place.open("wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())


def save_output(path: Path, text: str) -> None:
    """``write_whole`` for a file of an output directory; ``ProjectError`` where it cannot be written."""
    try:
        write_whole(path, text)
    except OSError as error:
        raise ProjectError(f"cannot write {path}: {error.strerror}; choose another folder with --out") from None


def hand_written(folder: str) -> Path:
    """A folder or file outside of the code, such as ``hls/kernels``: inside the package where that is installed, at the
    top of a checkout; ``ProjectError`` where it is in neither place."""
    package = Path(__file__).resolve().parent
    for top in (package, package.parents[1]):
        if (top / folder).exists():
            return top / folder
    raise ProjectError(f"{folder} of trigforge is missing from this installation; install it again")
