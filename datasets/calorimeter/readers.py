"""Files of others -> `Modules`: CSV with a column a cell, and ntuples of the CMS trigger primitives; read in blocks.

Files come in two orders. "cells": `CALQ_3` is cell 3, as here and in the first published files. "image": `CALQ_3` is
the fourth place of the 8 x 8 image that holds a cell, row by row, as in files written "for the AE block". Nothing in a
file tells them apart, but for the ntuples of 64 branches, which are the image with its empty quarter.
"""

import csv
import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from datasets.calorimeter.errors import CalorimeterDataError
from datasets.calorimeter.files import TREE, library, read_root
from datasets.calorimeter.geometry import CELLS, IMAGE, NO_CELL, from_image
from datasets.calorimeter.modules import CALQ_BITS, TRUTH, Modules, join

Order = Literal["cells", "image"]
CSV_ENDINGS = (".csv", ".csv.gz")
CSV_COLUMNS = tuple(f"CALQ_{cell}" for cell in range(CELLS))
CSV_NAMES = {"SimEnergyTotal": "simenergy"}
"""Columns of the published CSV files that `TRUTH` calls otherwise."""
ROWS, EVENTS = 20_000, 50
"""Rows of a CSV file, and events of an ntuple, in a block by default."""

_IN_IMAGE_ORDER = np.argsort(IMAGE[IMAGE != NO_CELL])


def read_modules(path: str | Path, limit: int | None = None, order: Order = "cells", header: bool = True) -> Modules:
    """All modules, or the first `limit`, of a file, or of the files of a folder, sorted by name.

    The ending says the kind: `.csv`, `.csv.gz`, `.root` (made here, or an ntuple). Raises `CalorimeterDataError`.
    """
    if limit is not None and limit < 1:
        raise CalorimeterDataError(f"{limit} modules of {path}; ask for 1 or more")
    path = Path(path)
    if path.is_dir():
        found = sorted(file for file in path.iterdir() if file.name.endswith((".root", *CSV_ENDINGS)))
        files = [file for file in found if not file.name.startswith(".")]
        if not files:
            raise CalorimeterDataError(
                f"{path}: no .root or .csv files in this folder; give a folder of shards, or a file"
            )
    else:
        files = [path]
    parts: list[Modules] = []
    missing = limit
    for file in files:
        for block in _blocks(file, missing, order, header):
            parts.append(block.take(slice(missing)))
            missing = None if missing is None else missing - len(parts[-1])
            if missing == 0:
                return join(parts)
    if not parts:
        raise CalorimeterDataError(f"{path}: holds no modules")
    return join(parts)


def read_csv(path: str | Path, order: Order = "cells", header: bool = True, rows: int = ROWS) -> Iterator[Modules]:
    """Blocks of `rows` modules of a CSV file, packed by gzip or not.

    The columns `CALQ_0` to `CALQ_47` stand anywhere; of the others those of `TRUTH` are read, and `SimEnergyTotal`.
    Without `header` the first 48 columns are the charges. Raises `CalorimeterDataError` with column and line.
    """
    path = Path(path)
    if not path.is_file():
        raise CalorimeterDataError(f"{path}: no such file; check the path")
    try:
        with _text(path) as file:
            reader = csv.reader(file)
            names = _columns(path, next(reader, [])) if header else list(CSV_COLUMNS)
            empty = True
            while block := list(islice(((reader.line_num, row) for row in reader), rows)):
                if full := [(line, row) for line, row in block if row]:
                    yield _csv_block(path, names, full, header, order)
                    empty = False
            if empty:
                raise CalorimeterDataError(f"{path}: holds no modules; a line of numbers is a module")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise CalorimeterDataError(f"{path}: not a readable CSV file ({error}); download it again") from None


