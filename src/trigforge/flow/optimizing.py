"""``optimize``: long searches for the adder graphs of a model; what they find is kept for every later build."""

import os
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from trigforge import cache
from trigforge.adders import AdderGraph, Problem, instead, watched
from trigforge.design import DesignPoint, Strategy
from trigforge.errors import ProjectError
from trigforge.flow.given import Given
from trigforge.flow.graph_searching import LongSearch, Matrix, search_job
from trigforge.flow.observer import Observer
from trigforge.flow.preparing import check_design, read_told, to_hls
from trigforge.flow.processes import in_processes
from trigforge.flow.workspace import resolve
from trigforge.graph import FixedPointGraph, Route, verify
from trigforge.rtl.choosing import cost_tables, plan_graph
from trigforge.rtl.cost import bits_of, stages_of
from trigforge.rtl.plan import PlannedModule
from trigforge.toolchain import process


@dataclass(frozen=True)
class CircuitSize:
    """A planned pipeline: clock cycles, and logic and registers in look-up tables (``rtl.choosing.cost_tables``)."""

    latency_cycles: int
    tables: float


@dataclass(frozen=True)
class OptimizedMatrix:
    """A matrix of constants, (inputs, outputs): the bits of its adders of up to three operands, as ``synth`` finds them
    by itself and as they are kept now, and the searches for them, in this run and in all."""

    layer: str
    shape: tuple[int, int]
    bits_before: int
    bits_now: int
    searches: int
    searches_in_all: int


@dataclass(frozen=True)
class Optimization:
    """The matrices of a model, and its pipeline without and with the graphs that are kept."""

    model: str
    matrices: tuple[OptimizedMatrix, ...]
    before: CircuitSize
    now: CircuitSize


def optimize(
    model: str,
    minutes: float,
    observer: Observer,
    *,
    design: Path | None = None,
    jobs: int = 1,
    given: Given | None = None,
    show: Callable[[Optimization], None],
) -> None:
    """Search for ``minutes``, keep what is better in the cache, and ``show`` it, interrupted too.

    Of ``jobs`` processes no more are started than there are cores. A graph is kept if the pipeline of ``design``
    (default: the model's own) gets smaller by it and no longer. Raises ``ProjectError`` where the cache cannot be
    written, and what ``read`` and ``check_design`` raise.
    """
    _need_cache()
    source = resolve(model, given)
    point = source.design_file(design).point
    graph = read_told(source, observer)
    verify(graph, Route.RTL)
    with observer.step("Plan the pipeline"):
        work = _Work.of(graph, point)
    if work.is_worse:
        observer.note("the graphs that are kept were found for another design; for this one they are not better")
    try:
        work.search(60 * minutes, jobs, observer)
    except KeyboardInterrupt:
        show(work.found())
        raise
    show(work.found())


def _need_cache() -> None:
    """Raise where nothing that is found would last."""
    if not cache.lasts():
        raise ProjectError(
            "the cache folder cannot be written, so that nothing found would be kept; make it writable or set "
            "TRIGFORGE_CACHE to another one"
        )


@dataclass
class _Work:
    """The matrices in the pipeline of a graph in a design, and its size without and with what was found for them.

    ``in_plan`` are those that the pipeline has; others are in HLS C++ alone.
    """

    graph: FixedPointGraph
    point: DesignPoint
    matrices: list[Matrix]
    in_plan: frozenset[Problem]
    before: CircuitSize
    now: CircuitSize

    @classmethod
    def of(cls, graph: FixedPointGraph, point: DesignPoint) -> "_Work":
        """The work, with the graphs that earlier runs kept."""
        multiplications = check_design(graph, point)
        with watched() as in_plan:
            plan = plan_graph(graph, point)
        with watched() as in_hls:
            if any(entry.strategy == Strategy.DISTRIBUTED_ARITHMETIC for entry in multiplications):
                to_hls(graph, point)
        asked = {**in_hls.asked, **in_plan.asked}
        matrices = [Matrix.of(problem, layer) for problem, layer in asked.items() if problem.dense()[0].size > 1]
        _weigh(matrices, plan)
        before = _size(graph, point, {matrix.problem: matrix.first for matrix in matrices})
        now = _size(graph, point, {matrix.problem: matrix.graph for matrix in matrices})
        return cls(graph, point, matrices, frozenset(in_plan.asked), before, now)

    @property
    def is_worse(self) -> bool:
        """True if what is kept does this design no good."""
        return self.now.latency_cycles > self.before.latency_cycles or self.now.tables > self.before.tables

    def search(self, seconds: float, jobs: int, observer: Observer) -> None:
        """Search, and keep each graph that makes the pipeline smaller at once."""
        if not self.matrices:
            return
        begin, count = partial(process.run_at_once, 1), min(jobs, len(os.sched_getaffinity(0)))
        search = LongSearch(self.matrices, seconds, self._fits)
        with observer.step("Search adder graphs") as step:
            try:
                with closing(
                    in_processes(count, search_job(self.matrices), search.next, lambda _: None, begin)
                ) as results:
                    for task, found in results:
                        search.take(task, found)
                        step.say(f"{search}, {percent(self.before.tables, self.now.tables)} of the pipeline")
            finally:
                search.save()

    def _fits(self, matrix: Matrix, graph: AdderGraph) -> bool:
        """True if the pipeline is no longer with the graph, and smaller where the matrix is part of it."""
        if matrix.problem not in self.in_plan:
            return True
        graphs = {other.problem: other.graph for other in self.matrices}
        size = _size(self.graph, self.point, {**graphs, matrix.problem: graph})
        if size.latency_cycles > self.now.latency_cycles or size.tables >= self.now.tables:
            return False
        self.now = size
        return True

    def found(self) -> Optimization:
        """All that there is to tell."""
        matrices = tuple(
            OptimizedMatrix(
                layer=matrix.layer,
                shape=matrix.problem.matrix.shape,
                bits_before=matrix.problem.cost(matrix.first)[0],
                bits_now=matrix.bits,
                searches=matrix.done,
                searches_in_all=matrix.earlier + matrix.done,
            )
            for matrix in self.matrices
        )
        return Optimization(self.graph.name, matrices, self.before, self.now)


def _size(graph: FixedPointGraph, point: DesignPoint, graphs: Mapping[Problem, AdderGraph]) -> CircuitSize:
    """The size of the pipeline with these graphs."""
    with instead(graphs):
        plan = plan_graph(graph, point)
    return CircuitSize(plan.latency_cycles, cost_tables(plan))


def _weigh(matrices: list[Matrix], plan: PlannedModule) -> None:
    """Set the weight of each matrix: its share of the bits of its tensor in the whole pipeline, all copies counted."""
    stages = list(stages_of(plan))
    for matrix in matrices:
        same = sum(other.bits for other in matrices if other.layer == matrix.layer)
        copies = bits_of(stages, tensors={matrix.layer}) / max(same, 1)
        matrix.weight = matrix.bits * (copies or 1.0)


def percent(before: float, now: float) -> str:
    """A change, as in -1.2 %."""
    return f"{100 * (now / before - 1) if before else 0.0:+.1f} %"
