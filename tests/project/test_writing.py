"""Projects as values, and writing them: only what changed, whole or not at all, and nothing left behind."""

import errno
import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from trigforge.errors import ProjectError
from trigforge.project import HlsProject, SimulationInterface, WrittenProject, remove, write
from trigforge.project.writing import MANIFEST

FILES = {"firmware/top.cpp": "int top;\n", "firmware/weights/w2.h": "1, 2\n", "project.tcl": "set part x\n"}
INTERFACE = SimulationInterface(("firmware/top.cpp",), (".",), "entry", (), (), ())


def _project(files: Mapping[str, str] = FILES, library: frozenset[str] = frozenset()) -> HlsProject:
    return HlsProject("jets", files, library, "trigforge_jets_v1", "jets_v1", INTERFACE)


def _tree(directory: Path) -> dict[str, str]:
    return {str(path.relative_to(directory)): path.read_text() for path in directory.rglob("*") if path.is_file()}


def _without_manifest(directory: Path) -> dict[str, str]:
    return {path: text for path, text in _tree(directory).items() if path != MANIFEST}


def is_complete(written: WrittenProject[HlsProject]) -> bool:
    """Whether the manifest says that all of this project's files are there."""
    manifest = json.loads((written.directory / MANIFEST).read_text())
    return manifest["complete"] is True and manifest["digest"] == written.project.digest


def test_the_digest_depends_on_paths_and_texts_alone() -> None:
    assert _project().digest == _project(dict(reversed(FILES.items()))).digest
    assert _project({**FILES, "project.tcl": "set part y\n"}).digest != _project().digest
    assert _project({**FILES, "more": ""}).digest != _project().digest
    # A boundary between path and text that moves is another project.
    assert _project({"a": "bc"}).digest != _project({"ab": "c"}).digest
    library = frozenset({"project.tcl"})
    changed = {**FILES, "firmware/top.cpp": "int other;\n"}
    assert _project(library=library).library_digest == _project(changed, library).library_digest


@pytest.mark.parametrize("path", ["/etc/passwd", "../outside", "a/../../b", "", ".", "a//b", "a/"])
def test_paths_that_leave_the_project_are_refused(path: str) -> None:
    with pytest.raises(ProjectError) as error:
        _project({path: "text"})
    assert str(error.value) == f"project 'jets': {path!r} is not a plain relative path"


def test_a_library_file_must_be_among_the_files() -> None:
    with pytest.raises(ProjectError) as error:
        _project(library=frozenset({"firmware/ap_int.h"}))
    assert str(error.value) == "project 'jets': library file 'firmware/ap_int.h' is not among its files"


def test_write_then_write_again_touches_nothing(tmp_path: Path) -> None:
    written = write(_project(), tmp_path / "new" / "hls")
    assert _without_manifest(written.directory) == FILES
    assert is_complete(written)
    for path in written.directory.rglob("*"):
        os.utime(path, ns=(7, 7))
    write(_project(), written.directory)
    assert {path.stat().st_mtime_ns for path in written.directory.rglob("*")} == {7}


def test_only_what_changed_is_written_and_stale_files_go(tmp_path: Path) -> None:
    write(_project(), tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    os.utime(tmp_path / "project.tcl", ns=(7, 7))
    files = {"project.tcl": FILES["project.tcl"], "firmware/top.cpp": "int changed;\n"}
    write(_project(files), tmp_path)
    assert _without_manifest(tmp_path) == {**files, "notes.txt": "mine"}
    assert (tmp_path / "project.tcl").stat().st_mtime_ns == 7
    assert not (tmp_path / "firmware" / "weights").exists()


def test_a_file_that_somebody_changed_or_removed_is_written_again(tmp_path: Path) -> None:
    write(_project(), tmp_path)
    (tmp_path / "project.tcl").write_text("set part z\n")
    (tmp_path / "firmware" / "top.cpp").unlink()
    write(_project(), tmp_path)
    assert _without_manifest(tmp_path) == FILES


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))])
@pytest.mark.parametrize("after", range(5))
def test_an_interrupted_write_leaves_whole_files_and_the_next_one_cleans_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException, after: int
) -> None:
    write(_project({"old.h": "old\n", "project.tcl": "old\n"}), tmp_path)
    replace, calls = os.replace, 0

    def failing(source: Path, target: Path) -> None:
        nonlocal calls
        calls += 1
        if calls > after:
            raise failure
        replace(source, target)

    monkeypatch.setattr(os, "replace", failing)
    expected = ProjectError if isinstance(failure, OSError) else KeyboardInterrupt
    with pytest.raises(expected) as error:
        write(_project(), tmp_path)
    if expected is ProjectError:
        assert str(error.value) == (
            f"project directory {tmp_path}: No space left on device; "
            "make it writable, free space or choose another directory"
        )
    allowed = {*FILES.values(), "old\n"}
    assert set(_without_manifest(tmp_path).values()) <= allowed
    monkeypatch.undo()
    if after:
        later = {"firmware/top.cpp": FILES["firmware/top.cpp"]}
        write(_project(later), tmp_path)
        assert _without_manifest(tmp_path) == later
    assert is_complete(write(_project(), tmp_path))
    assert _without_manifest(tmp_path) == FILES


def test_a_killed_write_leaves_nothing_behind_after_the_next(tmp_path: Path) -> None:
    write(_project(), tmp_path)
    (tmp_path / "firmware" / ".top.cpp.trigforge-new").write_text("hal")
    (tmp_path / "project.tcl").unlink()
    write(_project(), tmp_path)
    assert _without_manifest(tmp_path) == FILES


def test_removing_a_project_leaves_what_others_put_there(tmp_path: Path) -> None:
    written = write(_project(), tmp_path / "hls")
    (written.directory / "build").mkdir()
    (written.directory / "build" / "a.o").write_text("")
    remove(written.project, written.directory, ("build/*.o",))
    assert list(tmp_path.iterdir()) == []
    remove(written.project, written.directory)
    write(_project(), written.directory)
    (written.directory / "notes.txt").write_text("mine")
    remove(written.project, written.directory)
    assert [path.name for path in written.directory.rglob("*")] == ["notes.txt"]


def test_a_path_that_is_a_file_is_refused(tmp_path: Path) -> None:
    blocked = tmp_path / "hls"
    blocked.write_text("not a directory")
    with pytest.raises(ProjectError) as error:
        write(_project(), blocked)
    assert str(error.value) == (
        f"project directory {blocked}: File exists; make it writable, free space or choose another directory"
    )
    assert blocked.read_text() == "not a directory"


def test_a_directory_that_cannot_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ProjectError) as error:
        write(_project(), tmp_path / "hls")
    assert str(error.value) == (
        f"project directory {tmp_path / 'hls'}: Permission denied; "
        "make it writable, free space or choose another directory"
    )
    monkeypatch.undo()
    assert _tree(tmp_path) == {}
