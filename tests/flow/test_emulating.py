"""``emulate_files`` on the small graph: every format in and out, resumed, from many files, and to the same bytes."""

import json
import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uproot

from tests.small_graph import SMALL
from trigforge.errors import BitMismatch, EventsError, ToolMissingError
from trigforge.events import EventsBinding, read_events
from trigforge.flow import emulate, engines, partitions, read
from trigforge.flow.emulating import Emulated, Running, emulate_files
from trigforge.flow.engines import EngineChoice, Outputs
from trigforge.flow.observer import Silent, Step
from trigforge.flow.partitions import Work
from trigforge.graph import Add, FixedPointGraph, GraphInput, InputKind, Node, save_graph

MODEL = "small.json"
EVENTS = 2500
VALUES = np.random.default_rng(5).normal(size=(EVENTS, 2)) * 4
EXPECTED = emulate(SMALL, VALUES)
REFERENCE = Running(EngineChoice.REFERENCE, events_at_once=400)


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a graph and its events, ``in.npz``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIGFORGE_CACHE", str(tmp_path / "cache"))
    save_graph(SMALL, tmp_path / MODEL)
    np.savez("in.npz", x=VALUES)
    return tmp_path


def run(events: str, out: str | None, running: Running = REFERENCE) -> tuple[Emulated, ...]:
    return emulate_files(MODEL, events, Path(out) if out else None, running=running)


def check(out: Path, expected: np.ndarray = EXPECTED.outputs["y"], tree: str | None = "events") -> dict[str, Any]:
    shapes = {"event": (), "file": (), "y": (2,), "y_mantissa": (2,)}
    found = read_events(out, shapes, EventsBinding(tree))
    assert (found["y_mantissa"] == expected).all()
    assert (found["y"] == np.ldexp(expected.astype(float), SMALL.tensors["y"].hull.lsb)).all()
    assert found["y"].dtype == np.float32 and found["y_mantissa"].dtype == np.int16
    return found


def write_tree(path: str) -> None:
    with uproot.recreate(path) as file:
        file["t"] = {"x": VALUES}


def write_rntuple(path: str) -> None:
    with uproot.recreate(path) as file:
        file.mkrntuple("t", {"x": np.dtype((np.float64, (2,)))}).extend({"x": VALUES})


def write_hdf5(path: str) -> None:
    with h5py.File(path, "w") as file:
        file["x"] = VALUES


def write_parquet(path: str) -> None:
    pq.write_table(pa.table({"x": pa.FixedSizeListArray.from_arrays(pa.array(VALUES.reshape(-1)), 2)}), path)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("tree.root", write_tree),
        ("ntuple.root", write_rntuple),
        ("e.h5", write_hdf5),
        ("e.parquet", write_parquet),
        ("e.npz", lambda path: np.savez(path, x=VALUES)),
        ("e.npy", lambda path: np.save(path, VALUES)),
    ],
)
def test_every_format_in(name: str, write: Any) -> None:
    write(name)
    run(name, "out.npz")
    found = check(Path("out.npz"))
    assert (found["event"] == np.arange(EVENTS)).all() and not found["file"].any()


@pytest.mark.parametrize(
    ("out", "rntuple"),
    [("o.root", False), ("o.root", True), ("o.h5", False), ("o.parquet", False), ("o.npz", False)],
)
def test_every_format_out(out: str, rntuple: bool) -> None:
    (done,) = run("in.npz", out, Running(EngineChoice.REFERENCE, rntuple=rntuple))
    assert done == Emulated(Path(out), EVENTS, 0)
    check(Path(out))
    assert sorted(path.name for path in Path().iterdir()) == ["in.npz", out, MODEL, "small.npz"]


def test_the_output_says_where_it_comes_from() -> None:
    run("in.npz", "o.h5")
    with h5py.File("o.h5") as file:
        said = json.loads(file.attrs["trigforge"])
    assert said["model"] == "small" and said["graph_digest"] == read(MODEL).digest
    assert said["outputs"] == {"y": {"type": "ap_ufixed<5,4>", "lsb": -1}}
    assert said["files"] == [{"name": "in.npz", "events": EVENTS}]


