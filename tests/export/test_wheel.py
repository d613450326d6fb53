"""The package as pip installs it: the wheel's files, all of them compiled by Python, far from the checkout."""

import compileall
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.small_graph import SMALL
from trigforge.graph import save_graph

pytestmark = pytest.mark.skipif(not (shutil.which("g++") and shutil.which("make")), reason="needs g++ and make")


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    with zipfile.ZipFile(wheel) as files:
        files.extractall(folder / "site")
    assert compileall.compile_dir(folder / "site", quiet=1)
    return folder / "site"


@pytest.mark.parametrize("kind", ["c", "cmssw"])
def test_an_installed_package_exports(site: Path, tmp_path: Path, kind: str) -> None:
    save_graph(SMALL, tmp_path / "graph.json")
    done = subprocess.run(
        [sys.executable, "-m", "trigforge.cli", "export", kind, "graph.json", "--out", "here"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.endswith("small_v1.so: 200 events checked, 0 mismatches\n"), done.stderr
    assert not list((tmp_path / "here").rglob("*.pyc"))
