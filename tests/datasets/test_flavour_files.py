"""Files of jets for flavour tagging: ours, the two public forms, and refusals of one line."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import awkward as ak
import h5py
import numpy as np
import pytest
import uproot

from datasets.flavour import (
    SAMPLE_PATH,
    FlavourDataError,
    FlavourJets,
    read_flavour,
    read_hdf5,
    read_ntuple,
    read_root,
)
from datasets.flavour.files import table_digest, write_table
from datasets.flavour.generator import JetTable, concatenate
from datasets.flavour.schema import JET_COLUMNS, TRACK_COLUMNS
from datasets.flavour.tracks import Tracks, features
from trigforge.events import EventsBinding, open_events

COUNTS = [0, 3, 20, 1, 2]


@pytest.fixture
def table() -> JetTable:
    """Six jets, labels 0 1 2 0 1 2, with 0 to 5 tracks."""
    rng = np.random.default_rng(3)
    columns: dict[str, Any] = {name: rng.random(6).astype(kind) for name, kind in JET_COLUMNS.items()}
    columns["label"] = (np.arange(6) % 3).astype(np.int8)
    there = np.arange(15) < np.arange(6)[:, None]
    return JetTable(columns | {name: (rng.normal(0, 1, (6, 15)) * there).astype(np.float32) for name in TRACK_COLUMNS})


@pytest.fixture
def public() -> dict[str, Any]:
    """The branches of five jets of the public ROOT form, with `COUNTS` tracks."""
    rng = np.random.default_rng(4)
    branches: dict[str, Any] = {name: rng.uniform(30, 90, 5).astype(np.float32) for name in ("jet_pt", "jet_M")}
    branches |= {name: rng.normal(0, 1, 5).astype(np.float32) for name in ("jet_eta", "jet_phi")}
    branches |= {"jet_flav": np.array([5, 4, 0, 5, 21], np.int32), "n_trks": np.array(COUNTS, np.int32)}
    for name in ("pt", "d0err", "z0err"):
        branches[f"trk_{name}"] = ak.unflatten(rng.uniform(0.1, 2, sum(COUNTS)).astype(np.float32), COUNTS)
    for name in ("d0", "z0", "phi", "ctgtheta", "charge", "phierr"):
        branches[f"trk_{name}"] = ak.unflatten(rng.normal(0, 1, sum(COUNTS)).astype(np.float32), COUNTS)
    return branches


def ntuple(path: Path, branches: dict[str, Any], tree: str = "tree") -> Path:
    kinds = {name: value.dtype if isinstance(value, np.ndarray) else value.type for name, value in branches.items()}
    with uproot.recreate(path) as file:
        file.mktree(tree, kinds).extend(branches)
    return path


def hdf5(path: Path, **datasets: Any) -> Path:
    with h5py.File(path, "w") as file:
        for name, values in datasets.items():
            file[name] = values
    return path


def fails(path: Path, message: str, read: Callable[[Path], FlavourJets] = read_flavour) -> None:
    with pytest.raises(FlavourDataError, match=f"^{re.escape(f'{path}{message}')}$"):
        read(path)


def test_a_table_survives_the_disk(tmp_path: Path, table: JetTable) -> None:
    write_table(tmp_path / "new" / "a.root", table)
    jets = read_root(tmp_path / "new" / "a.root")
    assert jets.labels.tolist() == [0, 1, 2, 0, 1, 2] and jets.counts.tolist() == [0, 1, 2, 3, 4, 5]
    assert np.array_equal(jets.tracks[:, :, 5], table.columns["track_dr"])
    assert np.array_equal(jets.jet_pt, table.columns["jet_pt"])
    halves = [table.take(np.arange(3)), table.take(np.arange(3, 6))]
    assert table_digest(concatenate(halves)) == table_digest(table) != table_digest(concatenate(halves[::-1]))


def test_a_folder_is_read_in_order_up_to_a_limit(tmp_path: Path, table: JetTable, public: dict[str, Any]) -> None:
    write_table(tmp_path / "b.root", table)
    ntuple(tmp_path / "c.root", public)
    hdf5(tmp_path / "d.h5", x_test=np.ones((3, 15, 6)), y_test=np.array([2, 1, 0]))
    (tmp_path / ".a.root").write_text("half")
    (tmp_path / "manifest.json").write_text("{}")
    jets = read_flavour(tmp_path)
    assert jets.labels.tolist() == [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 2, 2, 1, 0] and jets.jet_pt is None
    assert read_flavour(tmp_path, limit=8).labels.tolist() == [0, 1, 2, 0, 1, 2, 0, 1]
    assert len(read_flavour(str(tmp_path), limit=12)) == 12


def test_the_public_root_form_gives_the_same_features(tmp_path: Path, public: dict[str, Any]) -> None:
    path = ntuple(tmp_path / "a.root", public, "anything")
    jets = read_ntuple(path)
    assert jets.labels.tolist() == [0, 1, 2, 0, 2] and jets.counts.tolist() == [0, 3, 15, 1, 2]
    flat = {name: np.asarray(ak.flatten(public[name]), np.float64) for name in public if name.startswith("trk_")}
    tracks = Tracks(
        np.repeat(np.arange(5), COUNTS), flat["trk_pt"], np.arcsinh(flat["trk_ctgtheta"]), flat["trk_phi"],
        flat["trk_d0"], flat["trk_z0"], flat["trk_d0err"], flat["trk_z0err"],
    )  # fmt: skip
    pt, eta, phi = (public[name].astype(np.float64) for name in ("jet_pt", "jet_eta", "jet_phi"))
    assert np.array_equal(jets.tracks, features(pt, eta, phi, tracks))
    assert np.array_equal(jets.jet_eta, public["jet_eta"])
    turned = read_ntuple(path, opposite_d0=True).tracks
    assert np.array_equal(turned[..., [0, 2]], -jets.tracks[..., [0, 2]])
    assert np.array_equal(turned[..., [1, 3, 4, 5]], jets.tracks[..., [1, 3, 4, 5]])


def test_the_sign_of_d0_is_checked(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    turn = rng.uniform(0.05, 0.3, (40, 4)) * rng.choice([-1, 1], (40, 4))
    ones = np.ones((40, 4), np.float32)
    branches: dict[str, Any] = {name: np.zeros(40, np.float32) for name in ("jet_eta", "jet_phi")}
    branches |= {"jet_pt": np.full(40, 50, np.float32), "jet_flav": np.full(40, 5, np.int32)}
    tracks = {"pt": ones, "phi": turn, "ctgtheta": turn, "d0": -10 * np.sign(turn), "z0": ones}
    tracks |= {"d0err": ones, "z0err": ones}
    branches |= {f"trk_{name}": ak.from_regular(ak.Array(np.float32(values))) for name, values in tracks.items()}
    path = ntuple(tmp_path / "a.root", branches)
    fails(
        path,
        ": 160 of 160 displaced tracks of b jets lie behind their jet, so d0 has the other sign; read it with "
        "opposite_d0=True (--opposite-d0 of `inspect`)",
    )
    assert (read_ntuple(path, opposite_d0=True).tracks[:, :4, 2] == 10).all()
    assert len(read_ntuple(path, limit=20)) == 20


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"trk_d0err": None}, ": branch 'trk_d0err' is missing from the tree 'tree'"),
        ({"jet_flav": np.array([5, 4, 0, 15, 15], np.int32)},
         ": jet_flav is 15 for 2 of 5 jets; known are 5 (b), 4 (c) and 0 (light): take the others out"),
        ({"trk_z0": ak.Array([[1.0]] * 5)}, ", entry 0: trk_z0 lists 1 tracks, trk_pt 0"),
        ({"trk_z0": np.ones(5)}, ": branch 'trk_z0' holds float64, expected lists of tracks"),
        ({"jet_flav": ak.Array([[5.0]] * 5)}, ": branch 'jet_flav' holds var * float64, expected a number a jet"),
        ({"trk_d0": ak.unflatten(np.full(26, 1e39), COUNTS)},
         ": 4 of 5 jets hold NaN or infinite numbers; the file is damaged"),
        ({"jet_pt": np.array([1, 0, 1, 1, 1.0])}, ", entry 1: jet_pt is 0, expected more than 0 GeV"),
        ({"jet_eta": np.array([1, 0, np.nan, 1, 1])},
         ": 1 of 5 jets hold NaN or infinite numbers; the file is damaged"),
        ({"trk_d0err": ak.unflatten(np.zeros(26), COUNTS)}, ", entry 1: trk_d0err is 0, expected more than 0"),
    ],
)  # fmt: skip
def test_public_root_files_that_are_wrong(
    change: dict[str, Any], message: str, tmp_path: Path, public: dict[str, Any]
) -> None:
    branches = {name: value for name, value in (public | change).items() if value is not None}
    fails(ntuple(tmp_path / "a.root", branches), message)


def test_other_root_files(tmp_path: Path, table: JetTable) -> None:
    path = ntuple(tmp_path / "a.root", {"label": np.zeros(3, np.int8)}, "jets")
    fails(path, ": 0 trees with a branch 'trk_d0' among jets; give a file with one, or made here")
    fails(path, ": branch 'jet_pt' is missing from the tree 'jets'", read_root)
    empty = {name: np.zeros(0, np.float32) for name in ("jet_pt", "jet_eta", "jet_phi", "jet_flav", "trk_d0")}
    fails(ntuple(tmp_path / "e.root", empty), ": branch 'trk_pt' is missing from the tree 'tree'")
    table.columns["label"][2] = 3
    write_table(tmp_path / "b.root", table)
    fails(tmp_path / "b.root", ": labels reach 0..3, expected 0..2")
    table.columns["track_z0"] = table.columns["track_z0"][:, :7]
    write_table(tmp_path / "c.root", table)
    fails(
        tmp_path / "c.root",
        ": branch 'track_z0' holds float32 of shape (7,), expected float32 of shape (15,); "
        "delete the file and generate it again",
    )
    whole = (tmp_path / "b.root").read_bytes()
    for keep in (0, 100, 2000):
        (tmp_path / "d.root").write_bytes(whole[:keep])
        with pytest.raises(FlavourDataError, match=r"d\.root: not a readable ROOT file with a tree 'jets' "):
            read_flavour(tmp_path / "d.root")


def test_the_public_hdf5_form(tmp_path: Path) -> None:
    values = np.random.default_rng(6).normal(0, 1, (4, 15, 6))
    both = hdf5(
        tmp_path / "a.h5", x_train=values, y_train=np.eye(3)[[2, 0, 1, 2]], w_train=np.ones(4),
        x_test=values[:2], y_test=np.array([5.0, 0.0]),
    )  # fmt: skip
    train = read_hdf5(both, "train")
    assert np.array_equal(train.tracks, values.astype(np.float32)) and train.labels.tolist() == [2, 0, 1, 2]
    assert (train.jet_pt, train.jet_eta) == (None, None)
    assert read_hdf5(both, "train", ("light", "c", "b"), limit=3).labels.tolist() == [0, 2, 1]
    assert read_hdf5(both, "test", ("light", "c", "b")).labels.tolist() == [0, 2]
    fails(both, ": holds x_test with y_test, x_train with y_train; choose a part: test, train")
    with pytest.raises(FlavourDataError, match=r"^order b, c; name each of b, c, light once$"):
        read_hdf5(both, "train", ("b", "c"))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.array([0, 1, 3]), ": y_train holds 3; expected 0, 1, 2 (see order), or 0, 4, 5"),
        (np.array([0, 4, 15]),
         ": y_train is 15 for 1 of 3 jets; known are 5 (b), 4 (c) and 0 (light): take the others out"),
        (np.ones((3, 3)), ": y_train has jets without exactly one class; expected one 1 in each row"),
        (np.ones(4), ": y_train is float64 of shape (4,), expected numbers of shape (3,) or (3, 3)"),
        (np.array([b"b", b"c", b"b"]), ": y_train is object of shape (3,), expected numbers of shape (3,) or (3, 3)"),
        (np.array([0, 1, np.nan]), ": y_train holds nan; expected 0, 1, 2 (see order), or 0, 4, 5"),
    ],
)  # fmt: skip
def test_hdf5_labels_that_are_wrong(labels: Any, message: str, tmp_path: Path) -> None:
    if labels.dtype.kind == "S":
        labels = labels.astype(h5py.string_dtype())
    fails(hdf5(tmp_path / "a.h5", x_train=np.ones((3, 15, 6)), y_train=labels), message)


def test_hdf5_files_that_are_wrong(tmp_path: Path) -> None:
    fails(
        hdf5(tmp_path / "a.h5", jets=np.ones(3)), ": holds jets; expected x_train with y_train, or x_test with y_test"
    )
    path = hdf5(tmp_path / "b.h5", x_train=np.ones((3, 15, 5)), y_train=np.ones(3))
    fails(path, ": x_train is float64 of shape (3, 15, 5), expected numbers of shape (n, 15, 6)")
    path = hdf5(tmp_path / "d.h5", x_train=np.ones((3, 15, 6), np.complex64), y_train=np.ones(3))
    fails(path, ": x_train is complex64 of shape (3, 15, 6), expected numbers of shape (n, 15, 6)")
    path = hdf5(tmp_path / "e.h5", **{"x_train/a": np.ones(3), "y_train": np.ones(3)})
    fails(path, ": holds y_train; expected x_train with y_train, or x_test with y_test")
    fails(
        hdf5(tmp_path / "c.h5", x_train=np.full((3, 15, 6), np.inf), y_train=np.ones(3)),
        ": 3 of 3 jets hold NaN or infinite numbers; the file is damaged",
    )
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(FlavourDataError, match=r"e\.h5: not a readable HDF5 file \(OSError\); download it again$"):
        read_flavour(path)


def test_paths_that_lead_nowhere(tmp_path: Path) -> None:
    for name, message in (
        ("a.root", ": no such file; generate jets with `trigforge data flavour generate`"),
        ("a.h5", ": no such file; check the path"),
        ("a.csv", ": no such file or folder; expected .root or .h5, or a folder of these"),
        ("", ": no .root or .h5 files in this folder; give a folder of shards, or a file"),
    ):
        fails(tmp_path / name if name else tmp_path, message)
    fails(tmp_path / "a.root", ": no such file; check the path", read_ntuple)
    with pytest.raises(FlavourDataError, match=r"^0 jets of x; ask for 1 or more$"):
        read_flavour("x", limit=0)


def test_the_sample_is_a_file_of_events() -> None:
    binding = EventsBinding("jets", {"tracks": TRACK_COLUMNS})
    with open_events(SAMPLE_PATH, {"tracks": (15, 6)}, binding) as file:
        assert np.array_equal(file.read(0, 50)["tracks"], read_root().tracks[:50])
