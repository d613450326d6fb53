"""All fits at once, from stored data alone, and the constants that the package takes over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from benchmarks.estimates_study import circuits, fitting, pairs, unmapped
from benchmarks.estimates_study.fitting import COVERAGE_PERCENT, Design, PeriodForm, family, study
from benchmarks.estimates_study.unmapped import Mapped


@dataclass(frozen=True)
class Fits:
    """The designs of which something is estimated, the networks of ours that tell LUTs a bit, and all residuals.

    ``lut`` and ``period`` are with the family of a design left out, ``lut_by_study`` with its whole study.
    """

    designs: tuple[Design, ...]
    networks: tuple[Mapped, ...]
    lut: dict[Design, float]
    lut_by_study: dict[Design, float]
    period: dict[Design, float]

    @property
    def timed(self) -> list[Design]:
        """The designs to which the period is fitted."""
        return [design for design in self.designs if design.pair.pressed]


def load() -> Fits:
    """Fit everything to the stored pairs, circuits and mapped networks."""
    those = fitting.designs(pairs.load(), circuits.load())
    return Fits(
        designs=those,
        networks=unmapped.load(),
        lut=lut_residuals(those, family),
        lut_by_study=lut_residuals(those, study),
        period=period_residuals(those, fitting.PERIOD),
    )


def lut_residuals(those: Sequence[Design], group: Callable[[Design], str]) -> dict[Design, float]:
    """The errors of placed LUTs as logic, each with the group of the design left out."""
    return fitting.left_out(those, group, fitting.estimated_lut, lambda design: design.pair.logic_lut)


def whole_lut_residuals(those: Sequence[Design], group: Callable[[Design], str]) -> dict[Design, float]:
    """``lut_residuals`` of a fit to all placed LUTs, shift registers included."""
    whole = [replace(design, pair=replace(design.pair, lut_memory=None)) for design in those]
    return lut_residuals(whole, group)


def period_residuals(those: Sequence[Design], form: PeriodForm) -> dict[Design, float]:
    """The errors of a form of the period, each with the family of the design left out."""
    return fitting.left_out(those, family, form.estimated, lambda design: design.pair.period_ns)


def constants(fits: Fits) -> str:
    """``calibration.toml``."""
    start, growth = fitting.PERIOD.constants(fits.designs)
    lut, period = list(fits.lut_by_study.values()), list(fits.period.values())
    placed = round(fitting.interval_percent(lut), 1)
    ratio = fitting.lut_ratio(fits.designs)
    sizes = [design.pair.lut for design in fits.designs]
    logic = [sum(design.circuit.balanced) for design in fits.timed]
    logic += [sum(design.circuit.longest) for design in fits.designs]
    bits = [mapped.adder_bits for mapped in fits.networks]
    return f"""\
# Fitted by benchmarks/calibration.py, which writes this file, to the public pairs of
# benchmarks/estimates_study/pairs.csv. docs/estimates.md explains every number.

[period]
start = {start:.3f}
growth = {growth:.3f}
error_percent = {fitting.rms_percent(period):.1f}
interval_percent = {fitting.interval_percent(period):.1f}
coverage_percent = {COVERAGE_PERCENT}
designs = {len(fits.timed)}
families = {len({design.pair.family for design in fits.timed})}
lut_range = [{min(sizes)}, {max(sizes)}]
logic_range_ns = [{min(logic):.2f}, {max(logic):.2f}]
devices = ["Virtex UltraScale+", "Alveo U250", "Alveo U55C"]

[placed_lut]
ratio = {ratio:.4f}
error_percent = {fitting.rms_percent(lut):.1f}
interval_percent = {placed}
coverage_percent = {COVERAGE_PERCENT}
designs = {len(fits.designs)}
studies = {len({design.pair.study for design in fits.designs})}
lut_range = [{min(sizes)}, {max(sizes)}]

[unmapped_lut]
ratio = {ratio * unmapped.lut_per_bit(fits.networks):.4f}
interval_percent = {unmapped.widened_percent(fits.networks, placed):.1f}
coverage_percent = {COVERAGE_PERCENT}
designs = {len(fits.networks)}
families = {len({mapped.family for mapped in fits.networks})}
bits_range = [{min(bits):.0f}, {max(bits):.0f}]
"""
