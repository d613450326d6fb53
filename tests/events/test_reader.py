"""Every format gives the same arrays; what cannot be read is one line."""

from decimal import Decimal
from pathlib import Path

import h5py
import numpy as np
import pytest
import uproot

from trigforge.errors import EventsError
from trigforge.events import EventsBinding, read_events

VALUES = np.arange(24, dtype=np.float32).reshape(4, 3, 2)
SHAPES = {"x": (3, 2)}


def test_npz_npy_and_hdf5_give_the_same(tmp_path: Path) -> None:
    np.savez(tmp_path / "e.npz", x=VALUES)
    np.save(tmp_path / "e.npy", VALUES)
    with h5py.File(tmp_path / "e.h5", "w") as file:
        file["x"] = VALUES
    for name in ("e.npz", "e.npy", "e.h5"):
        assert (read_events(tmp_path / name, SHAPES)["x"] == VALUES).all()
        assert len(read_events(tmp_path / name, SHAPES, limit=2)["x"]) == 2


def test_root_branches_are_stacked_padded_and_cut(tmp_path: Path) -> None:
    import awkward as ak

    lists = ak.Array([[1.0, 2.0, 3.0, 4.0], [5.0], []])
    with uproot.recreate(tmp_path / "e.root") as file:
        file["jets"] = {"pt": lists, "eta": lists * 10, "mass": np.array([7.0, 8.0, 9.0])}
    jagged = read_events(tmp_path / "e.root", SHAPES, EventsBinding("jets", {"x": ("pt", "eta")}))
    expected = [[[1, 10], [2, 20], [3, 30]], [[5, 50], [0, 0], [0, 0]], [[0, 0], [0, 0], [0, 0]]]
    assert (jagged["x"] == expected).all()
    flat = read_events(tmp_path / "e.root", {"m": ()}, EventsBinding(None, {"m": ("mass",)}))
    assert (flat["m"] == [7, 8, 9]).all()


def test_the_committed_sample_reads(repository: Path) -> None:
    branches = ("constituent_pt", "constituent_eta_rel", "constituent_phi_rel")
    binding = EventsBinding("jets", {"jets": branches})
    events = read_events(repository / "datasets/jets/sample.root", {"jets": (16, 3)}, binding)
    assert events["jets"].shape == (10_000, 16, 3)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("e.csv", b"", "events file e.csv: the suffix '.csv' is unknown; known are .npz, .npy, .h5, .hdf5, .root"),
        ("absent.npz", None, "events file absent.npz does not exist; check the path"),
        ("e.root", b"root\x00 but no", "events file e.root cannot be read as ROOT"),
        ("e.npz", b"PK\x03\x04 torn", "events file e.npz is"),
        ("e.npy", b"\x93NUMPY", "events file e.npy is not a NumPy array without pickles"),
        ("e.h5", b"\x89HDF\r\n\x1a\n torn", "events file e.h5 is not HDF5 or damaged"),
    ],
)
def test_what_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes | None, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path(name).write_bytes(content)
    with pytest.raises(EventsError) as caught:
        read_events(Path(name), SHAPES)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_no_events_and_missing_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.savez("empty.npz", x=VALUES[:0])
    with pytest.raises(EventsError, match=r"^events file empty.npz holds no events; give at least one$"):
        read_events(Path("empty.npz"), SHAPES)
    np.savez("other.npz", y=VALUES)
    elsewhere = r"if input 'x' has other columns, name them: --branches x=A,B,\.\.\.$"
    with pytest.raises(EventsError, match=rf"^events file other.npz holds no array 'x'; known are y; {elsewhere}"):
        read_events(Path("other.npz"), SHAPES)
    with uproot.recreate("e.root") as file:
        file["jets"] = {"pt": np.zeros(3)}
    with pytest.raises(
        EventsError, match=rf"^events file e.root: tree 'jets' holds no branch 'x'; known are pt; {elsewhere}"
    ):
        read_events(Path("e.root"), {"x": (1,)})
    with pytest.raises(EventsError, match=r"^events file e.root: tree 'jets' holds no branch 'p'; nearest is 'pt'$"):
        read_events(Path("e.root"), {"x": (1,)}, EventsBinding("jets", {"x": ("p",)}))
    with pytest.raises(EventsError, match=r"^events file e.root holds no tree 'muons'; found jets$"):
        read_events(Path("e.root"), {"x": (1,)}, EventsBinding("muons"))


def test_pickles_are_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("e.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(EventsError, match=r"^events file e.npy is not a NumPy array without pickles"):
        read_events(Path("e.npy"), SHAPES)


def test_decimals_of_parquet_are_named(tmp_path: Path) -> None:
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    decimals = pyarrow.array([Decimal("1.50"), Decimal("2.25")], pyarrow.decimal128(5, 2))
    parquet.write_table(pyarrow.table({"x": decimals}), tmp_path / "e.parquet")
    with pytest.raises(
        EventsError, match=r"e.parquet: column 'x' holds decimal128\(5, 2\); store it as float or integer$"
    ):
        read_events(tmp_path / "e.parquet", {"x": ()})
