"""Production of shards on several processes: their seeds, those that are complete, progress while the rest is made."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from datasets.jets.errors import JetDataError
from datasets.jets.generator import JetTable, concatenate, generate_class
from datasets.jets.schema import CLASS_NAMES
from datasets.jets.shards import (
    ShardRecord,
    ShardRequest,
    is_complete,
    load_manifest,
    recipe_digest,
    save_manifest,
    table_digest,
    write_table,
)

SPLIT_JETS: dict[str, int] = {"train": 200_000, "val": 20_000, "test": 50_000, "sample": 10_000}
"""Jets of each split by default."""

_SPLIT_NUMBER = {split: number for number, split in enumerate(SPLIT_JETS)}


@dataclass(frozen=True)
class Production:
    """Outcome of a run: shards made now, shards found complete, and jets in both together."""

    made: int
    cached: int
    jets: int


def plan_shards(folder: Path, split: str, n_jets: int, seed: int, shard_jets: int) -> list[ShardRequest]:
    """Divides `n_jets` into shards of `shard_jets` (both multiples of 5; the last may be smaller).

    Seeds come from (seed, split, shard number) through NumPy's SeedSequence, so no two splits share one.
    """
    if n_jets <= 0 or n_jets % len(CLASS_NAMES) or shard_jets <= 0 or shard_jets % len(CLASS_NAMES):
        raise JetDataError(
            f"{n_jets} jets in shards of {shard_jets}: both must be positive multiples of {len(CLASS_NAMES)}, "
            "the number of classes"
        )
    requests: list[ShardRequest] = []
    for number, first in enumerate(range(0, n_jets, shard_jets)):
        state = np.random.SeedSequence([seed, _SPLIT_NUMBER[split], number]).generate_state(1)
        path = folder / f"{split}_{number:03d}.root"
        requests.append(ShardRequest(path, min(shard_jets, n_jets - first), int(state[0])))
    return requests


def generate_shard(request: ShardRequest) -> JetTable:
    """Equal numbers of the five classes in a random order that the seed fixes."""
    per_class = request.n_jets // len(CLASS_NAMES)
    table = concatenate([generate_class(name, per_class, request.seed) for name in CLASS_NAMES])
    return table.take(np.random.default_rng([request.seed, len(CLASS_NAMES)]).permutation(len(table)))


def produce(
    requests: list[ShardRequest],
    workers: int,
    on_shard: Callable[[ShardRecord, bool], None],
) -> Production:
    """Makes what is missing. `on_shard(record, was_cached)` is called in this process after each shard.

    Raises JetDataError; shards finished before an error or an interrupt stay, and a second call goes on from there.
    """
    folder = requests[0].path.parent
    _prepare(folder, requests)
    recipe = recipe_digest()
    records = load_manifest(folder)
    missing: list[ShardRequest] = []
    for request in requests:
        if is_complete(request, records, recipe):
            on_shard(records[request.path.name], True)
        else:
            missing.append(request)

    def finished(record: ShardRecord) -> None:
        current = load_manifest(folder) | {record.file: record}
        save_manifest(folder, current)
        on_shard(record, False)

    if workers == 1 or len(missing) <= 1:
        for request in missing:
            finished(_make(request, recipe))
    else:
        _make_in_parallel(missing, recipe, workers, finished)
    return Production(len(missing), len(requests) - len(missing), sum(request.n_jets for request in requests))


def _prepare(folder: Path, requests: list[ShardRequest]) -> None:
    """Makes the folder, and clears what a killed run left of these shards."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for request in requests:
            for leftover in folder.glob(f".{request.path.name}.*.part"):
                leftover.unlink()
    except OSError as error:
        raise JetDataError(f"cannot use {folder}: {error.strerror or error}; choose another --out") from error
    if not os.access(folder, os.W_OK):
        raise JetDataError(f"cannot write to {folder}: permission denied; choose another --out")


def _make_in_parallel(
    missing: list[ShardRequest], recipe: str, workers: int, finished: Callable[[ShardRecord], None]
) -> None:
    """Workers keep the default action of Ctrl-C: they end at once and silently, and the parent reports."""
    pool = ProcessPoolExecutor(
        workers, get_context("spawn"), initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_DFL)
    )
    try:
        pending = {pool.submit(_make, request, recipe) for request in missing}
        while pending:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                finished(future.result())
    except BrokenProcessPool as error:
        raise JetDataError(
            "a worker ended before its shard was complete (out of memory, or killed); "
            "run the same command again to go on, perhaps with fewer --workers"
        ) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _make(request: ShardRequest, recipe: str) -> ShardRecord:
    table = generate_shard(request)
    write_table(request.path, table)
    return ShardRecord(request.path.name, request.n_jets, request.seed, recipe, table_digest(table))
