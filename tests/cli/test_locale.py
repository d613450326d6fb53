"""Every locale gives the same files, and a terminal that knows few characters is no reason to stop."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.small_graph import SMALL
from trigforge.graph import save_graph

_ODD = {
    "ascii": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "latin 1": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "iso-8859-1"},
    "utf 8": {"LC_ALL": "C.UTF-8"},
}


def _built(folder: Path, variables: dict[str, str]) -> dict[str, bytes]:
    folder.mkdir()
    save_graph(SMALL, folder / "small.json")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))}
    command = [sys.executable, "-m", "trigforge.cli", "synth", "small.json", "--out", "made"]
    done = subprocess.run(command, cwd=folder, env=clean | variables, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    assert b"0 mismatches" in done.stdout and b"Traceback" not in done.stderr
    made = [path for path in sorted((folder / "made").rglob("*")) if path.is_file()]
    told = ("report.json", "report.html")
    return {str(path.relative_to(folder)): path.read_bytes() for path in made if path.name not in told}


@pytest.mark.parametrize("locale", ["ascii", "latin 1"])
def test_files_do_not_depend_on_the_locale(tmp_path: Path, locale: str) -> None:
    assert _built(tmp_path / "odd", _ODD[locale]) == _built(tmp_path / "usual", _ODD["utf 8"])
