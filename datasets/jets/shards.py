"""Shards of jets: ROOT files of one TTree, the digest of a table, and everything that decides a jet."""

import hashlib
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot

from datasets.jets import clustering, detector, events
from datasets.jets.errors import JetDataError
from datasets.jets.generator import EVENTS_PER_BATCH, JetTable
from datasets.jets.schema import CLASS_NAMES, PARTICLE_FEATURES, SCALAR_COLUMNS, TREE_NAME
from datasets.shards import Store, package_version, recipe_name, update_digest, write_tree

RECIPE_VERSION = 1
STORE = Store("jets", JetDataError)
"""The folders that `production` fills."""


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
        "pythia": package_version("pythia8mc"),
        "fastjet": package_version("fastjet"),
    }
    return recipe_name(recipe)


def table_digest(table: JetTable) -> str:
    """SHA-256 (hex) of names, little-endian values and counts, in the fixed order of the schema."""
    result = hashlib.sha256()
    for name in SCALAR_COLUMNS:
        update_digest(result, name, table.scalars[name])
    update_digest(result, "n_constituents", table.counts.astype(np.int32))
    for name in PARTICLE_FEATURES:
        update_digest(result, name, table.particles[name])
    return result.hexdigest()


def write_table(path: Path, table: JetTable, compression: Any = None) -> None:
    """Writes the TTree `jets` to `path` (a complete file or none), compressed by zlib level 1 unless told otherwise."""
    branches: dict[str, Any] = {name: table.scalars[name] for name in SCALAR_COLUMNS}
    jagged = {
        name.removeprefix("constituent_"): ak.unflatten(table.particles[name], table.counts)
        for name in PARTICLE_FEATURES
    }
    branches["constituent"] = ak.zip(jagged)
    write_tree(path, TREE_NAME, branches, "jets simulated by trigforge", compression or uproot.ZLIB(1), STORE)


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
