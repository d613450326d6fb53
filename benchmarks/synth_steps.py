"""Wall clock of each step of ``trigforge synth`` on the shipped model, in a fresh build folder.

A step that is asked for more than once (such as one simulator after the other) is summed. Usage:
``python benchmarks/synth_steps.py [MODEL]``, ``jet_tagger`` if none is given.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from harness import Measurement, record

from trigforge.errors import TrigforgeError
from trigforge.flow.commands import synthesize
from trigforge.flow.observer import Silent, Step
from trigforge.reports import print_report


class Stopwatch:
    """A ``flow.observer.Observer`` that keeps the seconds and the events of each step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.events: dict[str, int] = {}
        self.units: dict[str, str] = {}

    @contextmanager
    def step(self, title: str, events: int | None = None, unit: str = "events") -> Generator[Step, None, None]:
        """Time one step; its rate is that of all its events."""
        print(f"{title} ...", flush=True)
        start = time.perf_counter()
        yield Silent()
        self.seconds[title] = self.seconds.get(title, 0.0) + time.perf_counter() - start
        self.events[title] = self.events.get(title, 0) + (events or 0)
        self.units[title] = unit

    def note(self, text: str) -> None:
        """A line that a build tells its user."""
        print(text, flush=True)

    def measurements(self) -> list[Measurement]:
        """Seconds of each step, and its rate where it goes through events."""
        measured: list[Measurement] = []
        for title, seconds in self.seconds.items():
            measured.append(Measurement(title, seconds, "s"))
            if events := self.events[title]:
                measured.append(Measurement(f"{title}, rate", events / seconds, f"{self.units[title]}/s"))
        return measured


def main(model: str = "jet_tagger") -> None:
    stopwatch = Stopwatch()
    with tempfile.TemporaryDirectory(prefix="trigforge_bench_") as folder:
        start = time.perf_counter()
        report = synthesize(model, None, None, Path(folder) / model, stopwatch)
        total = Measurement(f"trigforge synth {model}", time.perf_counter() - start, "s")
    print_report(report)
    record("synth_steps", [total, *stopwatch.measurements()], tools=report.environment)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except TrigforgeError as error:
        sys.exit(f"error: {error}")
