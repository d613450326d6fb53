"""The origin of a graph that was read from a model: ``Approximation`` and ``Comparison``."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Approximation:
    """A tensor that is not to the bit what its ``layer`` computes, and the proven bound of the difference.

    Given the same operand it lies within ``units`` units in the last place of its ``bits``. A quantizer or table does
    so for at most ``differing`` of the ``values`` of its operand, and is exact for the others; other tensors, which may
    differ everywhere, have 0 of each. ``tensor`` and ``operand`` are names when the model is read; a
    quantizer or table has the shape of its operand, others name none.
    """

    layer: str
    tensor: str
    units: int
    bits: int
    differing: int = 0
    values: int = 0
    operand: str = ""

    def __str__(self) -> str:
        unit = "1 unit" if self.units == 1 else f"{self.units:,} units"
        where = f", for {self.differing:,} of {self.values:,} values of its operand" if self.values else ""
        inside = "" if self.tensor == self.layer else f"{self.tensor!r} of "
        return f"{inside}layer {self.layer!r} lies within {unit} in the last of its {self.bits} bits{where}"


@dataclass(frozen=True)
class Comparison:
    """The comparison of a graph with the model that it was read from, which ``framework`` ran on ``events`` events.

    ``skipped`` says why there was none; it is empty where there was. ``differing`` events had another output, by
    ``largest`` at most: none in a graph without approximations.
    """

    framework: str = ""
    events: int = 0
    differing: int = 0
    largest: str = "0"
    skipped: str = ""

    def __str__(self) -> str:
        if self.skipped:
            return f"compared with: nothing, because {self.skipped}"
        found = f"{self.differing:,} differ, by {self.largest} at most" if self.differing else "none differs"
        return f"compared with: {self.framework}, on {self.events:,} events, of which {found}"


def reservations(approximations: Sequence[Approximation], comparison: Comparison | None) -> tuple[str, ...]:
    """A line for all that keeps a graph from being its model to the bit, and proven to be; none for others."""
    told = comparison is not None and (bool(approximations) or bool(comparison.skipped))
    return (*(f"inexact: {entry}" for entry in approximations), *([str(comparison)] if told else []))
