"""The two readers give the same value; labels follow g, q, w, z, t; bad files are one sentence."""

import re
from pathlib import Path

import h5py
import numpy as np
import pytest

from datasets.jets import CLASS_NAMES, SAMPLE_PATH, JetDataError, Jets, join, read_hls4ml_lhc_jets, read_jets, read_root
from datasets.jets.generator import JetTable
from datasets.jets.shards import write_table
from tests.datasets.conftest import write_public_file

PUBLIC_LABELS = ["j_g", "j_q", "j_w", "j_z", "j_t", "j_undef"]
ONE_OF_EACH = np.eye(6, dtype=np.float32)[[4, 2, 3, 1, 0]]


def test_root_pads_cuts_and_keeps_order(tmp_path: Path, table: JetTable) -> None:
    write_table(tmp_path / "a.root", table)
    jets = read_root(tmp_path / "a.root", n_particles=4)
    assert jets.features.shape == (7, 4, 3)
    assert (jets.features.dtype, jets.label.dtype, jets.high_level.dtype) == (np.float32, np.int8, np.float32)
    assert jets.label.tolist() == [0, 1, 2, 3, 4, 0, 1]
    assert not jets.features[0].any()
    assert not jets.features[2, 2:].any()
    first = np.cumsum(table.counts) - table.counts
    for column, name in enumerate(("constituent_pt", "constituent_eta_rel", "constituent_phi_rel")):
        assert np.array_equal(jets.features[6, :, column], table.particles[name][first[6] : first[6] + 4])
    assert np.array_equal(jets.high_level[:, 14], table.scalars["j_mass_mmdt"])


def test_public_columns_are_found(tmp_path: Path) -> None:
    raw_jets, raw_constituents = write_public_file(tmp_path / "a.h5", PUBLIC_LABELS, ONE_OF_EACH)
    jets = read_hls4ml_lhc_jets(tmp_path / "a.h5", n_particles=8)
    assert np.array_equal(jets.features, raw_constituents[:, :8, [5, 8, 11]])
    assert np.array_equal(jets.high_level, raw_jets[:, [12, *range(34, 47), 48, 52]])
    assert np.array_equal(jets.label, np.argmax(raw_jets[:, -6:-1], axis=1))


def test_more_particles_than_the_public_file_holds_are_zeros(tmp_path: Path) -> None:
    write_public_file(tmp_path / "a.h5", PUBLIC_LABELS, ONE_OF_EACH)
    features = read_hls4ml_lhc_jets(tmp_path / "a.h5", n_particles=160).features
    assert features.shape == (5, 160, 3)
    assert features[:, :150].all()
    assert not features[:, 150:].any()


def test_labels_are_not_alphabetical(tmp_path: Path) -> None:
    assert CLASS_NAMES == ("g", "q", "w", "z", "t")
    assert list(CLASS_NAMES) != sorted(CLASS_NAMES)
    write_public_file(tmp_path / "a.h5", PUBLIC_LABELS, ONE_OF_EACH)
    assert [CLASS_NAMES[i] for i in read_jets(tmp_path / "a.h5").label] == ["t", "w", "z", "q", "g"]


def test_a_file_with_alphabetical_columns_still_gives_our_labels(tmp_path: Path) -> None:
    alphabetical = [f"j_{name}" for name in sorted(CLASS_NAMES)]
    write_public_file(tmp_path / "a.h5", [*alphabetical, "j_undef"], np.eye(6, dtype=np.float32)[:5])
    assert [CLASS_NAMES[i] for i in read_jets(tmp_path / "a.h5").label] == ["g", "q", "t", "w", "z"]


def test_folder_is_read_in_order(tmp_path: Path, table: JetTable) -> None:
    write_table(tmp_path / "b.root", table.take(np.array([6])))
    write_table(tmp_path / "a.root", table.take(np.array([3, 4])))
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / ".c.root").write_text("half")
    assert read_jets(tmp_path).label.tolist() == [3, 4, 1]


def test_join() -> None:
    part = Jets(np.zeros(2, np.int8), np.zeros((2, 3, 3), np.float32), np.zeros((2, 16), np.float32))
    assert len(join([part, part, part])) == 6


