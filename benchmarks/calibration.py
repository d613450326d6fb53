"""Fits the models of ``trigforge.timing`` anew to published designs and writes down fit, error and range.

Needs the published designs in ``../shared/calibration`` (or below ``TRIGFORGE_SHARED``); ends with a sentence and
status 0 where they are absent. Maps two published networks with Yosys on the way: about three minutes on two cores the
first time, seconds after that. ``python benchmarks/calibration.py [--write]``; with ``--write`` the package takes over
the constants (``src/trigforge/resources/calibration.toml``), else they are only compared.
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np
import numpy.typing as npt
from harness import BENCHMARKS, Measurement, record

from trigforge import read
from trigforge.design import DesignPoint, RtlDesign
from trigforge.project import write
from trigforge.rtl import to_project
from trigforge.timing import StageTiming, analyse, read_netlist
from trigforge.timing.model import LARGE_LUT, model
from trigforge.toolchain import yosys

REPOSITORY = BENCHMARKS.parent
CONSTANTS = REPOSITORY / "src" / "trigforge" / "resources" / "calibration.toml"
COVERAGE_PERCENT = 90

# The fitted designs were cut by da4ml with a latency cut-off of 2, an adder counting 1 whatever its width, and built
# for 2.0 ns (src/syn_test.py of calad0i/JEDI-linear). The first network below takes 4 cycles with a cut-off of 5, so it
# has 16 to 20 adders in a row and would take 8 to 10 cycles with 2. It takes 9 with this stage delay of ours.
TWO_ADDERS_NS = 2.8

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Published:
    """One network whose place and route is published; ``stages`` and ``period_ns`` where they are."""

    file: str
    lut: int
    stages: int | None
    period_ns: float | None


NETWORKS = (
    Published("da4ml_jsc_openml_76.86.h5", 12_250, 4, 1000 / 212),
    Published("hgq_jsc_openml_0.771.keras", 10_182, None, None),
)


@dataclass(frozen=True)
class Built:
    """One of the networks, generated and mapped here."""

    latency_cycles: int
    adder_bits: float
    mapped_lut: int
    mapped_ff: int
    stages: tuple[StageTiming, ...]

    def longest(self, factor: float) -> StageTiming:
        return max(self.stages, key=lambda stage: stage.period_ns(factor))


def published_folder() -> Path | None:
    """The folder of the published designs; None, after printing a sentence, where it is missing."""
    folder = Path(os.environ.get("TRIGFORGE_SHARED", REPOSITORY.parent / "shared")) / "calibration"
    if folder.is_dir():
        return folder
    print("the published designs are not here: put them into ../shared/calibration, or set TRIGFORGE_SHARED")
    return None


def build(path: Path, stage_delay_ns: Sequence[float], cycles: int | None) -> Built:
    """Generate and map a network; of several stage delays, the first that gives so many cycles."""
    graph = read(path)
    for delay in stage_delay_ns:
        project = to_project(graph, DesignPoint(rtl=RtlDesign(stage_delay_ns=delay)))
        if cycles in (None, project.latency_cycles):
            break
    folder = REPOSITORY / "build" / "calibration" / f"{path.stem}_{project.latency_cycles}"
    written = write(project, folder / "rtl")
    mapped = yosys.map_stages(written, dsp=False, progress=_said)
    timed = tuple(analyse(read_netlist(stage.netlist)) for stage in mapped)
    lut, ff = (sum(getattr(stage, name) * stage.stage.copies for stage in mapped) for name in ("lut", "ff"))
    return Built(project.latency_cycles, project.adder_bits, lut, ff, timed)


def _said(stage: yosys.MappedStage) -> None:
    print(f"  {stage.stage.module}: {stage.lut} LUT", flush=True)


def leave_one_out(fit: Callable[[npt.NDArray[np.bool_]], Values], truth: Values) -> Values:
    """Relative error (estimate / truth - 1) of each design's estimate by a fit to all others."""
    rows = np.arange(len(truth))
    return np.array([fit(rows != row)[row] for row in rows]) / truth - 1


