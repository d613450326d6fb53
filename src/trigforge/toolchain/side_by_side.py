"""Two works side by side in threads, of which none goes on when the other fails or the caller is interrupted."""

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass, field
from typing import Any, TypeVar

A = TypeVar("A")
B = TypeVar("B")

_POLL_S = 0.1
_PATIENCE_S = 5.0
"""for works that are stopped: a tool ends at once, a calculation when it is through"""


class _StoppedError(BaseException):
    """Ends a work whose result nobody waits for any more."""


@dataclass(frozen=True)
class _Stop:
    """The wish that two works end; that of the works around them counts too."""

    around: "_Stop | None"
    event: threading.Event = field(default_factory=threading.Event)

    @property
    def asked(self) -> bool:
        return self.event.is_set() or (self.around is not None and self.around.asked)


_stop: ContextVar[_Stop | None] = ContextVar("_stop", default=None)


def raise_if_stopped() -> None:
    """End the work that this thread does, if it is one of two of which the other failed."""
    stop = _stop.get()
    if stop is not None and stop.asked:
        raise _StoppedError


def side_by_side(first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
    """The results of two works that run at once, each in a thread.

    On the first error, and when the caller is interrupted, the other is stopped with its tools, and the error is
    raised. A work calls ``raise_if_stopped`` now and then, as ``process.run_tools`` does.
    """
    stop = _Stop(_stop.get())
    one, other = _started(first, stop), _started(second, stop)
    both: tuple[Future[Any], Future[Any]] = one, other
    try:
        while True:
            raise_if_stopped()
            done, running = wait(both, _POLL_S, FIRST_EXCEPTION)
            if not running or any(future.exception() for future in done):
                break
    finally:
        stop.event.set()
        wait(both, _PATIENCE_S)
    for future in both:
        error = future.exception() if future.done() else None
        if error is not None and not isinstance(error, _StoppedError):
            raise error
    raise_if_stopped()
    return one.result(), other.result()


def _started(work: Callable[[], A], stop: _Stop) -> Future[A]:
    future: Future[A] = Future()
    context = copy_context()
    context.run(_stop.set, stop)
    threading.Thread(target=_settle, args=(future, context, work), daemon=True).start()
    return future


def _settle(future: Future[A], context: Context, work: Callable[[], A]) -> None:
    try:
        future.set_result(context.run(work))
    except BaseException as error:
        future.set_exception(error)