def test_the_native_engine_and_any_partition_give_the_same_bytes() -> None:
    run("in.npz", "a.root")
    run("in.npz", "b.root", Running(EngineChoice.NATIVE))
    assert Path("a.root").read_bytes() == Path("b.root").read_bytes()


def test_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIGFORGE_GXX", "no-such-compiler")
    partitions.built_engine.cache_clear()
    engine = engines.choose(SMALL, EngineChoice.AUTO)
    assert (engine.name, engine.notice) == (
        "reference",
        "reference engine, slow: no C++ compiler (install g++, or set TRIGFORGE_GXX)",
    )
    with pytest.raises(ToolMissingError, match=r"^g\+\+ is missing: TRIGFORGE_GXX is set to 'no-such-compiler'"):
        engines.choose(SMALL, EngineChoice.NATIVE)


def test_an_engine_that_is_wrong_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def off_by_one(inputs: Any, threads: int, progress: Any) -> Outputs:
        return {name: (array + 1).astype(np.int16) for name, array in engines.run(SMALL, inputs).outputs.items()}

    monkeypatch.setattr(partitions, "choose", lambda graph, choice: engines.Engine("native", off_by_one))
    partitions.built_engine.cache_clear()
    monkeypatch.setattr(partitions, "_checked", set())
    with pytest.raises(BitMismatch) as caught:
        run("in.npz", "o.root", Running(EngineChoice.NATIVE, events_at_once=100))
    partitions.built_engine.cache_clear()
    assert str(caught.value).startswith("native engine disagrees with the reference emulator in 200 of 200 outputs; ")
    assert str(caught.value).endswith("; use --engine reference")
    assert not Path("o.root").exists() and not Path(".o.root.parts").exists()


def test_many_files_into_one_and_one_for_each() -> None:
    for number, piece in enumerate(np.array_split(VALUES, 3)):
        np.savez(f"jets_{number}.npz", x=piece)
    run("jets_*.npz", "all.h5")
    found = check(Path("all.h5"))
    assert [int((found["file"] == number).sum()) for number in range(3)] == [834, 833, 833]
    assert (found["event"][found["file"] == 1] == np.arange(833)).all()
    done = run("jets_*.npz", "each")
    assert [entry.path for entry in done] == [Path(f"each/jets_{number}.npz") for number in range(3)]
    check(Path("each/jets_1.npz"), EXPECTED.outputs["y"][834:1667])
    (alone,) = run("in.npz", None)
    assert alone.path == Path("build/small/emulated/in.npz")


class Stopped(Exception):
    """Ends a run in the middle."""


