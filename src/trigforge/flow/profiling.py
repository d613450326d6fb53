"""``Profile``: weights and values of every layer beside the types that hold them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trigforge.coverage import Coverage, TensorCoverage
from trigforge.design import layers_of
from trigforge.graph import FixedPointGraph, Weighted
from trigforge.pictures import blank, save

_WITHOUT = "coverage tells the same in numbers"
_TYPE, _VALUES = "#d5dbe3", "#2f6fab"


@dataclass(frozen=True)
class Sizes:
    """Sizes that are not 0, as powers of two: the smallest, the quartiles and the largest; and the span of the type,
    from its last bit to its first, as powers of two. ``zeros`` of ``count`` entries are 0."""

    name: str
    quantiles: tuple[float, float, float, float, float] | None
    last_bit: int
    first_bit: int
    count: int
    zeros: int


@dataclass(frozen=True)
class Profile:
    """The sizes of the weights of each layer, and of the values of each tensor, on some events."""

    model: str
    events: int
    weights: tuple[Sizes, ...]
    values: tuple[Sizes, ...]

    def plot(self, path: Path | None = None) -> Any:
        """A figure of matplotlib, weights on the left, values on the right: boxes from quartile to quartile with lines
        to the ends, on the span of the type in grey. ``path`` (.svg, .png, .pdf) writes it too.

        Raises ``ToolMissingError`` without matplotlib.
        """
        rows = max(len(self.weights), len(self.values), 1)
        figure = blank(11, 1.4 + 0.26 * rows, _WITHOUT)
        for column, (title, sizes) in enumerate((("weights", self.weights), ("values", self.values))):
            axes: Any = figure.add_subplot(1, 2, column + 1)
            _draw(axes, sizes)
            axes.set_title(f"{self.model}: {title}", fontsize=10, loc="left")
            axes.set_xlabel("size, as a power of two; grey: the bits of the type")
        if path is not None:
            save(figure, path)
        return figure

    def __repr__(self) -> str:
        return (
            f"Profile({self.model!r}: {len(self.weights)} weights, {len(self.values)} tensors, {self.events:,} events)"
        )


def profile_of(graph: FixedPointGraph, coverage: Coverage) -> Profile:
    """The profile of a graph on the events that ``coverage`` is of.

    Sizes of values are those of the elements' largest ones, as the coverage keeps no others.
    """
    values = tuple(_values(tensor) for tensor in coverage.telling)
    return Profile(graph.name, coverage.events, tuple(_weights(graph)), values)


def _values(tensor: TensorCoverage) -> Sizes:
    largest = np.maximum(np.abs(tensor.observed_lo), np.abs(tensor.observed_hi)).astype(np.float64)
    reach = max((abs(end) for end in (*tensor.lo, *tensor.hi)), default=0).bit_length()
    return _sizes(tensor.name, np.ldexp(largest, tensor.lsb), tensor.lsb, tensor.lsb + reach)


def _weights(graph: FixedPointGraph) -> Iterator[Sizes]:
    for name, nodes in layers_of(graph).items():
        for node in nodes:
            if isinstance(node.op, Weighted):
                constant = node.op.weight
                reach = int(np.abs(constant.mantissa.values).max(initial=0)).bit_length()
                yield _sizes(name, np.abs(constant.to_float()), constant.lsb, constant.lsb + reach)


def _sizes(name: str, sizes: Any, last_bit: int, end: int) -> Sizes:
    flat = np.asarray(sizes, np.float64).reshape(-1)
    there = np.log2(flat[flat > 0])
    quantiles = tuple(float(q) for q in np.quantile(there, [0, 0.25, 0.5, 0.75, 1])) if there.size else None
    return Sizes(name, quantiles, last_bit, end, flat.size, int(flat.size - there.size))  # type: ignore[arg-type]


def _draw(axes: Any, sizes: Sequence[Sizes]) -> None:
    for row, entry in enumerate(sizes):
        axes.barh(row, entry.first_bit - entry.last_bit, 0.8, left=entry.last_bit, color=_TYPE)
        if entry.quantiles is not None:
            low, first, median, third, high = entry.quantiles
            axes.plot([low, high], [row, row], color=_VALUES, lw=1)
            axes.barh(row, max(third - first, 0.05), 0.42, left=first, color=_VALUES)
            axes.plot([median, median], [row - 0.21, row + 0.21], color="white", lw=1.5)
    axes.set_yticks(range(len(sizes)), [entry.name for entry in sizes], fontsize=8)
    axes.set_ylim(len(sizes) - 0.4, -0.6)
    axes.spines[["top", "right"]].set_visible(False)
