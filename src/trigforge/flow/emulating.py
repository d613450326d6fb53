"""``emulate_files``: a model on files of events, streamed, resumable, on one machine or many, to the same bytes."""

import os
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from trigforge.errors import EventsError, ToolFailedError
from trigforge.events import check_writable, open_events, write_events
from trigforge.files import replacing
from trigforge.flow.distributing import connected, spread
from trigforge.flow.early_checks import check_events, check_registers
from trigforge.flow.emulated_table import column_names, table_of
from trigforge.flow.engines import EngineChoice, Outputs
from trigforge.flow.event_files import look_at_all, matching, registers_of
from trigforge.flow.fragments import forget, fragments_of, is_complete, refused
from trigforge.flow.given import Given
from trigforge.flow.observer import Observer, Silent, Step
from trigforge.flow.partitions import Partition, Work, built_engine, compute, event_shapes, make_work, perform, split
from trigforge.flow.preparing import read_told
from trigforge.flow.range_check import EVENTS as CHECKED
from trigforge.flow.range_check import outside
from trigforge.flow.spreading import Job
from trigforge.flow.workspace import resolve
from trigforge.graph import FixedPointGraph

Performer = Callable[[Work, Sequence[Partition], Step], Iterator[tuple[Partition, Outputs]]]
"""Computes partitions, in any order, and advances a step by their events."""


@dataclass(frozen=True)
class Running:
    """Settings of a run. Of all these only ``rntuple`` can change a byte of the output.

    ``given`` replaces what the model folder says of its input files; ``registers`` is a ``.npz`` file
    with the reloadable weights. ``scheduler`` is the address of a Dask scheduler, ``workers`` the number of processes
    of a local one. ``events_at_once`` is the size of a partition, what an interrupted run repeats at most.
    """

    engine: EngineChoice = EngineChoice.AUTO
    registers: Path | None = None
    fresh: bool = False
    scheduler: str | None = None
    workers: int | None = None
    events_at_once: int | None = None
    rntuple: bool = False
    given: Given | None = None


@dataclass(frozen=True)
class Emulated:
    """One output file that is complete; ``events_resumed`` of its events an earlier run had already emulated."""

    path: Path
    events: int
    events_resumed: int


def emulate_files(
    model: str, events: str, out: Path | None = None, observer: Observer | None = None, running: Running | None = None
) -> tuple[Emulated, ...]:
    """Everything ``trigforge emulate`` does but print.

    ``events`` is a file or a pattern (``jets_*.root``). If ``out`` is a file, it takes the events of all inputs, in the
    order of their names; if it is a folder (it exists, or has no suffix; default ``build/<model>/emulated``), there is
    one output an input, of the same name. Outputs come into being whole, or not at all. Raises ``EventsError`` for
    files, ``BitMismatch`` where the native engine is wrong, ``ToolMissingError`` and ``ToolFailedError`` for the
    compiler and for Dask.
    """
    observer, running = observer or Silent(), running or Running()
    inputs = matching(events)
    source = resolve(model, running.given)
    check_events(source, inputs[0])
    check_registers([running.registers] if running.registers else [])
    graph = read_told(source, observer)
    column_names(graph)
    targets = _targets(inputs, out or source.output(graph.name) / "emulated", running)
    registers = registers_of(graph, running.registers)
    with observer.step("Look at the events") as step:
        seen = look_at_all(inputs, graph, source.binding, observer)
        targets = {out: paths for out, paths in targets.items() if any(seen[path].events for path in paths)}
        step.say(f"{sum(file.events for file in seen.values()):,} in {len(seen)} file{'s' if len(seen) > 1 else ''}")
    first = next(path for path in inputs if seen[path].events)
    with open_events(first, event_shapes(graph), source.binding) as file:
        for line in outside(graph, file.read(0, min(file.events, CHECKED))):
            observer.note(line)
    distributed = running.scheduler is not None or running.workers is not None
    threads = 1 if distributed else len(os.sched_getaffinity(0))
    works = {
        target: make_work(graph, running.engine, threads, source.binding, registers, [seen[path] for path in paths])
        for target, paths in targets.items()
    }
    for target, work in works.items():
        if (
            target.exists()
            and not running.fresh
            and not is_complete(target, split(graph, work, running.events_at_once))
        ):
            raise EventsError(f"output file {target} exists; give another name, or --fresh to replace it")
    performing = _on_workers(running, observer) if distributed else _here(works, running, observer)
    with performing as perform:
        done = tuple(_emulate(graph, work, target, observer, running, perform) for target, work in works.items())
    for target in targets:
        forget(target)
    return done


