"""Reports of Vivado: every field of every version and family, and each way a report can be wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from trigforge.errors import ReportFormatError
from trigforge.reports import Figure, Missing, Provenance
from trigforge.reports.tables import Header, check_device
from trigforge.reports.vivado import TimingReport, UtilizationReport, parse_timing_summary, parse_utilization

REPORTS = Path(__file__).parent / "vivado"


def read(name: str) -> str:
    return (REPORTS / name).read_text()


def vendor(value: float, unit: str, source: str) -> Figure:
    return Figure(value, unit, Provenance.VENDOR, source)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "2020.1_vsynth_utilization.rpt",
            UtilizationReport(
                Header("2020.1", "xcvu13pflga2577-2", "jet_tagger_v1", "Synthesized"),
                lut=36_120,
                lut_as_memory=0,
                ff=14_210,
                carry_bits=8 * 2_990,
                dsp=0,
                bram_18k=0,
                uram=0,
            ),
        ),
        (
            "2023.2_implement_utilization.rpt",
            UtilizationReport(
                Header("2023.2", "xcvu13p-flga2577-2-e", "jet_tagger_v1", "Routed"),
                lut=34_702,
                lut_as_memory=12,
                ff=14_090,
                carry_bits=8 * 2_998,
                dsp=4,
                bram_18k=5,
                uram=0,
            ),
        ),
        (
            "2018.2_series7_utilization.rpt",
            UtilizationReport(
                Header("2018.2", "7a100tcsg324-1", "jet_tagger_v1", "Synthesized"),
                lut=1_028,
                lut_as_memory=48,
                ff=611,
                carry_bits=4 * 35,
                dsp=2,
                bram_18k=3,
                uram=None,
            ),
        ),
    ],
)
def test_utilization(name: str, expected: UtilizationReport) -> None:
    assert parse_utilization(read(name), name) == expected


def test_a_7_series_design_without_carry_chains() -> None:
    text = "\n".join(line for line in read("2018.2_series7_utilization.rpt").splitlines() if "CARRY4" not in line)
    assert parse_utilization(text).carry_bits == 0


def test_resources_are_the_vendors() -> None:
    source = "vivado 2018.2, utilization.rpt"
    resources = parse_utilization(read("2018.2_series7_utilization.rpt")).resources(source)
    assert [leaf for _, _, leaf in resources.leaves()] == [
        vendor(1_028, "LUT", source),
        vendor(611, "FF", source),
        vendor(140, "bits", source),
        vendor(2, "DSP", source),
        vendor(3, "BRAM_18K", source),
        Missing(f"the report of {source} does not count URAM"),
    ]


@pytest.mark.parametrize(
    ("name", "expected", "period", "met"),
    [
        (
            "2020.1_implement_timing.rpt",
            TimingReport(
                Header("2020.1", "xcvu13p-flga2577", "jet_tagger_v1", ""),
                clock="clk",
                target_clock_period_ns=5.0,
                wns_ns=0.317,
                tns_ns=0.0,
                failing_endpoints=0,
                endpoints=20_044,
                whs_ns=0.012,
                hold_failing_endpoints=0,
                wpws_ns=2.225,
                pulse_width_failing_endpoints=0,
            ),
            4.683,
            True,
        ),
        (
            "2023.2_implement_timing.rpt",
            TimingReport(
                Header("2023.2", "xcvu13p-flga2577", "jet_tagger_v1", "Routed"),
                clock="clk",
                target_clock_period_ns=5.0,
                wns_ns=-0.126,
                tns_ns=-3.870,
                failing_endpoints=57,
                endpoints=19_921,
                whs_ns=0.010,
                hold_failing_endpoints=0,
                wpws_ns=2.225,
                pulse_width_failing_endpoints=0,
            ),
            5.126,
            False,
        ),
    ],
)
def test_timing(name: str, expected: TimingReport, period: float, met: bool) -> None:
    report = parse_timing_summary(read(name), name)
    assert report == expected
    assert (report.clock_period_ns, report.met) == (period, met)


UTILIZATION, TIMING = "2023.2_vsynth_utilization.rpt", "2023.2_vsynth_timing.rpt"


def refused_utilization(pattern: str, replacement: str, name: str = UTILIZATION, count: int = 1) -> str:
    """What is said of a report after one change, which must be a change."""
    before = read(name)
    after = re.sub(pattern, replacement, before, count=count, flags=re.MULTILINE)
    assert after != before
    with pytest.raises(ReportFormatError) as error:
        parse_utilization(after, "u.rpt")
    return str(error.value)


@pytest.mark.parametrize(
    ("pattern", "replacement", "message"),
    [
        (r"^\| CLB LUTs\*.*\n", "", "u.rpt: section 'CLB Logic' has no row 'CLB LUTs'"),
        (r"(^\| CARRY8 .*\n)", r"\1\1", "u.rpt: section 'CLB Logic' has 2 rows 'CARRY8'"),
        (r"^\| DSPs +\| +4", "| DSPs      |    -", "u.rpt: 'DSPs' is '-'; a whole number is expected"),
        (
            r"^\| Block RAM Tile \|  2\.5",
            "| Block RAM Tile |  2.3",
            "u.rpt: 'Block RAM Tile' is '2.3'; halves of a tile are expected",
        ),
        (
            r"^\| Block RAM Tile \|  2\.5",
            "| Block RAM Tile |  nan",
            "u.rpt: 'Block RAM Tile' is 'nan'; a number is expected",
        ),
        (r"\| Used \|", "| Usd  |", "u.rpt: section 'BLOCKRAM' has no column 'Used'"),
        (
            r"^\| Tool Version .*\n",
            "",
            "u.rpt has no line 'Tool Version' in its head; it is cut off or no report of Vivado",
        ),
        (r"(^\| Device .*\n)", r"\1\1", "u.rpt has 2 lines 'Device'; it mixes several reports"),
        (
            "Vivado v",
            "Quartus v",
            "u.rpt is by 'Quartus v.2023.2 (lin64) Build 4029153 Fri Oct 13 20:13:54 MDT 2023'; "
            "a report of Vivado is expected",
        ),
        ("Table of Contents", "Contents", "u.rpt has no table of contents; it is cut off or no utilization report"),
        (
            "^(Table of Contents\n-+\n)",
            r"\1\1",
            "u.rpt has 2 tables of contents; it mixes several reports",
        ),
        (r"(^\| F9 Muxes.*)\n\+-.*\n", r"\1\n", "u.rpt is cut off in the table of section 'CLB Logic'"),
        (r"^(\| F9 Muxes +\|)[^|]+\|", r"\1", "u.rpt: row 'F9 Muxes' of section 'CLB Logic' has 5 cells, not 6"),
        (r"^(\| F9 Muxes.*\n)(\+-.*\n)", r"\1\2\2", "u.rpt: section 'CLB Logic' holds several tables"),
    ],
)
def test_a_wrong_utilization_report(pattern: str, replacement: str, message: str) -> None:
    assert refused_utilization(pattern, replacement) == message


def test_a_section_that_is_there_twice() -> None:
    assert refused_utilization(r"(4\. ARITHMETIC\n-+\n)(?=\n\+)", r"\1\n\n\1", "2023.2_implement_utilization.rpt") == (
        "u.rpt has section '4. ARITHMETIC' 2 times; it mixes several reports"
    )


def test_a_section_without_its_table() -> None:
    assert refused_utilization(r"(4\. \w+\n-+\n)(\n[+|].*)+", r"\1", "2023.2_implement_utilization.rpt") == (
        "u.rpt: section 'ARITHMETIC' holds no table"
    )


def test_a_family_that_is_not_known() -> None:
    assert refused_utilization("CLB Logic$", "Netlist Logic", count=0) == (
        "u.rpt has no section 'CLB Logic' or 'Slice Logic'; it is no utilization report of a known family"
    )


@pytest.mark.parametrize("name", sorted(path.name for path in REPORTS.glob("*_utilization.rpt")))
def test_a_utilization_report_that_was_cut_off_anywhere(name: str) -> None:
    """Wherever it ends, either an error says so or all that is read is there already: never another number."""
    text = read(name)
    whole = parse_utilization(text)
    for end in range(0, len(text), 97):
        try:
            assert parse_utilization(text[:end]) == whole
        except ReportFormatError as error:
            assert str(error).startswith("utilization.rpt ")


def refused_timing(pattern: str, replacement: str) -> str:
    before = read(TIMING)
    after = re.sub(pattern, replacement, before, count=1, flags=re.MULTILINE)
    assert after != before
    with pytest.raises(ReportFormatError) as error:
        parse_timing_summary(after, "t.rpt")
    return str(error.value)


@pytest.mark.parametrize(
    ("pattern", "replacement", "message"),
    [
        (
            "Design Timing Summary",
            "Summary",
            "t.rpt has no section 'Design Timing Summary'; it is cut off or no timing summary",
        ),
        (
            r"(^\| Clock Summary\n)",
            r"\1\n\n\n\1",
            "t.rpt has 2 sections 'Clock Summary'; it mixes several reports",
        ),
        (
            r"^(clk    \{.*\n)",
            r"\1  slow {0.000 5.000}        10.000          100.000\n",
            "t.rpt should hold one clock, found clk, slow; time the core by itself",
        ),
        (r"^clk    \{.*\n", "", "t.rpt should hold one clock, found none; time the core by itself"),
        (
            r"^      1\.188 .*\n",
            "",
            "t.rpt: section 'Design Timing Summary' should hold one row of numbers; it is cut off",
        ),
        ("WNS.ns.", "WNS(ps)", "t.rpt: section 'Design Timing Summary' has no column 'WNS(ns)'"),
        (r"^      1\.188", "        inf", "t.rpt: WNS(ns) is inf: no path is timed; constrain the inputs and outputs"),
        (r"^      1\.188", "      1,188", "t.rpt: WNS(ns) is '1,188'; a number is expected"),
        (
            "All user specified timing constraints are met.",
            "",
            "t.rpt does not say whether timing is met; it is cut off",
        ),
        (r"^(clk +\{[^}]*\} +)5\.000 ", r"\1fast  ", "t.rpt: the period of clk is 'fast'; a number is expected"),
    ],
)
def test_a_wrong_timing_report(pattern: str, replacement: str, message: str) -> None:
    assert refused_timing(pattern, replacement) == message


def test_no_timing_constraints() -> None:
    with pytest.raises(ReportFormatError) as error:
        parse_timing_summary(read("2023.2_unconstrained_timing.rpt"), "t.rpt")
    assert str(error.value) == "t.rpt says that there are no timing constraints; set a clock and run Vivado again"


@pytest.mark.parametrize("name", ["2020.1_implement_timing.rpt", "2023.2_implement_timing.rpt"])
def test_a_timing_report_that_was_cut_off_anywhere(name: str) -> None:
    text = read(name)
    whole = parse_timing_summary(text)
    for end in range(0, len(text), 61):
        try:
            assert parse_timing_summary(text[:end]) == whole
        except ReportFormatError as error:
            assert str(error).startswith("timing.rpt")


@pytest.mark.parametrize(
    ("device", "part"),
    [
        ("xcvu13p-flga2577-2-e", "xcvu13p-flga2577-2-e"),
        ("xcvu13pflga2577-2", "xcvu13p-flga2577-2-e"),
        ("xcvu13p-flga2577", "xcvu13p-flga2577-2-e"),
        ("7a100tcsg324-1", "xc7a100tcsg324-1"),
        ("xcu250-figd2104-2L-e", "xcu250-figd2104-2l-e"),
    ],
)
def test_spellings_of_a_device(device: str, part: str) -> None:
    check_device(Header("2023.2", device, "core", ""), part, "u.rpt")


@pytest.mark.parametrize("device", ["xcvu9p-flga2104-2-e", "xcvu13p-flga2577-1-e", ""])
def test_another_device(device: str) -> None:
    with pytest.raises(ReportFormatError) as error:
        check_device(Header("2023.2", device, "core", ""), "xcvu13p-flga2577-2-e", "u.rpt")
    assert str(error.value) == f"u.rpt is about the device {device}; the design is for xcvu13p-flga2577-2-e"
