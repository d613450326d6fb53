"""``scan``: a grid of designs on some networks, mapped in parallel, kept point by point."""

import os
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from trigforge.design import Budget, load_design
from trigforge.errors import DesignError, ReportFormatError, TrigforgeError
from trigforge.files import save_output
from trigforge.flow.distributing import connected, spread
from trigforge.flow.given import Given
from trigforge.flow.observer import Observer, Silent
from trigforge.flow.preparing import read_told
from trigforge.flow.processes import LostWorkerError, in_processes
from trigforge.flow.route_result import output_directory
from trigforge.flow.scan_grid import Grid, grid_of
from trigforge.flow.scan_points import NoFigures, Task, build, key_of, plan
from trigforge.flow.spreading import Job, Say, Supply
from trigforge.graph import FixedPointGraph
from trigforge.reports.budget import check_budget
from trigforge.scan import (
    Axis,
    GridDesign,
    KeptPoint,
    RefusedPoint,
    Scan,
    ScannedNetwork,
    ScanPoint,
    accuracy_of,
    kept_from_json,
    kept_to_json,
    marked,
    to_json,
)
from trigforge.toolchain import process, yosys

R = TypeVar("R")
Graphs = tuple[FixedPointGraph, ...]
Spread = Callable[[Job[Graphs, Task, Any], Supply[Task], Say], Iterable[tuple[Task, Any]]]
"""Does a job on the items that it is supplied with."""
POINTS = "points"


@dataclass(frozen=True)
class Asked:
    """Wishes beside the networks: ``vary`` replaces axes of a scan file, ``design`` and ``budget`` are files.

    ``jobs`` is the number of processes here, None for one a core; ``scheduler`` is the address of a Dask scheduler,
    whose workers are taken in their place.
    """

    vary: tuple[Axis, ...] = ()
    design: Path | None = None
    budget: Path | None = None
    out: Path | None = None
    jobs: int | None = None
    scheduler: str | None = None
    given: Given | None = None


def scan(what: Sequence[str], observer: Observer | None = None, asked: Asked | None = None) -> tuple[Scan, Path]:
    """Everything ``trigforge scan`` does but print and draw: the scan, and the folder that holds ``scan.json``.

    ``what`` is a scan file, networks, or both (files, patterns, model folders and their names). Points that an earlier
    run finished are taken from its folder (default ``build/scan/NAME``); a point that is refused does not stop others.
    Raises ``DesignError`` for a grid of which no design is accepted, ``ModelFileError`` and the like where no network
    can be read, ``ToolMissingError`` for Yosys and Dask, ``ToolFailedError`` for a scheduler that is lost.
    """
    observer, asked = observer or Silent(), asked or Asked()
    budget = _budget(asked.budget)
    grid = grid_of(what, asked.vary, asked.design, asked.given)
    if grid.notice:
        observer.note(grid.notice)
    graphs, unread = _read(grid, observer)
    folder = asked.out or Path("build") / "scan" / grid.name
    with output_directory(folder, observer):
        done = _Done(graphs, folder / POINTS)
        tasks = [
            task for name in graphs for design in grid.designs[name] if (task := done.missing(name, design)) is not None
        ]
        if tasks:
            with _workers(asked, len(tasks), observer) as spreading:
                _do(list({task.key: task for task in tasks}.values()), done, spreading, observer)
        found = _scan(grid, graphs, unread, done, budget)
        save_output(folder / "scan.json", to_json(found))
    return found, folder


def _budget(path: Path | None) -> Budget | None:
    if path is None:
        return None
    budget = load_design(path).budget
    if budget is None:
        raise DesignError(f"design file {path} has no table [budget]; write the limits below such a line")
    return budget


def _read(grid: Grid, observer: Observer) -> tuple[dict[str, FixedPointGraph], dict[str, str]]:
    """The graphs by name, and the reasons of those that cannot be read; raises the first if none can."""
    graphs: dict[str, FixedPointGraph] = {}
    errors: dict[str, TrigforgeError] = {}
    for name, source in grid.sources.items():
        try:
            graphs[name] = read_told(source, observer)
        except TrigforgeError as error:
            errors[name] = error
    if not graphs:
        raise next(iter(errors.values()))
    return graphs, {name: " ".join(str(error).split()) for name, error in errors.items()}


@dataclass
class _Done:
    """Points as they are kept in a folder, and the reasons of those that are refused, by key."""

    graphs: Mapping[str, FixedPointGraph]
    folder: Path
    points: dict[str, KeptPoint] = field(default_factory=dict[str, KeptPoint])
    reasons: dict[str, str] = field(default_factory=dict[str, str])
    keys: dict[tuple[str, int], str] = field(default_factory=dict[tuple[str, int], str])

    def missing(self, network: str, design: GridDesign) -> Task | None:
        """The task of a point that no run has finished; None for one that is there, or whose design is refused."""
        if isinstance(design.made, str):
            return None
        point = design.made.point
        key = self.keys[network, design.number] = key_of(self.graphs[network], point)
        path = self.folder / f"{key}.json"
        with suppress(OSError, UnicodeDecodeError, ReportFormatError):  # a damaged record is made again
            self.points[key] = kept_from_json(path.read_text(encoding="utf-8"), str(path))
            return None
        return Task(key, list(self.graphs).index(network), point)

    def take(self, task: Task, found: KeptPoint | NoFigures) -> None:
        """Keep the result of a task."""
        if isinstance(found, NoFigures):
            self.reasons[task.key] = found.reason
            return
        self.points[task.key] = found
        save_output(self.folder / f"{task.key}.json", kept_to_json(found))


