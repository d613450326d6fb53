"""One point of a scan: a graph in one design, as Verilog that is mapped and timed; the work of a worker."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from trigforge import cache
from trigforge.adders import kept
from trigforge.design import DesignPoint, Multipliers
from trigforge.errors import ToolMissingError, TrigforgeError
from trigforge.flow.figures import CountedTiming, implementation
from trigforge.flow.mapping import map_and_time
from trigforge.flow.observer import Silent
from trigforge.flow.route_result import generated, write_out
from trigforge.graph import FixedPointGraph, Route, verify
from trigforge.project import RtlProject
from trigforge.rtl import to_project
from trigforge.rtl.shells import library_files
from trigforge.scan import KeptPoint, design_text
from trigforge.toolchain import yosys

R = TypeVar("R")
_ROOMS = ("adders", "fixed", "project", "reports", "resources", "rtl", "timing", "toolchain")


@dataclass(frozen=True)
class Task:
    """A point to be done: ``graph`` is its number in the list of graphs, ``key`` the digest of all that makes it."""

    key: str
    graph: int
    design: DesignPoint


@dataclass(frozen=True)
class NoFigures:
    """The reason, in one line, why a point has no figures."""

    reason: str


def key_of(graph: FixedPointGraph, design: DesignPoint) -> str:
    """The name of the point's record; another one wherever the figures may be others."""
    return cache.digest_of(
        graph.digest,
        design_text(design),
        cache.digest_of_rooms(*_ROOMS),
        repr(cache.installed("alkaid", "pyosys")),
        *kept.state(),
        repr(sorted(library_files().items())),
    )[:32]


def plan(graphs: Sequence[FixedPointGraph], task: Task) -> tuple[str, ...] | NoFigures:
    """The names of the point's mapped stages in the cache, there or not."""

    def names() -> tuple[str, ...]:
        pieces = yosys.stage_pieces(_project(graphs, task), dsp=task.design.rtl.multipliers is Multipliers.DSP)
        return tuple(dict.fromkeys(piece.name for piece in pieces.values()))

    return _or_reason(names)


def build(graphs: Sequence[FixedPointGraph], task: Task) -> KeptPoint | NoFigures:
    """All figures of the point, as a report of ``trigforge synth`` has them, but for cycles, which are counted."""

    def point() -> KeptPoint:
        project = _project(graphs, task)
        graph = graphs[task.graph]
        with TemporaryDirectory(prefix="trigforge_scan_") as folder:
            mapped = map_and_time(write_out(project, Path(folder) / "rtl"), task.design, Silent())
        timing = CountedTiming(project.latency_cycles, project.initiation_interval)
        built = implementation(graph, task.design, project, timing, mapped)
        return KeptPoint(task.key, graph.digest, task.design, replace(built, stages=(), layers=()))

    return _or_reason(point)


def _project(graphs: Sequence[FixedPointGraph], task: Task) -> RtlProject:
    graph = graphs[task.graph]
    verify(graph, Route.RTL)
    return generated(lambda: to_project(graph, task.design))


def _or_reason(make: Callable[[], R]) -> R | NoFigures:
    """The result of ``make``, or why there is none; a tool that is missing is missing for all points, and raises."""
    try:
        return make()
    except ToolMissingError:
        raise
    except TrigforgeError as error:
        return NoFigures(" ".join(str(error).split()))
