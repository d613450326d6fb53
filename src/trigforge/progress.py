"""The progress of a build on a terminal: a line for each step, with rate and time left where events are counted."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column
from rich.text import Text


class TerminalObserver:
    """Draws steps on standard error, also several that run at once.

    A finished step stays as one line with its duration, a failed one with a cross. As a context manager it leaves the
    terminal as it was even where a step is given up.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._progress: Progress | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> "TerminalObserver":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            if self._progress is not None:
                self._progress.stop()

    @contextmanager
    def step(
        self, title: str, events: int | None = None, unit: str = "events"
    ) -> Generator["_TerminalStep", None, None]:
        """See ``flow.observer.Observer``."""
        with self._lock:
            if self._progress is None:
                quiet = not self._console.is_terminal
                self._progress = Progress(*_columns(), console=self._console, transient=True, disable=quiet)
                self._progress.start()
            progress = self._progress
            task = progress.add_task(title, total=events, counted=bool(events), rate="", said="", failed=False)
        try:
            yield _TerminalStep(progress, task, unit)
        except BaseException:
            progress.update(task, total=0, completed=0, failed=True, said="")
            raise
        else:
            progress.update(task, total=events or 1, completed=events or 1, said="")
        finally:
            with self._lock:
                self._settle(progress, task)

    def note(self, text: str) -> None:
        """See ``flow.observer.Observer``."""
        self._console.print(Text(f"! {text}", "yellow"))

    def _settle(self, progress: Progress, number: TaskID) -> None:
        """Leave the last line of a step behind, and stop drawing where it was the only one."""
        (task,) = (task for task in progress.tasks if task.id == number)
        line = progress.make_tasks_table([task])
        progress.remove_task(number)
        if not progress.tasks:
            progress.stop()
            self._progress = None
        self._console.print(line)


def _columns() -> tuple[ProgressColumn, ...]:
    return (
        _StateColumn(),
        TextColumn("{task.description:<26}"),
        _Counted(BarColumn(bar_width=8)),
        _Counted(TextColumn("{task.completed:,}/{task.total:,}")),
        _Counted(TextColumn("{task.fields[rate]}", table_column=Column(no_wrap=True))),
        _Counted(TimeRemainingColumn(compact=True), only_running=True),
        TimeElapsedColumn(),
        TextColumn("{task.fields[said]}"),
    )


class _Counted(ProgressColumn):
    """Another column for steps whose events are counted, or only while they run; nothing for others."""

    def __init__(self, column: ProgressColumn, *, only_running: bool = False) -> None:
        super().__init__()
        self._column, self._only_running = column, only_running

    def render(self, task: Task) -> RenderableType:
        """See ``rich.progress.ProgressColumn``."""
        shown = task.fields["counted"] and not (self._only_running and task.finished)
        return self._column.render(task) if shown else Text("")


class _StateColumn(SpinnerColumn):
    """Turns while the step runs, then says how it ended."""

    def render(self, task: Task) -> RenderableType:
        """See ``rich.progress.ProgressColumn``."""
        if task.fields["failed"]:
            return Text("✗", style="red")
        return Text("✓", style="green") if task.finished else super().render(task)


class _TerminalStep:
    def __init__(self, progress: Progress, task: TaskID, unit: str) -> None:
        self._progress, self._number, self._unit = progress, task, unit

    def advance(self, events: int) -> None:
        """See ``flow.observer.Step``."""
        self._progress.advance(self._number, events)
        (task,) = (task for task in self._progress.tasks if task.id == self._number)
        speed = task.finished_speed or task.speed
        self._progress.update(self._number, rate=f"{speed:,.{0 if speed > 10 else 1}f} {self._unit}/s" if speed else "")

    def say(self, text: str) -> None:
        """See ``flow.observer.Step``."""
        self._progress.update(self._number, said=escape(text))
