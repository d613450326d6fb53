"""The wheel with each of its extras, in an environment that holds nothing else: every command from an empty folder."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.export.building import without_this_environment
from tests.small_graph import SMALL
from trigforge.cli.main import main
from trigforge.graph import save_graph

Run = Callable[..., subprocess.CompletedProcess[str]]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not shutil.which("g++"), reason="needs g++")]
EXTRAS = ("", "hls", "da", "rtl", "hgq", "events", "distributed", "transport", "plot", "docs", "all")
VERIFIED = "VERIFIED to the bit"
SYNTHESES = {"hls": "hls", "rtl": "rtl", "all": "rtl"}
"""extras with which a route is built, and that route"""


@pytest.fixture(scope="module")
def constraints(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The versions of ``requirements.lock``, without their digests."""
    path = tmp_path_factory.mktemp("locked") / "constraints.txt"
    locked = re.findall(r"^[\w.-]+==[^\\\n]+", (repository / "requirements.lock").read_text(), re.MULTILINE)
    path.write_text("\n".join(locked))
    return path


@pytest.fixture(params=EXTRAS, ids=lambda extra: extra or "core")
def installed(request: pytest.FixtureRequest, wheel: Path, constraints: Path, tmp_path: Path) -> tuple[str, Run]:
    """The extra, and a function that runs ``trigforge`` with it in an empty folder."""
    extra: str = request.param
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, tmp_path / "env"], check=True)
    asked = f"{wheel}[{extra}]" if extra else str(wheel)
    python = tmp_path / "env" / "bin" / "python"
    command = [uv, "pip", "install", "--quiet", "--python", python, "--constraint", constraints, asked]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    kept = without_this_environment()
    empty = tmp_path / "empty"
    empty.mkdir()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        own = tmp_path / "env" / "bin" / "trigforge"
        return subprocess.run([own, *arguments], cwd=empty, env=kept, capture_output=True, text=True, check=False)

    return extra, run


def test_every_command_from_an_empty_folder(installed: tuple[str, Run], tmp_path: Path) -> None:
    """Each has its help; a graph is emulated by the core; what misses a package names it, with the line for pip."""
    extra, run = installed
    for command in ((), *((name,) for name in main.commands)):
        told = run(*command, "--help")
        assert told.returncode == 0 and "Usage: trigforge" in told.stdout, (command, told.stderr)
    save_graph(SMALL, tmp_path / "empty" / "net.json")
    np.savez(tmp_path / "empty" / "x.npz", x=np.zeros((20, 2)))
    told = run("emulate", "net.json", "x.npz", "y.npz", "--quiet")
    assert told.returncode == 0 and (tmp_path / "empty" / "y.npz").is_file(), told.stderr
    assert run("example", "copied").returncode == 0
    route = SYNTHESES.get(extra, "rtl")
    told = run("synth", "net.json", "--events", "x.npz", "--only", route, "--quiet")
    if extra in SYNTHESES:
        assert told.returncode in (0, 4) and VERIFIED in told.stdout, told.stdout + told.stderr
    else:
        assert told.returncode == 4 and "pip install 'trigforge[rtl]'" in told.stderr, told.stdout + told.stderr
    assert "Traceback" not in told.stderr
    told = run("synth", "copied/models/jet_tagger", "--only", "rtl", "--quiet")
    if extra == "all":
        assert told.returncode == 0 and VERIFIED in told.stdout, told.stderr
    else:
        assert told.returncode in (1, 4) and "pip install 'trigforge[" in told.stderr, told.stderr
