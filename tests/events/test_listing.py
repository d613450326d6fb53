"""The columns of a file of any format, and what is no column of numbers."""

from pathlib import Path

import awkward as ak
import h5py
import numpy as np
import pytest
import uproot

from trigforge.errors import EventsError
from trigforge.events import FileColumn, list_columns

LISTS = ak.Array([[1.0], [2.0, 3.0], []])


def test_branches_of_a_tree(tmp_path: Path) -> None:
    path = tmp_path / "x.root"
    with uproot.recreate(path) as file:
        file.mktree("t", {"pt": "float32", "hits": "var * float64", "cells": np.dtype(("f4", (16,)))})
        file["t"].extend({"pt": np.zeros(3, "f4"), "hits": LISTS, "cells": np.zeros((3, 16), "f4")})
        file["other"] = {"z": np.zeros(2)}
    with pytest.raises(EventsError, match=r"holds 2 trees \(t, other\)"):
        list_columns(path)
    found = {column.name: column.shape for column in list_columns(path, "t")}
    assert found == {"pt": (), "nhits": (), "hits": (None,), "cells": (16,)}
    with pytest.raises(EventsError, match=r"holds no tree 'u'; found t, other"):
        list_columns(path, "u")


def test_fields_of_an_rntuple(tmp_path: Path) -> None:
    path = tmp_path / "x.root"
    with uproot.recreate(path) as file:
        tuple_ = file.mkrntuple("t", {"pt": np.dtype("f4"), "cells": np.dtype(("f4", (16,)))})
        tuple_.extend({"pt": np.zeros(3, "f4"), "cells": np.zeros((3, 16), "f4")})
        file.mkrntuple("u", {"hits": LISTS})
    assert list_columns(path, "t") == (FileColumn("pt", ()), FileColumn("cells", (16,)))
    assert list_columns(path, "u") == (FileColumn("hits", (None,)),)


def test_parquet_without_its_texts(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    ak.to_parquet(ak.Array({"a": [1, 2, 3], "b": LISTS, "s": ["x", "y", "z"], "r": np.zeros((3, 4))}), path)
    assert list_columns(path) == (FileColumn("a", ()), FileColumn("b", (None,)), FileColumn("r", (4,)))


def test_arrays(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", a=np.zeros((5, 3)), b=np.zeros(5))
    np.save(tmp_path / "y.npy", np.zeros((5, 2)))
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["group/a"] = np.zeros((4, 2))
        file["compound"] = np.zeros(4, dtype=[("x", "f4"), ("y", "i4", (3,)), ("name", "S4")])
    assert list_columns(tmp_path / "x.npz") == (FileColumn("a", (3,)), FileColumn("b", ()))
    assert list_columns(tmp_path / "y.npy") == (FileColumn("y", (2,)),)
    assert list_columns(tmp_path / "x.h5") == (
        FileColumn("compound/x", ()),
        FileColumn("compound/y", (3,)),
        FileColumn("group/a", (2,)),
    )


@pytest.mark.parametrize("name", ["x.root", "x.h5", "x.npz", "x.npy", "x.parquet"])
def test_damage_is_one_line(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"root no more")
    with pytest.raises(EventsError, match=rf"events file .*{name}"):
        list_columns(tmp_path / name)
    with pytest.raises(EventsError, match="does not exist"):
        list_columns(tmp_path / f"no{name}")
