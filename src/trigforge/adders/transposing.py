"""The transposition theorem: an adder graph read backwards computes the transpose of its matrix.

Every path from an input to an output keeps its factor, values that were read many times become sums, and sums become
values that are read many times (Bordewijk 1957; for multiplications by constants, Dempster and Macleod 1994).
"""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush

from trigforge.adders.graph import AdderGraph, Term, added


def transposed(graph: AdderGraph) -> AdderGraph:
    """The graph whose outputs are ``inputs @ matrix.T``, exactly; its sums are trees of least depth."""
    backwards = _Backwards(len(graph.outputs))
    reading: list[list[Term]] = [[] for _ in range(graph.n_inputs + len(graph.adders))]
    for number, output in enumerate(graph.outputs):
        if output is not None:
            reading[output.value].append(Term(number, output.places, output.negative))
    for number in range(len(graph.adders) - 1, -1, -1):
        own = reading[graph.n_inputs + number]
        if own:
            total = backwards.total(own)
            for term in graph.adders[number]:
                reading[term.value].append(total.of(term))
    outputs = tuple(backwards.total(own) if own else None for own in reading[: graph.n_inputs])
    return AdderGraph(backwards.n_inputs, tuple(backwards.adders), outputs)


class _Backwards:
    """The graph that comes to be, with the depth of each of its values."""

    def __init__(self, n_inputs: int) -> None:
        self.n_inputs = n_inputs
        self.adders: list[tuple[Term, Term]] = []
        self._depth = [0] * n_inputs

    def total(self, terms: Sequence[Term]) -> Term:
        """The sum of terms; the shallowest are added first."""
        heap = [(self._depth[term.value], number, term) for number, term in enumerate(terms)]
        heapify(heap)
        while len(heap) > 1:
            (_, _, left), (depth, number, right) = heappop(heap), heappop(heap)
            self._depth.append(depth + 1)
            heappush(heap, (depth + 1, number + len(terms), added(self.adders, self.n_inputs, left, right)))
        return heap[0][2]
