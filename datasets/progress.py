"""Progress of a production on the terminal: a bar with rate and time left, or a line a shard where nobody watches."""

import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from datasets.shards import Production, ShardRecord


class _Rate(ProgressColumn):
    """Entries per second in this run, counted when a shard is complete."""

    def __init__(self, counted: str) -> None:
        super().__init__()
        self.counted = counted

    def render(self, task: Task) -> Text:
        rate = task.fields["rate"]
        return Text(f"{rate:.0f} {self.counted}/s" if rate else f"- {self.counted}/s")


def show(
    counted: str,
    split: str,
    entries: int,
    folder: Path,
    run: Callable[[Callable[[ShardRecord, bool], None]], Production],
) -> None:
    """Runs a production of `entries` entries, `counted` in that word, and prints its progress and its outcome."""
    console = Console()
    started = time.monotonic()
    made = 0
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(counted),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"{counted}: {split}", total=entries, rate=0.0)

        def on_shard(record: ShardRecord, was_cached: bool) -> None:
            nonlocal made
            made += 0 if was_cached else record.entries
            rate = made / (time.monotonic() - started)
            progress.update(task, advance=record.entries, rate=rate)
            if not console.is_terminal:
                state = "kept" if was_cached else f"made, {rate:.0f} {counted}/s so far"
                line = f"{record.file}: {record.entries} {counted} {state}, digest {record.digest[:12]}"
                console.print(line, highlight=False, soft_wrap=True)

        outcome = run(on_shard)
    console.print(
        f"{split}: {outcome.entries:,} {counted} in {folder} ({outcome.made} shards made, {outcome.cached} kept) "
        f"in {time.monotonic() - started:.0f} s",
        highlight=False,
        soft_wrap=True,
    )
