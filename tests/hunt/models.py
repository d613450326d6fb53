"""Thousands of random models against their framework: ``python -m tests.hunt.models --models 2000 [FORMAT...]``.

Every record of a worker is appended to ``OUT/records.jsonl``, with ``OUT`` a folder for each format but HGQ2. Seeds
that stand there are not judged again, but for those of faults and of batches that were cut off; remove the folder to
begin anew. The recipe of each model of HGQ2 that is wrong, slow or ends in a traceback is kept in ``OUT``, as a file
for ``tests/crashers/``; models of other formats come again from their seed.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from tests.hunt.crashers import Crasher
from tests.hunt.drawing import random_recipe
from tests.hunt.formats import FAMILIES, FORMATS, recorded
from tests.hunt.judging import FAULTS, Outcome

BATCH = 25
HGQ2 = "hgq2"
_PATIENCE_S = {"model": 120, "kernel": 300}
_LONGEST_S = 900
_MODELS_OF_A_WORKER = 500


class Worker:
    """One process of ``tests.hunt.worker``; lines come through a queue, so that waiting for one has an end."""

    def __init__(self, kind: str) -> None:
        environment = {**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.hunt.worker", kind],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment,
            start_new_session=True,
        )  # fmt: skip
        self.lines: queue.Queue[str] = queue.Queue()
        self.models = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put("")

    def judge(self, seeds: list[int]) -> Iterator[dict[str, Any]]:
        """The records of a batch; the last one says where the worker hung or died, if it did."""
        assert self.process.stdin is not None
        self.process.stdin.write(" ".join(map(str, seeds)) + "\n")
        self.process.stdin.flush()
        at: dict[str, Any] = {"at": "model", "seed": seeds[0]}
        while True:
            try:
                line = self.lines.get(timeout=_PATIENCE_S.get(at["at"], _LONGEST_S))
                record = json.loads(line) if line.startswith("{") else None
            except queue.Empty:
                line, record = "slow", None
            if line in ("", "slow"):
                died = Outcome.SLOW if line else Outcome.TRACEBACK
                self.end()
                said = {"outcome": died, "said": "the worker " + (line or "died"), "layers": [], "options": []}
                yield {"kind": at["at"], "seed": at["seed"], **said}
                return
            if record is None:
                continue
            if "done" in record:
                self.models += len(seeds)
                return
            if "at" in record:
                at = record
            else:
                yield record

    def end(self) -> None:
        """Kill the process and what it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    @property
    def usable(self) -> bool:
        return self.process.poll() is None and self.models < _MODELS_OF_A_WORKER


class Hunt:
    """All records so far, on disk too."""

    def __init__(self, out: Path, total: int, kind: str) -> None:
        out.mkdir(parents=True, exist_ok=True)
        self.kind = kind
        self.out, self.path, self.total = out, out / "records.jsonl", total
        self.lock = threading.Lock()
        self.records = read_records(self.path)
        again = {record["seed"] for record in self.records if record["outcome"] in FAULTS} | self._interrupted()
        self.records = [record for record in self.records if record["seed"] not in again]
        self.path.write_text("".join(json.dumps(record) + "\n" for record in self.records), encoding="utf-8")
        self.begin, self.new = time.monotonic(), 0

    def _interrupted(self) -> set[int]:
        """Seeds of sound models that have not gone through what follows in their batch."""
        last = "kernel" if self.kind == HGQ2 else "csim"
        sound = {one["seed"] for one in self.records if (one["kind"], one["outcome"]) == ("model", Outcome.EQUAL)}
        return sound - {one["seed"] for one in self.records if one["kind"] == last}

    def add(self, record: dict[str, Any]) -> None:
        """Keep a record, and the recipe of a fault."""
        with self.lock:
            self.records.append(record)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
            self.new += record["kind"] == "model"
            if record["outcome"] in FAULTS:
                click.echo(f"{record['outcome'].upper()} {record['seed']} ({record['kind']}): {record['said']}")
            if record["outcome"] in FAULTS and self.kind == HGQ2:
                crasher = Crasher(record["said"], random_recipe(record["seed"])[0], routes=record["kind"] == "routes")
                (self.out / f"{record['seed']}.json").write_text(crasher.text(), encoding="utf-8")

    def progress(self) -> str:
        """Rate and time left."""
        rate = self.new / (time.monotonic() - self.begin)
        done = len({record["seed"] for record in self.records if record["kind"] == "model"})
        left = (self.total - done) / rate / 60 if rate else 0.0
        return f"{self.kind}: {done} of {self.total} models, {rate:.2f} a second, {left:.0f} min left"


