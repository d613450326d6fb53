"""Shards on disk, for every data set that is simulated in pieces: ROOT files and a manifest with a digest of each.

A digest is the SHA-256 of the columns' bytes, not of the file (ROOT files carry times and UUIDs), so that the same seed
and recipe give the same digest. A shard is written under a temporary name and renamed when complete; the manifest is
replaced in the same way after every shard, so an interrupted run loses only the shards in work.
"""

import hashlib
import json
import os
import signal
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib import metadata
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from trigforge.errors import TrigforgeError

MANIFEST_NAME = "manifest.json"


@dataclass(frozen=True)
class Store:
    """A data set's folders of shards: `counted` is the word for its entries ("jets"), `error` the class it raises."""

    counted: str
    error: type[TrigforgeError]


@dataclass(frozen=True)
class ShardRequest:
    """One file to make, of `entries` entries; `seed` is that of this shard alone."""

    path: Path
    entries: int
    seed: int


@dataclass(frozen=True)
class ShardRecord:
    """The entry of a finished shard in the manifest. `digest` is the SHA-256 (hex) of its columns."""

    file: str
    entries: int
    seed: int
    recipe: str
    digest: str


@dataclass(frozen=True)
class Recipe:
    """How one data set makes its shards.

    `make` writes the file of a request and returns its digest; workers import it by name, so it is a function of a
    module, or a partial of one. `digest_of` reads a file and returns its digest, or raises the store's error. `name`
    stands for everything that decides an entry besides its seed.
    """

    store: Store
    name: str
    make: Callable[[ShardRequest], str]
    digest_of: Callable[[Path], str]


@dataclass(frozen=True)
class Production:
    """Outcome of a run: shards made now, shards found complete, and entries in both together."""

    made: int
    cached: int
    entries: int


def plan_shards(folder: Path, split: str, number: int, entries: int, seed: int, shard: int) -> list[ShardRequest]:
    """Divides `entries` into shards of `shard` (the last may be smaller), all of the split with this `number`.

    Seeds come from (seed, number of the split, number of the shard) through NumPy's SeedSequence: none is shared.
    """
    requests: list[ShardRequest] = []
    for count, first in enumerate(range(0, entries, shard)):
        state = np.random.SeedSequence([seed, number, count]).generate_state(1)
        path = folder / f"{split}_{count:03d}.root"
        requests.append(ShardRequest(path, min(shard, entries - first), int(state[0])))
    return requests


def check_equal_classes(entries: int, shard: int, classes: int, store: Store) -> None:
    """Raises the store's error where a split or its shards cannot hold equal numbers of each class."""
    if entries <= 0 or entries % classes or shard <= 0 or shard % classes:
        raise store.error(
            f"{entries} {store.counted} in shards of {shard}: both must be positive multiples of {classes}, "
            "the number of classes"
        )


def produce(
    requests: list[ShardRequest], recipe: Recipe, workers: int, on_shard: Callable[[ShardRecord, bool], None]
) -> Production:
    """Makes what is missing. `on_shard(record, was_cached)` is called in this process after each shard.

    Raises the store's error; shards finished before an error or interrupt stay, and a second call goes on from there.
    """
    folder = requests[0].path.parent
    _prepare(folder, requests, recipe.store)
    records = load_manifest(folder, recipe.store)
    missing: list[ShardRequest] = []
    for request in requests:
        if _is_complete(request, records, recipe):
            on_shard(records[request.path.name], True)
        else:
            missing.append(request)

    def finished(request: ShardRequest, digest: str) -> None:
        record = ShardRecord(request.path.name, request.entries, request.seed, recipe.name, digest)
        current = load_manifest(folder, recipe.store) | {record.file: record}
        save_manifest(folder, current, recipe.store)
        on_shard(record, False)

    if workers == 1 or len(missing) <= 1:
        for request in missing:
            finished(request, recipe.make(request))
    else:
        _make_in_parallel(missing, recipe, workers, finished)
    return Production(len(missing), len(requests) - len(missing), sum(request.entries for request in requests))


