"""The package on other versions of Python, where they are at hand: the lock installs, a model is built."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.export.building import without_this_environment

VERSIONS = ("3.12", "3.13")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("g++"), reason="needs g++"),
]


def interpreter(version: str) -> str | None:
    """An interpreter that can make an environment, on the path or of pyenv; None where there is none."""
    found = [shutil.which(f"python{version}"), *sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))]
    for candidate in filter(None, found):
        done = subprocess.run([candidate, "-c", "import ensurepip, venv"], capture_output=True, check=False)
        if done.returncode == 0:
            return str(candidate)
    return None


@pytest.mark.parametrize("version", VERSIONS)
def test_the_lock_installs_and_a_model_is_built(version: str, repository: Path, tmp_path: Path) -> None:
    python = interpreter(version)
    if python is None:
        pytest.skip(f"no Python {version} is here")
    uv = Path(sys.executable).with_name("uv")
    kept = without_this_environment()

    def run(*command: str | Path) -> str:
        done = subprocess.run(command, cwd=tmp_path, env=kept, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    run(uv, "venv", "--quiet", "--python", python, "env")
    own = tmp_path / "env" / "bin"
    install = (uv, "pip", "install", "--quiet", "--python", own / "python")
    run(*install, "--require-hashes", "-r", repository / "requirements.lock")
    run(*install, "--no-deps", "--no-build-isolation", repository)
    assert run(own / "python", "-c", "import sys; print('%d.%d' % sys.version_info[:2])").strip() == version
    run(own / "trigforge", "example", "copied")
    told = run(own / "trigforge", "synth", "copied/models/jet_tagger", "--quiet", "--only", "rtl")
    assert "VERIFIED to the bit: up to 10,000 events × 5 outputs, 0 mismatches in every simulator" in told
    assert f"python {version}" in " ".join(told.split())