def interval_percent(residuals: Values) -> float:
    """The half width that covers ``COVERAGE_PERCENT`` of designs: the k-th smallest residual in size, k rounded up from
    (n + 1) x coverage (jackknife; no assumption on their distribution)."""
    rank = min(len(residuals), ceil((len(residuals) + 1) * COVERAGE_PERCENT / 100))
    return float(np.sort(np.abs(residuals))[rank - 1] * 100)


def rms_percent(residuals: Values) -> float:
    return float(np.sqrt(np.mean(residuals**2)) * 100)


def fit_period(period: Values, lut: Values, cells: float, wires: float) -> tuple[Values, Values]:
    """Start and growth of the wire factor, and the residuals."""
    matrix = np.column_stack([np.ones_like(lut), np.sqrt(lut / LARGE_LUT)]) * wires

    def solve(rows: npt.NDArray[np.bool_]) -> Values:
        return np.linalg.lstsq(matrix[rows], period[rows] - cells, rcond=None)[0]

    residuals = leave_one_out(lambda rows: cells + matrix @ solve(rows), period)
    return solve(np.ones(len(period), bool)), residuals


def fit_lut(lut: Values, cost: Values) -> tuple[float, Values]:
    """LUTs for each bit of adders (the mean ratio), and the residuals."""
    ratio = lut / cost
    return float(np.mean(ratio)), leave_one_out(lambda rows: np.mean(ratio[rows]) * cost, lut)


def main(*arguments: str) -> None:
    folder = published_folder()
    if folder is None:
        return
    with (folder / "jedi_linear_postroute.csv").open(newline="") as file:
        designs = list(csv.DictReader(file))
    period, lut, cost = (np.array([float(row[key]) for row in designs]) for key in ("actual_ns", "LUT", "est_LUT"))
    typical = model().typical_wire_factor
    two_adders = [build(folder / network.file, [TWO_ADDERS_NS], None) for network in NETWORKS]
    references = [built.longest(typical) for built in two_adders]
    cells, wires = (float(np.mean([getattr(stage, name) for stage in references])) for name in ("cells_ns", "wires_ns"))
    (start, growth), period_residuals = fit_period(period, lut, cells, wires)
    ratio, lut_residuals = fit_lut(lut, cost)
    published = build(folder / NETWORKS[0].file, np.arange(5.0, 8.0, 0.2).tolist(), NETWORKS[0].stages)
    deep = published.longest(start + growth)
    measurements = [
        Measurement("period: start of the wire factor", round(float(start), 3), "1"),
        Measurement("period: growth of the wire factor", round(float(growth), 3), "1"),
        Measurement("period: error, leave one out, rms", round(rms_percent(period_residuals), 2), "%"),
        Measurement(f"period: interval of {COVERAGE_PERCENT} %", round(interval_percent(period_residuals), 1), "%"),
        Measurement("period: designs", len(designs), "designs"),
        Measurement("period: fewest LUT", float(lut.min()), "LUT"),
        Measurement("period: most LUT", float(lut.max()), "LUT"),
        Measurement("period: cells of a stage of two adders", round(cells, 3), "ns"),
        Measurement("period: wires of a stage of two adders, unscaled", round(wires, 3), "ns"),
        Measurement("period: shallowest stage", round(0.8 * min(stage.logic_ns for stage in references), 2), "ns"),
        Measurement("period: deepest stage", round(deep.logic_ns, 2), "ns"),
        Measurement("lut: ratio to bits of adders", round(ratio, 4), "LUT/bit"),
        Measurement("lut: error, leave one out, rms", round(rms_percent(lut_residuals), 2), "%"),
        Measurement(f"lut: interval of {COVERAGE_PERCENT} %", round(interval_percent(lut_residuals), 1), "%"),
        Measurement("lut: designs", len(designs), "designs"),
        Measurement("lut: fewest bits of adders", float(cost.min()), "bits"),
        Measurement("lut: most bits of adders", float(cost.max()), "bits"),
    ]
    for network, built in zip(NETWORKS, two_adders, strict=True):
        measurements += compare(network, built)
    factor = start + growth * np.sqrt(NETWORKS[0].lut / LARGE_LUT)
    predicted = published.longest(float(factor)).period_ns(float(factor))
    assert NETWORKS[0].period_ns is not None
    name = f"check: {NETWORKS[0].file}, {published.latency_cycles} cycles"
    small = [
        abs(ratio * built.adder_bits / network.lut - 1) * 100
        for network, built in zip(NETWORKS, two_adders, strict=True)
    ]
    measurements += [
        Measurement("lut: largest error of the checks", round(max(small), 1), "%"),
        Measurement(f"{name}, period", round(predicted, 3), "ns"),
        Measurement(f"{name}, period, published", round(NETWORKS[0].period_ns, 3), "ns"),
        Measurement(f"{name}, period, error", round((predicted / NETWORKS[0].period_ns - 1) * 100, 1), "%"),
    ]
    record("calibration", measurements, {"yosys": yosys.version()})
    text = constants(measurements)
    if "--write" in arguments:
        CONSTANTS.write_text(text, encoding="utf-8")
    elif CONSTANTS.read_text(encoding="utf-8") != text:
        print("the package holds other constants; run this with --write to take these over")


