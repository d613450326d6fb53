"""Projects and results of simulations are taken from an earlier run only where nothing at all is different."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import trigforge
from tests.small_graph import SMALL
from trigforge import cache
from trigforge.design import DesignPoint, Fpga, HlsDesign, RtlDesign
from trigforge.errors import BitMismatch
from trigforge.flow import hls_route, kept_projects, kept_results, rtl_route, verify
from trigforge.flow.observer import Silent, Step
from trigforge.flow.preparing import lower_for_hls
from trigforge.flow.route_result import BuildOptions
from trigforge.flow.verification import Agreement
from trigforge.graph import Node, UserLayer, save_graph
from trigforge.hls import to_project as to_hls
from trigforge.reports import BuildReport, BuildRoute, Verification, load_report
from trigforge.rtl import to_project as to_rtl
from trigforge.toolchain import gxx, verilator
from trigforge.toolchain.verilator_run import RtlSimulation

EVENTS = np.random.default_rng(0).normal(size=(300, 2)) * 4
KEPT = (
    "the C simulation did not run again: its result is kept from an earlier run of the same sources, events and tools; "
    "--fresh runs it",
    "the RTL simulation did not run again: its result is kept from an earlier run of the same sources, events and "
    "tools; --fresh runs it",
)


class Runs(Silent):
    """An observer that notes the steps, and counts how often simulations ran."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.csim = self.rtl = 0
        self.steps: list[str] = []
        run_csim, run_rtl = gxx.CSimulation.run, RtlSimulation.run

        def csim(*args: object, **options: object) -> object:
            self.csim += 1
            return run_csim(*args, **options)  # type: ignore[arg-type]

        def rtl(*args: object, **options: object) -> object:
            self.rtl += 1
            return run_rtl(*args, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(gxx.CSimulation, "run", csim)
        monkeypatch.setattr(RtlSimulation, "run", rtl)

    def step(self, title: str, events: int | None = None, unit: str = "events") -> AbstractContextManager[Step]:
        """Note the title."""
        self.steps.append(title)
        return super().step(title, events, unit)

    def since(self) -> tuple[int, int]:
        """Runs of the C simulation and of the Verilog since the last call."""
        found = self.csim, self.rtl
        self.csim = self.rtl = 0
        self.steps.clear()
        return found


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Path, BuildReport]]:
    """The cache that a first build leaves, and its report."""
    folder = tmp_path_factory.mktemp("before")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIGFORGE_CACHE", str(folder / "cache"))
        yield folder / "cache", build(folder / "build", Silent())


