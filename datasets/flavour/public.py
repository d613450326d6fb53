"""The two public forms -> `FlavourJets`.

The ROOT form is that of "Dataset for flavour tagging R&D" (Zenodo 13350327) and of the set before it for secondary
vertices: an entry is a jet, its branches list tracks in mm and GeV. The HDF5 form holds features that were made
already, `x_train` (n, 15, 6) and `y_train`, `x_test` and `y_test`.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.flavour.errors import FlavourDataError
from datasets.flavour.files import library
from datasets.flavour.schema import CLASSES, FEATURES, TRACKS, FlavourJets, finite, join
from datasets.flavour.tracks import Tracks, features

BLOCK = 100_000
"""Jets of an ntuple in a block."""

_JET = ("jet_pt", "jet_eta", "jet_phi", "jet_flav")
_TRACK = ("trk_pt", "trk_phi", "trk_ctgtheta", "trk_d0", "trk_z0", "trk_d0err", "trk_z0err")
_FLAVOURS = {5: 0, 4: 1, 0: 2, 1: 2, 2: 2, 3: 2, 21: 2}
"""Labels by `jet_flav`: 5 is b, 4 is c, 0 is light."""
_FAR, _ENOUGH = 5.0, 100
"""Significance of a displaced track, and the number of them from which their sign is believed."""
_EXPECTED = "expected x_train with y_train, or x_test with y_test"


def check_order(order: tuple[str, ...]) -> None:
    """Raises FlavourDataError for an order of classes that does not name each once."""
    if sorted(order) != sorted(CLASSES):
        raise FlavourDataError(f"order {', '.join(order)}; name each of {', '.join(CLASSES)} once")


def read_hdf5(
    path: str | Path, part: str | None = None, order: tuple[str, ...] = CLASSES, limit: int | None = None
) -> FlavourJets:
    """Reads `x_PART` (n, 15, 6) and `y_PART`, features as they stand; `part` may be left out where there is one.

    Labels are `jet_flav` (0, 4, 5), or numbers or one-hot columns whose classes `order` names: nothing in such a file
    says which is which. Published files hold features of mean 0 and spread 1, not in our units. Neither pT nor eta of
    the jets is there. Raises FlavourDataError.
    """
    path = Path(path)
    check_order(order)
    if not path.is_file():
        raise FlavourDataError(f"{path}: no such file; check the path")
    h5py = library("h5py")
    try:
        with h5py.File(path, "r") as file:
            held = {name: file[name] for name in file if isinstance(file[name], h5py.Dataset)}
            found = [name[2:] for name in held if name.startswith("x_") and f"y_{name[2:]}" in held]
            if part is None and len(found) == 1:
                (part,) = found
            if part is None or part not in found:
                named = ", ".join(f"x_{name} with y_{name}" for name in found) or ", ".join(held) or "no data sets"
                choice = f"choose a part: {', '.join(found)}" if found else _EXPECTED
                raise FlavourDataError(f"{path}: holds {named}; {choice}")
            x, y = held[f"x_{part}"], held[f"y_{part}"]
            if x.shape[1:] != (TRACKS, len(FEATURES)) or x.dtype.kind not in "iuf":
                raise FlavourDataError(
                    f"{path}: x_{part} is {x.dtype} of shape {x.shape}, "
                    f"expected numbers of shape (n, {TRACKS}, {len(FEATURES)})"
                )
            tracks, raw = np.asarray(x[:limit], np.float32), np.asarray(y[:limit])
    except FlavourDataError:
        raise
    except Exception as error:  # h5py raises many kinds for a damaged file
        raise FlavourDataError(
            f"{path}: not a readable HDF5 file ({type(error).__name__}); download it again"
        ) from None
    return finite(path, FlavourJets(tracks, _hdf5_labels(path, f"y_{part}", raw, len(tracks), order)))


def read_ntuple(path: str | Path, limit: int | None = None, opposite_d0: bool = False) -> FlavourJets:
    """Reads the public ROOT form: `jet_pt`, `_eta`, `_phi`, `_flav`, and lists `trk_d0`, `_z0`, `_phi`, `_ctgtheta`,
    `_pt`, `_d0err`, `_z0err`; other branches are left alone. Features come from `tracks.features`, as our own do.

    d0 is x sin(phi) - y cos(phi), or the negative of it with `opposite_d0`. A file whose displaced tracks of b jets lie
    behind their jets has the other one, and is refused. Raises FlavourDataError.
    """
    uproot, path = library("uproot"), Path(path)
    if not path.is_file():
        raise FlavourDataError(f"{path}: no such file; check the path")
    try:
        with uproot.open(path) as file:
            tree = _tree(path, file)
            names = (*_JET, *_TRACK)
            if missing := [name for name in names if name not in tree]:
                raise FlavourDataError(f"{path}: branch {missing[0]!r} is missing from the tree {tree.name!r}")
            parts = [
                _ntuple_block(path, arrays, report.start, -1.0 if opposite_d0 else 1.0)
                for arrays, report in tree.iterate(names, step_size=BLOCK, entry_stop=limit, library="ak", report=True)
            ]
    except FlavourDataError:
        raise
    except Exception as error:  # uproot raises many kinds for a damaged file
        raise FlavourDataError(
            f"{path}: not a readable ROOT file of jets ({type(error).__name__}); download or make it again"
        ) from None
    if not parts:
        raise FlavourDataError(f"{path}: the tree {tree.name!r} holds no jets; give a file with some")
    jets = join(parts)
    far = jets.tracks[jets.labels == 0][:, :, FEATURES.index("d0_significance")]
    ahead, behind = np.count_nonzero(far > _FAR), np.count_nonzero(far < -_FAR)
    if ahead + behind >= _ENOUGH and behind > ahead:
        raise FlavourDataError(
            f"{path}: {behind} of {ahead + behind} displaced tracks of b jets lie behind their jet, so d0 has the "
            f"other sign; read it with opposite_d0={not opposite_d0} (--opposite-d0 of `inspect`)"
        )
    return jets


def _ntuple_block(path: Path, arrays: Any, start: int, sign: float) -> FlavourJets:
    ak = library("awkward")
    for name in (*_JET, *_TRACK):
        expected = "lists of tracks" if name in _TRACK else "a number a jet"
        if arrays[name].ndim != (2 if name in _TRACK else 1):
            raise FlavourDataError(f"{path}: branch {name!r} holds {arrays[name].type.content}, expected {expected}")
    counts = ak.to_numpy(ak.num(arrays[_TRACK[0]], axis=1))
    columns: dict[str, NDArray[np.float64]] = {}
    for name in _TRACK:
        other = ak.to_numpy(ak.num(arrays[name], axis=1))
        if (unequal := np.flatnonzero(other != counts)).size:
            entry = unequal[0]
            raise FlavourDataError(
                f"{path}, entry {start + entry}: {name} lists {other[entry]} tracks, {_TRACK[0]} {counts[entry]}"
            )
        columns[name] = ak.to_numpy(ak.flatten(arrays[name], axis=1)).astype(np.float64)
    jets = {name: ak.to_numpy(arrays[name]).astype(np.float64) for name in _JET}
    owner = np.repeat(np.arange(len(counts)), counts)
    for name in ("trk_d0err", "trk_z0err", "trk_pt"):
        if (wrong := np.flatnonzero(~(columns[name] > 0))).size:
            raise FlavourDataError(
                f"{path}, entry {start + owner[wrong[0]]}: {name} is {columns[name][wrong[0]]:g}, expected more than 0"
            )
    if (wrong := np.flatnonzero(~(jets["jet_pt"] > 0))).size:
        raise FlavourDataError(
            f"{path}, entry {start + wrong[0]}: jet_pt is {jets['jet_pt'][wrong[0]]:g}, expected more than 0 GeV"
        )
    tracks = Tracks(
        owner,
        columns["trk_pt"],
        np.arcsinh(columns["trk_ctgtheta"]),
        columns["trk_phi"],
        sign * columns["trk_d0"],
        columns["trk_z0"],
        columns["trk_d0err"],
        columns["trk_z0err"],
    )
    labels = _flavours(f"{path}: jet_flav", jets["jet_flav"])
    values = features(jets["jet_pt"], jets["jet_eta"], jets["jet_phi"], tracks)
    pt, eta = (jets[name].astype(np.float32) for name in ("jet_pt", "jet_eta"))
    return finite(path, FlavourJets(values, labels, pt, eta))


def _flavours(where: str, flavours: NDArray[Any]) -> NDArray[np.int8]:
    """Labels of PDG numbers. Raises FlavourDataError for others than those of quarks and gluons."""
    labels = np.full(len(flavours), -1, np.int8)
    for flavour, label in _FLAVOURS.items():
        labels[np.abs(flavours) == flavour] = label
    if (wrong := flavours[labels < 0]).size:
        raise FlavourDataError(
            f"{where} is {wrong[0]:g} for {wrong.size} of {len(flavours)} jets; known are 5 (b), 4 (c) and 0 (light): "
            "take the others out"
        )
    return labels


def _hdf5_labels(path: Path, name: str, raw: NDArray[Any], n: int, order: tuple[str, ...]) -> NDArray[np.int8]:
    places = np.array([CLASSES.index(name) for name in order], np.int8)
    if raw.shape == (n, len(CLASSES)):
        if not (np.isin(raw, (0, 1)).all() and (raw.sum(axis=1) == 1).all()):
            raise FlavourDataError(f"{path}: {name} has jets without exactly one class; expected one 1 in each row")
        return places[raw.argmax(axis=1)]
    if raw.shape not in ((n,), (n, 1)) or raw.dtype.kind not in "iufb":
        raise FlavourDataError(
            f"{path}: {name} is {raw.dtype} of shape {raw.shape}, expected numbers of shape ({n},) or ({n}, 3)"
        )
    values = raw.reshape(n)
    if np.isin(values, (4, 5)).any():
        return _flavours(f"{path}: {name}", values)
    if (wrong := values[~np.isin(values, (0, 1, 2))]).size:
        raise FlavourDataError(f"{path}: {name} holds {wrong[0]:g}; expected 0, 1, 2 (see order), or 0, 4, 5")
    return places[values.astype(np.int64)]


def _tree(path: Path, file: Any) -> Any:
    """The tree with a branch `trk_d0`. Raises FlavourDataError where none or several have it."""
    names = {name.split(";")[0] for name, kind in file.classnames(recursive=True).items() if kind == "TTree"}
    found = sorted(name for name in names if "trk_d0" in file[name])
    if len(found) != 1:
        held = ", ".join(sorted(names)) or "no tree"
        raise FlavourDataError(
            f"{path}: {len(found)} trees with a branch 'trk_d0' among {held}; give a file with one, or made here"
        )
    return file[found[0]]
