"""Files on disk -> `FlavourJets`: our ROOT files, and by their endings the public forms (`public`)."""

from pathlib import Path

import numpy as np

from datasets.flavour.errors import FlavourDataError
from datasets.flavour.files import library, read_table
from datasets.flavour.public import check_order, read_hdf5, read_ntuple
from datasets.flavour.schema import CLASSES, TRACK_COLUMNS, TREE_NAME, FlavourJets, finite, join

SAMPLE_PATH = Path(__file__).resolve().parent / "sample.root"
HDF5_ENDINGS = (".h5", ".hdf5")


def read_flavour(
    path: str | Path,
    limit: int | None = None,
    *,
    part: str | None = None,
    order: tuple[str, ...] = CLASSES,
    opposite_d0: bool = False,
) -> FlavourJets:
    """The jets, or the first `limit`, of a file by its ending (`.root`, `.h5`), or of a folder's files, sorted by name.

    `part` and `order` are those of `read_hdf5`, `opposite_d0` that of `read_ntuple`. Raises FlavourDataError.
    """
    if limit is not None and limit < 1:
        raise FlavourDataError(f"{limit} jets of {path}; ask for 1 or more")
    check_order(order)
    path = Path(path)
    files = [path]
    if path.is_dir():
        found = sorted(file for file in path.iterdir() if file.suffix in (".root", *HDF5_ENDINGS))
        files = [file for file in found if not file.name.startswith(".")]
        if not files:
            raise FlavourDataError(f"{path}: no .root or .h5 files in this folder; give a folder of shards, or a file")
    parts: list[FlavourJets] = []
    missing = limit
    for file in files:
        if file.suffix in HDF5_ENDINGS:
            jets = read_hdf5(file, part, order, missing)
        elif file.suffix != ".root":
            known = "unknown kind of file" if file.exists() else "no such file or folder"
            raise FlavourDataError(f"{file}: {known}; expected .root or .h5, or a folder of these")
        elif file.is_file() and not _is_ours(file):
            jets = read_ntuple(file, missing, opposite_d0)
        else:
            jets = read_root(file).take(slice(missing))
        parts.append(jets)
        missing = None if missing is None else missing - len(jets)
        if missing == 0:
            break
    return join(parts)


def read_root(path: str | Path = SAMPLE_PATH) -> FlavourJets:
    """All jets of a ROOT file made here. Raises FlavourDataError."""
    path = Path(path)
    columns = read_table(path).columns
    tracks = np.stack([columns[name] for name in TRACK_COLUMNS], axis=2)
    label = columns["label"]
    if len(label) and not (label.min() >= 0 and label.max() < len(CLASSES)):
        raise FlavourDataError(f"{path}: labels reach {label.min()}..{label.max()}, expected 0..{len(CLASSES) - 1}")
    return finite(path, FlavourJets(tracks, label, columns["jet_pt"], columns["jet_eta"]))


def _is_ours(path: Path) -> bool:
    try:
        with library("uproot").open(path) as file:
            return TREE_NAME in file and TRACK_COLUMNS[0] in file[TREE_NAME]
    except FlavourDataError:
        raise
    except Exception:  # uproot raises many kinds for a damaged file
        return True  # `read_root` says what is wrong
