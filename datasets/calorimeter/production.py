"""Production of shards of modules: their seeds, and how one is made."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np

from datasets import shards
from datasets.calorimeter import detector, geometry, modules, particles
from datasets.calorimeter import showers as shower_models
from datasets.calorimeter.errors import CalorimeterDataError
from datasets.calorimeter.files import STORE, digest, read_root, write_root
from datasets.calorimeter.generator import PYTHIA, Conditions, check, simulate
from datasets.shards import Production, Recipe, ShardRecord, ShardRequest, package_version, recipe_name

SPLIT_MODULES: dict[str, int] = {"train": 500_000, "val": 50_000, "test": 100_000}
"""Modules of each split by default."""
RECIPE_VERSION = 1

_SPLIT_NUMBER = {split: number for number, split in enumerate(SPLIT_MODULES)}


def plan_shards(folder: Path, split: str, count: int, seed: int, shard: int) -> list[ShardRequest]:
    """Divides `count` modules into shards of `shard` (the last may be smaller). No two splits share a seed."""
    if count < 1 or shard < 1:
        raise CalorimeterDataError(f"{count} modules in shards of {shard}; give numbers from 1")
    return shards.plan_shards(folder, split, _SPLIT_NUMBER[split], count, seed, shard)


def produce(
    requests: list[ShardRequest],
    conditions: Conditions,
    workers: int,
    on_shard: Callable[[ShardRecord, bool], None],
) -> Production:
    """Makes what is missing, as `datasets.shards.produce` does. Raises `CalorimeterDataError`."""
    check(conditions)
    recipe = Recipe(STORE, recipe_digest(conditions), partial(_make, conditions), _digest_of)
    return shards.produce(requests, recipe, workers, on_shard)


def recipe_digest(conditions: Conditions) -> str:
    """SHA-256 (first 16 hex digits) of everything that decides a module besides its seed."""
    constants = {
        name: value
        for module in (detector, particles, shower_models, modules)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, (int, float, tuple, str))
    }
    recipe = {
        "version": RECIPE_VERSION,
        "conditions": asdict(conditions),
        "constants": {name: repr(value) for name, value in constants.items()},
        "layers": {name: column.tolist() for name, column in vars(detector.LAYERS).items()},
        "positions": geometry.POSITIONS_CM.tolist(),
        "numpy": np.__version__,
        "pythia": package_version("pythia8mc") if conditions.minimum_bias == PYTHIA else "unused",
    }
    return recipe_name(recipe)


def _make(conditions: Conditions, request: ShardRequest) -> str:
    made = simulate(request.entries, request.seed, conditions)
    write_root(request.path, made)
    return digest(made)


def _digest_of(path: Path) -> str:
    return digest(read_root(path))
