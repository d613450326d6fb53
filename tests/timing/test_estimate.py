"""Estimates carry an interval, say what it holds, and are flagged outside of what was fitted."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from trigforge.design import Fpga
from trigforge.reports import Figure, Missing, Provenance
from trigforge.timing import (
    StageTiming,
    estimate_clock_period,
    estimate_placed_ff,
    estimate_placed_lut,
)
from trigforge.timing.model import interval, model

VU13P = Fpga("xcvu13p-flga2577-2-e")
SHALLOW = StageTiming("first", cells_ns=0.8, wires_ns=0.4, steps=())
DEEP = StageTiming("second", cells_ns=1.0, wires_ns=0.9, steps=())


def _figure(leaf: Figure | Missing) -> Figure:
    assert isinstance(leaf, Figure)
    return leaf


def test_period_is_that_of_the_slowest_stage() -> None:
    figure = _figure(estimate_clock_period([SHALLOW, DEEP], 100_000, VU13P))
    fitted = model().period
    assert figure.value == round(1.0 + 0.9 * (fitted.start + fitted.growth), 3)
    assert (figure.unit, figure.provenance, figure.outside_range) == ("ns", Provenance.ESTIMATED, False)
    ends = interval(1.0 + 0.9 * (fitted.start + fitted.growth), fitted.interval_percent)
    assert figure.ends == tuple(round(end, 3) for end in ends)
    assert figure.source == (
        "static timing of mapped stages, wires fitted to 20 published designs: within 16.5 % for 90 % of them "
        "(leave one out); longest in second"
    )


def test_larger_designs_are_slower() -> None:
    small, large = (_figure(estimate_clock_period([DEEP], lut, VU13P)) for lut in (40_000, 250_000))
    assert large.value > small.value


@pytest.mark.parametrize(
    ("stages", "lut", "target", "reason"),
    [
        ([DEEP], 12_000, VU13P, "12,000 LUT is not in 35,684 to 295,715"),
        ([replace(DEEP, cells_ns=4.0)], 100_000, VU13P, "a stage of 4.90 ns is not in 1.5 to 3.47 ns"),
        (
            [DEEP],
            100_000,
            Fpga("xcku115-flvb2104-2-e"),
            "xcku115-flvb2104-2-e is no Virtex UltraScale+ or Alveo U250 or Alveo U55C of speed grade -2",
        ),
        ([DEEP, replace(SHALLOW, unmodelled=("DSP48E2",))], 100_000, VU13P, "no delays are known of DSP48E2"),
    ],
)
def test_period_outside_of_what_was_fitted(stages: list[StageTiming], lut: int, target: Fpga, reason: str) -> None:
    figure = _figure(estimate_clock_period(stages, lut, target))
    assert figure.outside_range
    assert figure.source.endswith(f"; outside what was fitted: {reason}")


def test_period_without_stages() -> None:
    assert estimate_clock_period([], 1000, VU13P) == Missing(
        "no pipeline stage was mapped; map the design with Yosys (pip install 'trigforge[rtl]')"
    )


def test_lut_from_adders() -> None:
    figure = _figure(estimate_placed_lut(100_000.0, 101_000))
    assert (figure.value, figure.low, figure.high, figure.unit) == (105_140, 97_714, 113_788, "LUT")
    assert not figure.outside_range
    assert figure.source == (
        "1.05 LUT for each bit of adders, fitted to 20 published designs: within 7.6 % for 90 % of them (leave one out)"
    )


def test_lut_of_a_design_that_is_not_all_adders() -> None:
    figure = _figure(estimate_placed_lut(100_000.0, 150_000))
    assert figure.ends == (97_714, 150_000)
    assert figure.source.endswith("; outside what was fitted: 150,000 LUT are mapped, so it is not all adders")


def test_lut_of_a_small_design_has_the_wider_interval() -> None:
    figure = _figure(estimate_placed_lut(12_000.0))
    assert figure.outside_range
    assert figure.ends == tuple(round(end) for end in interval(12_000 * 1.0514, 7.6))
    assert figure.source.endswith("; outside what was fitted: 12,000 bits of adders are not in 34,162 to 301,646")


def test_what_is_not_estimated() -> None:
    assert estimate_placed_lut(0.0) == Missing(
        "the design holds no adder graphs, from which LUTs are estimated; implement it with Vivado"
    )
    assert estimate_placed_ff() == Missing(
        "no published design gives its flip-flops before and after place and route; the mapped ones are exact before "
        "retiming, and Vivado's implement run fills this in"
    )


def test_constants_are_those_of_the_benchmark(repository: Path) -> None:
    lines = (repository / "benchmarks" / "results" / "calibration.jsonl").read_text(encoding="utf-8").splitlines()
    found = {entry["name"]: entry["value"] for entry in json.loads(lines[-1])["measurements"]}
    period, lut = model().period, model().lut
    assert (period.start, period.growth) == (
        found["period: start of the wire factor"],
        found["period: growth of the wire factor"],
    )
    assert (period.error_percent, lut.error_percent) == (
        found["period: error, leave one out, rms"],
        found["lut: error, leave one out, rms"],
    )
    assert (period.interval_percent, lut.interval_percent) == (
        found["period: interval of 90 %"],
        found["lut: interval of 90 %"],
    )
    assert period.lut_range == (found["period: fewest LUT"], found["period: most LUT"])
    assert period.logic_range_ns == (found["period: shallowest stage"], found["period: deepest stage"])
    assert (lut.ratio, lut.outside_percent) == (
        found["lut: ratio to bits of adders"],
        found["lut: largest error of the checks"],
    )


def test_the_page_quotes_the_constants(repository: Path) -> None:
    page = (repository / "docs" / "estimates.md").read_text(encoding="utf-8")
    period, lut = model().period, model().lut
    for value in (period.start, period.growth, period.error_percent, period.interval_percent):
        assert re.search(rf"(?<![\d.]){value:g}(?![\d.]*\d)", page), value
    for value in (lut.ratio, lut.error_percent, lut.interval_percent, lut.outside_percent):
        assert re.search(rf"(?<![\d.]){value:g}(?![\d.]*\d)", page), value
