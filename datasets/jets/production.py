"""Production of shards of jets: which there are, and how one is made."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from datasets import shards
from datasets.jets.generator import JetTable, concatenate, generate_class
from datasets.jets.schema import CLASS_NAMES
from datasets.jets.shards import STORE, read_table, recipe_digest, table_digest, write_table
from datasets.shards import Production, Recipe, ShardRecord, ShardRequest

SPLIT_JETS: dict[str, int] = {"train": 200_000, "val": 20_000, "test": 50_000, "sample": 10_000}
"""Jets of each split by default."""

_SPLIT_NUMBER = {split: number for number, split in enumerate(SPLIT_JETS)}


def plan_shards(folder: Path, split: str, n_jets: int, seed: int, shard_jets: int) -> list[ShardRequest]:
    """Divides `n_jets` into shards of `shard_jets` (both multiples of 5; the last may be smaller).

    No two splits share a seed.
    """
    shards.check_equal_classes(n_jets, shard_jets, len(CLASS_NAMES), STORE)
    return shards.plan_shards(folder, split, _SPLIT_NUMBER[split], n_jets, seed, shard_jets)


def generate_shard(request: ShardRequest) -> JetTable:
    """Equal numbers of the five classes in a random order that the seed fixes."""
    per_class = request.entries // len(CLASS_NAMES)
    table = concatenate([generate_class(name, per_class, request.seed) for name in CLASS_NAMES])
    return table.take(np.random.default_rng([request.seed, len(CLASS_NAMES)]).permutation(len(table)))


def produce(
    requests: list[ShardRequest],
    workers: int,
    on_shard: Callable[[ShardRecord, bool], None],
) -> Production:
    """Makes what is missing, as `datasets.shards.produce` does. Raises JetDataError."""
    return shards.produce(requests, Recipe(STORE, recipe_digest(), _make, _digest_of), workers, on_shard)


def _make(request: ShardRequest) -> str:
    table = generate_shard(request)
    write_table(request.path, table)
    return table_digest(table)


def _digest_of(path: Path) -> str:
    return table_digest(read_table(path))
