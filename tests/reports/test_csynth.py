"""csynth reports of Vivado HLS and Vitis HLS: every field of every version, and each way a report can be wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from trigforge.errors import ReportFormatError
from trigforge.reports import CsynthReport, Figure, Missing, Provenance, parse_csynth
from trigforge.reports.csynth import Usage
from trigforge.resources.parts import FpgaResource

REPORTS = Path(__file__).parent / "csynth"
VU13P = Usage(lut=1_728_000, ff=3_456_000, dsp=12_288, bram_18k=5_376, uram=1_280)
JET_TAGGER_2023 = CsynthReport(
    version="2023.2",
    part="xcvu13p-flga2577-2-e",
    top="jet_tagger",
    target_clock_period_ns=5.0,
    clock_uncertainty_ns=1.35,
    estimated_clock_period_ns=3.646,
    latency_best_cycles=19,
    latency_worst_cycles=19,
    interval_min_cycles=1,
    interval_max_cycles=1,
    used=Usage(lut=156_340, ff=41_877, dsp=212, bram_18k=0, uram=0),
    available=VU13P,
)


def read(name: str) -> CsynthReport:
    return parse_csynth((REPORTS / name).read_text(), name)


def text() -> str:
    return (REPORTS / "vitis_hls_2023.2_top.xml").read_text()


def vendor(value: float, unit: str, source: str) -> Figure:
    return Figure(value, unit, Provenance.VENDOR, source)


@pytest.mark.parametrize("name", ["vitis_hls_2023.2_top.xml", "vitis_hls_2023.2_hierarchy.xml"])
def test_vitis_hls_report_with_and_without_modules(name: str) -> None:
    assert read(name) == JET_TAGGER_2023


def test_vivado_hls_counts_dsp48e() -> None:
    assert read("vivado_hls_2020.1_top.xml") == CsynthReport(
        version="2020.1",
        part="xcvu9p-flga2104-2-i",
        top="jet_tagger",
        target_clock_period_ns=5.0,
        clock_uncertainty_ns=0.62,
        estimated_clock_period_ns=4.355,
        latency_best_cycles=23,
        latency_worst_cycles=23,
        interval_min_cycles=2,
        interval_max_cycles=2,
        used=Usage(lut=117_904, ff=34_221, dsp=1_043, bram_18k=8, uram=0),
        available=Usage(lut=1_182_240, ff=2_364_480, dsp=6_840, bram_18k=4_320, uram=960),
    )


def test_figures_are_the_vendors() -> None:
    source = "vitis_hls 2023.2, jet_tagger_csynth.xml"
    latency, resources = JET_TAGGER_2023.latency(source), JET_TAGGER_2023.resources(source)
    assert latency.cycles == vendor(19, "cycles", source)
    assert latency.initiation_interval == vendor(1, "cycles", source)
    assert latency.clock_period_ns == vendor(5.0, "ns", f"{source}: estimated 3.646 ns for a target of 5 ns")
    assert latency.ns == vendor(95.0, "ns", source)
    assert [leaf for _, _, leaf in resources.leaves()] == [
        vendor(156_340, "LUT", source),
        vendor(41_877, "FF", source),
        Missing(f"the report of {source} does not count carry chains; Vivado's synthesis does"),
        vendor(212, "DSP", source),
        vendor(0, "BRAM_18K", source),
        vendor(0, "URAM", source),
    ]


def test_a_range_gives_its_worst_and_says_so() -> None:
    report = read("vitis_hls_2022.2_interval.xml")
    assert (report.latency_best_cycles, report.latency_worst_cycles) == (48, 57)
    assert (report.interval_min_cycles, report.interval_max_cycles) == (12, 21)
    latency = report.latency("vitis_hls 2022.2")
    assert latency.cycles == vendor(57, "cycles", "vitis_hls 2022.2: worst of 48 to 57 cycles")
    assert latency.initiation_interval == vendor(21, "cycles", "vitis_hls 2022.2: worst of 12 to 21 cycles")
    assert latency.ns == vendor(356.25, "ns", "vitis_hls 2022.2: worst of 48 to 57 cycles")


def test_no_bound_is_missing_and_a_missed_clock_is_the_estimate() -> None:
    report = read("vitis_hls_2020.2_unbounded.xml")
    latency = report.latency("vitis_hls 2020.2")
    assert latency.cycles == Missing("vitis_hls 2020.2 found no bound for the latency; a loop has no fixed trip count")
    assert latency.ns == latency.cycles
    assert latency.initiation_interval == Missing(
        "vitis_hls 2020.2 found no bound for the initiation interval; a loop has no fixed trip count"
    )
    assert latency.clock_period_ns == vendor(6.06, "ns", "vitis_hls 2020.2: estimated 6.06 ns for a target of 5 ns")
    assert report.resources("vitis_hls 2020.2")[FpgaResource.LUT] == vendor(55_711, "LUT", "vitis_hls 2020.2")


def test_ultraram_that_the_report_does_not_count_is_missing() -> None:
    resources = read("vivado_hls_2018.2_top.xml").resources("vivado_hls 2018.2")
    assert resources[FpgaResource.URAM] == Missing("the report of vivado_hls 2018.2 does not count URAM")
    assert resources[FpgaResource.DSP] == vendor(14, "DSP", "vivado_hls 2018.2")


def test_the_real_time_latency_of_the_tool_is_ours() -> None:
    """csynth prints cycles times the longer of both periods; we multiply ourselves, so both must agree."""
    for name in ("vivado_hls_2020.1_top.xml", "vitis_hls_2023.2_top.xml"):
        printed = re.search(r"<Worst-caseRealTimeLatency>([\d.]+) (ns|us)<", (REPORTS / name).read_text())
        assert printed is not None
        nanoseconds = float(printed[1]) * {"ns": 1, "us": 1000}[printed[2]]
        figure = read(name).latency(name).ns
        assert isinstance(figure, Figure)
        assert figure.value == nanoseconds


WRONG = {
    "no such element": (
        "<Worst-caseLatency>19</Worst-caseLatency>\n",
        "",
        "r.xml holds no PerformanceEstimates/SummaryOfOverallLatency/Worst-caseLatency; "
        "it is cut off or no csynth report",
    ),
    "twice": (
        "<LUT>156340</LUT>\n",
        "<LUT>156340</LUT>\n<LUT>156341</LUT>\n",
        "r.xml holds AreaEstimates/Resources/LUT 2 times; it mixes several reports",
    ),
    "both spellings": (
        "<DSP>212</DSP>\n",
        "<DSP>212</DSP>\n<DSP48E>3</DSP48E>\n",
        "r.xml holds AreaEstimates/Resources/DSP or AreaEstimates/Resources/DSP48E 2 times; it mixes several reports",
    ),
    "ultraram twice": (
        "<URAM>0</URAM>\n</Resources>",
        "<URAM>0</URAM>\n<URAM>1</URAM>\n</Resources>",
        "r.xml holds AreaEstimates/Resources/URAM 2 times; it mixes several reports",
    ),
    "no whole number": (
        "<FF>41877</FF>",
        "<FF>4e4</FF>",
        "r.xml: AreaEstimates/Resources/FF is '4e4'; a whole number is expected",
    ),
    "negative": (
        "<Interval-min>1</Interval-min>",
        "<Interval-min>-1</Interval-min>",
        "r.xml: PerformanceEstimates/SummaryOfOverallLatency/Interval-min is '-1'; a whole number is expected",
    ),
    "no time": (
        "<TargetClockPeriod>5.00<",
        "<TargetClockPeriod>inf<",
        "r.xml: UserAssignments/TargetClockPeriod is 'inf'; a time in ns is expected",
    ),
    "empty": (
        "<EstimatedClockPeriod>3.646<",
        "<EstimatedClockPeriod><",
        "r.xml: PerformanceEstimates/SummaryOfTimingAnalysis/EstimatedClockPeriod is ''; a time in ns is expected",
    ),
    "another unit": (
        "<UserAssignments>\n<unit>ns<",
        "<UserAssignments>\n<unit>ps<",
        "r.xml: UserAssignments is given in 'ps'; 'ns' is expected",
    ),
    "another kind of file": (
        text(),
        "<testsuite/>",
        "r.xml starts with <testsuite>; a csynth report starts with <profile>",
    ),
    "no xml": (text(), "", "r.xml is not XML: no element found: line 1, column 0; run csynth again"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_reports(case: str) -> None:
    before, after, message = WRONG[case]
    assert before in text()
    with pytest.raises(ReportFormatError) as error:
        parse_csynth(text().replace(before, after, 1), "r.xml")
    assert str(error.value) == message


def test_a_report_that_was_cut_off_is_refused_everywhere() -> None:
    whole = text()
    for length in range(0, len(whole.rstrip()), 97):
        with pytest.raises(ReportFormatError, match=r"^r\.xml is not XML: .*; run csynth again$"):
            parse_csynth(whole[:length], "r.xml")