@pytest.fixture
def runs(before: tuple[Path, BuildReport], keeping: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """What runs in a test, whose cache is that of a first build."""
    shutil.copytree(before[0], keeping)
    return Runs(monkeypatch)


@pytest.fixture
def first(before: tuple[Path, BuildReport]) -> BuildReport:
    """The report of the first build."""
    return before[1]


def build(out: Path, observer: Silent, design: DesignPoint | None = None) -> BuildReport:
    return trigforge.build(SMALL, design, events=EVENTS, out=out, observer=observer)


def test_the_second_run_runs_no_simulation_and_says_so(runs: Runs, first: BuildReport, tmp_path: Path) -> None:
    assert not set(first.notices) & set(KEPT) and len(first.verification) == 7
    second = build(tmp_path, runs)
    assert {"C simulation: kept", "RTL simulation: kept"} <= set(runs.steps)
    assert not any("Compile" in step or step.startswith("Run the C") for step in runs.steps)
    assert runs.since() == (0, 0)
    assert second == replace(first, notices=(*first.notices, *KEPT)) == load_report(tmp_path / "report.json")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "the C simulation did not run again" in page
    assert build(tmp_path / "elsewhere", runs).notices[-2:] == KEPT
    assert verify(SMALL, events=EVENTS, out=tmp_path, observer=runs) == first.verification
    assert runs.since() == (0, 0)


def test_one_other_stimulus_is_another_run(runs: Runs, tmp_path: Path) -> None:
    events = EVENTS.copy()
    events[-1, 0] += 1.0
    verify(SMALL, events=events, out=tmp_path, observer=runs)
    assert runs.since() == (1, 1)
    verify(SMALL, events=events[:-1], out=tmp_path, observer=runs)
    assert runs.since() == (1, 1)


@pytest.mark.parametrize(
    "design",
    [
        DesignPoint(target=Fpga(clock_period_ns=4.0)),
        DesignPoint(rtl=RtlDesign(stage_delay_ns=0.4)),
        DesignPoint(hls=HlsDesign(reuse_factor=2)),
    ],
)
def test_another_design_is_another_run(runs: Runs, tmp_path: Path, design: DesignPoint) -> None:
    verify(SMALL, design, events=EVENTS, out=tmp_path, observer=runs)
    assert runs.since() == (1, 1)


def test_another_byte_of_the_sources_is_another_run(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_projects, "remembered", lambda piece, load, make, save: make())

    def changed(suffix: str, comment: str, made: Callable[..., object]) -> Callable[..., object]:
        def project(*given: object) -> object:
            found = made(*given)
            path = next(path for path in found.files if path.endswith(suffix))  # type: ignore[attr-defined]
            return replace(found, files={**found.files, path: found.files[path] + comment})  # type: ignore[attr-defined,type-var]

        return project

    monkeypatch.setattr(hls_route, "to_project", changed(".cpp", " ", to_hls))
    verify(SMALL, events=EVENTS, out=tmp_path, observer=runs)
    assert runs.since() == (1, 0)
    monkeypatch.setattr(rtl_route, "to_project", changed(".v", " ", to_rtl))
    verify(SMALL, events=EVENTS, out=tmp_path, observer=runs)
    assert runs.since() == (0, 1)


def test_a_file_that_somebody_changed_on_disk_is_written_again(runs: Runs, tmp_path: Path) -> None:
    build(tmp_path, runs)
    assert runs.since() == (0, 0)
    (source,) = (tmp_path / "hls").rglob("small_v1.cpp")
    text = source.read_text(encoding="utf-8")
    source.write_text(text + " ", encoding="utf-8")
    build(tmp_path, runs)
    assert source.read_text(encoding="utf-8") == text


def test_another_tool_or_other_code_is_another_run(runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(gxx, "FLAGS", (*gxx.FLAGS, "-DNOTHING"))
        verify(SMALL, events=EVENTS, out=tmp_path, observer=runs)
        assert runs.since() == (1, 0)
    with monkeypatch.context() as patch:
        found = verilator.find()
        patch.setattr(verilator, "find", lambda: replace(found, version="5.999"))
        verify(SMALL, events=EVENTS, out=tmp_path, observer=runs)
        assert runs.since() == (0, 1)
    for name, answer in (("digest_of_rooms", lambda *rooms: "other code"), ("installed", lambda *packages: {})):
        with monkeypatch.context() as patch:
            patch.setattr(cache, name, answer)
            verify(SMALL, events=EVENTS, out=tmp_path, observer=runs)
            assert runs.since() == (1, 1)


def test_places_know_every_part(keeping: Path) -> None:
    stimuli = rtl_route.few(SMALL, {"x": np.arange(20, dtype=np.int64).reshape(10, 2)})
    outputs = {"y": stimuli.outputs["y"].copy()}
    outputs["y"][0, 0] ^= 1
    point = DesignPoint()
    places = [
        kept_results.place_of(*parts)
        for parts in (
            ("csim", Path("a"), SMALL, point, (stimuli,)),
            ("RTL", Path("a"), SMALL, point, (stimuli,)),
            ("csim", Path("b"), SMALL, point, (stimuli,)),
            ("csim", Path("a"), replace(SMALL, version=2), point, (stimuli,)),
            ("csim", Path("a"), SMALL, DesignPoint(target=Fpga(clock_period_ns=4.0)), (stimuli,)),
            ("csim", Path("a"), SMALL, point, (stimuli, stimuli)),
            ("csim", Path("a"), SMALL, point, (replace(stimuli, title="weights"),)),
            ("csim", Path("a"), SMALL, point, (replace(stimuli, outputs=outputs),)),
            ("csim", Path("a"), SMALL, point, (replace(stimuli, inputs={"x": stimuli.inputs["x"][:, ::-1]}),)),
        )
    ]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize(
    ("kind", "damage"),
    [
        *(
            (kind, damage)
            for kind in ("results", "projects")
            for damage in ("cut", "bytes", "unsealed", "sealed again")
        ),
        ("simulations", "bytes"),
    ],
)
def test_a_damaged_piece_is_made_anew(
    runs: Runs, first: BuildReport, tmp_path: Path, keeping: Path, kind: str, damage: str
) -> None:
    for path in (keeping / kind).glob("*/*"):
        content = path.read_bytes()
        if path.name == ".seal":
            continue
        path.unlink()  # a library that is loaded here is a file of its own
        path.write_bytes(content[: len(content) // 2] if damage == "cut" else content.replace(b"0", b"1", 1)[:-9])
        if damage == "unsealed":
            (path.parent / ".seal").unlink()
        if damage == "sealed again":
            (path.parent / ".seal").write_bytes(cache._seal(path.parent))
    second = build(tmp_path, runs)
    assert replace(second, notices=first.notices, making=first.making) == first
    assert runs.since() == ((1, 1) if kind == "results" else (0, 0))
    assert build(tmp_path, runs).notices[-2:] == KEPT


def test_a_mismatch_is_never_kept(keeping: Path, tmp_path: Path) -> None:
    calls: list[int] = []
    wrong = Agreement(Verification("csim", 10, 2, 1), BitMismatch("no"))
    broken = Agreement(Verification("RTL", 10, 2, 0), BitMismatch("RTL breaks the protocol"))
    good = Agreement(Verification("csim", 10, 2, 0), None)

    def simulated(*agreements: Agreement) -> kept_results.Simulated:
        def simulate() -> kept_results.Simulated:
            calls.append(1)
            return kept_results.Simulated(agreements)

        return kept_results.kept_or_simulated(piece, "C simulation", Silent(), simulate)

    piece = cache.place("results", "x")
    for agreements in ((wrong,), (good, broken), (Agreement(Verification("csim", 0, 2, 0), None),), ()):
        assert simulated(*agreements).agreements == agreements
        assert not piece.exists()
    assert simulated(good).notices == () and simulated(wrong) == simulated(good)
    assert simulated(good).agreements == (good,) and len(calls) == 5
    with cache.anew():
        assert simulated(wrong).agreements == (wrong,)
    assert not piece.exists()


def test_what_fails_is_not_kept(runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(hls_route, "compare", fail)
        shutil.rmtree(cache.place("results").parent)
        with pytest.raises(KeyboardInterrupt):
            verify(SMALL, events=EVENTS, out=tmp_path, options=BuildOptions(False, only=BuildRoute.HLS))
    verify(SMALL, events=EVENTS, out=tmp_path, observer=runs)
    assert runs.since() == (1, 1)


def test_projects_are_kept_as_they_were_made(keeping: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    point, lowered = DesignPoint(), lower_for_hls(SMALL)
    made = [kept_projects.rtl_project(SMALL, point, to_rtl), kept_projects.hls_project(lowered, point, to_hls)]

    def never(*_: object) -> object:
        raise AssertionError("generated again")

    kept = [kept_projects.rtl_project(SMALL, point, never), kept_projects.hls_project(lowered, point, never)]  # type: ignore[arg-type]
    assert kept == made
    named = replace(SMALL, nodes=tuple(replace(node, layers=("fc",)) for node in SMALL.nodes))
    layered = replace(SMALL, layers=(UserLayer("fc", "QDense"),))
    others: list[tuple[object, ...]] = [
        (named, point),
        (layered, point),
        (SMALL, DesignPoint(rtl=RtlDesign(stage_delay_ns=0.5))),
    ]
    for other in others:
        with pytest.raises(AssertionError, match="generated again"):
            kept_projects.rtl_project(*other, never)  # type: ignore[arg-type]
    monkeypatch.setattr(kept_projects.optimized, "state", lambda: iter(["a graph of a long search"]))
    with pytest.raises(AssertionError, match="generated again"):
        kept_projects.rtl_project(SMALL, point, never)  # type: ignore[arg-type]
    assert isinstance(named.nodes[0], Node)


@pytest.mark.parametrize(("only", "simulators", "other"), [("RTL", "RTL", "HLS C++"), ("HLS", "csim", "Verilog")])
def test_one_route_alone(tmp_path: Path, only: str, simulators: str, other: str) -> None:
    report = trigforge.build(SMALL, events=EVENTS, out=tmp_path, options=BuildOptions(only=BuildRoute[only]))
    assert report.verified and all(entry.simulator.startswith(simulators) for entry in report.verification)
    assert [entry.route for entry in report.implementations] == [BuildRoute[only]]
    assert report.notices[1].startswith(f"{other} was not built or simulated: ")
    assert {folder.name for folder in tmp_path.iterdir() if folder.is_dir()} == (
        {"rtl", "patterns"} if only == "RTL" else {"hls"}
    )
    assert f"{other} was not built" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert load_report(tmp_path / "report.json") == report


COMMAND = [sys.executable, "-m", "trigforge.cli"]


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_two_at_once_and_one_that_is_killed(keeping: Path, tmp_path: Path) -> None:
    save_graph(SMALL, tmp_path / "small.json")
    killed = started(tmp_path, "verify", "small.json", "--only", "hls")
    deadline = time.monotonic() + 60
    while not list(keeping.glob("simulations/making-*")) and time.monotonic() < deadline and killed.poll() is None:
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert not list(keeping.glob("results/*"))
    same = [started(tmp_path, "verify", "small.json", "--only", "hls") for _ in range(2)]
    apart = started(tmp_path, "verify", "small.json", "--only", "hls", "--out", "apart")
    for process in (*same, apart):
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0 and "csim: 10,000 events x 2 outputs, 0 mismatches" in out, err
    assert len(list(keeping.glob("results/*"))) == 1
    again = started(tmp_path, "verify", "small.json", "--only", "hls")
    assert "C simulation: kept" in again.communicate(timeout=60)[1]
    fresh = started(tmp_path, "verify", "small.json", "--only", "hls", "--fresh")
    told = fresh.communicate(timeout=60)[1]
    assert "kept" not in told and "Compile the C simulation" in told and fresh.returncode == 0


def test_threads_that_keep_the_same_do_not_disturb_each_other(keeping: Path) -> None:
    good = kept_results.Simulated((Agreement(Verification("csim", 10, 2, 0), None),))
    piece, found = cache.place("results", "x"), []
    threads = [
        threading.Thread(
            target=lambda: found.append(kept_results.kept_or_simulated(piece, "C", Silent(), lambda: good))
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [entry.agreements for entry in found] == [good.agreements] * 8
