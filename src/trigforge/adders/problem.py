"""``Problem``: a matrix of constants for which an adder graph is wanted, and what its inputs can be."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge import cache
from trigforge.adders.graph import AdderGraph
from trigforge.adders.merging import merged_bits

Range = tuple[float, float, float]
"""least, greatest and step of an input, as alkaid wants them"""


@dataclass(frozen=True, eq=False)
class Problem:
    """The sums ``inputs @ matrix`` (integers, (inputs, outputs)).

    Input ``k`` is a multiple of ``2**places[k]`` from ``lo[k]`` to ``hi[k]``. Problems of equal content are equal.
    """

    matrix: npt.NDArray[Any]
    lo: tuple[int, ...]
    hi: tuple[int, ...]
    places: tuple[int, ...]

    @classmethod
    def of(
        cls, matrix: npt.NDArray[Any], lo: npt.NDArray[Any], hi: npt.NDArray[Any], places: npt.NDArray[Any]
    ) -> "Problem":
        """The problem of arrays of integers."""
        return cls(matrix.astype(object), *(tuple(int(value) for value in array) for array in (lo, hi, places)))

    @cached_property
    def content(self) -> tuple[str, ...]:
        """All that the problem is, as texts to be digested."""
        values = [int(value) for value in self.matrix.reshape(-1)]
        return tuple(map(repr, (self.matrix.shape, values, self.lo, self.hi, self.places)))

    @cached_property
    def key(self) -> str:
        """The digest of the content."""
        return cache.digest_of(*self.content)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Problem) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def is_of(self, graph: AdderGraph) -> bool:
        """True if ``graph`` computes exactly these sums."""
        shape = (graph.n_inputs, len(graph.outputs))
        return shape == self.matrix.shape and graph.is_sound and graph.equals(self.matrix)

    def cost(self, graph: AdderGraph) -> tuple[int, int]:
        """The ``merged_bits`` of a graph, and how many of its merged adders are one behind the other."""
        return merged_bits(graph, self.lo, self.hi, self.places)

    def is_better(self, graph: AdderGraph, found: AdderGraph) -> bool:
        """True if a graph takes the place of one that was ``found``: it has fewer merged bits, and no more adders stand
        one behind the other (``cost``)."""
        (bits, depth), (most_bits, most_depth) = self.cost(graph), self.cost(found)
        return bits < most_bits and depth <= most_depth

    def ranges(self) -> list[Range]:
        """The inputs as alkaid wants them."""
        return [(float(lo), float(hi), 2.0**n) for lo, hi, n in zip(self.lo, self.hi, self.places, strict=True)]

    def dense(self) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The matrix without rows and columns of 0, and the numbers of those that are left."""
        rows, columns = (np.flatnonzero((self.matrix != 0).any(axis=axis)) for axis in (1, 0))
        return self.matrix[np.ix_(rows, columns)], rows, columns

    def of_rows(self, rows: Sequence[int]) -> "Problem":
        """The sums over some of the inputs, in their order."""
        ends = (tuple(values[row] for row in rows) for values in (self.lo, self.hi, self.places))
        return Problem(self.matrix[list(rows)], *ends)

    def cut(self, columns: Sequence[int], count: int) -> list["Problem"]:
        """Some of the sums, in their order, as ``count`` problems of about as many sums, or one a sum."""
        blocks = min(count, len(columns))
        size, longer = divmod(len(columns), blocks)
        ends = [size * block + min(block, longer) for block in range(blocks + 1)]
        return [
            Problem(self.matrix[:, list(columns[begin:end])], self.lo, self.hi, self.places)
            for begin, end in pairwise(ends)
        ]


def signed_digits(matrix: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Number of terms ``± 2**n`` that make up each constant, at least: its digits beside 0 in canonical signed form."""
    magnitudes = [abs(int(value)) for value in matrix.reshape(-1)]
    return np.array([(3 * value ^ value).bit_count() for value in magnitudes], np.int64).reshape(matrix.shape)
