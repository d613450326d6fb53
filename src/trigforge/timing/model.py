"""The fitted models and their errors, from ``resources/calibration.toml``; ``benchmarks/calibration.py`` fits them."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import sqrt
from typing import Any, cast

LARGE_LUT = 100_000
"""the design size at which wires are ``start + growth`` times the shortest ones"""


@dataclass(frozen=True)
class PeriodModel:
    """Clock period: cells + wires x (``start`` + ``growth`` x sqrt(LUT / 100,000)).

    ``error_percent`` is the rms of the leave-one-out errors (estimate / truth - 1), ``interval_percent`` what
    ``coverage_percent`` of them stay below. ``lut_range`` is that of the designs it was fitted to, ``logic_range_ns``
    reaches from 0.8 times their stages to the deepest stage that was checked (both unscaled).
    """

    start: float
    growth: float
    error_percent: float
    interval_percent: float
    coverage_percent: int
    designs: int
    lut_range: tuple[int, int]
    logic_range_ns: tuple[float, float]
    families: tuple[str, ...]

    def wire_factor(self, lut: float) -> float:
        """The factor by which wires are longer than the shortest ones, in a design of so many LUTs."""
        return self.start + self.growth * sqrt(lut / LARGE_LUT)


@dataclass(frozen=True)
class LutModel:
    """LUTs after place and route: ``ratio`` x bits of adders.

    ``outside_percent`` is the largest error seen on two networks below the range.
    """

    ratio: float
    error_percent: float
    interval_percent: float
    coverage_percent: int
    designs: int
    outside_percent: float
    adder_bits_range: tuple[float, float]


def interval(value: float, percent: float) -> tuple[float, float]:
    """The range of the truth if the estimate ``value`` is off by so much of the truth, either way."""
    return value / (1 + percent / 100), value / (1 - percent / 100)


@dataclass(frozen=True)
class Calibration:
    """Both models."""

    period: PeriodModel
    lut: LutModel

    @property
    def typical_wire_factor(self) -> float:
        """The wire factor of a design of 100,000 LUTs."""
        return self.period.wire_factor(LARGE_LUT)


@cache
def model() -> Calibration:
    """The constants of ``calibration.toml``."""
    text = (files("trigforge.resources") / "calibration.toml").read_text(encoding="utf-8")
    table = cast(dict[str, dict[str, Any]], tomllib.loads(text))
    return Calibration(PeriodModel(**_frozen(table["period"])), LutModel(**_frozen(table["lut"])))


def _frozen(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(cast(list[Any], value)) if isinstance(value, list) else value for key, value in table.items()}
