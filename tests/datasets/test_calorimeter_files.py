"""Files of modules: ours, CSV, ntuples; what is wrong with one is a sentence that says where."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from datasets.calorimeter import (
    CELLS,
    IMAGE,
    CalorimeterDataError,
    Modules,
    read_csv,
    read_modules,
    read_ntuple,
    read_root,
    to_image,
    write_root,
)
from datasets.calorimeter.files import digest

NAMES = [f"CALQ_{cell}" for cell in range(CELLS)]


@pytest.fixture
def modules() -> Modules:
    rng = np.random.default_rng(1)
    calq = rng.integers(0, 5000, (7, CELLS)).astype(np.int32)
    return Modules(
        calq,
        {
            "event": np.array([0, 0, 0, 1, 1, 3, 3], np.int32),
            "layer": np.arange(1, 8).astype(np.int16),
            "eta": rng.uniform(1.6, 3, 7).astype(np.float32),
            "simenergy": rng.random(7).astype(np.float32),
        },
    )


def csv_lines(modules: Modules) -> list[str]:
    """A file with its columns turned round, one of another name, and one that nobody knows."""
    header = ",".join(["entry", *NAMES[::-1], "SimEnergyTotal", "layer", "ModType"])
    rows = [
        ",".join(map(str, [9, *charges[::-1], modules.truth["simenergy"][n], modules.truth["layer"][n], "FI"]))
        for n, charges in enumerate(modules.calq.tolist())
    ]
    return [header, *rows]


def written(path: Path, lines: list[str]) -> Path:
    text = "\n".join(lines) + "\n"
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return path


def ntuple(path: Path, charges: np.ndarray, counts: list[int], **truth: np.ndarray) -> Path:
    """Writes jagged branches as the ntuples of the trigger have them, within a folder of the file."""
    columns = {f"wafer_CALQ{n}": charges[:, n].astype(np.uint32) for n in range(charges.shape[1])}
    columns |= {f"wafer_{name}": column for name, column in truth.items()}
    with uproot.recreate(path) as file:
        jagged = {name: ak.unflatten(column, counts) for name, column in columns.items()}
        file.mktree("ntuple/HGCalTriggerNtuple", {name: array.type for name, array in jagged.items()}).extend(jagged)
        file.mktree("other", {"x": np.int32}).extend({"x": np.arange(3, dtype=np.int32)})
    return path


def one(blocks: Iterator[Modules]) -> Modules:
    (block,) = blocks
    return block


def same(first: Modules, second: Modules) -> bool:
    names = set(first.truth) & set(second.truth)
    return np.array_equal(first.calq, second.calq) and all(
        np.array_equal(first.truth[name], second.truth[name]) for name in names
    )


def test_our_files_come_back(tmp_path: Path, modules: Modules) -> None:
    write_root(tmp_path / "new" / "a.root", modules)
    again = read_root(tmp_path / "new" / "a.root")
    assert digest(again) == digest(modules) and list(again.truth) == list(modules.truth)
    assert digest(read_modules(tmp_path / "new" / "a.root", 3)) == digest(modules.take(slice(3)))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.root"]


def test_paths_may_be_text(tmp_path: Path, modules: Modules) -> None:
    ours, table = str(tmp_path / "m.root"), str(written(tmp_path / "m.csv", csv_lines(modules)))
    write_root(ours, modules)
    for found in (read_root(ours), read_modules(ours), read_modules(table), next(iter(read_csv(table)))):
        assert np.array_equal(found.calq, modules.calq)
    with pytest.raises(CalorimeterDataError, match="no such file"):
        next(read_ntuple(str(tmp_path / "absent.root")))


@pytest.mark.parametrize("ending", ["csv", "csv.gz"])
def test_csv_columns_are_found_by_name(ending: str, tmp_path: Path, modules: Modules) -> None:
    path = written(tmp_path / f"a.{ending}", csv_lines(modules))
    found = one(read_csv(path))
    assert same(found, modules)
    assert sorted(found.truth) == ["layer", "simenergy"]
    assert found.calq.dtype == np.int32 and found.truth["layer"].dtype == np.int16
    assert [len(block) for block in read_csv(path, rows=3)] == [3, 3, 1]
    assert same(one(read_csv(path.rename(tmp_path / "b.csv"))), modules)
    path = written(path, csv_lines(modules))
    assert same(read_modules(path, 4), modules.take(slice(4)))


def test_csv_of_floats_empty_lines_and_a_byte_order_mark(tmp_path: Path, modules: Modules) -> None:
    header, *rows = csv_lines(modules)
    floats = [re.sub(r",(\d+)(?=,)", r",\1.0", row) for row in rows]
    path = written(tmp_path / "a.csv", ["\ufeff" + header, "", *floats, ""])
    assert same(one(read_csv(path)), modules)


def test_csv_without_names(tmp_path: Path, modules: Modules) -> None:
    rows = [",".join(map(str, [*charges, 0.5, "x"])) for charges in modules.calq.tolist()]
    path = written(tmp_path / "a.csv", rows)
    assert np.array_equal(one(read_csv(path, header=False)).calq, modules.calq)
    with pytest.raises(CalorimeterDataError) as caught:
        read_modules(path)
    assert str(caught.value) == (
        f"{path}: no column CALQ_0 in line 1; it names the columns CALQ_0 to CALQ_47 between commas, or, if it has "
        "no such line, say --no-header"
    )


def test_files_in_the_order_of_the_image(tmp_path: Path, modules: Modules) -> None:
    in_image = to_image(modules.calq).reshape(-1, 64)[:, IMAGE.ravel() >= 0]
    path = written(tmp_path / "a.csv", [",".join(NAMES), *(",".join(map(str, row)) for row in in_image.tolist())])
    assert np.array_equal(one(read_csv(path, order="image")).calq, modules.calq)
    whole = ntuple(tmp_path / "b.root", to_image(modules.calq).reshape(-1, 64), [7])
    assert np.array_equal(one(read_ntuple(whole)).calq, modules.calq)


def test_ntuple(tmp_path: Path, modules: Modules) -> None:
    truth = {name: modules.truth[name] for name in ("layer", "eta", "simenergy")}
    path = ntuple(tmp_path / "a.root", modules.calq, [3, 2, 0, 2], **truth)
    found = one(read_ntuple(path))
    assert same(found, modules) and set(found.truth) == set(modules.truth)
    assert same(read_modules(path), modules)
    assert [len(block) for block in read_ntuple(path, events=2)] == [5, 2]
    assert [block.truth["event"].tolist() for block in read_ntuple(path, events=2)] == [[0, 0, 0, 1, 1], [3, 3]]


def test_a_folder_is_read_in_order(tmp_path: Path, modules: Modules) -> None:
    write_root(tmp_path / "b.root", modules.take(slice(4, None)))
    written(tmp_path / "a.csv", csv_lines(modules.take(slice(4))))
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / ".c.root").write_text("half")
    found = read_modules(tmp_path)
    assert same(found, modules) and sorted(found.truth) == ["layer", "simenergy"]


def replaced(modules: Modules, line: int, column: str, value: str) -> list[str]:
    lines = csv_lines(modules)
    cells = lines[line - 1].split(",")
    cells[lines[0].split(",").index(column)] = value
    return [*lines[: line - 1], ",".join(cells), *lines[line:]]


@pytest.mark.parametrize(
    ("line", "column", "value", "message"),
    [
        (3, "CALQ_7", "", "line 3, column CALQ_7: '' is no number"),
        (3, "CALQ_7", "many", "line 3, column CALQ_7: 'many' is no number"),
        (8, "CALQ_47", "-1", "line 8, column CALQ_47: -1 is no charge; charges are integers from 0 to 4194303"),
        (2, "CALQ_0", "0.5", "line 2, column CALQ_0: 0.5 is no charge; charges are integers from 0 to 4194303"),
        (2, "CALQ_0", "nan", "line 2, column CALQ_0: nan is no charge; charges are integers from 0 to 4194303"),
        (
            2,
            "CALQ_0",
            "4194304",
            "line 2, column CALQ_0: 4194304 is no charge; charges are integers from 0 to 4194303",
        ),
        (4, "layer", "1e9", "line 4, column layer: 1000000000 is not an integer of 16 bits"),
        (4, "SimEnergyTotal", "inf", "line 4, column SimEnergyTotal: inf is not a finite number"),
        (5, "layer", "1,2", "line 5: 53 columns, expected 52"),
    ],
)
def test_a_csv_file_that_is_wrong(
    line: int, column: str, value: str, message: str, tmp_path: Path, modules: Modules
) -> None:
    path = written(tmp_path / "a.csv", replaced(modules, line, column, value))
    with pytest.raises(CalorimeterDataError) as caught:
        read_modules(path)
    assert str(caught.value) == f"{path}, {message}"


def test_csv_headers_that_are_wrong(tmp_path: Path, modules: Modules) -> None:
    lines = csv_lines(modules)
    for old, new, message in (
        ("CALQ_13,", "CALQ_12,", "the column CALQ_12 stands 2 times in line 1; keep one"),
        (
            "CALQ_13,",
            "calq_13,",
            "no column CALQ_13 in line 1; it names the columns CALQ_0 to CALQ_47 ",
        ),
    ):
        path = written(tmp_path / "a.csv", [lines[0].replace(old, new), *lines[1:]])
        with pytest.raises(CalorimeterDataError, match=f"^{re.escape(f'{path}: {message}')}"):
            read_modules(path)


def test_csv_files_without_modules_or_damaged(tmp_path: Path, modules: Modules) -> None:
    path = written(tmp_path / "a.csv", csv_lines(modules)[:1])
    with pytest.raises(CalorimeterDataError, match=r"a\.csv: holds no modules; a line of numbers is a module$"):
        read_modules(path)
    packed = written(tmp_path / "b.csv.gz", csv_lines(modules))
    packed.write_bytes(packed.read_bytes()[:200])
    with pytest.raises(CalorimeterDataError, match=r"b\.csv\.gz: not a readable CSV file \(.*\); download it again$"):
        read_modules(packed)
    (tmp_path / "c.csv").write_bytes(b"\xff\xfe\x00rubbish\n")
    with pytest.raises(CalorimeterDataError, match=r"c\.csv: not a readable CSV file"):
        read_modules(tmp_path / "c.csv")


def test_ntuples_that_are_wrong(tmp_path: Path, modules: Modules) -> None:
    path = ntuple(tmp_path / "a.root", modules.calq[:, :40], [3, 4])
    with pytest.raises(CalorimeterDataError) as caught:
        read_modules(path)
    assert str(caught.value) == f"{path}: branch 'wafer_CALQ40' is missing from the tree 'HGCalTriggerNtuple'"
    wrong = modules.calq.astype(np.int64)
    wrong[5, 9] = 2**23
    path = ntuple(tmp_path / "b.root", wrong, [3, 4])
    with pytest.raises(CalorimeterDataError) as caught:
        read_modules(path)
    assert str(caught.value) == (
        f"{path}, entry 1, branch wafer_CALQ9: 8388608 is no charge; charges are integers from 0 to 4194303"
    )
    path = ntuple(tmp_path / "c.root", modules.calq, [3, 4], eta=np.full(7, np.nan, np.float32))
    with pytest.raises(CalorimeterDataError) as caught:
        read_modules(path)
    assert str(caught.value) == f"{path}, entry 0, branch wafer_eta: nan is not a finite number"


def test_a_flat_tree_is_no_ntuple(tmp_path: Path, modules: Modules) -> None:
    path = tmp_path / "a.root"
    columns = {f"wafer_CALQ{n}": modules.calq[:, n] for n in range(CELLS)}
    with uproot.recreate(path) as file:
        file.mktree("t", dict.fromkeys(columns, np.int32)).extend(columns)
    with pytest.raises(CalorimeterDataError) as caught:
        read_modules(path)
    assert str(caught.value) == f"{path}: branch 'wafer_CALQ0' holds int32; an entry is an event, and lists modules"


def test_ntuple_with_lists_of_unequal_length(tmp_path: Path, modules: Modules) -> None:
    path = tmp_path / "a.root"
    columns = {f"wafer_CALQ{n}": ak.unflatten(modules.calq[:, n], [3, 4]) for n in range(CELLS)}
    columns["wafer_CALQ5"] = ak.unflatten(modules.calq[:, 5], [4, 3])
    with uproot.recreate(path) as file:
        file.mktree("t", {name: array.type for name, array in columns.items()}).extend(columns)
    with pytest.raises(CalorimeterDataError) as caught:
        read_modules(path)
    assert str(caught.value) == f"{path}, entry 0: wafer_CALQ5 lists 4 modules, wafer_CALQ0 3"


def test_other_root_files(tmp_path: Path, modules: Modules) -> None:
    with uproot.recreate(tmp_path / "a.root") as file:
        file.mktree("jets", {"label": np.int8}).extend({"label": np.zeros(3, np.int8)})
    with pytest.raises(CalorimeterDataError) as caught:
        read_modules(tmp_path / "a.root")
    assert str(caught.value) == (
        f"{tmp_path / 'a.root'}: 0 trees with a branch 'wafer_CALQ0' among jets; give a file with one, or made here"
    )
    write_root(tmp_path / "b.root", modules)
    for keep in (0, 100, 2000):
        (tmp_path / "c.root").write_bytes((tmp_path / "b.root").read_bytes()[:keep])
        with pytest.raises(CalorimeterDataError, match=r"c\.root: not a readable ROOT file with a tree 'modules' "):
            read_modules(tmp_path / "c.root")


def test_paths_that_lead_nowhere(tmp_path: Path) -> None:
    for name, message in (
        ("a.root", "no such file; make modules with `python -m datasets.calorimeter generate`"),
        ("a.csv", "no such file; check the path"),
        ("a.h5", "unknown kind of file; expected .root, .csv or .csv.gz"),
        ("", "no .root or .csv files in this folder; give a folder of shards, or a file"),
    ):
        path = tmp_path / name if name else tmp_path
        with pytest.raises(CalorimeterDataError) as caught:
            read_modules(path)
        assert str(caught.value) == f"{path}: {message}"


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(CalorimeterDataError, match=r"^charges of shape \(2, 47\), columns of shape the same length; "):
        Modules(np.zeros((2, 47), np.int32), {})
    with pytest.raises(
        CalorimeterDataError, match=r"columns of shape \{'eta': \(3,\)\}; expected \(n, 48\) and \(n,\)$"
    ):
        Modules(np.zeros((2, 48), np.int32), {"eta": np.zeros(3, np.float32)})
