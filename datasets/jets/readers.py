"""Files on disk -> `Jets`: our ROOT files and the public HDF5 set hls4ml_lhc_jets_150p."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.jets.errors import JetDataError, missing_reader
from datasets.jets.schema import CLASS_NAMES, HIGH_LEVEL_NAMES, PARTICLE_FEATURES, Jets

DEFAULT_PARTICLES = 32
HDF5_ENDINGS = (".h5", ".hdf5")
SAMPLE_PATH = Path(__file__).parent / "sample.root"
"""The committed sample: 10,000 jets, 2,000 of each class."""

_PUBLIC_CONSTITUENTS = "jetConstituentList"
_PUBLIC_JETS = "jets"
_PUBLIC_JET_NAMES = "jetFeatureNames"
_PUBLIC_PARTICLE_NAMES = "particleFeatureNames"
_PUBLIC_PARTICLE_FEATURES = ("pt", "etarel", "phirel")


def read_jets(path: str | Path, n_particles: int = DEFAULT_PARTICLES) -> Jets:
    """Reads a file by its ending (`.root`, `.h5`, `.hdf5`), or all such files of a folder, sorted by name.

    Raises JetDataError: nothing there, another kind of file, or a damaged one.
    """
    path = Path(path)
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix in (".root", *HDF5_ENDINGS))
        visible = [file for file in files if not file.name.startswith(".")]
        if not visible:
            raise JetDataError(f"{path}: no .root or .h5 files in this folder; give a folder of shards, or a file")
        return join([read_jets(file, n_particles) for file in visible])
    match path.suffix:
        case ".root":
            return read_root(path, n_particles)
        case ".h5" | ".hdf5":
            return read_hls4ml_lhc_jets(path, n_particles)
        case _:
            raise JetDataError(f"{path}: unknown kind of jet file; expected .root (ours) or .h5 (hls4ml_lhc_jets_150p)")


def read_root(path: str | Path, n_particles: int = DEFAULT_PARTICLES) -> Jets:
    """Reads a ROOT file of this package, keeping the `n_particles` constituents of highest pT."""
    try:
        from datasets.jets.shards import read_table
    except ImportError as error:
        raise missing_reader(error.name or "uproot") from error
    path = Path(path)
    table = read_table(path)
    labels = table.scalars["label"].astype(np.int8)
    if len(labels) and not (0 <= labels.min() and labels.max() < len(CLASS_NAMES)):
        raise JetDataError(f"{path}: labels reach {labels.min()}..{labels.max()}, expected 0..{len(CLASS_NAMES) - 1}")
    start = np.cumsum(table.counts) - table.counts
    position = np.arange(n_particles)
    present = position < table.counts[:, None]
    index = np.where(present, start[:, None] + position, 0)
    features = np.zeros((len(labels), n_particles, len(PARTICLE_FEATURES)), np.float32)
    if index.size and table.counts.sum():
        for column, name in enumerate(PARTICLE_FEATURES):
            features[:, :, column] = np.where(present, table.particles[name][index], 0.0)
    high_level = np.stack([table.scalars[name] for name in HIGH_LEVEL_NAMES], axis=1).astype(np.float32)
    return _finite(path, Jets(labels, features, high_level))


def read_hls4ml_lhc_jets(path: str | Path, n_particles: int = DEFAULT_PARTICLES) -> Jets:
    """Reads a file of the public set (Zenodo 3602260).

    `jetConstituentList` (n, 150, 16) holds constituents by falling pT, zero-padded; `jets` (n, 59) holds features and
    the one-hot columns j_g, j_q, j_w, j_z, j_t, j_undef. All columns are found by name in `particleFeatureNames` and
    `jetFeatureNames`, never by position. Jets without exactly one class, or with NaN, raise JetDataError.
    """
    path = Path(path)
    if not path.is_file():
        raise JetDataError(f"{path}: no such file; the public set is at https://zenodo.org/records/3602260")
    try:
        import h5py
    except ImportError as error:
        raise missing_reader("h5py") from error
    try:
        with h5py.File(path, "r") as file:
            jet_names = _names(file[_PUBLIC_JET_NAMES][()])
            particle_names = [name.removeprefix("j1_") for name in _names(file[_PUBLIC_PARTICLE_NAMES][()])]
            jets = np.asarray(file[_PUBLIC_JETS][()])
            width = file[_PUBLIC_CONSTITUENTS].shape[1]
            constituents = np.asarray(file[_PUBLIC_CONSTITUENTS][:, : min(n_particles, width), :])
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise JetDataError(
            f"{path}: not a file of hls4ml_lhc_jets_150p ({type(error).__name__}: a data set is missing or the file is "
            "damaged); download it again"
        ) from error
    one_hot = jets[:, [_column(path, jet_names, f"j_{name}") for name in CLASS_NAMES]]
    unclear = np.count_nonzero((one_hot.sum(axis=1) != 1.0) | (one_hot.max(axis=1) != 1.0))
    if unclear:
        raise JetDataError(
            f"{path}: {unclear} of {len(jets)} jets do not have exactly one of j_g, j_q, j_w, j_z, j_t set"
        )
    particle_columns = [_column(path, particle_names, name) for name in _PUBLIC_PARTICLE_FEATURES]
    features = np.zeros((len(jets), n_particles, len(particle_columns)), np.float32)
    features[:, : constituents.shape[1]] = constituents[:, :, particle_columns]
    high_level = jets[:, [_column(path, jet_names, name) for name in HIGH_LEVEL_NAMES]]
    return _finite(path, Jets(np.argmax(one_hot, axis=1).astype(np.int8), features, high_level.astype(np.float32)))


def join(parts: list[Jets]) -> Jets:
    """All jets of `parts` (at least one, equal numbers of particles), in order."""
    return Jets(
        np.concatenate([part.label for part in parts]),
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.high_level for part in parts]),
    )


def _finite(path: Path, jets: Jets) -> Jets:
    bad = np.count_nonzero(~(np.isfinite(jets.features).all(axis=(1, 2)) & np.isfinite(jets.high_level).all(axis=1)))
    if bad:
        raise JetDataError(f"{path}: {bad} of {len(jets)} jets hold NaN or infinite numbers; the file is damaged")
    return jets


def _names(raw: NDArray[np.generic]) -> list[str]:
    return [name.decode() if isinstance(name, bytes) else str(name) for name in raw.ravel()]


def _column(path: Path, names: list[str], name: str) -> int:
    if name not in names:
        raise JetDataError(f"{path}: no feature named {name!r} among {len(names)}; not a file of hls4ml_lhc_jets_150p")
    return names.index(name)
