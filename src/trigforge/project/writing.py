"""Writing a project: only files that changed, each whole or not at all, the manifest last."""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from trigforge.errors import ProjectError
from trigforge.files import replacing
from trigforge.project.value import Project

MANIFEST = ".trigforge-manifest.json"
_BESIDE = ".trigforge-new"


P = TypeVar("P", bound=Project, covariant=True)


@dataclass(frozen=True)
class WrittenProject(Generic[P]):
    """A project and the directory that holds exactly its files (and whatever else others put there)."""

    project: P
    directory: Path


def write(project: P, directory: Path) -> WrittenProject[P]:
    """Bring ``directory`` to the state of ``project``.

    Files that already hold the right text keep their time stamps; files of an earlier generation that are no longer
    part of it are removed; files of others are left alone. Every file is written beside its place and renamed, and the
    manifest names all of them before the first is touched, so that after an interruption the next call cleans up.
    Raises ``ProjectError`` where the directory cannot be written.
    """
    try:
        _write(project, directory)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ProjectError(
            f"project directory {directory}: {reason}; make it writable, free space or choose another directory"
        ) from None
    return WrittenProject(project, directory)


def _write(project: Project, directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    _, _, earlier = _read_manifest(directory)
    stale = earlier - project.files.keys()
    contents = {path: text.encode() for path, text in project.files.items()}
    changed = [path for path, content in contents.items() if not _holds(directory / path, content)]
    if not changed and not stale and _read_manifest(directory)[:2] == (True, project.digest):
        return
    for path in earlier | project.files.keys():
        _beside(directory / path).unlink(missing_ok=True)
    _write_manifest(directory, False, project.digest, stale | project.files.keys())
    for path in changed:
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        _replace(directory / path, contents[path])
    for path in stale:
        (directory / path).unlink(missing_ok=True)
        _remove_empty(directory, (directory / path).parent)
    _write_manifest(directory, True, project.digest, set(project.files))


def remove(project: Project, directory: Path, made: Iterable[str] = ()) -> None:
    """Take the files of ``project`` out of ``directory``, and what matches the patterns ``made`` of relative paths.

    Folders that are empty then go too, ``directory`` itself among them; what cannot be removed stays.
    """
    matching = (path for pattern in made for path in directory.glob(pattern))
    own = [directory / path for path in (*project.files, MANIFEST)]
    for path in [*matching, *own, *(_beside(path) for path in own)]:
        with suppress(OSError):
            path.unlink(missing_ok=True)
            _remove_empty(directory, path.parent)
    with suppress(OSError):
        directory.rmdir()


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except (FileNotFoundError, NotADirectoryError):
        return False


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}{_BESIDE}")


def _replace(path: Path, content: bytes) -> None:
    with replacing(path, _beside(path)) as place:
        place.write_bytes(content)


def _remove_empty(top: Path, folder: Path) -> None:
    while folder != top and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _read_manifest(directory: Path) -> tuple[bool, str, set[str]]:
    """``(finished, digest of the project, paths)`` of a manifest; nothing for one that is not ours."""
    try:
        manifest = cast(dict[str, Any], json.loads((directory / MANIFEST).read_text(encoding="utf-8")))
        return bool(manifest["complete"]), str(manifest["digest"]), {str(path) for path in manifest["files"]}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return False, "", set()


def _write_manifest(directory: Path, complete: bool, digest: str, paths: set[str]) -> None:
    manifest = {"complete": complete, "digest": digest, "files": sorted(paths)}
    _replace(directory / MANIFEST, (json.dumps(manifest, indent=1) + "\n").encode())