def read_ntuple(
    path: str | Path, order: Order = "cells", tree: str | None = None, events: int = EVENTS
) -> Iterator[Modules]:
    """Blocks of `events` events of a ROOT ntuple whose entries are events and whose branches list modules.

    `wafer_CALQ0` to `wafer_CALQ47`, or to 63: the charges; `wafer_layer`, `_eta`, `_waferu`, `_waferv`, `_wafertype`,
    `_energy`, `_simenergy` and `_subdet` are read where they are. `event` counts the entries. Without `tree` the one
    with these branches is taken. Raises `CalorimeterDataError` with branch and entry.
    """
    uproot = library("uproot")
    path = Path(path)
    if not path.is_file():
        raise CalorimeterDataError(f"{path}: no such file; check the path")
    try:
        with uproot.open(path) as file:
            found = file[tree] if tree else _tree(path, file)
            charges = [f"wafer_CALQ{n}" for n in range(IMAGE.size if "wafer_CALQ63" in found else CELLS)]
            if absent := [name for name in charges if name not in found]:
                raise CalorimeterDataError(f"{path}: branch {absent[0]!r} is missing from the tree {found.name!r}")
            truth = [f"wafer_{name}" for name in TRUTH if f"wafer_{name}" in found]
            for arrays, report in found.iterate([*charges, *truth], step_size=events, library="ak", report=True):
                yield _ntuple_block(path, arrays, charges, truth, report.start, order)
    except CalorimeterDataError:
        raise
    except Exception as error:  # uproot raises many kinds for a damaged file
        raise CalorimeterDataError(
            f"{path}: not a readable ROOT file of modules ({type(error).__name__}); download or make it again"
        ) from None


def _blocks(path: Path, limit: int | None, order: Order, header: bool) -> Iterable[Modules]:
    if path.name.endswith(CSV_ENDINGS):
        return read_csv(path, order, header)
    if path.suffix != ".root":
        raise CalorimeterDataError(f"{path}: unknown kind of file; expected .root, .csv or .csv.gz")
    if path.is_file() and not _is_ours(path):
        return read_ntuple(path, order)
    return [read_root(path, limit)]


def _is_ours(path: Path) -> bool:
    try:
        with library("uproot").open(path) as file:
            return TREE in file
    except Exception:  # uproot raises many kinds for a damaged file
        return True  # `read_root` says what is wrong


def _columns(path: Path, names: list[str]) -> list[str]:
    """The names of the columns. Raises `CalorimeterDataError` where a charge is missing or named twice."""
    names = [name.strip() for name in names]
    wanted = (*CSV_COLUMNS, *TRUTH, *CSV_NAMES)
    for name in wanted:
        if names.count(name) > 1:
            raise CalorimeterDataError(
                f"{path}: the column {name} stands {names.count(name)} times in line 1; keep one"
            )
        if name in CSV_COLUMNS and name not in names:
            raise CalorimeterDataError(
                f"{path}: no column {name} in line 1; it names the columns CALQ_0 to CALQ_47 between commas, or, "
                "if it has no such line, say --no-header"
            )
    return names


def _csv_block(path: Path, names: list[str], block: list[tuple[int, list[str]]], header: bool, order: Order) -> Modules:
    for line, row in block:
        if len(row) != len(names) and (header or len(row) < len(names)):
            raise CalorimeterDataError(f"{path}, line {line}: {len(row)} columns, expected {len(names)}")
    lines = [line for line, _ in block]
    table = {name: [row[place] for _, row in block] for place, name in enumerate(names)}
    charges = np.stack([_numbers(path, name, table[name], lines) for name in CSV_COLUMNS], axis=1)
    calq = _charges(charges, lambda row, cell: f"{path}, line {lines[row]}, column CALQ_{cell}", order)
    known = {CSV_NAMES.get(name, name): name for name in names if CSV_NAMES.get(name, name) in TRUTH}
    truth = {
        wanted: _truth(
            _numbers(path, name, table[name], lines),
            wanted,
            lambda row, n=name: f"{path}, line {lines[row]}, column {n}",
        )
        for wanted, name in known.items()
    }
    return Modules(calq, truth)


def _numbers(path: Path, name: str, texts: list[str], lines: list[int]) -> NDArray[np.float64]:
    try:
        return np.array(texts, dtype=np.float64)
    except ValueError:
        for line, text in zip(lines, texts, strict=True):
            try:
                float(text)
            except ValueError:
                raise CalorimeterDataError(f"{path}, line {line}, column {name}: {text!r} is no number") from None
        raise


