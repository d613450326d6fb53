"""The progress of a build on a terminal: one line a step, with rate and time left where events are counted."""

from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class TerminalObserver:
    """Draws steps on ``console``; a finished step stays as one line with its duration, a failed one with a cross."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def step(
        self, title: str, events: int | None = None, unit: str = "events"
    ) -> Generator["_TerminalStep", None, None]:
        """See ``flow.observer.Observer``."""
        counted = (
            BarColumn(bar_width=8),
            TextColumn("{task.completed:,}/{task.total:,}"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True),
        )
        columns = (
            _StateColumn(),
            TextColumn("{task.description:<24}"),
            *(counted if events else ()),
            TimeElapsedColumn(),
            TextColumn("{task.fields[said]}"),
        )
        with Progress(*columns, console=self._console) as progress:
            task = progress.add_task(title, total=events, rate="", said="", failed=False)
            try:
                yield _TerminalStep(progress, task, unit)
            except BaseException:
                progress.update(task, total=0, completed=0, failed=True, said="")
                raise
            progress.update(task, total=events or 1, completed=events or 1, said="")


class _StateColumn(SpinnerColumn):
    """Turns while the step runs, then says how it ended."""

    def render(self, task: Task) -> RenderableType:
        """See ``rich.progress.ProgressColumn``."""
        if task.fields["failed"]:
            return Text("✗", style="red")
        return Text("✓", style="green") if task.finished else super().render(task)


class _TerminalStep:
    def __init__(self, progress: Progress, task: TaskID, unit: str) -> None:
        self._progress, self._task, self._unit = progress, task, unit

    def advance(self, events: int) -> None:
        """See ``flow.observer.Step``."""
        self._progress.advance(self._task, events)
        task = self._progress.tasks[0]
        speed = task.finished_speed or task.speed
        self._progress.update(self._task, rate=f"{speed:,.{0 if speed > 10 else 1}f} {self._unit}/s" if speed else "")

    def say(self, text: str) -> None:
        """See ``flow.observer.Step``."""
        self._progress.update(self._task, said=escape(text))
