"""The native emulator against the reference emulator: equal integers on 1,000,000 random events a model.

Usage: ``python benchmarks/emulator_exact.py [--events N] [NAME ...]``, all models of ``emulator.py`` if none is named.
Each model is a run of its own: its line in ``results/emulator_exact.jsonl`` and in the table of ``docs/emulator.md`` is
written when it is done, so that an interrupted run goes on with the names that are left. Every block of events has a
seed of its own, and begins with the corners of the input types. Ends with status 1 if an integer differs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from emulator import DOCUMENT, Model, models
from harness import Measurement, fill, newest, record

from trigforge.emulator import random_stimuli, run
from trigforge.emulator.native import to_native
from trigforge.errors import BitMismatch, TrigforgeError
from trigforge.flow.verification import agreement
from trigforge.toolchain.native import compile_kernel

EVENTS, BLOCK = 1_000_000, 8_192
SHOWN_DIGEST_LENGTH = 12


@dataclass
class Line:
    """Tells on one line of a terminal, or every half minute in a log, how far a model is."""

    name: str
    events: int
    started: float = field(default_factory=time.perf_counter)
    told: float = 0.0

    def tell(self, done: int, mismatches: int) -> None:
        """``done`` events are compared."""
        terminal, now = sys.stderr.isatty(), time.perf_counter()
        if done < self.events and now - self.told < (0.5 if terminal else 30.0):
            return
        self.told = now
        rate = done / (now - self.started)
        left = (self.events - done) / rate
        text = f"{self.name}: {done:,}/{self.events:,} events, {rate:,.0f} events/s, {left:,.0f} s left"
        end = "\r" if terminal and done < self.events else "\n"
        print(f"{text}, {mismatches:,} mismatches  ", end=end, file=sys.stderr, flush=True)


def measure(model: Model, events: int, folder: Path) -> tuple[list[Measurement], BitMismatch | None]:
    """Counts of one model, and what differs first."""
    graph = model.graph
    native = compile_kernel(to_native(graph), folder)
    line, first = Line(model.name, events), None
    mismatches = outputs = 0
    for seed, start in enumerate(range(0, events, BLOCK)):
        stimuli = random_stimuli(graph, min(BLOCK, events - start), seed)
        expected, found = run(graph, stimuli).outputs, native.run(stimuli).outputs
        block = agreement("native engine", expected, found, stimuli, lambda alone, seed=seed: f"stimuli of seed {seed}")
        mismatches, outputs = mismatches + block.verification.mismatches, block.verification.outputs
        first = first or block.mismatch
        line.tell(start + block.verification.events, mismatches)
    seconds = time.perf_counter() - line.started
    figures = [
        ("events", float(events), "events"),
        ("outputs of an event", float(outputs), "integers"),
        ("mismatches", float(mismatches), "integers"),
        ("both engines and the comparison", events / seconds, "events/s"),
    ]
    return [Measurement(f"{model.name}, {what}", value, unit) for what, value, unit in figures], first


def table(results: Path) -> str:
    """The newest run of each model as Markdown, in the order in which models first ran."""
    lines = [
        "| model | graph | events | integers compared | mismatches | measured on | processor | commit |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for model, (made, values) in newest(results).items():
        events = values["events"]
        lines.append(
            f"| {model} | `{made['environment']['graph'][:SHOWN_DIGEST_LENGTH]}` | {events:,.0f} "
            f"| {events * values['outputs of an event']:,.0f} | {values['mismatches']:,.0f} "
            f"| {made['time'][:10]} | {made['machine']['processor']} | {made['commit']} |"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(description="the native emulator against the reference, on integers")
    parser.add_argument("names", nargs="*", metavar="NAME", help="models; all if none is named")
    parser.add_argument("--events", type=int, default=EVENTS, help=f"events a model; {EVENTS:,} if not given")
    asked = parser.parse_args(arguments)
    if asked.events < 1:
        parser.error("--events takes 1 or more")
    found = models(asked.names)
    if unknown := [name for name in asked.names if name not in {model.name for model in found}]:
        parser.error(f"there is no model {unknown[0]!r}")
    differs: list[str] = []
    for model in found:
        with tempfile.TemporaryDirectory(prefix="trigforge_bench_") as scratch:
            measured, first = measure(model, asked.events, Path(scratch))
        results = record("emulator_exact", measured, {"graph": model.graph.digest})
        fill(DOCUMENT, {"exact": table(results)})
        if first is not None:
            differs.append(f"{model.name}: {first}")
    if differs:
        raise SystemExit("\n".join(differs))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except TrigforgeError as error:
        sys.exit(f"error: {error}")
