"""Estimates carry an interval, say what it holds, and are flagged outside of what was fitted."""

from dataclasses import replace

import pytest

from trigforge.design import Fpga
from trigforge.reports import Figure, Missing, Provenance
from trigforge.timing import (
    StageTiming,
    estimate_clock_period,
    estimate_placed_ff,
    estimate_placed_lut,
    estimate_unmapped_lut,
)
from trigforge.timing.model import interval, model

VU13P = Fpga("xcvu13p-flga2577-2-e")
SHALLOW = StageTiming("first", cells_ns=0.8, wires_ns=0.4, steps=())
LOGIC_RANGE_NS = model().period.logic_range_ns
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
        "static timing of mapped stages, wires fitted to 21 published designs of 3 families: within "
        f"{fitted.interval_percent:g} % for 90 % of them (leave one family out); longest in second"
    )


def test_larger_designs_are_slower() -> None:
    small, large = (_figure(estimate_clock_period([DEEP], lut, VU13P)) for lut in (40_000, 250_000))
    assert large.value > small.value


@pytest.mark.parametrize(
    ("stages", "lut", "target", "reason"),
    [
        ([DEEP], 300_000, VU13P, "300,000 LUT are more than 295,715"),
        (
            [replace(DEEP, cells_ns=4.0)],
            100_000,
            VU13P,
            "a stage of 4.90 ns is not in {:g} to {:g} ns".format(*LOGIC_RANGE_NS),
        ),
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


def test_the_period_of_a_small_design_lies_between_the_shortest_wires_and_those_of_the_smallest_published() -> None:
    fitted = model().period
    least, _ = fitted.lut_range
    figure = _figure(estimate_clock_period([DEEP], 1_000, VU13P))
    low, _ = interval(DEEP.period_ns(1.0), fitted.interval_percent)
    _, high = interval(DEEP.period_ns(fitted.wire_factor(least)), fitted.interval_percent)
    assert figure.ends == (round(low, 3), round(high, 3))
    assert figure.value == round(DEEP.period_ns(fitted.wire_factor(1_000)), 3)
    assert not figure.outside_range and f"those of {least:,} LUT" in figure.source
    smallest = _figure(estimate_clock_period([DEEP], least, VU13P))
    assert figure.ends[0] < smallest.ends[0] and figure.ends[1] == smallest.ends[1]


def test_period_without_stages() -> None:
    assert estimate_clock_period([], 1000, VU13P) == Missing(
        "no pipeline stage was mapped; map the design with Yosys (pip install 'trigforge[rtl]')"
    )


def test_lut_from_mapped_ones() -> None:
    figure = _figure(estimate_placed_lut(105_000, 5_000))
    fitted = model().placed_lut
    assert figure.value == round(fitted.ratio * 100_000)
    assert figure.ends == tuple(round(end) for end in interval(fitted.ratio * 100_000, fitted.interval_percent))
    assert (figure.unit, figure.outside_range) == ("LUT", False)
    assert figure.source == (
        f"{fitted.ratio:.3g} x LUTs mapped without inverters, fitted to 22 published designs of 3 studies: within "
        f"{fitted.interval_percent:g} % for 90 % of them (leave one study out)"
    )


def test_lut_of_a_design_larger_than_those_that_were_fitted() -> None:
    figure = _figure(estimate_placed_lut(500_000, 0))
    assert figure.outside_range
    value = round(500_000 * model().placed_lut.ratio)
    assert figure.source.endswith(f"; outside what was fitted: {value:,} LUT are more than 295,715")


@pytest.mark.parametrize("size", [10_000, 2_500, 100, 1])
def test_the_interval_of_a_small_design_grows_as_the_root_of_its_size(size: int) -> None:
    fitted = model().placed_lut
    figure = _figure(estimate_placed_lut(size, 0))
    value, least = size * fitted.ratio, fitted.lut_range[0]
    percent = fitted.interval_percent * max(1.0, (least / value) ** 0.5)
    assert figure.ends == tuple(round(end) for end in interval(value, min(50.0, percent)))
    assert not figure.outside_range


def test_lut_of_a_design_that_was_not_mapped_has_the_wider_interval() -> None:
    figure = _figure(estimate_unmapped_lut(100_000.0))
    fitted = model().unmapped_lut
    assert figure.ends == tuple(round(end) for end in interval(fitted.ratio * 100_000, fitted.interval_percent))
    assert fitted.interval_percent > model().placed_lut.interval_percent
    assert figure.source.startswith("not mapped: ")
    assert not figure.outside_range
    small, large = _figure(estimate_unmapped_lut(fitted.bits_range[0] / 4)), _figure(estimate_unmapped_lut(1e6))
    assert not small.outside_range and small.ends[1] / small.value > figure.ends[1] / figure.value
    assert large.outside_range and large.source.endswith(f"are more than {fitted.bits_range[1]:,}")


def test_what_is_not_estimated() -> None:
    assert estimate_placed_lut(7, 7) == Missing(
        "the design holds no look-up tables, from which placed ones are estimated"
    )
    assert estimate_unmapped_lut(0.0) == Missing(
        "the design holds no adder graphs, from which LUTs are estimated; map it with Yosys"
    )
    assert estimate_placed_ff() == Missing(
        "no published design gives its flip-flops before and after place and route; the mapped ones are exact before "
        "retiming, and Vivado's implement run fills this in"
    )
