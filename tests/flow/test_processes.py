"""A job in processes: every item once, whatever dies or raises."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from trigforge.errors import DesignError
from trigforge.flow.processes import LostWorkerError, in_processes
from trigforge.flow.spreading import TIMES_LOST, Job


def work(shared: int, item: str) -> str:
    kind, _, rest = item.partition(" ")
    if kind == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "die-once" and not Path(rest).exists():
        Path(rest).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "raise":
        raise ValueError(rest)
    if kind == "refuse":
        raise DesignError(rest)
    return f"{item} x {shared}"


def begin() -> None:
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def run(items: list[str], count: int = 2) -> dict[str, str]:
    waiting: Iterator[str] = iter(items)
    job = Job(3, work, str, lambda item, error: f"{type(error).__name__}: {error}")
    with closing(in_processes(count, job, lambda: next(waiting, None), lambda text: None, begin)) as found:
        return dict(found)


def test_every_item_once_whatever_dies(tmp_path: Path) -> None:
    items = ["a", f"die-once {tmp_path / 'x'}", "b", "raise no reason", "c"]
    assert run(items) == {
        **{item: f"{item} x 3" for item in items if not item.startswith("raise")},
        "raise no reason": "RuntimeError: ValueError: no reason",
    }


def test_what_always_dies_is_given_up() -> None:
    found = run(["die", "a"], 1)
    assert found["a"] == "a x 3"
    assert found["die"] == (
        f"{LostWorkerError.__name__}: the process that did it ended {TIMES_LOST + 1} times; it may want more memory"
    )


def test_errors_of_users_are_raised_here() -> None:
    with pytest.raises(DesignError, match="it is no design"):
        run(["a", "refuse it is no design", "b"], 1)


def test_nothing_to_do() -> None:
    assert run([]) == {}
