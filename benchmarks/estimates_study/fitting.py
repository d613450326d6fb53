"""The fits to the public pairs, and their errors with whole families left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from statistics import fmean
from typing import TypeVar

import numpy as np

from benchmarks.estimates_study.circuits import Circuit
from benchmarks.estimates_study.pairs import Pair
from trigforge.timing.model import LARGE_LUT

COVERAGE_PERCENT = 90


@dataclass(frozen=True)
class Design:
    """A pair, and its circuit, which has the weights of the design or only its architecture."""

    pair: Pair
    circuit: Circuit

    @property
    def exact(self) -> bool:
        """The circuit is that of the design; else the authors' adder bits tell the size."""
        return self.pair.adder_bits is None


T = TypeVar("T")
Residuals = Mapping[T, float]
"""estimate / truth - 1 of each design, by a fit without its group"""


def designs(pairs: Sequence[Pair], circuits: Mapping[str, Circuit]) -> tuple[Design, ...]:
    """The pairs of which something can be estimated here."""
    return tuple(Design(pair, circuits[pair.circuit]) for pair in pairs if pair.circuit is not None)


def left_out(
    those: Sequence[T],
    group: Callable[[T], str],
    estimate: Callable[[Sequence[T], T], float],
    truth: Callable[[T], float | None],
) -> dict[T, float]:
    """The residuals of all designs whose truth is known, each by a fit to the other groups."""
    found: dict[T, float] = {}
    for design in those:
        actual = truth(design)
        if actual is not None:
            others = [other for other in those if group(other) != group(design)]
            found[design] = estimate(others, design) / actual - 1
    return found


def rms_percent(residuals: Sequence[float]) -> float:
    """Root mean square, in percent."""
    return 100 * sqrt(fmean(residual**2 for residual in residuals))


def interval_percent(residuals: Sequence[float]) -> float:
    """The half width that covers ``COVERAGE_PERCENT``: the k-th smallest residual in size, k rounded up from
    (n + 1) x coverage (no assumption on their distribution)."""
    rank = min(len(residuals), ceil((len(residuals) + 1) * COVERAGE_PERCENT / 100))
    return 100 * sorted(abs(residual) for residual in residuals)[rank - 1]


def mean_over_groups(those: Sequence[T], group: Callable[[T], str], value: Callable[[T], float]) -> float:
    """The mean over groups of the mean of their designs, so that a group of many counts no more than another."""
    by_group: dict[str, list[float]] = {}
    for design in those:
        by_group.setdefault(group(design), []).append(value(design))
    return fmean(fmean(values) for values in by_group.values())


def within(residuals: Residuals[T]) -> int:
    """The designs whose errors the interval of them all holds."""
    errors = list(residuals.values())
    return sum(100 * abs(error) <= interval_percent(errors) for error in errors)


def covered(residuals: Residuals[T], group: Callable[[T], str]) -> int:
    """The designs whose errors the interval holds that all other groups alone would have given."""
    count = 0
    for design, residual in residuals.items():
        others = [r for other, r in residuals.items() if group(other) != group(design)]
        count += 100 * abs(residual) <= interval_percent(others)
    return count


def mapped_lut(design: Design, known: Sequence[Design]) -> float:
    """Mapped LUTs of a design, without inverters. Where its own circuit is not at hand they are its adder bits, times
    what the circuits of the ``known`` designs take a bit."""
    if design.pair.adder_bits is None:
        return design.circuit.lean_lut
    exact = {other.circuit for other in known if other.exact}
    return design.pair.adder_bits * fmean(circuit.lean_lut / circuit.adder_bits for circuit in exact)


def lut_ratio(those: Sequence[Design]) -> float:
    """LUTs after place and route for each mapped one: the mean over studies."""
    return mean_over_groups(those, study, lambda design: design.pair.logic_lut / mapped_lut(design, those))


def estimated_lut(fitted_to: Sequence[Design], design: Design) -> float:
    """Placed LUTs of a design by a fit to others."""
    return lut_ratio(fitted_to) * mapped_lut(design, fitted_to)


@dataclass(frozen=True)
class PeriodForm:
    """A form of the period: cells + wires x (start + growth x (LUT / 100,000) ^ ``power``) of the mean of the stages,
    or of the ``longest`` one; with ``overhead`` a constant more, with ``copies`` a term of wires x sqrt(copies) more.
    """

    name: str
    power: float = 0.5
    longest: bool = False
    overhead: bool = False
    copies: bool = False

    def stage(self, design: Design) -> tuple[float, float]:
        """Cells and unscaled wires of the stage whose period this is."""
        return design.circuit.longest if self.longest else design.circuit.balanced

    def terms(self, design: Design) -> list[float]:
        """What the constants are multiplied with."""
        _, wires = self.stage(design)
        terms = [wires, wires * (design.pair.lut / LARGE_LUT) ** self.power]
        terms += [1.0] if self.overhead else []
        return terms + ([wires * sqrt(design.pair.copies or 1)] if self.copies else [])

    def constants(self, those: Sequence[Design]) -> list[float]:
        """The least squares of relative errors, over the designs that were pressed."""
        pressed = [(design, design.pair.period_ns) for design in those if design.pair.pressed]
        rows = [[term / period for term in self.terms(design)] for design, period in pressed if period]
        aims = [1 - self.stage(design)[0] / period for design, period in pressed if period]
        return [float(value) for value in np.linalg.lstsq(np.array(rows), np.array(aims), rcond=None)[0]]

    def estimated(self, fitted_to: Sequence[Design], design: Design) -> float:
        """The shortest period of a design (ns) by a fit to others."""
        terms = zip(self.constants(fitted_to), self.terms(design), strict=True)
        return self.stage(design)[0] + sum(constant * term for constant, term in terms)


PERIOD = PeriodForm("that of the package")
OTHER_FORMS = (
    PeriodForm("wires grow as the fourth root of LUTs", power=0.25),
    PeriodForm("wires grow as LUTs", power=1.0),
    PeriodForm("the longest stage as written", longest=True),
    PeriodForm("a constant overhead as well", overhead=True),
    PeriodForm("wires grow with the root of copies as well", copies=True),
)


def family(design: Design) -> str:
    """The group that is left out: designs of one architecture and flow."""
    return design.pair.family


def study(design: Design) -> str:
    """The larger group: all designs of one paper."""
    return design.pair.study