@contextmanager
def _on_workers(running: Running, observer: Observer) -> Generator[Performer, None, None]:
    with ExitStack() as stack:
        with observer.step("Start the workers" if running.workers else "Find the workers"):
            client = stack.enter_context(connected(running.scheduler, running.workers))

        def perform(work: Work, partitions: Sequence[Partition], step: Step) -> Iterator[tuple[Partition, Outputs]]:
            waiting = iter(partitions)
            for partition, outputs in spread(client, _job(work), lambda: next(waiting, None), step.say):
                step.advance(partition.stop - partition.start)
                yield partition, outputs

        yield perform


def _job(work: Work) -> Job[Work, Partition, Outputs]:
    def failed(partition: Partition, error: Exception) -> Outputs:
        where = f"events {partition.start} to {partition.stop} of {work.files[partition.number].path}"
        raise ToolFailedError(
            f"Dask could not finish {where} ({type(error).__name__}: {' '.join(str(error).split())}); "
            "look at the workers' logs and run the same command again, finished parts stay"
        ) from None

    return Job(work, perform, lambda partition: f"{work.engine}-{partition.key}", failed)


@contextmanager
def _here(works: Mapping[Path, Work], running: Running, observer: Observer) -> Generator[Performer, None, None]:
    with observer.step("Build the emulator") as step:
        engine = built_engine(next(iter(works.values())).graph, running.engine)
        step.say(engine.name)
    if engine.notice:
        with observer.step(engine.notice):
            pass
    yield lambda work, partitions, step: compute(work, partitions, step.advance)


def _emulate(
    graph: FixedPointGraph, work: Work, out: Path, observer: Observer, running: Running, perform: Performer
) -> Emulated:
    """One output: the parts that are missing, then the file, then its name."""
    partitions = split(graph, work, running.events_at_once)
    events = sum(file.events for file in work.files)
    if not running.fresh and is_complete(out, partitions):
        return Emulated(out, events, events)
    with fragments_of(out, fresh=running.fresh) as parts:
        parts.keep_only(partitions)
        missing = [partition for partition in partitions if not parts.has(partition)]
        resumed = events - sum(partition.stop - partition.start for partition in missing)
        if missing:
            with observer.step(f"Emulate {out.name}", events - resumed) as step:
                if resumed:
                    step.say(f"after {resumed:,} by an earlier run")
                for partition, outputs in perform(work, missing, step):
                    parts.save(partition, outputs)
        with observer.step(f"Write {out.name}", events) as step:
            try:
                with replacing(out, parts.folder / f"unfinished{out.suffix}") as place:
                    table = table_of(graph, work, partitions, parts)
                    write_events(place, table, step.advance, rntuple=running.rntuple)
                parts.finish(partitions)
            except OSError as error:
                raise refused(out, error) from None
    return Emulated(out, events, resumed)


def _targets(inputs: Sequence[Path], out: Path, running: Running) -> dict[Path, list[Path]]:
    """Outputs and the inputs of each; ``EventsError`` where an output would take the place of another file."""
    if out.is_dir() or not out.suffix:
        names = [path.with_suffix(".npz").name if path.suffix.lower() == ".npy" else path.name for path in inputs]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise EventsError(f"two of the inputs are called {twice[0]}; give an output file that takes all events")
        targets = {out / name: [path] for name, path in zip(names, inputs, strict=True)}
    else:
        targets = {out: list(inputs)}
    for target in targets:
        check_writable(target)
        if running.rntuple and target.suffix.lower() != ".root":
            raise EventsError(f"output file {target}: an RNTuple needs a .root file; name one")
        if any(target.resolve() == path.resolve() for path in inputs):
            raise EventsError(f"output file {target} is one of the inputs; give another name")
    return targets
