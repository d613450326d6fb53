"""What a training shows: a bar with rate and time left on a terminal, a line for every epoch everywhere."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from trigforge.training.state import EpochRecord


@dataclass(frozen=True)
class Shown:
    """What a stage tells: ``advance(events, loss)`` after a batch, ``epoch(record)`` after an epoch."""

    advance: Callable[[int, float], None]
    epoch: Callable[[EpochRecord], None]


@dataclass(frozen=True)
class Monitor:
    """Shows one stage on ``console``; ``unit`` is what an event is called."""

    console: Console
    title: str
    unit: str = "events"

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
        ebops = f", EBOPs {record.ebops:,}, beta {record.beta:.1e}" if record.ebops else ""
        quality = (
            f"validation resolution {record.resolution:.4f} of {record.validation_accuracy:.2%}"
            if record.resolution
            else f"accuracy {record.accuracy:.2%}, validation {record.validation_accuracy:.2%}"
        )
        return (
            f"{self.title} {record.epoch + 1}/{epochs}: loss {record.loss:.4f}, "
            f"validation {record.validation_loss:.4f}; {quality}{ebops}; "
            f"{events / record.seconds:,.0f} {self.unit}/s, {left / 60:.0f} min left"
        )
