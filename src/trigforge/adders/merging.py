"""The cost of an adder graph once its sums are built of adders of three operands.

A slice of UltraScale+ adds three numbers with one look-up table a bit, as many as two. Verilog takes apart every sum
that one other sum alone reads, and adds the terms three at a time (``rtl.sums``); so a graph whose own adders have more
bits may end as the smaller circuit. The count here knows no delays.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from trigforge.adders.graph import AdderGraph, Term, bits_of


@dataclass(frozen=True)
class _Part:
    """A term of a sum: integers from ``lo`` to ``hi`` times ``2**places``."""

    lo: int
    hi: int
    places: int

    @property
    def top(self) -> int:
        return bits_of(self.lo, self.hi) + self.places


def merged_bits(graph: AdderGraph, lo: Sequence[int], hi: Sequence[int], places: Sequence[int]) -> tuple[int, int]:
    """Bits of the adders of up to three operands that compute the same, and how many are one behind the other.

    Arguments are those of ``AdderGraph.bits``.
    """
    bounds, scales = graph.bounds(lo, hi), graph.scales(places)
    readers = Counter(term.value for pair in graph.adders for term in pair)
    kept = {output.value for output in graph.outputs if output is not None}
    kept |= {value for value, count in readers.items() if count > 1}
    depth = [0] * graph.n_inputs
    terms: list[list[Term]] = [[] for _ in range(graph.n_inputs)]
    bits = 0

    def part(term: Term) -> _Part:
        low, high = (bound >> scales[term.value] for bound in bounds[term.value])
        if term.negative:
            low, high = -high, -low
        return _Part(low, high, scales[term.value] + term.places)

    for number, pair in enumerate(graph.adders, graph.n_inputs):
        own: list[Term] = []
        for term in pair:
            inside = term.value >= graph.n_inputs and term.value not in kept
            own += [inner.of(term) for inner in terms[term.value]] if inside else [term]
        terms.append(own)
        depth.append(0)
        if number in kept:
            cost, depth[number] = _tree([(depth[term.value], part(term)) for term in own])
            bits += cost
    return bits, max((depth[value] for value in kept), default=0)


def _tree(parts: list[tuple[int, _Part]]) -> tuple[int, int]:
    """Bits and depth of a sum; the shallowest and narrowest terms are added first."""
    bits = 0
    while len(parts) > 1:
        parts.sort(key=lambda entry: (entry[0], entry[1].top))
        count = 2 if len(parts) % 2 == 0 else 3
        own, parts = parts[:count], parts[count:]
        total = _joined([part for _, part in own])
        bits += max(total.top - sorted(part.places for _, part in own)[1], 1)
        parts.append((1 + max(level for level, _ in own), total))
    return bits, parts[0][0]


def _joined(parts: Sequence[_Part]) -> _Part:
    common = min(part.places for part in parts)
    lo = sum(part.lo << part.places - common for part in parts)
    hi = sum(part.hi << part.places - common for part in parts)
    return _Part(lo, hi, common)
