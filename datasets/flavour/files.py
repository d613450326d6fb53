"""ROOT files of jets made here: one TTree, `jets`; the digest of a table, and everything that decides a jet."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from datasets.flavour import clustering, events, matching, tracks
from datasets.flavour.errors import FlavourDataError, missing_reader
from datasets.flavour.generator import EVENTS_PER_BATCH, JetTable
from datasets.flavour.schema import CLASSES, FEATURES, JET_COLUMNS, TRACK_COLUMNS, TRACKS, TREE_NAME
from datasets.shards import Store, package_version, recipe_name, update_digest, write_tree

RECIPE_VERSION = 1
STORE = Store("jets", FlavourDataError)


def recipe_digest() -> str:
    """SHA-256 (first 16 hex digits) of everything that decides a jet besides its seed."""
    constants = {
        f"{module.__name__}.{name}": repr(value)
        for module in (events, clustering, tracks, matching)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, (int, float, tuple, dict))
    }
    recipe = {
        "version": RECIPE_VERSION,
        "constants": constants,
        "batch": EVENTS_PER_BATCH,
        "classes": CLASSES,
        "features": FEATURES,
        "pythia": package_version("pythia8mc"),
        "fastjet": package_version("fastjet"),
        "numpy": np.__version__,
    }
    return recipe_name(recipe)


def table_digest(table: JetTable) -> str:
    """SHA-256 (hex) of names, little-endian values and length, in the fixed order of the schema."""
    result = hashlib.sha256()
    for name in (*JET_COLUMNS, *TRACK_COLUMNS):
        update_digest(result, name, table.columns[name])
    return result.hexdigest()


def write_table(path: Path, table: JetTable, small: bool = False) -> None:
    """Writes the TTree `jets`: a complete file or none. `small` takes LZMA for zlib: smaller, and slow."""
    uproot = library("uproot")
    branches: dict[str, Any] = {name: table.columns[name] for name in (*JET_COLUMNS, *TRACK_COLUMNS)}
    compression = uproot.LZMA(9) if small else uproot.ZLIB(1)
    write_tree(path, TREE_NAME, branches, "jets simulated by trigforge", compression, STORE)


def read_table(path: Path) -> JetTable:
    """Reads what `write_table` wrote. Raises FlavourDataError for a missing, foreign or damaged file."""
    uproot = library("uproot")
    if not path.is_file():
        raise FlavourDataError(f"{path}: no such file; generate jets with `trigforge data flavour generate`")
    try:
        with uproot.open(path) as file:
            tree = file[TREE_NAME]
            missing = [name for name in (*JET_COLUMNS, *TRACK_COLUMNS) if name not in tree]
            if missing:
                raise FlavourDataError(f"{path}: branch {missing[0]!r} is missing from the tree {TREE_NAME!r}")
            columns = {name: tree[name].array(library="np") for name in (*JET_COLUMNS, *TRACK_COLUMNS)}
    except FlavourDataError:
        raise
    except Exception as error:  # uproot raises many kinds for a damaged file
        raise FlavourDataError(
            f"{path}: not a readable ROOT file with a tree {TREE_NAME!r} ({type(error).__name__}); "
            "delete it and generate it again"
        ) from None
    for name, column in columns.items():
        kind, shape = (JET_COLUMNS[name], ()) if name in JET_COLUMNS else (np.float32, (TRACKS,))
        if column.dtype != kind or column.shape[1:] != shape:
            raise FlavourDataError(
                f"{path}: branch {name!r} holds {column.dtype} of shape {column.shape[1:]}, "
                f"expected {np.dtype(kind)} of shape {shape}; delete the file and generate it again"
            )
    return JetTable(columns)


def library(name: str) -> Any:
    """The module `name`. Raises FlavourDataError that names the extra where it is not installed."""
    try:
        return __import__(name)
    except ImportError:
        raise missing_reader(name) from None
