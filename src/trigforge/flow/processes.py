"""A ``Job`` in processes of this machine; one that dies is replaced, and none outlives the process that asked."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess, parent_process
from types import FrameType
from typing import Any, Generic

from trigforge.errors import TrigforgeError
from trigforge.flow.spreading import TIMES_LOST, Job, R, S, Say, Supply, T, told

_PATIENCE_S = 5.0
"""for processes that are asked to end: they stop their tools first"""
_CONTEXT = multiprocessing.get_context("spawn")  # a fork copies threads' locks, held or not


class LostWorkerError(Exception):
    """A process that ended in the middle of its work, again and again."""


def in_processes(
    count: int, job: Job[S, T, R], supply: Supply[T], say: Say, begin: Callable[[], None]
) -> Generator[tuple[T, R]]:
    """The items of ``supply`` and their results, in the order in which ``count`` processes finish.

    Each process calls ``begin`` first. An item whose process dies goes to a new one. Raises what ``TrigforgeError``
    the work raises there. To close the generator ends the processes, and the tools that they run.
    """
    crew: list[_Worker[T]] = []
    lost: dict[str, int] = {}
    try:
        while True:
            _give_out(crew, count, supply, lambda: _started(job, begin))
            busy = [worker for worker in crew if worker.items]
            if not busy:
                return
            say(told(len(crew)))
            ready = wait([worker.connection for worker in busy])
            for worker in [worker for worker in busy if worker.connection in ready]:
                item = worker.items[0]
                try:
                    answer: Any = worker.connection.recv()
                except (EOFError, OSError):
                    crew.remove(worker)
                    worker.end()
                    key = job.key(item)
                    lost[key] = lost.get(key, 0) + 1
                    if lost[key] <= TIMES_LOST:
                        crew.append(_started(job, begin))
                        crew[-1].give(item)
                        continue
                    answer = LostWorkerError(
                        f"the process that did it ended {lost[key]} times; it may want more memory"
                    )
                else:
                    worker.items.clear()
                if isinstance(answer, TrigforgeError):
                    raise answer
                yield item, job.failed(item, answer) if isinstance(answer, Exception) else answer
    finally:
        for worker in crew:
            worker.process.terminate()
        for worker in crew:
            worker.end()


@dataclass
class _Worker(Generic[T]):
    """A process, our end of the pipe to it, and the item that it works on, if any."""

    process: BaseProcess
    connection: Connection
    items: list[T] = field(default_factory=list[T])

    def give(self, item: T) -> None:
        self.items.append(item)
        with suppress(OSError):  # it is dead already, which is noticed when the answer is read
            self.connection.send(item)

    def end(self) -> None:
        self.process.terminate()
        self.process.join(_PATIENCE_S)
        self.process.kill()
        self.process.join()
        self.connection.close()


def _give_out(crew: list[_Worker[T]], count: int, supply: Supply[T], start: Callable[[], _Worker[T]]) -> None:
    """An item for every worker that has none, as long as there are items; workers are started for items alone."""
    while True:
        idle = [worker for worker in crew if not worker.items]
        if not idle and len(crew) >= count:
            return
        item = supply()
        if item is None:
            return
        if not idle:
            crew.append(start())
        (idle or crew)[-1].give(item)


def _started(job: Job[S, T, R], begin: Callable[[], None]) -> _Worker[T]:
    ours, theirs = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_serve, args=(theirs, job.perform, job.shared, begin), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _serve(connection: Connection, perform: Callable[[S, T], R], shared: S, begin: Callable[[], None]) -> None:
    """The life of a process: items in, results or errors out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the one who asked, who ends this one
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=_follow, daemon=True).start()
    begin()
    with suppress(EOFError, BrokenPipeError):
        while True:
            item = connection.recv()
            try:
                answer: Any = perform(shared, item)
            except Exception as error:  # whatever it is, the one who asked decides
                answer = (
                    error if isinstance(error, TrigforgeError) else RuntimeError(f"{type(error).__name__}: {error}")
                )
            connection.send(answer)


def _end(number: int, frame: FrameType | None) -> None:
    """Leave through all that must be cleaned up, tools that run above all."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(128 + number)


def _follow() -> None:
    """End with the process that asked, however it ends."""
    asking = parent_process()
    if asking is not None:
        asking.join()
        os.kill(os.getpid(), signal.SIGTERM)
