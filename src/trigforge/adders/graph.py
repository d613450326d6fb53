"""``AdderGraph``: additions of shifted values, and the matrix that they compute."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

_MOST_PLACES = 4096
"""more than any constant has bits; a longer shift is damage"""


@dataclass(frozen=True)
class Term:
    """``± value * 2**places``; ``value`` counts the inputs first, then the adders."""

    value: int
    places: int
    negative: bool = False

    def of(self, outer: "Term") -> "Term":
        """``outer`` with this term in the place of its value."""
        return Term(self.value, self.places + outer.places, self.negative != outer.negative)


@dataclass(frozen=True)
class AdderGraph:
    """Adder ``k`` makes value ``n_inputs + k`` of two earlier ones: the first is added, the second added or subtracted,
    and the smaller of their ``places`` is 0. ``outputs`` holds None for a sum that is always 0."""

    n_inputs: int
    adders: tuple[tuple[Term, Term], ...]
    outputs: tuple[Term | None, ...]

    def forms(self) -> npt.NDArray[Any]:
        """The values as sums of inputs: row ``v`` holds the factors of value ``v``, one an input (Python integers)."""
        rows: list[npt.NDArray[Any]] = list(np.eye(self.n_inputs, dtype=np.int64).astype(object))
        for left, right in self.adders:
            second = rows[right.value] << right.places
            rows.append((rows[left.value] << left.places) + (-second if right.negative else second))
        return np.array(rows, dtype=object).reshape(-1, self.n_inputs)

    def equals(self, matrix: npt.NDArray[Any]) -> bool:
        """True if the outputs are exactly ``inputs @ matrix``."""
        forms = self.forms()
        for output, column in zip(self.outputs, matrix.astype(object).T, strict=True):
            if output is None:
                same = not column.any()
            else:
                form = -forms[output.value] if output.negative else forms[output.value]
                same = bool(((form << max(output.places, 0)) == (column << max(-output.places, 0))).all())
            if not same:
                return False
        return True

    @property
    def is_sound(self) -> bool:
        """True if every adder and output reads what is there, in the form that the class demands."""
        pairs = zip(range(self.n_inputs, self.n_inputs + len(self.adders)), self.adders, strict=True)
        count = self.n_inputs + len(self.adders)
        return all(
            all(0 <= term.value < number and term.places <= _MOST_PLACES for term in pair)
            and min(term.places for term in pair) == 0
            and not pair[0].negative
            for number, pair in pairs
        ) and all(0 <= o.value < count and abs(o.places) <= _MOST_PLACES for o in self.outputs if o is not None)

    def bounds(self, lo: Sequence[int], hi: Sequence[int]) -> list[tuple[int, int]]:
        """The least and the greatest of every value, exactly; inputs take their extremes independently."""
        forms = self.forms()
        up, down = np.maximum(forms, 0), np.minimum(forms, 0)
        low, high = np.array(lo, dtype=object), np.array(hi, dtype=object)
        return list(zip((up @ low + down @ high).tolist(), (up @ high + down @ low).tolist(), strict=True))

    def scales(self, places: Sequence[int]) -> list[int]:
        """A power of two that divides every value, as its exponent, where ``2**places[k]`` divides input ``k``."""
        known = [int(v) for v in places]
        for left, right in self.adders:
            known.append(min(known[left.value] + left.places, known[right.value] + right.places))
        return known

    def bits(self, lo: Sequence[int], hi: Sequence[int], places: Sequence[int]) -> tuple[int, int]:
        """The cost of the graph: bits of all its adders, and the number of adders one behind the other.

        An adder costs the bits from the higher of the two last bits to the higher of the two first ones, the measure of
        da4ml and alkaid (arXiv 2507.04535).
        """
        bounds, scales = self.bounds(lo, hi), self.scales(places)
        depth = [0] * self.n_inputs
        total = 0
        for terms in self.adders:
            depth.append(1 + max(depth[term.value] for term in terms))
            tops = [bits_of(*bounds[term.value]) + term.places for term in terms]
            total += max(max(tops) - max(scales[term.value] + term.places for term in terms), 1)
        return total, max((depth[o.value] for o in self.outputs if o is not None), default=0)


def beside(graphs: Sequence[AdderGraph]) -> AdderGraph:
    """One graph with the outputs of several over the same inputs, in their order."""
    n_inputs = graphs[0].n_inputs
    adders: list[tuple[Term, Term]] = []
    outputs: list[Term | None] = []
    for graph in graphs:
        further = len(adders)

        def moved(term: Term, further: int = further) -> Term:
            return replace(term, value=term.value + further) if term.value >= n_inputs else term

        adders += [(moved(left), moved(right)) for left, right in graph.adders]
        outputs += [output and moved(output) for output in graph.outputs]
    return AdderGraph(n_inputs, tuple(adders), tuple(outputs))


def added(adders: list[tuple[Term, Term]], n_inputs: int, left: Term, right: Term) -> Term:
    """``left + right`` as one adder more; the sign and the power of two that both have go to the sum."""
    negative = left.negative and right.negative
    if left.negative and not right.negative:
        left, right = right, left
    common = min(left.places, right.places)
    adders.append(
        (
            Term(left.value, left.places - common),
            Term(right.value, right.places - common, right.negative and not negative),
        )
    )
    return Term(n_inputs + len(adders) - 1, common, negative)


def bits_of(lo: int, hi: int) -> int:
    """The bits of two's complement that hold ``lo`` to ``hi``."""
    return max(max(hi, 0).bit_length(), (-lo - 1).bit_length() if lo < 0 else 0) + (lo < 0)


def values_used(graph: AdderGraph) -> Iterator[int]:
    """Inputs that an adder or an output reads, in order."""
    read = {term.value for pair in graph.adders for term in pair}
    read |= {output.value for output in graph.outputs if output is not None}
    return (k for k in range(graph.n_inputs) if k in read)
