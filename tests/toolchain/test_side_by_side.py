"""Two works at once: results, errors, and the end of what nobody waits for."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from trigforge.errors import ToolFailedError
from trigforge.toolchain.process import Command, run_tool, run_tools
from trigforge.toolchain.side_by_side import raise_if_stopped, side_by_side


def test_both_run_at_once() -> None:
    meeting = threading.Barrier(2, timeout=10)
    assert side_by_side(lambda: meeting.wait() >= 0, lambda: str(meeting.wait() >= 0)) == (True, "True")
    raise_if_stopped()


def test_an_error_stops_the_tools_of_the_other(tmp_path: Path) -> None:
    def fail() -> None:
        while not (tmp_path / "started").exists():
            time.sleep(0.01)
        raise ToolFailedError("first")

    def wait() -> str:
        return run_tool("sh", Command(["sh", "-c", "touch started; sleep 60; touch ended"], tmp_path), timeout_s=100)

    start = time.monotonic()
    with pytest.raises(ToolFailedError, match="first"):
        side_by_side(fail, lambda: side_by_side(wait, wait))
    assert time.monotonic() - start < 10
    assert not (tmp_path / "ended").exists()
    assert run_tool("sh", Command(["echo", "free"], tmp_path), timeout_s=10) == "free\n"


def test_both_errors_are_those_of_the_first() -> None:
    def fail(text: str) -> None:
        raise ToolFailedError(text)

    with pytest.raises(ToolFailedError, match=r"one|other"):
        side_by_side(lambda: fail("one"), lambda: fail("other"))


def test_each_tool_is_told_when_it_ended(tmp_path: Path) -> None:
    ended: list[int] = []
    logs = run_tools("sh", [Command(["echo", str(n)], tmp_path) for n in range(9)], timeout_s=10, ended=ended.append)
    assert logs == [f"{n}\n" for n in range(9)] and sorted(ended) == list(range(9))