def load_manifest(folder: Path, store: Store) -> dict[str, ShardRecord]:
    """Records by file name; empty where there is no manifest yet. Raises the store's error for a damaged one."""
    path = folder / MANIFEST_NAME
    if not path.exists():
        return {}
    try:
        shards = json.loads(path.read_text())["shards"]
        records = [ShardRecord(entries=entry.pop(store.counted), **entry) for entry in shards]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise store.error(f"{path}: damaged manifest ({type(error).__name__}); delete it to start again") from error
    return {record.file: record for record in records}


def save_manifest(folder: Path, records: dict[str, ShardRecord], store: Store) -> None:
    """Replaces the manifest in one step, shards sorted by name. Raises the store's error."""
    path = folder / MANIFEST_NAME
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    ordered = [records[name] for name in sorted(records)]
    content = {
        "shards": [
            {"file": r.file, store.counted: r.entries, "seed": r.seed, "recipe": r.recipe, "digest": r.digest}
            for r in ordered
        ]
    }
    try:
        temporary.write_text(json.dumps(content, indent=1) + "\n")
        temporary.replace(path)
    except OSError as error:
        raise store.error(f"cannot write {path}: {error.strerror or error}; choose another --out") from error


def write_tree(path: Path, tree: str, branches: dict[str, Any], title: str, compression: Any, store: Store) -> None:
    """Writes arrays as the TTree `tree` to `path`: a complete file or none. Raises the store's error."""
    import uproot

    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with uproot.recreate(temporary, compression=compression) as file:
            file.mktree(tree, {name: _branch(value) for name, value in branches.items()}, title=title).extend(branches)
        temporary.replace(path)
    except OSError as error:
        raise store.error(f"cannot write {path}: {error.strerror or error}; choose another --out") from error
    finally:
        temporary.unlink(missing_ok=True)


def update_digest(digest: "hashlib._Hash", name: str, column: np.ndarray[Any, Any]) -> None:
    """Adds a column to a digest: its name, type, length and little-endian values."""
    digest.update(f"{name}:{column.dtype.str}:{len(column)};".encode())
    digest.update(np.ascontiguousarray(column.astype(column.dtype.newbyteorder("<"))).tobytes())


def recipe_name(recipe: dict[str, Any]) -> str:
    """SHA-256 (first 16 hex digits) of a recipe, whose values JSON can say."""
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:16]


def package_version(package: str) -> str:
    """The version of an installed package, "absent" without it."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "absent"


def _branch(value: Any) -> Any:
    """The type of a branch: of a NumPy array with the shape of an entry, or of an awkward array."""
    dtype = getattr(value, "dtype", None)
    if dtype is None:
        return value.type
    return (dtype, value.shape[1:]) if value.ndim > 1 else dtype


def _is_complete(request: ShardRequest, records: dict[str, ShardRecord], recipe: Recipe) -> bool:
    """True where the shard exists, was made by this seed and recipe, and still has its digest."""
    record = records.get(request.path.name)
    if record is None or (record.seed, record.entries, record.recipe) != (request.seed, request.entries, recipe.name):
        return False
    try:
        return recipe.digest_of(request.path) == record.digest
    except recipe.store.error:
        return False


def _prepare(folder: Path, requests: list[ShardRequest], store: Store) -> None:
    """Makes the folder, and clears what a killed run left of these shards."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for request in requests:
            for leftover in folder.glob(f".{request.path.name}.*.part"):
                leftover.unlink()
    except OSError as error:
        raise store.error(f"cannot use {folder}: {error.strerror or error}; choose another --out") from error
    if not os.access(folder, os.W_OK):
        raise store.error(f"cannot write to {folder}: permission denied; choose another --out")


def _make_in_parallel(
    missing: list[ShardRequest], recipe: Recipe, workers: int, finished: Callable[[ShardRequest, str], None]
) -> None:
    """Workers keep the default action of Ctrl-C: they end at once and silently, and the parent reports."""
    pool = ProcessPoolExecutor(
        workers, get_context("spawn"), initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_DFL)
    )
    try:
        pending = {pool.submit(recipe.make, request): request for request in missing}
        while pending:
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                finished(pending.pop(future), future.result())
    except BrokenProcessPool as error:
        raise recipe.store.error(
            "a worker ended before its shard was complete (out of memory, or killed); "
            "run the same command again to go on, perhaps with fewer --workers"
        ) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
