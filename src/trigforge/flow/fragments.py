"""Fragments: results of partitions in a hidden folder beside the output, until all are there and become one file."""

import shutil
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np

from trigforge.errors import EventsError
from trigforge.files import LOCK, locked, replacing
from trigforge.flow.engines import Outputs
from trigforge.flow.partitions import Partition


@dataclass(frozen=True)
class Fragments:
    """The parts of one output file; a part is there whole or not at all."""

    folder: Path

    def has(self, partition: Partition) -> bool:
        """True if the part was finished, now or in an earlier run."""
        return self._path(partition).is_file()

    def save(self, partition: Partition, outputs: Outputs) -> None:
        """Keep a part; ``EventsError`` where the disk refuses."""
        try:
            with replacing(self._path(partition)) as place, place.open("wb") as file:
                for mantissas in outputs.values():
                    np.save(file, mantissas, allow_pickle=False)
        except OSError as error:
            raise refused(self.folder, error) from None

    def load(self, partition: Partition, names: Sequence[str]) -> Outputs:
        """A part as it was saved; ``EventsError`` where it is damaged."""
        path = self._path(partition)
        try:
            with path.open("rb") as file:
                found = {name: np.load(file, allow_pickle=False) for name in names}
        except (OSError, ValueError, EOFError):
            found = {}
        if any(len(mantissas) != partition.stop - partition.start for mantissas in found.values()) or not found:
            path.unlink(missing_ok=True)
            raise EventsError(f"part {path} is damaged and was removed; run the same command again")
        return found

    def finish(self, partitions: Sequence[Partition]) -> None:
        """The output is complete: its parts go, and that it is complete stays."""
        (self.folder / _COMPLETE).write_text(_joined(partitions), encoding="utf-8")
        for path in self.folder.glob("*.part"):
            path.unlink()

    def keep_only(self, partitions: Sequence[Partition]) -> None:
        """Remove parts of other models, of other events, and of interrupted writes."""
        wanted = {LOCK, *(self._path(partition).name for partition in partitions)}
        for path in self.folder.iterdir():
            if path.name not in wanted:
                path.unlink()

    def _path(self, partition: Partition) -> Path:
        return self.folder / f"{partition.key}.part"


_COMPLETE = "complete"


def is_complete(out: Path, partitions: Sequence[Partition]) -> bool:
    """True if ``out`` was finished from just these partitions by a run that stopped before all its outputs were."""
    marker = _folder(out) / _COMPLETE
    return out.exists() and marker.is_file() and marker.read_text(encoding="utf-8") == _joined(partitions)


@contextmanager
def fragments_of(out: Path, *, fresh: bool) -> Generator[Fragments, None, None]:
    """The hidden folder ``.NAME.parts`` beside ``out``, with what an earlier run left there unless ``fresh``.

    If the run ends early, it stays where there are parts in it. Raises ``EventsError`` where it cannot be made or
    another run holds it.
    """
    folder = _folder(out)

    def busy() -> NoReturn:
        raise EventsError(f"output {out} is being written by another run; wait for it or stop it")

    with ExitStack() as stack:
        try:
            stack.enter_context(locked(folder, busy))
        except OSError as error:
            raise refused(out, error) from None
        parts = Fragments(folder)
        if fresh:
            parts.keep_only(())
        try:
            yield parts
        finally:
            if not any(folder.glob("*.part")) and not (folder / _COMPLETE).exists():
                shutil.rmtree(folder, ignore_errors=True)


def forget(out: Path) -> None:
    """All outputs of the run are complete: the hidden folder goes."""
    shutil.rmtree(_folder(out), ignore_errors=True)


def _folder(out: Path) -> Path:
    return out.parent / f".{out.name}.parts"


def _joined(partitions: Sequence[Partition]) -> str:
    return "\n".join(partition.key for partition in partitions)


def refused(path: Path, error: OSError) -> EventsError:
    """The error for a disk that is full or closed to us."""
    return EventsError(f"output {path}: {error.strerror or error}; parts that are finished stay, run again")
