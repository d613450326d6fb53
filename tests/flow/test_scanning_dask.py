"""A grid on Dask: the records are those of this machine, also when a worker is killed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flow.scan_support import AXES, write_networks
from trigforge.errors import EventsError
from trigforge.flow.scanning import Asked, scan
from trigforge.scan import Axis

distributed = pytest.importorskip("distributed")
GRID = tuple(Axis(tuple(name.split(".")), values) for name, values in AXES.items())


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache of its own for all processes of this module."""
    folder, before = tmp_path_factory.mktemp("dask") / "cache", os.environ["TRIGFORGE_CACHE"]
    os.environ["TRIGFORGE_CACHE"] = str(folder)
    yield folder
    os.environ["TRIGFORGE_CACHE"] = before


@pytest.fixture(scope="module")
def cluster(cache: Path) -> Iterator[Any]:
    """Two processes that are started again when they die."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=60, protocol="tcp"
    ) as cluster:
        yield cluster


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_networks(tmp_path)


def test_killing_a_worker_changes_nothing(cluster: Any, cache: Path) -> None:
    seen: list[int] = []

    def kill() -> None:
        points, until = Path("there/points"), time.monotonic() + 120
        while not list(points.glob("*.json")) and time.monotonic() < until:
            time.sleep(0.005)
        os.kill(next(iter(cluster.workers.values())).process.pid, signal.SIGKILL)
        seen.append(len(list(points.glob("*.json"))))

    killer = threading.Thread(target=kill)
    killer.start()
    found, _ = scan(["one.json", "two.json"], asked=Asked(GRID, scheduler=cluster.scheduler_address, out=Path("there")))
    killer.join()
    here, _ = scan(["one.json", "two.json"], asked=Asked(GRID, jobs=1, out=Path("here")))
    assert found == here and len(found.points) == 16 and not found.refused
    assert Path("there/scan.json").read_bytes() == Path("here/scan.json").read_bytes()
    assert 1 <= seen[0] < 16


def test_no_scheduler_there() -> None:
    with pytest.raises(EventsError, match="no Dask scheduler answers at nowhere"):
        scan(["one.json"], asked=Asked(GRID, scheduler="nowhere"))
