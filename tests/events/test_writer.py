"""What is written is what is read, in every format; equal tables are equal bytes."""

from pathlib import Path

import numpy as np
import pytest
import uproot

from trigforge.errors import EventsError
from trigforge.events import Column, EventsBinding, EventsTable, read_events, write_events

FORMATS = ["e.root", "e.h5", "e.parquet", "e.npz"]
EVENTS = 1_000
RANDOM = np.random.default_rng(7)
VALUES = {
    "event": np.arange(EVENTS, dtype=np.int64),
    "label": RANDOM.integers(-9, 9, EVENTS).astype(np.int16),
    "y": RANDOM.normal(size=(EVENTS, 5)).astype(np.float32),
    "wide": RANDOM.normal(size=(EVENTS, 2, 30)),
}
SHAPES = {name: array.shape[1:] for name, array in VALUES.items()}


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several blocks for a thousand events."""
    monkeypatch.setattr("trigforge.events.table._BLOCK_BYTES", 2**17)


def table(provenance: str = '{"model": "m"}') -> EventsTable:
    columns = tuple(Column(name, array.dtype, array.shape[1:]) for name, array in VALUES.items())
    return EventsTable(columns, EVENTS, lambda name, start, stop: VALUES[name][start:stop], provenance)


@pytest.mark.parametrize(("name", "rntuple"), [*((name, False) for name in FORMATS), ("e.root", True)])
def test_round_trip_is_exact_and_repeatable(tmp_path: Path, name: str, rntuple: bool) -> None:
    (tmp_path / "again").mkdir()
    done: list[int] = []
    write_events(tmp_path / name, table(), done.append, rntuple=rntuple)
    write_events(tmp_path / "again" / name, table(), rntuple=rntuple)
    assert sum(done) == EVENTS and len(done) > 1
    found = read_events(tmp_path / name, SHAPES, EventsBinding("events"))
    for column, array in VALUES.items():
        assert found[column].dtype == array.dtype and (found[column] == array).all()
    assert (tmp_path / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_the_kinds_of_root_trees_and_the_provenance(tmp_path: Path) -> None:
    for rntuple, kind in ((False, "TTree"), (True, "ROOT::RNTuple")):
        write_events(tmp_path / "e.root", table("who made this"), rntuple=rntuple)
        with uproot.open(tmp_path / "e.root") as file:
            assert file.classnames(cycle=False) == {"events": kind, "trigforge": "TObjString"}
            assert str(file["trigforge"]) == "who made this"


def test_unknown_suffix() -> None:
    with pytest.raises(
        EventsError,
        match=r"^output file e.csv: the suffix '.csv' cannot be written; known are .root, .h5, .hdf5, .parquet, .npz$",
    ):
        write_events(Path("e.csv"), table())
