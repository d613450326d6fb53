"""The fitted models and their errors, from ``resources/calibration.toml``; ``benchmarks/calibration.py`` fits them.

Every error is of designs whose whole family was left out of the fit. An interval is the half width, in percent of the
truth, that holds ``coverage_percent`` of these errors.
"""

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

    ``error_percent`` is the rms error. ``lut_range`` is that of the designs it was fitted to, ``logic_range_ns`` that
    of their stages, cells and unscaled wires. ``devices`` are the families of parts that they were placed on or that
    have the same dies.
    """

    start: float
    growth: float
    error_percent: float
    interval_percent: float
    coverage_percent: int
    designs: int
    families: int
    lut_range: tuple[int, int]
    logic_range_ns: tuple[float, float]
    devices: tuple[str, ...]

    def wire_factor(self, lut: float) -> float:
        """The factor by which wires are longer than the shortest ones, in a design of so many LUTs."""
        return self.start + self.growth * sqrt(lut / LARGE_LUT)

    def wire_factors(self, lut: float) -> tuple[float, float]:
        """The least and the largest factor that the designs it was fitted to allow.

        Below the smallest of them wires are no shorter than the shortest ones, and no longer than in that design.
        """
        least, _ = self.lut_range
        if lut < least:
            return 1.0, self.wire_factor(least)
        return self.wire_factor(lut), self.wire_factor(lut)


@dataclass(frozen=True)
class PlacedLutModel:
    """LUTs after place and route, as logic: ``ratio`` x mapped LUTs without inverters.

    Errors are with a whole study, all designs of one paper, left out. ``error_percent`` is the rms, ``lut_range`` that
    of the placed LUTs it was fitted to.
    """

    ratio: float
    error_percent: float
    interval_percent: float
    coverage_percent: int
    designs: int
    studies: int
    lut_range: tuple[int, int]


@dataclass(frozen=True)
class UnmappedLutModel:
    """LUTs after place and route of a design that was not mapped: ``ratio`` x bits of adders.

    ``designs`` are mapped ones of ours. The interval is that of bits to mapped LUTs widened by that of mapped to placed
    ones, ``bits_range`` the bits of the designs.
    """

    ratio: float
    interval_percent: float
    coverage_percent: int
    designs: int
    families: int
    bits_range: tuple[int, int]


def interval(value: float, percent: float) -> tuple[float, float]:
    """The range of the truth if the estimate ``value`` is off by so much of the truth, either way."""
    return value / (1 + percent / 100), value / (1 - percent / 100)


def widened(percent: float, size: float, least: float) -> float:
    """The interval of a design smaller than any that was fitted: a sum of fewer parts varies more, as the root of their
    number, up to 50 %."""
    return percent if size >= least else max(percent, min(50.0, percent * sqrt(least / size)))


@dataclass(frozen=True)
class Calibration:
    """All models."""

    period: PeriodModel
    placed_lut: PlacedLutModel
    unmapped_lut: UnmappedLutModel

    @property
    def typical_wire_factor(self) -> float:
        """The wire factor of a design of 100,000 LUTs."""
        return self.period.wire_factor(LARGE_LUT)


@cache
def model() -> Calibration:
    """The constants of ``calibration.toml``."""
    text = (files("trigforge.resources") / "calibration.toml").read_text(encoding="utf-8")
    table = cast(dict[str, dict[str, Any]], tomllib.loads(text))
    return Calibration(
        PeriodModel(**_frozen(table["period"])),
        PlacedLutModel(**_frozen(table["placed_lut"])),
        UnmappedLutModel(**_frozen(table["unmapped_lut"])),
    )


def _frozen(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(cast(list[Any], value)) if isinstance(value, list) else value for key, value in table.items()}