@contextmanager
def _workers(asked: Asked, tasks: int, observer: Observer) -> Generator[Spread]:
    if asked.scheduler is not None:
        with ExitStack() as stack:
            with observer.step("Find the workers"):
                client = stack.enter_context(connected(asked.scheduler, None))
            yield partial(spread, client)
        return
    yosys.find()
    cores = len(os.sched_getaffinity(0))
    count = min(asked.jobs or cores, tasks)
    yield partial(in_processes, count, begin=partial(process.run_at_once, cores // count))


def _do(tasks: Sequence[Task], done: _Done, spreading: Spread, observer: Observer) -> None:
    """Plan all points, then map them, of points that share a stage one first: so nothing is mapped twice."""
    graphs = tuple(done.graphs.values())
    stages: dict[str, tuple[str, ...]] = {}
    waiting = iter(tasks)
    with (
        observer.step("Plan the designs", len(tasks), "points") as step,
        closing(_spread(spreading, graphs, plan, lambda: next(waiting, None), step.say)) as planned,
    ):
        for task, found in planned:
            step.advance(1)
            if isinstance(found, NoFigures):
                done.take(task, found)
            else:
                stages[task.key] = found
    order = _Order([task for task in tasks if task.key in stages], stages)
    with (
        observer.step("Map the designs", order.size, "stages") as step,
        closing(_spread(spreading, graphs, build, order.next, lambda text: step.say(order.told(text)))) as mapped,
    ):
        for task, found in mapped:
            done.take(task, found)
            step.advance(order.finish(task))


def _spread(
    spreading: Spread,
    graphs: Graphs,
    perform: Callable[[Graphs, Task], R],
    supply: Supply[Task],
    say: Say,
) -> Generator[tuple[Task, R | NoFigures]]:
    def failed(task: Task, error: Exception) -> NoFigures:
        told = str(error) if isinstance(error, LostWorkerError | RuntimeError) else f"{type(error).__name__}: {error}"
        return NoFigures(" ".join(told.split()))

    job = Job[Graphs, Task, Any](graphs, perform, lambda task: f"{perform.__name__}-{task.key}", failed)
    yield from spreading(job, supply, say)


class _Order:
    """Tasks in their order, each after those that map stages which it needs too."""

    def __init__(self, tasks: Sequence[Task], stages: Mapping[str, tuple[str, ...]]) -> None:
        owners: dict[str, str] = {}
        self._waiting: list[tuple[Task, set[str]]] = []
        self._own: dict[str, int] = {}
        self._finished: set[str] = set()
        for task in tasks:
            new = [stage for stage in stages[task.key] if owners.setdefault(stage, task.key) == task.key]
            self._own[task.key] = len(new)
            self._waiting.append((task, {owners[stage] for stage in stages[task.key]} - {task.key}))

    @property
    def size(self) -> int:
        """Different stages of all tasks."""
        return sum(self._own.values())

    def told(self, workers: str) -> str:
        """The number of points that are done, and who does the others."""
        return f"{len(self._finished):,} of {len(self._own):,} points, {workers}"

    def next(self) -> Task | None:
        """The first task that waits for none."""
        for number, (task, before) in enumerate(self._waiting):
            if before <= self._finished:
                del self._waiting[number]
                return task
        return None

    def finish(self, task: Task) -> int:
        """A task is done; the number of stages that were its own."""
        self._finished.add(task.key)
        return self._own[task.key]


def _scan(
    grid: Grid, graphs: Mapping[str, FixedPointGraph], unread: Mapping[str, str], done: _Done, budget: Budget | None
) -> Scan:
    points: list[ScanPoint] = []
    refused: list[RefusedPoint] = []
    for name, source in grid.sources.items():
        network = ScannedNetwork(name, graphs[name].digest, accuracy_of(source.checkpoint)) if name in graphs else None
        for design in grid.designs[name]:
            key = done.keys.get((name, design.number), "")
            if network is None or isinstance(design.made, str) or key not in done.points:
                reason = design.made if isinstance(design.made, str) else unread.get(name) or done.reasons[key]
                refused.append(RefusedPoint(design.number, name, design.values, reason))
                continue
            kept, limits = done.points[key], budget or design.made.budget
            lines = check_budget(limits, kept.implementation, kept.design.target) if limits else ()
            points.append(ScanPoint(design.number, network, design.values, kept.design, kept.implementation, lines))
    axes = {axis.name: axis.values for axis in grid.axes}
    return Scan(grid.name, axes, marked(points), tuple(refused))
