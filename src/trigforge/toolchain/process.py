"""Running tools: their output kept, their children gone when they are interrupted or take too long."""

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from trigforge.errors import ToolFailedError
from trigforge.toolchain.side_by_side import raise_if_stopped

AT_ONCE = min(len(os.sched_getaffinity(0)), 16)
"""Tools that this process runs at once, whatever asks for them: one a core, and no more than memory allows."""

_slots = threading.BoundedSemaphore(AT_ONCE)
_TAIL_LINES = 20
_POLL_S = 0.01


@dataclass(frozen=True)
class Command:
    """A command line and the directory it runs in; ``environment`` is added to the caller's."""

    arguments: Sequence[str | Path]
    cwd: Path
    environment: Mapping[str, str] | None = None


@dataclass(frozen=True)
class _Running:
    process: subprocess.Popen[bytes]
    log: IO[bytes]
    deadline: float

    def end(self) -> None:
        stop(self.process)
        self.log.close()
        _slots.release()


def run_at_once(tools: int) -> None:
    """From now on this process runs so many tools at once, and ``AT_ONCE`` at most: its share of a machine on which
    others like it run. No tool runs yet."""
    global _slots
    _slots = threading.BoundedSemaphore(max(1, min(tools, AT_ONCE)))


def start(command: Command, log: IO[bytes], errors: int = subprocess.STDOUT) -> subprocess.Popen[bytes]:
    """The process of a command, in a group of its own, with what it prints in ``log``; ``OSError`` without one.

    Its standard error goes there too, unless ``errors`` says otherwise.
    """
    return subprocess.Popen(
        [str(part) for part in command.arguments],
        cwd=command.cwd,
        env=None if command.environment is None else {**os.environ, **command.environment},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=errors,
        start_new_session=True,
    )


def stop(process: subprocess.Popen[bytes], seconds_to_end: float = 0.0) -> None:
    """End the whole process group, since tools leave the work to children: killed, or asked first and killed where it
    does not end within ``seconds_to_end``."""
    with contextlib.suppress(ProcessLookupError):
        if seconds_to_end:
            os.killpg(process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds_to_end)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def ask(arguments: Sequence[str], *, timeout_s: float = 20.0) -> str:
    """The answer of a tool on standard output, as to ``--version``, whatever its status.

    Raises ``ToolFailedError`` where it cannot be started or does not answer within ``timeout_s``.
    """
    with tempfile.TemporaryFile() as log:
        try:
            process = start(Command(arguments, Path.cwd()), log, subprocess.DEVNULL)
        except OSError as error:
            raise ToolFailedError(f"cannot start {arguments[0]}: {error.strerror}; check the installation") from None
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise ToolFailedError(
                f"{' '.join(arguments)} did not end within {timeout_s:g} s and was stopped; check the installation"
            ) from None
        finally:
            stop(process)
        log.seek(0)
        return log.read().decode(errors="replace")


def run_tool(name: str, command: Command, *, timeout_s: float) -> str:
    """Run one command and return what it printed (standard output and error together); see ``run_tools``."""
    return run_tools(name, [command], timeout_s=timeout_s)[0]


def run_tools(
    name: str, commands: Sequence[Command], *, timeout_s: float, ended: Callable[[int], None] = lambda number: None
) -> list[str]:
    """Run commands, ``AT_ONCE`` together, and return what each printed; ``ended`` is told the number of each in turn.

    Raises ``ToolFailedError`` with the last lines of the log where one fails, and where one takes longer than
    ``timeout_s``. Whatever is still running then, or when the caller is interrupted, is ended with its children first.
    """
    waiting = list(enumerate(commands))[::-1]
    running: dict[int, _Running] = {}
    logs: dict[int, str] = {}
    try:
        while waiting or running:
            raise_if_stopped()
            while waiting and _slots.acquire(blocking=False):
                number, command = waiting.pop()
                running[number] = _start(command, timeout_s)
            for number, tool in list(running.items()):
                status = tool.process.poll()
                if status is not None:
                    tool.log.seek(0)
                    logs[number] = tool.log.read().decode(errors="replace")
                    running.pop(number).end()
                    _check(name, status, logs[number])
                    ended(number)
                elif time.monotonic() > tool.deadline:
                    raise ToolFailedError(f"{name} was stopped after {timeout_s:g} s; give it more time")
            time.sleep(_POLL_S if running or waiting else 0)
    finally:
        for tool in running.values():
            tool.end()
    return [logs[number] for number in range(len(commands))]


def _start(command: Command, timeout_s: float) -> _Running:
    """The running tool, which holds a slot until its end."""
    try:
        log = tempfile.TemporaryFile()  # noqa: SIM115 -- closed when the tool has ended
        return _Running(start(command, log), log, time.monotonic() + timeout_s)
    except BaseException:
        _slots.release()
        raise


def _check(name: str, status: int, log: str) -> None:
    if status != 0:
        tail = "\n".join(log.strip().splitlines()[-_TAIL_LINES:])
        raise ToolFailedError(f"{name} failed with status {status}; the end of its log:\n{tail}")