def _charges(values: NDArray[np.float64], where: Callable[[int, int], str], order: Order) -> NDArray[np.int32]:
    """(n, 48) or (n, 64) as charges by cell. Raises `CalorimeterDataError` for others than unsigned 22-bit integers."""
    wrong = ~((values >= 0) & (values < 2**CALQ_BITS) & (values == np.floor(values)))
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise CalorimeterDataError(
            f"{where(row, column)}: {values[row, column]:.10g} is no charge; "
            f"charges are integers from 0 to {2**CALQ_BITS - 1}"
        )
    calq: NDArray[Any] = values.astype(np.int32)
    if calq.shape[1] == IMAGE.size:
        return from_image(calq.reshape(-1, *IMAGE.shape))
    return calq[:, _IN_IMAGE_ORDER] if order == "image" else calq


def _truth(values: NDArray[np.float64], name: str, where: Callable[[int], str]) -> NDArray[Any]:
    """A column of `TRUTH`. Raises `CalorimeterDataError` where a value does not fit its type."""
    kind = TRUTH[name]
    if issubclass(kind, np.integer):
        ends, wanted = np.iinfo(kind), f"an integer of {8 * np.dtype(kind).itemsize} bits"
        wrong = ~((values >= ends.min) & (values <= ends.max) & (values == np.floor(values)))
    else:
        wanted, wrong = "a finite number", ~(np.abs(values) < np.finfo(np.float32).max)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise CalorimeterDataError(f"{where(row)}: {values[row]:.10g} is not {wanted}")
    return values.astype(kind)


def _text(path: Path) -> Any:
    """A file of text, unpacked if gzip packed it, whatever its name; a byte order mark is skipped."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    if packed:
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _tree(path: Path, file: Any) -> Any:
    """The tree with branches of modules. Raises `CalorimeterDataError` where none or several have them."""
    names = {name.split(";")[0] for name, kind in file.classnames(recursive=True).items() if kind == "TTree"}
    found = sorted(name for name in names if "wafer_CALQ0" in file[name])
    if len(found) != 1:
        held = ", ".join(sorted(names)) or "no tree"
        raise CalorimeterDataError(
            f"{path}: {len(found)} trees with a branch 'wafer_CALQ0' among {held}; give a file with one, or made here"
        )
    return file[found[0]]


def _ntuple_block(path: Path, arrays: Any, charges: list[str], truth: list[str], start: int, order: Order) -> Modules:
    ak = library("awkward")
    for name in (*charges, *truth):
        if arrays[name].ndim != 2:
            raise CalorimeterDataError(
                f"{path}: branch {name!r} holds {arrays[name].type.content}; an entry is an event, and lists modules"
            )
    counts = ak.to_numpy(ak.num(arrays[charges[0]], axis=1))
    for name in (*charges, *truth):
        other = ak.to_numpy(ak.num(arrays[name], axis=1))
        if (unequal := np.flatnonzero(other != counts)).size:
            entry = unequal[0]
            raise CalorimeterDataError(
                f"{path}, entry {start + entry}: {name} lists {other[entry]} modules, {charges[0]} {counts[entry]}"
            )
    columns = {name: ak.to_numpy(ak.flatten(arrays[name], axis=1)) for name in (*charges, *truth)}
    event = start + np.repeat(np.arange(len(counts)), counts)
    values = np.stack([columns[name].astype(np.float64) for name in charges], axis=1)
    calq = _charges(values, lambda row, column: f"{path}, entry {event[row]}, branch {charges[column]}", order)
    own = {
        name.removeprefix("wafer_"): _truth(
            columns[name].astype(np.float64),
            name.removeprefix("wafer_"),
            lambda row, n=name: f"{path}, entry {event[row]}, branch {n}",
        )
        for name in truth
    }
    return Modules(calq, {**own, "event": event.astype(TRUTH["event"])})
