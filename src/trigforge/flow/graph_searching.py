"""The searches for some matrices under a time limit: which is next, what a worker does, and what counts as better."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

from trigforge.adders import AdderGraph, Problem, first, kept, signed_digits
from trigforge.adders.kept import Kept
from trigforge.adders.recipes import Recipe, drawn, followed
from trigforge.errors import ProjectError
from trigforge.flow.spreading import Job

_DIGITS_IN_A_SECOND = 3000
"""signed digits of a matrix whose search takes about a second; the time grows with their square"""
_SAVED_EVERY_S = 10.0


@dataclass
class Matrix:
    """A matrix, the graph that a build finds by itself, and the one that it takes now, with its bits and recipe.

    ``weight`` is what it costs in the whole pipeline, ``most_depth`` the most adders one behind the other, ``earlier``
    the number of searches of earlier runs. ``fewest`` are the bits of the best graph that was tried, found directly and
    through the transpose.
    """

    problem: Problem
    layer: str
    first: AdderGraph
    most_depth: int
    graph: AdderGraph
    bits: int
    recipe: Recipe | None
    earlier: int
    weight: float = 0.0
    begun: int = 0
    done: int = 0
    seconds: float = 0.0
    fewest: list[int] = field(default_factory=list[int])

    @classmethod
    def of(cls, problem: Problem, layer: str) -> "Matrix":
        """The matrix with what earlier runs kept."""
        own, better = first(problem, layer), kept.best(problem)
        graph, recipe = own, None
        if better is not None and problem.is_better(better.graph, own):
            graph, recipe = better.graph, better.recipe
        bits, _ = problem.cost(graph)
        _, most_depth = problem.cost(own)
        earlier = kept.searches(problem)
        return cls(problem, layer, own, most_depth, graph, bits, recipe, earlier, fewest=[bits, bits])

    def expected_s(self) -> float:
        """The seconds of one search."""
        if self.done:
            return max(self.seconds / self.done, 1e-3)  # a process that dies at once took no time
        return (float(signed_digits(self.problem.matrix).sum()) / _DIGITS_IN_A_SECOND) ** 2 + 1e-3

    def gain(self) -> float:
        """The expected gain of a second: search n is the best so far with a chance of 1/n, and what it gains then is a
        part of what there is."""
        return self.weight / (self.earlier + self.begun + 1) / self.expected_s()


@dataclass(frozen=True)
class Task:
    """Search number ``seed`` for a matrix, maybe near the recipe that is the best so far.

    A graph of fewer bits than ``below`` is wanted, with no more than ``most_depth`` adders one behind the other.
    """

    matrix: int
    seed: int
    best: Recipe | None
    below: int
    most_depth: int


@dataclass(frozen=True)
class Found:
    """The seconds of a search, and its graph and bits if it is one that is wanted."""

    seconds: float
    candidate: Kept | None = None
    bits: int = 0


def search_job(matrices: Sequence[Matrix]) -> Job[tuple[tuple[Problem, str], ...], Task, Found]:
    """The searches as a work of processes; one that fails is one that found nothing."""
    shared = tuple((matrix.problem, matrix.layer) for matrix in matrices)
    return Job(shared, _perform, lambda task: f"{task.matrix} {task.seed}", lambda task, error: Found(0.0))


def _perform(problems: tuple[tuple[Problem, str], ...], task: Task) -> Found:
    problem, layer = problems[task.matrix]
    begin = monotonic()
    recipe = drawn(problem, task.seed, task.best)
    try:
        graph = followed(problem, recipe, layer)
    except ProjectError:
        return Found(monotonic() - begin)
    bits, depth = problem.cost(graph)
    seconds = monotonic() - begin
    better = bits < task.below and depth <= task.most_depth
    return Found(seconds, Kept(graph, recipe), bits) if better else Found(seconds)


class LongSearch:
    """The searches of one run, and the plans of the pipeline that judge what they find.

    ``judge`` says whether the pipeline is the better for a graph of a matrix. It is asked for each graph that is better
    than all of its form before, and for others that might do as long as it takes no more time than the searches.
    """

    def __init__(self, matrices: Sequence[Matrix], seconds: float, judge: Callable[[Matrix, AdderGraph], bool]) -> None:
        self._matrices, self._judge = matrices, judge
        self._begin = self._saved = monotonic()
        self._end = self._begin + seconds
        self._judging_s = 0.0
        self._better = 0

    def next(self) -> Task | None:
        """The search that promises most for its time, of those that will end in time."""
        left = self._end - monotonic()
        possible = [n for n, matrix in enumerate(self._matrices) if matrix.expected_s() <= left]
        if left <= 0 or not possible:
            return None
        number = max(possible, key=lambda n: self._matrices[n].gain())
        matrix = self._matrices[number]
        seed = matrix.earlier + matrix.begun
        matrix.begun += 1
        return Task(number, seed, matrix.recipe, matrix.bits, matrix.most_depth)

    def take(self, task: Task, found: Found) -> None:
        """A search is done; a graph that is better is kept from now on, in the cache too.

        Raises ``ProjectError`` where the cache cannot be written.
        """
        matrix = self._matrices[task.matrix]
        matrix.done += 1
        matrix.seconds += found.seconds
        candidate = found.candidate
        if candidate is not None and found.bits < matrix.bits and self._is_worth_a_plan(matrix, found):
            form = candidate.recipe.search.transposed
            matrix.fewest[form] = min(matrix.fewest[form], found.bits)
            begin = monotonic()
            accepted = self._judge(matrix, candidate.graph)
            self._judging_s += monotonic() - begin
            if accepted:
                matrix.graph, matrix.recipe, matrix.bits = candidate.graph, candidate.recipe, found.bits
                self._better += 1
                kept.keep(matrix.problem, candidate)
        if monotonic() > self._saved + _SAVED_EVERY_S:
            self.save()

    def _is_worth_a_plan(self, matrix: Matrix, found: Found) -> bool:
        if found.candidate is not None and found.bits < matrix.fewest[found.candidate.recipe.search.transposed]:
            return True
        return self._judging_s < sum(other.seconds for other in self._matrices)

    def save(self) -> None:
        """Note in the cache how many searches were made."""
        for matrix in self._matrices:
            kept.count(matrix.problem, matrix.earlier + matrix.done)
        self._saved = monotonic()

    def __str__(self) -> str:
        done, now = sum(matrix.done for matrix in self._matrices), monotonic()
        left = max(round(self._end - now), 0)
        rate = done / max(now - self._begin, 1e-3)
        return f"{done:,} searches, {rate:,.1f}/s, {left // 60}:{left % 60:02} left, {self._better} better"