def stop_after(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    original, calls = partitions.checked_engine, [0]

    def counted(work: Work, inputs: Any) -> engines.Engine:
        calls[0] += 1
        if calls[0] > count:
            raise Stopped
        return original(work, inputs)

    monkeypatch.setattr(partitions, "checked_engine", counted)


def test_a_run_that_stopped_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    run("in.npz", "whole.root")
    with monkeypatch.context() as patched, pytest.raises(Stopped):
        stop_after(patched, 3)
        run("in.npz", "o.root")
    assert not Path("o.root").exists() and len(list(Path(".o.root.parts").glob("*.part"))) == 3
    (done,) = run("in.npz", "o.root")
    assert done.events_resumed == 1200
    assert Path("o.root").read_bytes() == Path("whole.root").read_bytes()
    assert not Path(".o.root.parts").exists()


def test_parts_of_other_events_or_another_wish_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched, pytest.raises(Stopped):
        stop_after(patched, 3)
        run("in.npz", "o.h5")
    (done,) = run("in.npz", "o.h5", Running(EngineChoice.REFERENCE, events_at_once=400, fresh=True))
    assert done.events_resumed == 0
    with monkeypatch.context() as patched, pytest.raises(Stopped):
        stop_after(patched, 3)
        run("in.npz", "p.h5")
    np.savez("in.npz", x=VALUES[::-1])
    (done,) = run("in.npz", "p.h5")
    assert done.events_resumed == 0
    check(Path("p.h5"), EXPECTED.outputs["y"][::-1])


def test_many_outputs_go_on_after_those_that_are_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(2):
        np.savez(f"jets_{number}.npz", x=VALUES)
    with monkeypatch.context() as patched, pytest.raises(Stopped):
        stop_after(patched, 9)
        run("jets_*.npz", "each")
    assert Path("each/jets_0.npz").exists() and not Path("each/jets_1.npz").exists()
    first = Path("each/jets_0.npz").stat().st_mtime_ns
    assert [done.events_resumed for done in run("jets_*.npz", "each")] == [2500, 800]
    assert Path("each/jets_0.npz").stat().st_mtime_ns == first
    assert sorted(path.name for path in Path("each").iterdir()) == ["jets_0.npz", "jets_1.npz"]


def test_registers() -> None:
    loaded = FixedPointGraph(
        "loaded",
        1,
        (SMALL.inputs[0], GraphInput("w", (2,), SMALL.inputs[0].types, kind=InputKind.REGISTER)),
        (Node("sum", Add(), ("x", "w")),),
        ("sum",),
    )
    save_graph(loaded, Path("loaded.json"))
    np.savez("w.npz", w=[[0.5, 0.25]])
    running = Running(EngineChoice.REFERENCE, registers=Path("w.npz"), events_at_once=400)
    emulate_files("loaded.json", "in.npz", Path("o.npz"), running=running)
    expected = emulate(loaded, {"x": VALUES, "w": np.array([[0.5, 0.25]])}).outputs["sum"]
    assert (np.load("o.npz")["sum_mantissa"] == expected).all()
    with pytest.raises(EventsError) as caught:
        emulate_files("loaded.json", "in.npz", Path("p.npz"), running=REFERENCE)
    assert str(caught.value) == (
        "input 'w' is a register, not part of an event; give all registers with --registers, a .npz file with an array "
        "(1, *shape) each, or a register image (.tfw)"
    )


def test_a_file_that_changes_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    original = partitions.checked_engine

    def touched(work: Work, inputs: Any) -> engines.Engine:
        os.utime("in.npz", ns=(1, 1))
        return original(work, inputs)

    monkeypatch.setattr(partitions, "checked_engine", touched)
    with pytest.raises(
        EventsError, match=r"^events file in.npz changed while it was read; run the same command again$"
    ):
        run("in.npz", "o.root")
    assert not Path("o.root").exists()


def test_two_runs_for_one_output(monkeypatch: pytest.MonkeyPatch) -> None:
    original = partitions.checked_engine

    def second(work: Work, inputs: Any) -> engines.Engine:
        with pytest.raises(
            EventsError, match=r"^output o.root is being written by another run; wait for it or stop it$"
        ):
            run("in.npz", "o.root")
        return original(work, inputs)

    monkeypatch.setattr(partitions, "checked_engine", second)
    run("in.npz", "o.root", Running(EngineChoice.REFERENCE))
    check(Path("o.root"))


def test_a_damaged_part_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched, pytest.raises(Stopped):
        stop_after(patched, 3)
        run("in.npz", "o.root")
    part = next(Path(".o.root.parts").glob("*.part"))
    part.write_bytes(part.read_bytes()[:-3])
    with pytest.raises(EventsError, match=r"^part \.o\.root\.parts/\w+\.part is damaged and was removed; run the"):
        run("in.npz", "o.root")
    run("in.npz", "o.root")
    check(Path("o.root"))


def test_a_file_without_events_among_others_is_told_and_left_out() -> None:
    class Told(Silent):
        def __init__(self) -> None:
            self.titles: list[str] = []

        def step(self, title: str, events: int | None = None, unit: str = "events") -> AbstractContextManager[Step]:
            self.titles.append(title)
            return super().step(title, events, unit)

    np.savez("a.npz", x=VALUES[:0])
    np.savez("b.npz", x=VALUES[:7])
    told = Told()
    (done,) = emulate_files(MODEL, "[ab].npz", Path("all.npz"), told, REFERENCE)
    assert done.events == 7 and "a.npz holds no events and is left out" in told.titles
    assert (np.load("all.npz")["file"] == 1).all()
    assert [one.path.name for one in emulate_files(MODEL, "[ab].npz", Path("folder"), told, REFERENCE)] == ["b.npz"]
    with pytest.raises(EventsError, match=r"^events file a.npz holds no events; give at least one$"):
        run("a.np*", "none.npz")
