"""Files are replaced whole or not at all; hand-written folders are found in a checkout and in an installed package."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

from trigforge import files
from trigforge.errors import ProjectError
from trigforge.files import hand_written, locked, replacing, save_output, write_whole


def test_a_file_is_replaced_and_nothing_stays_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.txt"
    write_whole(path, "µ\n")
    assert path.read_bytes() == "µ\n".encode()
    write_whole(path, b"\xff")
    assert path.read_bytes() == b"\xff"
    with replacing(path) as place:
        assert place.suffix == ".txt" and place.parent == path.parent, "writers choose a format by the suffix"
        place.write_text("new")
        assert path.read_bytes() == b"\xff"
    assert path.read_text() == "new" and list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("interruption", [OSError("full"), KeyboardInterrupt(), ValueError()])
def test_an_error_leaves_the_file_as_it_was(tmp_path: Path, interruption: BaseException) -> None:
    path, elsewhere = tmp_path / "a.txt", tmp_path / "unfinished"
    path.write_text("old")
    for unfinished in (None, elsewhere):
        with pytest.raises(type(interruption)), replacing(path, unfinished) as place:
            place.write_text("half")
            raise interruption
        assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_folder_that_refuses(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "report.json"
    with pytest.raises(ProjectError) as error:
        save_output(path, "{}")
    assert str(error.value) == f"cannot write {path}: File exists; choose another folder with --out"


def test_an_installed_package_carries_the_hand_written_folders(repository: Path) -> None:
    build = tomllib.loads((repository / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    carried = build["targets"]["wheel"]["force-include"]
    folders = [f"firmware/{name}" for name in ("cells", "shell", "testbench", "simulation")]
    for folder in (*folders, "hls/kernels", "hls/bridge"):
        assert carried[folder] == f"trigforge/{folder}"
        assert hand_written(folder) == repository / folder


def test_a_package_that_is_installed_has_them_inside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "trigforge"
    (package / "firmware" / "cells").mkdir(parents=True)
    monkeypatch.setattr(files, "__file__", str(package / "files.py"))
    assert hand_written("firmware/cells") == package / "firmware" / "cells"
    message = "firmware/shell of trigforge is missing from this installation; install it again"
    with pytest.raises(ProjectError, match=f"^{message}$"):
        hand_written("firmware/shell")


HOLDER = """
import sys, time
from pathlib import Path
from trigforge.files import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_folder_is_for_one_process_until_it_ends_or_dies(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "folder"
    with subprocess.Popen([sys.executable, "-c", HOLDER, folder], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"

        def refuse() -> NoReturn:
            raise ProjectError("busy")

        with pytest.raises(ProjectError, match=r"^busy$"), locked(folder, refuse):
            pass
        told: list[str] = []

        @contextmanager
        def waiting() -> Generator[None]:
            told.append("waits")
            os.kill(holder.pid, signal.SIGKILL)
            yield

        with locked(folder, waiting):
            assert told == ["waits"] and holder.wait() == -signal.SIGKILL
    with locked(folder, refuse):
        assert not list(folder.iterdir())