def test_the_sample() -> None:
    jets = read_root(SAMPLE_PATH, n_particles=32)
    assert np.bincount(jets.label).tolist() == [2000] * 5
    assert SAMPLE_PATH.stat().st_size <= 2_900_000
    pt, angles = jets.features[:, :, 0], jets.features[:, :, 1:]
    assert (np.diff(pt, axis=1) <= 0).all()
    assert (pt[:, :8] > 0.5).mean() == 1.0
    assert not angles[pt == 0].any()
    mass = jets.high_level[:, 14]
    for label, low, high in ((2, 74, 84), (3, 84, 94)):
        chosen = mass[jets.label == label]
        assert ((chosen > low) & (chosen < high)).mean() > 0.55
    multiplicity = [np.median(jets.high_level[jets.label == label, 15]) for label in range(5)]
    assert 60 <= multiplicity[0] <= 70
    assert 34 <= multiplicity[1] <= 42
    assert 34 <= multiplicity[2] <= 42
    assert 34 <= multiplicity[3] <= 42
    assert 58 <= multiplicity[4] <= 68


def _fails(path: Path, message: str) -> None:
    with pytest.raises(JetDataError, match=f"^{re.escape(f'{path}: {message}')}$"):
        read_jets(path)


def test_missing_files(tmp_path: Path) -> None:
    _fails(tmp_path / "a.root", "no such file; generate jets with `trigforge data jets generate`")
    _fails(tmp_path / "a.h5", "no such file; the public set is at https://zenodo.org/records/3602260")
    _fails(tmp_path, "no .root or .h5 files in this folder; give a folder of shards, or a file")
    _fails(tmp_path / "a.csv", "unknown kind of jet file; expected .root (ours) or .h5 (hls4ml_lhc_jets_150p)")


@pytest.mark.parametrize("keep", [0, 100, 3000])
def test_truncated_root(tmp_path: Path, table: JetTable, keep: int) -> None:
    path = tmp_path / "a.root"
    write_table(path, table)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(JetDataError, match=r"not a readable ROOT file with a tree 'jets' .*delete it and generate it"):
        read_jets(path)


def test_foreign_root(tmp_path: Path) -> None:
    import uproot

    with uproot.recreate(tmp_path / "a.root") as file:
        file.mktree("jets", {"label": np.int8}).extend({"label": np.zeros(3, np.int8)})
    _fails(tmp_path / "a.root", "branch 'jet_pt' is missing from the tree 'jets'")


def test_label_out_of_range(tmp_path: Path, table: JetTable) -> None:
    table.scalars["label"][2] = 5
    write_table(tmp_path / "a.root", table)
    _fails(tmp_path / "a.root", "labels reach 0..5, expected 0..4")


def test_nan(tmp_path: Path, table: JetTable) -> None:
    table.particles["constituent_pt"][0] = np.nan
    write_table(tmp_path / "a.root", table)
    _fails(tmp_path / "a.root", "1 of 7 jets hold NaN or infinite numbers; the file is damaged")


def test_foreign_and_truncated_hdf5(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    explanation = "a data set is missing or the file is damaged); download it again"
    with h5py.File(path, "w") as file:
        file["other"] = np.zeros(3)
    _fails(path, f"not a file of hls4ml_lhc_jets_150p (KeyError: {explanation}")
    path.write_bytes(path.read_bytes()[:500])
    _fails(path, f"not a file of hls4ml_lhc_jets_150p (OSError: {explanation}")


def test_public_file_without_a_class(tmp_path: Path) -> None:
    undefined = ONE_OF_EACH.copy()
    undefined[1] = [0, 0, 0, 0, 0, 1]
    write_public_file(tmp_path / "a.h5", PUBLIC_LABELS, undefined)
    _fails(tmp_path / "a.h5", "1 of 5 jets do not have exactly one of j_g, j_q, j_w, j_z, j_t set")


def test_public_file_without_a_column(tmp_path: Path) -> None:
    write_public_file(tmp_path / "a.h5", [*PUBLIC_LABELS[:4], "j_top", "j_undef"], ONE_OF_EACH)
    _fails(tmp_path / "a.h5", "no feature named 'j_t' among 59; not a file of hls4ml_lhc_jets_150p")


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(JetDataError, match=r"^features have shape \(2, 3\), expected \(2, n_particles, 3\)$"):
        Jets(np.zeros(2, np.int8), np.zeros((2, 3), np.float32), np.zeros((2, 16), np.float32))
    with pytest.raises(JetDataError, match=r"^high_level has shape \(2, 15\), expected \(2, 16\)$"):
        Jets(np.zeros(2, np.int8), np.zeros((2, 3, 3), np.float32), np.zeros((2, 15), np.float32))


def test_paths_may_be_text() -> None:
    assert len(read_jets(str(SAMPLE_PATH), n_particles=1)) == len(read_root(SAMPLE_PATH, n_particles=1))
    with pytest.raises(JetDataError, match="no such file"):
        read_hls4ml_lhc_jets("absent.h5")
