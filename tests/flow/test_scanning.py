"""A grid in processes: resumed after a kill, nothing mapped twice, a process that dies changes nothing."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.flow.scan_support import AXES, VARIED, YosysLog, started, write_networks
from tests.small_graph import SMALL
from trigforge.design import DesignPoint, RtlDesign
from trigforge.errors import DesignError, GraphFormatError
from trigforge.flow import scanning
from trigforge.flow.builder import build
from trigforge.flow.preparing import read
from trigforge.flow.scan_grid import grid_of
from trigforge.flow.scan_points import key_of
from trigforge.flow.scanning import Asked, scan
from trigforge.graph import save_graph
from trigforge.reports import Verdict, load_report
from trigforge.scan import Axis, from_json

DELAYS = Axis(("rtl", "stage_delay_ns"), (1, 2))
OUT = Path("build/scan/one")


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_networks(tmp_path)
    return tmp_path


@pytest.fixture
def log(tmp_path: Path) -> YosysLog:
    return YosysLog(tmp_path)


def until(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.01)


def records() -> list[Path]:
    return list((OUT / "points").glob("*.json"))


def test_killed_in_the_middle_it_resumes_and_maps_nothing_twice(log: YosysLog) -> None:
    running = started(log, "one.json", "two.json", *VARIED, "--jobs", "2")
    until(lambda: len(records()) >= 2 or running.poll() is not None)
    assert running.poll() is None
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    until(lambda: not log.processes())
    early, kept, begun = {path: path.stat().st_mtime_ns for path in records()}, log.pieces(), len(log.runs("begin"))
    assert 2 <= len(early) < 16 and not (OUT / "scan.json").exists()
    again = started(log, "one.json", "two.json", *VARIED, "--jobs", "2")
    out, err = again.communicate()
    assert again.returncode == 0, err
    assert "16 points" in out.splitlines()[0]
    assert {path: path.stat().st_mtime_ns for path in early} == early
    assert len(log.runs("begin")) - begun == len(log.pieces()) - len(kept)
    assert max(Counter(log.runs("begin")[begun:]).values()) == 1
    once = started(log, "one.json", "two.json", *VARIED, "--jobs", "1")
    assert once.communicate()[0] == out and len(log.runs("begin")) - begun == len(log.pieces()) - len(kept)


def test_a_process_that_dies_changes_nothing(tmp_path: Path, log: YosysLog) -> None:
    running = started(log, "one.json", *VARIED, "--jobs", "2", "--out", "killed")
    until(lambda: bool(log.runs("begin")))
    workers = [pid for pid in log.processes() if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(workers[0], signal.SIGKILL)
    out, err = running.communicate()
    assert running.returncode == 0, err
    os.mkdir(tmp_path / "other")
    whole = started(YosysLog(tmp_path / "other"), "one.json", *VARIED, "--jobs", "1", "--out", "whole")
    assert whole.communicate()[0] == out.replace("killed/", "whole/")
    assert Path("killed/scan.json").read_bytes() == Path("whole/scan.json").read_bytes()
    assert not log.processes()


def test_an_interrupted_scan_leaves_no_process(log: YosysLog) -> None:
    running = started(log, "one.json", *VARIED, "--jobs", "2")
    until(lambda: bool(log.runs("begin")))
    os.killpg(running.pid, signal.SIGINT)
    _, err = running.communicate()
    assert running.returncode == 130 and "Traceback" not in err
    assert "interrupted; run the same command again" in err
    until(lambda: not log.processes(), 10)


def test_a_point_has_the_figures_of_a_report() -> None:
    found, folder = scan(["one.json"], asked=Asked((DELAYS,), jobs=1))
    assert (folder, from_json((OUT / "scan.json").read_text())) == (OUT, found)
    build(read("one.json"), DesignPoint(rtl=RtlDesign(2.0)), out=Path("built"))
    report = load_report(Path("built/report.json"))
    point = found.points[1]
    assert report.principal is not None
    assert (point.implementation.mapped, point.implementation.placed) == (
        report.principal.mapped,
        report.principal.placed,
    )
    assert point.implementation.latency.clock_period_ns == report.latency.clock_period_ns
    assert [point.cycles, point.initiation_interval] == [
        getattr(report.latency, name).value for name in ("cycles", "initiation_interval")
    ]
    source = getattr(point.implementation.latency.cycles, "source", "")
    assert source == "registers of the pipeline, counted as written"


def test_a_changed_network_or_design_is_mapped_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    take = scanning._Done.take  # pyright: ignore[reportPrivateUsage]

    def noting(self: object, task: object, found: object) -> None:
        done.append(task.key)  # type: ignore[attr-defined]
        take(self, task, found)  # type: ignore[arg-type]

    monkeypatch.setattr(scanning._Done, "take", noting)
    asked = Asked((DELAYS,), jobs=1)
    scan(["one.json"], asked=asked)
    assert len(done) == 2
    scan(["one.json"], asked=asked)
    assert len(done) == 2
    scan(["one.json"], asked=Asked((Axis(DELAYS.key, (1, 2, 3)),), jobs=1))
    assert len(done) == 3
    save_graph(replace(SMALL, name="one", version=2), Path("one.json"))
    scan(["one.json"], asked=asked)
    assert len(done) == 5
    records()[0].write_text("{}")
    for path in records()[1:]:
        path.unlink()
    scan(["one.json"], asked=asked)
    assert len(done) == 7


def test_the_key_of_a_point_is_that_of_all_that_makes_it() -> None:
    design = DesignPoint()
    keys = {
        key_of(SMALL, design),
        key_of(replace(SMALL, version=2), design),
        key_of(SMALL, replace(design, rtl=RtlDesign(2.0))),
        key_of(SMALL, replace(design, target=replace(design.target, part="xcvu9p-flga2104-2l-e"))),
    }
    assert len(keys) == 4 and key_of(SMALL, DesignPoint()) in keys


def test_refused_points_do_not_stop_others() -> None:
    Path("damaged.json").write_text("{}")
    Path("design.toml").write_text("[layers.nothing]\nreuse_factor = 2\n")
    clocks = Axis(("target", "clock_period_ns"), (0.1, 5))
    found, _ = scan(["one.json", "damaged.json"], asked=Asked((clocks,), jobs=1))
    assert [(point.number, point.network.name) for point in found.points] == [(2, "one")]
    assert [(gone.number, gone.network) for gone in found.refused] == [(1, "one"), (1, "damaged"), (2, "damaged")]
    assert found.refused[0].reason == "[target] clock_period_ns = 0.1 is outside 0.5 to 1000 ns"
    assert found.refused[2].reason == "graph file damaged.json is not a trigforge graph; give the graph.json of a build"
    found, _ = scan(["one.json"], asked=Asked((DELAYS,), design=Path("design.toml"), jobs=1))
    assert not found.points and len(found.refused) == 2
    assert found.refused[0].reason.startswith("layer 'nothing' is not in the model; ")
    with pytest.raises(GraphFormatError):
        scan(["damaged.json"], asked=Asked((DELAYS,), jobs=1))


def test_budgets_mark_points() -> None:
    Path("tight.toml").write_text("[budget]\nlatency_cycles = 2\nlut = 1000\n")
    Path("none.toml").write_text("")
    asked = Asked((DELAYS,), budget=Path("tight.toml"), jobs=1)
    found, _ = scan(["one.json"], asked=asked)
    assert [point.fits for point in found.points] == [Verdict.VIOLATED, Verdict.MET]
    assert [line.key for line in found.points[0].budget] == ["latency_cycles", "lut"]
    Path("scan.toml").write_text('[scan]\nnetworks = ["on*.json"]\n[rtl]\nstage_delay_ns = [1, 2]\n[budget]\nlut = 2\n')
    found, folder = scan(["scan.toml"], asked=Asked(jobs=1, out=Path("own")))
    assert folder == Path("own") and {point.fits for point in found.points} == {Verdict.VIOLATED}
    with pytest.raises(DesignError) as caught:
        scan(["one.json"], asked=Asked((DELAYS,), budget=Path("none.toml")))
    assert str(caught.value) == ("design file none.toml has no table [budget]; write the limits below such a line")


def test_what_a_grid_is_made_of(workspace: Path) -> None:
    folder = workspace / "models" / "small"
    folder.mkdir(parents=True)
    save_graph(SMALL, folder / "graph.json")
    (folder / "model.toml").write_text('name = "s"\nversion = 1\ncheckpoint = "graph.json"\ndesign = "design.toml"\n')
    (folder / "design.toml").write_text("[target]\nclock_period_ns = 4.0\n[rtl]\nstage_delay_ns = 1.0\n")
    plain = grid_of(["small"], (), None, None)
    assert plain.notice is not None and plain.notice.startswith("nothing varies, so rtl.stage_delay_ns = 1.5, 2, ")
    assert [axis.name for axis in plain.axes] == ["rtl.stage_delay_ns"] and len(plain.designs["graph"]) == 8
    (folder / "scan.toml").write_text(
        '[scan]\nnetworks = ["graph.json", "../../one.json"]\n[rtl]\nstage_delay_ns = [1, 2]\n'
    )
    own = grid_of(["small"], (), None, None)
    assert list(own.sources) == ["graph", "one"] and len(own.designs["one"]) == 2
    file = grid_of([str(folder / "scan.toml")], (), None, None)
    assert list(file.sources) == ["graph", "one"] and file.notice is None
    more = grid_of([str(folder / "scan.toml"), "one.json"], (Axis(("target", "clock_period_ns"), (3, 5)),), None, None)
    assert [len(made) for made in more.designs.values()] == [4] and list(more.sources) == ["one"]
    (made, _) = grid_of(["small"], (DELAYS,), None, None).designs["graph"]
    assert not isinstance(made.made, str) and made.made.point.target.clock_period_ns == 4.0


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (["a.toml", "b.toml"], "a.toml and b.toml are both scan files; give one, and networks beside it"),
        (["empty.toml"], "scan file empty.toml names no networks; write networks = [...] below a line [scan], or give"),
        (["pattern.toml"], "scan file pattern.toml: no model file matches 'no*.keras'; check the pattern"),
        (["no*.keras"], "no model file matches 'no*.keras'; check the pattern"),
    ],
)
def test_what_names_no_networks(what: list[str], message: str) -> None:
    Path("empty.toml").write_text("[rtl]\nstage_delay_ns = [1, 2]\n")
    Path("pattern.toml").write_text("[scan]\nnetworks = ['no*.keras']\n")
    with pytest.raises(DesignError) as caught:
        grid_of(what, (), None, None)
    assert message in str(caught.value)


def test_all_points_of_the_grid_in_order() -> None:
    axes = tuple(Axis(tuple(name.split(".")), values) for name, values in AXES.items())
    found, _ = scan(["two.json", "one.json"], asked=Asked(axes, jobs=2))
    assert [(point.network.name, point.number) for point in found.points] == [
        (name, number) for name in ("two", "one") for number in range(1, 9)
    ]
    assert found.points[0].values == {"rtl.stage_delay_ns": 0.7, "target.clock_period_ns": 2.5}
