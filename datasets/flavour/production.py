"""Production of shards of jets: which there are, and how one is made."""

from collections.abc import Callable
from pathlib import Path

from datasets import shards
from datasets.flavour.files import STORE, read_table, recipe_digest, table_digest, write_table
from datasets.flavour.generator import generate_jets
from datasets.flavour.schema import CLASSES
from datasets.shards import Production, Recipe, ShardRecord, ShardRequest

SPLIT_JETS: dict[str, int] = {"train": 300_000, "val": 30_000, "test": 75_000, "sample": 12_000}
"""Jets of each split by default."""

_SPLIT_NUMBER = {split: number for number, split in enumerate(SPLIT_JETS)}


def plan_shards(folder: Path, split: str, jets: int, seed: int, shard_jets: int) -> list[ShardRequest]:
    """Divides `jets` into shards of `shard_jets` (both multiples of 3; the last may be smaller).

    No two splits share a seed.
    """
    shards.check_equal_classes(jets, shard_jets, len(CLASSES), STORE)
    return shards.plan_shards(folder, split, _SPLIT_NUMBER[split], jets, seed, shard_jets)


def produce(requests: list[ShardRequest], workers: int, on_shard: Callable[[ShardRecord, bool], None]) -> Production:
    """Makes what is missing, as `datasets.shards.produce` does. Raises FlavourDataError."""
    return shards.produce(requests, Recipe(STORE, recipe_digest(), _make, _digest_of), workers, on_shard)


def _make(request: ShardRequest) -> str:
    table = generate_jets(request.entries, request.seed)
    write_table(request.path, table)
    return table_digest(table)


def _digest_of(path: Path) -> str:
    return table_digest(read_table(path))