def read_records(path: Path) -> list[dict[str, Any]]:
    """The records of a file; none where it does not exist."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def run(hunt: Hunt, seeds: Sequence[int], workers: int) -> None:
    """Judge all seeds that are not known yet, in batches."""
    known = {record["seed"] for record in hunt.records if record["kind"] == "model"}
    missing = [seed for seed in seeds if seed not in known]
    batches: queue.Queue[list[int]] = queue.Queue()
    for start in range(0, len(missing), BATCH):
        batches.put(missing[start : start + BATCH])

    def loop() -> None:
        worker = Worker(hunt.kind)
        while True:
            try:
                batch = batches.get_nowait()
            except queue.Empty:
                worker.end()
                return
            if not worker.usable:
                worker.end()
                worker = Worker(hunt.kind)
            for record in worker.judge(batch):
                hunt.add(record)
                if record["kind"] == "model":
                    batch = batch[1:]
            if batch:
                batches.put(batch)
            click.echo(hunt.progress())

    threads = [threading.Thread(target=loop) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def summary(records: list[dict[str, Any]]) -> str:
    """Counts of outcomes by kind of work, and of refusals by their sentence without names."""
    lines: list[str] = []
    for kind in dict.fromkeys(record["kind"] for record in records):
        counts = Counter(record["outcome"] for record in records if record["kind"] == kind)
        lines.append(f"{kind}: " + ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common()))
    refused = [record["said"] for record in records if record["outcome"] == Outcome.REFUSED]
    said = Counter(sentence for text in refused for sentence in reasons(text))
    return "\n".join([*lines, "refused because", *(f"{count:5} {sentence}" for sentence, count in said.most_common())])


def reasons(said: str) -> set[str]:
    """The reasons of a refusal without what is particular: names, numbers, quoted exceptions."""
    single = said.partition(" cannot be represented exactly: ")[2] or said
    parts = said.split(" - ")[1:] if "reasons: - " in said else [single]
    return {re.sub(r"/\S+|'[^']*'|-?\d[\d.]*|\[[^]]*\]|\([^;]*\)", "_", part)[:160] for part in parts}


@click.command()
@click.argument("formats", nargs=-1, type=click.Choice([HGQ2, *FORMATS, "others"]))
@click.option("--models", default=2000, show_default=True, help="How many models of each format.")
@click.option("--seed", default=0, show_default=True, help="The seed of the first.")
@click.option("--workers", default=1, show_default=True, help="How many processes.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("build/hunt"), show_default=True)
def main(formats: Sequence[str], models: int, seed: int, workers: int, out: Path) -> None:
    """Judge random models of some formats (HGQ2; "others" are all but it); exit code 1 where one is wrong or slow."""
    faulty = False
    for kind in [*FORMATS] if "others" in formats else formats or [HGQ2]:
        seeds = recorded(FAMILIES[kind])[:models] if kind in FAMILIES else range(seed, seed + models)
        hunt = Hunt(out if kind == HGQ2 else out / kind, len(seeds), kind)
        run(hunt, seeds, workers)
        click.echo(f"{kind}\n{summary(hunt.records)}")
        faulty |= any(record["outcome"] in FAULTS for record in hunt.records)
    sys.exit(faulty)


if __name__ == "__main__":
    main()
