"""Progress of a training: a bar with rate and time left on a terminal, a line for every epoch everywhere."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from trigforge.training.state import EpochRecord
from trigforge.training.task import Task


@dataclass(frozen=True)
class Shown:
    """Callbacks of a stage: ``advance(events, loss)`` after a batch, ``epoch(record)`` after an epoch."""

    advance: Callable[[int, float], None]
    epoch: Callable[[EpochRecord], None]


@dataclass(frozen=True)
class Monitor:
    """The display of one stage on ``console``; ``unit`` names the events."""

    console: Console
    title: str
    task: Task
    unit: str

    @contextmanager
    def stage(self, epochs: int, events: int, done: int) -> Generator[Shown, None, None]:
        """``epochs`` of ``events`` each, of which ``done`` are finished."""
        if done:
            self.say(f"{self.title}: {done} of {epochs} epochs are done{'; going on' if done < epochs else ''}")
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[rate]} loss {task.fields[loss]:.4f}"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.console, disable=not self.console.is_terminal, transient=True) as progress:
            task = progress.add_task(self.title, total=(epochs - done) * events, rate="", loss=float("nan"))

            def advance(number: int, loss: float) -> None:
                speed = progress.tasks[0].speed
                rate = f"{speed:,.0f} {self.unit}/s" if speed else ""
                progress.update(task, advance=number, loss=loss, rate=rate)

            def epoch(record: EpochRecord) -> None:
                self.say(self._line(record, epochs, events))

            yield Shown(advance, epoch)

    def say(self, text: str) -> None:
        """One line."""
        self.console.print(text, highlight=False, soft_wrap=True)

    def _line(self, record: EpochRecord, epochs: int, events: int) -> str:
        left = (epochs - record.epoch - 1) * record.seconds
        beta = f", beta {record.beta:.1e}" if record.beta else ""
        ebops = f", EBOPs {record.ebops:,}{beta}" if record.ebops else ""
        return (
            f"{self.title} {record.epoch + 1}/{epochs}: loss {record.loss:.4f}, "
            f"validation {record.validation_loss:.4f}; validation {self.task.words(record.figures)}{ebops}; "
            f"{events / record.seconds:,.0f} {self.unit}/s, {left / 60:.0f} min left"
        )
