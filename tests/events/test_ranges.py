"""Ranges of events: the same as all at once, from every format, flat and jagged; damage is one line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import awkward as ak
import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uproot

from trigforge.errors import EventsError
from trigforge.events import EventsBinding, open_events, read_events

EVENTS = 1000
RANDOM = np.random.default_rng(3)
COUNTS = RANDOM.integers(0, 6, EVENTS)
PT = RANDOM.normal(size=COUNTS.sum()).astype(np.float32)
ETA = RANDOM.normal(size=COUNTS.sum()).astype(np.float32)
LISTS = {"pt": ak.unflatten(PT, COUNTS), "eta": ak.unflatten(ETA, COUNTS)}
FLAT = {"mass": RANDOM.normal(size=EVENTS), "charge": RANDOM.integers(-1, 2, EVENTS).astype(np.int8)}
SHAPES = {"jets": (3, 2), "flat": (2,)}
BINDING = EventsBinding(None, {"jets": ("pt", "eta"), "flat": ("mass", "charge")})


def padded(name: str, length: int) -> np.ndarray:
    rows = np.zeros((EVENTS, length), dtype=np.float32)
    for row, entries in zip(rows, LISTS[name], strict=True):
        row[: min(len(entries), length)] = entries[:length]
    return rows


EXPECTED = {
    "jets": np.stack([padded("pt", 3), padded("eta", 3)], axis=-1),
    "flat": np.stack([FLAT["mass"], FLAT["charge"]], axis=-1),
}


def write_tree(path: Path) -> None:
    with uproot.recreate(path) as file:
        tree = file.mktree("t", {"pt": "var * float32", "eta": "var * float32", "mass": "f8", "charge": "i1"})
        for start in range(0, EVENTS, 300):
            events = slice(start, start + 300)
            tree.extend({name: values[events] for name, values in (*LISTS.items(), *FLAT.items())})


def write_rntuple(path: Path) -> None:
    with uproot.recreate(path) as file:
        file.mkrntuple("t", ak.Array({**LISTS, **FLAT}))


def write_parquet(path: Path) -> None:
    columns = {name: pa.array(values.to_list(), pa.list_(pa.float32())) for name, values in LISTS.items()}
    pq.write_table(pa.table({**columns, **FLAT}), path, row_group_size=300, write_page_checksum=True)


def write_hdf5(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("pt", data=padded("pt", 5), chunks=(100, 5), compression="gzip")
        constituents = np.zeros((EVENTS, 5), dtype=[("eta", "f4"), ("phi", "f4")])
        constituents["eta"] = padded("eta", 5)
        file.create_dataset("tracks/all", data=constituents)
        file.create_dataset("jets/mass", data=FLAT["mass"])
        file.create_dataset("jets/charge", data=FLAT["charge"])


def write_npz(path: Path) -> None:
    np.savez_compressed(path, pt=padded("pt", 2), eta=np.asfortranarray(padded("eta", 2)), **FLAT)


HDF5 = EventsBinding(None, {"jets": ("pt", "tracks/all/eta"), "flat": ("jets/mass", "jets/charge")})
Writer = Callable[[Path], None]
FORMATS: dict[str, tuple[str, Writer, EventsBinding]] = {
    "TTree": ("e.root", write_tree, BINDING),
    "RNTuple": ("e.root", write_rntuple, BINDING),
    "Parquet": ("e.parquet", write_parquet, BINDING),
    "HDF5": ("e.h5", write_hdf5, HDF5),
    "npz": ("e.npz", write_npz, BINDING),
}


@pytest.mark.parametrize("kind", FORMATS)
def test_ranges_and_the_whole(tmp_path: Path, kind: str) -> None:
    name, write, binding = FORMATS[kind]
    write(tmp_path / name)
    expected = {**EXPECTED}
    if kind == "npz":
        expected["jets"] = EXPECTED["jets"].copy()
        expected["jets"][:, 2:] = 0
    with open_events(tmp_path / name, SHAPES, binding) as file:
        assert file.events == EVENTS
        for start, stop in ((0, 128), (128, 700), (700, 701), (690, 1000), (5, 6)):
            found = file.read(start, stop)
            for key, values in expected.items():
                assert (found[key] == values[start:stop]).all() and found[key].shape == values[start:stop].shape


def test_an_input_found_under_its_own_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "e.npz", **EXPECTED)
    found = read_events(tmp_path / "e.npz", SHAPES, BINDING)
    assert all((found[key] == values).all() for key, values in EXPECTED.items())


def test_whole_tensors_and_missing_values_of_parquet(tmp_path: Path) -> None:
    images = RANDOM.normal(size=(4, 2, 3))
    nested = pa.FixedSizeListArray.from_arrays(pa.FixedSizeListArray.from_arrays(pa.array(images.reshape(-1)), 3), 2)
    pq.write_table(pa.table({"image": nested, "m": pa.array([1.0, None, 3.0, 4.0])}), tmp_path / "e.parquet")
    found = read_events(tmp_path / "e.parquet", {"image": (2, 3), "m": ()})
    assert (found["image"] == images).all()
    assert np.isnan(found["m"]).tolist() == [False, True, False, False]


def damage(path: Path, how: str) -> None:
    data = path.read_bytes()
    if how == "cut":
        path.write_bytes(data[: len(data) * 2 // 3])
    elif path.suffix == ".root":
        baskets = data.index(b"TBasket")
        path.write_bytes(data[:baskets] + data[baskets:].replace(b"ZL\x08", b"\0\0\0"))
    else:
        middle = len(data) // 3
        path.write_bytes(data[:middle] + bytes(200) + data[middle + 200 :])


@pytest.mark.parametrize(
    ("kind", "how", "message"),
    [
        ("TTree", "cut", "events file e.root cannot be read as ROOT (OSError); write it again"),
        ("TTree", "torn", "events file e.root cannot be read as ROOT (ValueError); write it again"),
        ("Parquet", "cut", "events file e.parquet cannot be read as Parquet (ArrowInvalid); write it again"),
        ("Parquet", "torn", "events file e.parquet cannot be read as Parquet (OSError); write it again"),
        ("HDF5", "cut", "events file e.h5 is not HDF5 or damaged (Unable to synchronously open file (truncated file:"),
        (
            "npz",
            "cut",
            "events file e.npz is not a NumPy archive without pickles (File is not a zip file); write it again",
        ),
        ("npz", "torn", "events file e.npz"),
    ],
)
def test_damaged_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, how: str, message: str) -> None:
    monkeypatch.chdir(tmp_path)
    name, write, binding = FORMATS[kind]
    write(Path(name))
    damage(Path(name), how)
    with pytest.raises(EventsError) as caught:
        read_events(Path(name), SHAPES, binding)
    assert str(caught.value).startswith(message) and "\n" not in str(caught.value)


def root(content: dict[str, Any]) -> None:
    with uproot.recreate("e.root") as file:
        file.mkrntuple("t", ak.Array(content))


@pytest.mark.parametrize(
    ("content", "columns", "shape", "message"),
    [
        (
            {"a": [[1.0, 2.0], [3.0]], "b": [[1.0, 2.0], []]},
            ("a", "b"),
            (2, 2),
            "event 1 has 1 entries in 'a' but 0 in 'b'; the columns of an input must belong to the same objects",
        ),
        (
            {"a": [[1.0, 2.0], [3.0]], "b": [1, 2]},
            ("a", "b"),
            (2, 2),
            "the columns are neither all numbers nor all lists of numbers: a (var * float64), b (int64); "
            "name such alone",
        ),
        (
            {"a": [[[1.0], [2.0]], [[3.0]]]},
            ("a",),
            (2,),
            "the columns are neither all numbers nor all lists of numbers: a (var * var * float64); name such alone",
        ),
        (
            {"a": [[[1.0], [2.0]], [[3.0]]]},
            ("a",),
            (2, 1),
            "column 'a' holds lists of differing lengths in its inner axes; pad them",
        ),
        (
            {"a": ["up", "down"]},
            ("a",),
            (1,),
            "the columns are neither all numbers nor all lists of numbers: a (string); name such alone",
        ),
    ],
)
def test_wrong_jaggedness(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: dict[str, Any],
    columns: tuple[str, ...],
    shape: tuple[int, ...],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    root(content)
    with pytest.raises(EventsError) as caught:
        read_events(Path("e.root"), {"x": shape}, EventsBinding("t", {"x": columns}))
    assert str(caught.value) == f"events file e.root: input 'x': {message}"


def test_lists_for_one_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    root({"a": [[1.0, 2.0], [3.0]]})
    with pytest.raises(
        EventsError,
        match=r"^events file e.root: input 'x' is one number an event, but column 'a' holds lists; name another",
    ):
        read_events(Path("e.root"), {"x": ()}, EventsBinding("t", {"x": ("a",)}))


def test_a_npy_that_is_cut_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("e.npy", np.zeros((10, 2)))
    Path("e.npy").write_bytes(Path("e.npy").read_bytes()[:-80])
    with pytest.raises(EventsError) as caught:
        read_events(Path("e.npy"), {"x": (2,)})
    assert str(caught.value) == (
        "events file e.npy is not a NumPy array without pickles (cut short: 80 of 160 bytes); write it again"
    )


def test_arrays_that_do_not_belong_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.savez("e.npz", a=np.zeros((4, 2)), b=np.zeros(4), c=np.zeros(5), d=np.float64(1))
    for columns, message in (
        (("a", "b"), "input 'x': the arrays do not stack: a [4, 2], b [4]; store them alike"),
        (("b", "c"), "inputs differ in their number of events: {'x': [4, 5]}; store as many of each"),
        (("d",), "array 'd' is a single number; events need a first axis"),
    ):
        with pytest.raises(EventsError) as caught:
            read_events(Path("e.npz"), {"x": (2,)}, EventsBinding(None, {"x": columns}))
        assert str(caught.value) == f"events file e.npz: {message}"
