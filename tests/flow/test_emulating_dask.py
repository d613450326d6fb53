"""Many workers, some of which die: the bytes of the output do not tell."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.small_graph import SMALL
from trigforge.errors import EventsError, ToolFailedError
from trigforge.flow import distributing, emulating
from trigforge.flow.emulating import Running, emulate_files
from trigforge.flow.engines import EngineChoice
from trigforge.graph import save_graph

distributed = pytest.importorskip("distributed")
EVENTS = 60_000
VALUES = np.random.default_rng(5).normal(size=(EVENTS, 2)) * 4


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two processes that are started again when they die."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=60, protocol="tcp"
    ) as cluster:
        yield cluster


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph and its events."""
    monkeypatch.chdir(tmp_path)
    save_graph(SMALL, tmp_path / "small.json")
    np.savez("in.npz", x=VALUES)


def run(out: str, scheduler: str | None, events: str = "in.npz", at_once: int = 500) -> bytes:
    running = Running(EngineChoice.REFERENCE, scheduler=scheduler, events_at_once=at_once)
    emulate_files("small.json", str(Path(events).resolve()), Path(out), running=running)
    return Path(out).read_bytes()


def test_killing_a_worker_changes_no_byte(cluster: Any) -> None:
    expected = run("local.root", None)
    killed: list[int] = []

    def kill() -> None:
        until = time.monotonic() + 60
        while len(list(Path(".o.root.parts").glob("*.part"))) < 5 and time.monotonic() < until:
            time.sleep(0.005)
        nanny = next(iter(cluster.workers.values()))
        os.kill(nanny.process.pid, signal.SIGKILL)
        killed.append(len(list(Path(".o.root.parts").glob("*.part"))))

    killer = threading.Thread(target=kill)
    killer.start()
    found = run("o.root", cluster.scheduler_address)
    killer.join()
    assert found == expected
    assert 5 <= killed[0] < EVENTS // 500
    assert not Path(".o.root.parts").exists()


def test_what_a_worker_refuses_is_said_here(cluster: Any) -> None:
    values = VALUES.copy()
    values[31_234, 1] = np.nan
    np.savez("nan.npz", x=values)
    with pytest.raises(EventsError) as caught:
        run("o.root", cluster.scheduler_address, "nan.npz", at_once=10_000)
    assert str(caught.value) == (
        f"events file {Path('nan.npz').resolve()}: input 'x': event 31234, element [1] is nan; "
        "remove such events or set nan_policy to ZERO"
    )
    assert not Path("o.root").exists()


def test_no_scheduler_there() -> None:
    with pytest.raises(EventsError) as caught:
        run("o.root", "nowhere")
    assert str(caught.value) == "no Dask scheduler answers at nowhere (ValueError); check the address"
    assert not Path("o.root").exists()


def test_a_scheduler_that_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    with distributed.LocalCluster(
        n_workers=1, processes=False, dashboard_address=":0", silence_logs=60, protocol="tcp"
    ) as cluster:
        original = distributing.spread

        def closing(*arguments: Any) -> Iterator[Any]:
            for number, found in enumerate(original(*arguments)):
                yield found
                if number == 2:
                    cluster.close()

        monkeypatch.setattr(emulating, "spread", closing)
        monkeypatch.setattr(distributing, "_CONNECT_SECONDS", 2)
        with pytest.raises(ToolFailedError) as caught:
            run("o.root", cluster.scheduler_address)
    assert str(caught.value) == "the Dask scheduler was lost; run the same command again, finished parts stay"
    assert not Path("o.root").exists() and len(list(Path(".o.root.parts").glob("*.part"))) >= 3
