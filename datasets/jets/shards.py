"""Shards on disk: ROOT files of one TTree and a manifest with a digest of each, so that a second run finds them.

A digest is the SHA-256 of the columns' bytes, not of the file (ROOT files carry times and UUIDs), so that the same seed
and recipe give the same digest. A shard is written under a temporary name and renamed when complete; the manifest is
replaced in the same way after every shard, so an interrupted run loses only the shards in work.
"""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot

from datasets.jets import clustering, detector, events
from datasets.jets.errors import JetDataError
from datasets.jets.generator import EVENTS_PER_BATCH, JetTable
from datasets.jets.schema import CLASS_NAMES, PARTICLE_FEATURES, SCALAR_COLUMNS, TREE_NAME

RECIPE_VERSION = 1
MANIFEST_NAME = "manifest.json"


@dataclass(frozen=True)
class ShardRequest:
    """One file to make: `n_jets` divides evenly into the five classes; `seed` is that of this shard alone."""

    path: Path
    n_jets: int
    seed: int


@dataclass(frozen=True)
class ShardRecord:
    """The entry of a finished shard in the manifest. `digest` is the SHA-256 (hex) of its columns."""

    file: str
    jets: int
    seed: int
    recipe: str
    digest: str


def recipe_digest() -> str:
    """SHA-256 (first 16 hex digits) of everything that decides a jet besides its seed."""
    recipe = {
        "version": RECIPE_VERSION,
        "processes": events.PROCESSES,
        "detector": [
            detector.TRACKER_LIMIT_GEV,
            detector.ELECTROMAGNETIC_CELL,
            detector.HADRONIC_CELL,
            detector.ETA_LIMIT,
            detector.CONSTITUENT_THRESHOLD_GEV,
        ],
        "jets": [clustering.RADIUS, clustering.JET_PT_RANGE_GEV, clustering.MATCH_RADIUS, clustering.MMDT_CUT],
        "batch": EVENTS_PER_BATCH,
        "classes": CLASS_NAMES,
        "pythia": _version("pythia8mc"),
        "fastjet": _version("fastjet"),
    }
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:16]


def table_digest(table: JetTable) -> str:
    """SHA-256 (hex) of names, little-endian values and counts, in the fixed order of the schema."""
    result = hashlib.sha256()
    for name in SCALAR_COLUMNS:
        _update(result, name, table.scalars[name])
    _update(result, "n_constituents", table.counts.astype(np.int32))
    for name in PARTICLE_FEATURES:
        _update(result, name, table.particles[name])
    return result.hexdigest()


def write_table(path: Path, table: JetTable, compression: Any = None) -> None:
    """Writes the TTree `jets` to `path` (a complete file or none), compressed by zlib level 1 unless told otherwise."""
    branches: dict[str, Any] = {name: table.scalars[name] for name in SCALAR_COLUMNS}
    jagged = {
        name.removeprefix("constituent_"): ak.unflatten(table.particles[name], table.counts)
        for name in PARTICLE_FEATURES
    }
    branches["constituent"] = ak.zip(jagged)
    write_tree(path, branches, "jets simulated by trigforge", compression or uproot.ZLIB(1))


def write_tree(path: Path, branches: dict[str, Any], title: str, compression: Any) -> None:
    """Writes arrays as the TTree `jets` to `path`: a complete file or none. Raises JetDataError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with uproot.recreate(temporary, compression=compression) as file:
            types = {name: getattr(value, "dtype", None) or value.type for name, value in branches.items()}
            file.mktree(TREE_NAME, types, title=title).extend(branches)
        temporary.replace(path)
    except OSError as error:
        raise JetDataError(f"cannot write {path}: {error.strerror or error}; choose another --out") from error
    finally:
        temporary.unlink(missing_ok=True)


def read_table(path: Path) -> JetTable:
    """Reads what `write_table` wrote, column by column. Raises JetDataError for a missing, foreign or damaged file."""
    if not path.is_file():
        raise JetDataError(f"{path}: no such file; generate jets with `trigforge data jets generate`")
    try:
        with uproot.open(path) as file:
            tree = file[TREE_NAME]
            missing = [name for name in (*SCALAR_COLUMNS, *PARTICLE_FEATURES) if name not in tree]
            if missing:
                raise JetDataError(f"{path}: branch {missing[0]!r} is missing from the tree {TREE_NAME!r}")
            scalars = {name: tree[name].array(library="np") for name in SCALAR_COLUMNS}
            jagged = {name: tree[name].array(library="ak") for name in PARTICLE_FEATURES}
            counts = ak.to_numpy(ak.num(jagged[PARTICLE_FEATURES[0]], axis=1)).astype(np.int64)
            particles = {name: ak.to_numpy(ak.flatten(array, axis=1)) for name, array in jagged.items()}
    except JetDataError:
        raise
    except Exception as error:  # uproot raises many kinds for a damaged file
        raise JetDataError(
            f"{path}: not a readable ROOT file with a tree {TREE_NAME!r} ({type(error).__name__}); "
            "delete it and generate it again"
        ) from error
    return JetTable(scalars, counts, particles)


def load_manifest(folder: Path) -> dict[str, ShardRecord]:
    """Records by file name; empty where there is no manifest yet."""
    path = folder / MANIFEST_NAME
    if not path.exists():
        return {}
    try:
        return {entry["file"]: ShardRecord(**entry) for entry in json.loads(path.read_text())["shards"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise JetDataError(f"{path}: damaged manifest ({type(error).__name__}); delete it to start again") from error


def save_manifest(folder: Path, records: dict[str, ShardRecord]) -> None:
    """Replaces the manifest in one step, shards sorted by name."""
    path = folder / MANIFEST_NAME
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    content = {"shards": [asdict(records[name]) for name in sorted(records)]}
    try:
        temporary.write_text(json.dumps(content, indent=1) + "\n")
        temporary.replace(path)
    except OSError as error:
        raise JetDataError(f"cannot write {path}: {error.strerror or error}; choose another --out") from error


def is_complete(request: ShardRequest, records: dict[str, ShardRecord], recipe: str) -> bool:
    """True where the shard exists, was made by this seed and recipe, and still has its digest."""
    record = records.get(request.path.name)
    if record is None or (record.seed, record.jets, record.recipe) != (request.seed, request.n_jets, recipe):
        return False
    try:
        return table_digest(read_table(request.path)) == record.digest
    except JetDataError:
        return False


def _update(digest: "hashlib._Hash", name: str, column: np.ndarray[Any, Any]) -> None:
    digest.update(f"{name}:{column.dtype.str}:{len(column)};".encode())
    digest.update(np.ascontiguousarray(column.astype(column.dtype.newbyteorder("<"))).tobytes())


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "absent"
