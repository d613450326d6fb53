"""ROOT files of modules made here: one TTree, `modules`, of which an entry is a module; their digest."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from datasets.calorimeter.errors import CalorimeterDataError, missing_reader
from datasets.calorimeter.modules import TRUTH, Modules
from datasets.shards import Store, update_digest, write_tree

SAMPLE_PATH = Path(__file__).resolve().parent / "sample.root"
TREE = "modules"
CHARGES = "calq"
STORE = Store("modules", CalorimeterDataError)


def write_root(path: str | Path, modules: Modules, small: bool = False) -> None:
    """The branches `calq` (48 int32) and the columns of `TRUTH` that are known; whole or not at all.

    `small` takes LZMA for zlib: a third smaller, and slow. Raises `CalorimeterDataError`.
    """
    uproot = library("uproot")
    branches: dict[str, Any] = {CHARGES: modules.calq, **modules.truth}
    compression = uproot.LZMA(9) if small else uproot.ZLIB(1)
    write_tree(Path(path), TREE, branches, "modules simulated by trigforge", compression, STORE)


def read_root(path: str | Path = SAMPLE_PATH, limit: int | None = None) -> Modules:
    """The first `limit` (default: all) modules of a file made here. Raises `CalorimeterDataError`."""
    uproot, path = library("uproot"), Path(path)
    if not path.is_file():
        raise CalorimeterDataError(f"{path}: no such file; make modules with `python -m datasets.calorimeter generate`")
    try:
        with uproot.open(path) as file:
            tree = file[TREE]
            names = [name for name in TRUTH if name in tree]
            arrays = tree.arrays([CHARGES, *names], entry_stop=limit, library="np")
    except Exception as error:  # uproot raises many kinds for a damaged file
        raise CalorimeterDataError(
            f"{path}: not a readable ROOT file with a tree {TREE!r} ({type(error).__name__}); "
            "delete it and generate it again"
        ) from None
    if arrays[CHARGES].dtype != np.int32:
        raise CalorimeterDataError(f"{path}: the branch {CHARGES!r} holds {arrays[CHARGES].dtype}, expected 48 int32")
    return Modules(arrays[CHARGES], {name: arrays[name].astype(TRUTH[name]) for name in names})


def digest(modules: Modules) -> str:
    """SHA-256 (hex) of names, little-endian values and counts, in the order of `TRUTH`."""
    result = hashlib.sha256()
    update_digest(result, CHARGES, modules.calq)
    for name in TRUTH:
        if name in modules.truth:
            update_digest(result, name, modules.truth[name])
    return result.hexdigest()


def library(name: str) -> Any:
    """The module `name`. Raises `CalorimeterDataError` that names the extra where it is not installed."""
    try:
        return __import__(name)
    except ImportError:
        raise missing_reader(name) from None
