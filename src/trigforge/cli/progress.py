"""What a build looks like on a terminal: one line a step, with rate and time left where events are counted."""

from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import TimeRemainingColumn as TimeLeft

from trigforge.flow.observer import Advance


class TerminalObserver:
    """Draws steps on ``console``; finished steps stay as one line each with their duration."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Generator[Advance, None, None]:
        """See ``flow.observer.Observer``."""
        counted = (BarColumn(bar_width=20), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeLeft())
        columns = (SpinnerColumn(finished_text="[green]✓[/]"), TextColumn("{task.description:<28}"))
        with Progress(*columns, *(counted if total else ()), TimeElapsedColumn(), console=self._console) as progress:
            task = progress.add_task(title, total=total, rate="")

            def advance(done: int) -> None:
                progress.advance(task, done)
                speed = progress.tasks[0].finished_speed or progress.tasks[0].speed
                progress.update(task, rate=f"{speed:,.0f} events/s" if speed else "")

            yield advance
            progress.update(task, total=total or 1, completed=total or 1)

    def note(self, text: str) -> None:
        """See ``flow.observer.Observer``."""
        self._console.print(f"[yellow]![/] {text}", highlight=False)
