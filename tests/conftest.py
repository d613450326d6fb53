"""Fixtures and options of every test: the folder `shared`, golden files, quiet frameworks."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parent.parent
KEEPING = ("kept_projects", "kept_results")

# Read by Keras and TensorFlow when they are first imported, here and in every process a test starts.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "Agg")

# What a test compiled or mapped once is there for its next run, and no user's cache fills up with it.
os.environ["TRIGFORGE_CACHE"] = str(REPOSITORY / "build" / "test_cache")

# A make that a test starts is no part of `make test`.
for _variable in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
    os.environ.pop(_variable, None)

# A shell that runs the tests in the background has them ignore Ctrl-C, and with them the commands that they interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # under nohup
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# Property tests are as reproducible as all others, and no slow machine fails them.
settings.register_profile("reproducible", derandomize=True, deadline=None, max_examples=300)
settings.register_profile("search", deadline=None, max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "reproducible"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite stored golden files with what tests print")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of published models and calibration data beside the checkout; the test is skipped without it."""
    folder = Path(os.environ.get("TRIGFORGE_SHARED", REPOSITORY.parent / "shared"))
    if not (folder / "models").is_dir():
        pytest.skip("needs the published models in ../shared (or the folder that TRIGFORGE_SHARED names)")
    return folder


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache for one test."""
    monkeypatch.setenv("TRIGFORGE_CACHE", str(tmp_path / "own_cache"))
    return tmp_path / "own_cache"


@pytest.fixture(autouse=True)
def every_simulation_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test passes on a project or result that an earlier one left; ``keeping`` takes this back."""
    for module in KEEPING:
        monkeypatch.setattr(f"trigforge.flow.{module}.remembered", lambda piece, load, make, *_: make())


@pytest.fixture
def keeping(every_simulation_runs: None, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache in which projects and results are kept, as for a user."""
    from trigforge.cache import remembered

    for module in KEEPING:
        monkeypatch.setattr(f"trigforge.flow.{module}.remembered", remembered)
    return own_cache


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """`golden(path, text)` fails unless the stored file equals text; `--update-golden` stores text instead."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.is_file(), f"{path.name} is not stored yet; run pytest --update-golden"
        assert text == path.read_text(encoding="utf-8")

    return compare