def compare(network: Published, built: Built) -> list[Measurement]:
    """Counts here beside the published ones."""
    name = f"check: {network.file}, {built.latency_cycles} cycles"
    return [
        Measurement(f"{name}, bits of adders", round(built.adder_bits, 1), "bits"),
        Measurement(f"{name}, mapped", built.mapped_lut, "LUT"),
        Measurement(f"{name}, mapped FF", built.mapped_ff, "FF"),
        Measurement(f"{name}, published LUT", network.lut, "LUT"),
        Measurement(f"{name}, published LUT to bits of adders", round(network.lut / built.adder_bits, 3), "LUT/bit"),
        Measurement(f"{name}, published LUT to mapped", round(network.lut / built.mapped_lut, 3), "1"),
    ]


def constants(measurements: Sequence[Measurement]) -> str:
    """``calibration.toml`` with the constants of one run."""
    found = {entry.name: entry.value for entry in measurements}
    interval = f"interval of {COVERAGE_PERCENT} %"
    return f"""\
# Fitted by benchmarks/calibration.py, which writes this file; the designs are calad0i/JEDI-linear's (Apache-2.0), 20 on
# xcvu13p-flga2577-2-e after place and route for 2.0 ns. docs/estimates.md explains every number.

[period]
start = {found["period: start of the wire factor"]}
growth = {found["period: growth of the wire factor"]}
error_percent = {found["period: error, leave one out, rms"]}
interval_percent = {found[f"period: {interval}"]}
coverage_percent = {COVERAGE_PERCENT}
designs = {found["period: designs"]:.0f}
lut_range = [{found["period: fewest LUT"]:.0f}, {found["period: most LUT"]:.0f}]
logic_range_ns = [{found["period: shallowest stage"]}, {found["period: deepest stage"]}]
families = ["Virtex UltraScale+", "Alveo U250", "Alveo U55C"]

[lut]
ratio = {found["lut: ratio to bits of adders"]}
error_percent = {found["lut: error, leave one out, rms"]}
interval_percent = {found[f"lut: {interval}"]}
coverage_percent = {COVERAGE_PERCENT}
designs = {found["lut: designs"]:.0f}
outside_percent = {found["lut: largest error of the checks"]}
adder_bits_range = [{found["lut: fewest bits of adders"]}, {found["lut: most bits of adders"]}]
"""


if __name__ == "__main__":
    main(*sys.argv[1:])
