"""Files of muons: ROOT, made here, and the HDF5 files of the public ``fake-TGC`` sample."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.muon.errors import MuonDataError, missing_reader
from datasets.muon.simulation import Muons

SAMPLE_PATH = Path(__file__).resolve().parent / "sample.root"
TREE = "muons"
GAPS, CHANNELS = 7, 50
BRANCHES = tuple(f"gap_{number}" for number in range(1, GAPS + 1))


def write_root(path: str | Path, muons: Muons) -> None:
    """One TTree, ``muons``: ``gap_1`` to ``gap_7`` (50 bytes, 1 where a channel fired), ``angle_mrad``, ``pt_gev``.

    Raises ``MuonDataError`` for muons of another chamber or a path that cannot be written.
    """
    uproot, path = _library("uproot"), Path(path)
    if muons.hits.shape[1:] != (GAPS, CHANNELS):
        raise MuonDataError(
            f"the muons have {muons.hits.shape[1]} gaps of {muons.hits.shape[2]} channels; "
            f"a file holds {GAPS} of {CHANNELS}"
        )
    columns = {name: muons.hits[:, gap].view(np.uint8) for gap, name in enumerate(BRANCHES)}
    scalars = {"angle_mrad": muons.angle_mrad.astype(np.float32), "pt_gev": muons.pt_gev.astype(np.float32)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with uproot.recreate(path, compression=uproot.LZMA(9)) as file:
            file.mktree(TREE, {**dict.fromkeys(columns, (np.uint8, (CHANNELS,))), **dict.fromkeys(scalars, np.float32)})
            file[TREE].extend({**columns, **scalars})
    except OSError as error:
        raise MuonDataError(f"{path} cannot be written: {error.strerror}; give another path") from None


def read_root(path: str | Path = SAMPLE_PATH, limit: int | None = None) -> Muons:
    """The first ``limit`` (default: all) muons of a file made here. Raises ``MuonDataError``."""
    uproot, path = _library("uproot"), Path(path)
    if not path.is_file():
        raise MuonDataError(f"muon file {path} does not exist; check the path")
    try:
        with uproot.open(path) as file:
            arrays = file[TREE].arrays([*BRANCHES, "angle_mrad", "pt_gev"], entry_stop=limit, library="np")
    except Exception as error:  # uproot raises many types for damaged files
        raise MuonDataError(
            f"muon file {path} cannot be read ({type(error).__name__}); make it again with "
            "python -m datasets.muon generate"
        ) from None
    hits = np.stack([arrays[name].astype(np.bool_) for name in BRANCHES], axis=1)
    return Muons(hits, arrays["angle_mrad"].astype(np.float64), arrays["pt_gev"].astype(np.float64))


def read_fake_tgc(path: str | Path) -> dict[str, Muons]:
    """The splits ``train``, ``validation`` and ``test`` of a public ``fake-TGC`` file; ``pt_gev`` is 0, not known.

    ``X`` bool (n, 7, 50), ``Y`` mrad (n,); shuffled by ``default_rng(42)``, then cut at 70 and 80 %. Raises
    ``MuonDataError`` for another content.
    """
    h5py, path = _library("h5py"), Path(path)
    if not path.is_file():
        raise MuonDataError(f"muon file {path} does not exist; check the path")
    try:
        with h5py.File(path, "r") as file:
            missing = [name for name in ("X", "Y") if name not in file]
            if missing:
                raise MuonDataError(
                    f"{path} holds no dataset {missing[0]!r}; a fake-TGC file holds X (n, 7, 50) and Y (n,)"
                )
            hits, angle = np.asarray(file["X"][()]), np.asarray(file["Y"][()], np.float64).reshape(-1)
    except OSError as error:
        raise MuonDataError(f"{path} is not HDF5 or damaged ({error})") from None
    if hits.shape[1:] != (GAPS, CHANNELS) or len(hits) != len(angle):
        raise MuonDataError(
            f"{path} holds X {hits.shape} and Y {angle.shape}; a fake-TGC file holds X (n, 7, 50) and Y (n,)"
        )
    muons = Muons(hits.astype(np.bool_), angle, np.zeros(len(angle)))
    order: NDArray[np.int64] = np.random.default_rng(42).permutation(len(angle))
    first, second = int(0.7 * len(order)), int(0.8 * len(order))
    parts = {"train": order[:first], "validation": order[first:second], "test": order[second:]}
    return {name: muons.take(chosen) for name, chosen in parts.items()}


def _library(name: str) -> Any:
    try:
        return __import__(name)
    except ImportError:
        raise missing_reader(name) from None
