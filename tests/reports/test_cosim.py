"""Reports of co-simulation by Vivado HLS and Vitis HLS, and each way a report can be wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from trigforge.errors import ReportFormatError
from trigforge.reports import Figure, Missing, Provenance
from trigforge.reports.cosim import CosimReport, CosimStatus, parse_cosim

REPORTS = Path(__file__).parent / "cosim"
PASS, FAIL = CosimStatus.PASS, CosimStatus.FAIL


def read(name: str) -> str:
    return (REPORTS / name).read_text()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vitis_hls_2023.2_pass.rpt", CosimReport("Verilog", PASS, 19, 19, 1, 1, 219)),
        ("vitis_hls_2023.2_one_event.rpt", CosimReport("Verilog", PASS, 19, 19, None, None, 19)),
        ("vitis_hls_2023.2_fail.rpt", CosimReport("Verilog", FAIL, None, None, None, None, None)),
        ("vivado_hls_2019.2_pass.rpt", CosimReport("Verilog", PASS, 23, 24, 2, 2, None)),
    ],
)
def test_every_version(name: str, expected: CosimReport) -> None:
    assert parse_cosim(read(name), name) == expected


def test_latency_is_the_vendors_worst() -> None:
    latency = parse_cosim(read("vivado_hls_2019.2_pass.rpt")).latency(5.0, "vivado_hls 2019.2")
    source = "vivado_hls 2019.2: worst of 23 to 24 cycles"
    assert latency.cycles == Figure(24, "cycles", Provenance.VENDOR, source)
    assert latency.initiation_interval == Figure(2, "cycles", Provenance.VENDOR, "vivado_hls 2019.2")
    assert latency.clock_period_ns == Figure(5.0, "ns", Provenance.VENDOR, "vivado_hls 2019.2: the period of csynth")
    assert latency.ns == Figure(120.0, "ns", Provenance.VENDOR, source)


def test_what_is_not_told_is_missing() -> None:
    latency = parse_cosim(read("vitis_hls_2023.2_one_event.rpt")).latency(5.0, "vitis_hls 2023.2")
    assert latency.initiation_interval == Missing(
        "vitis_hls 2023.2 does not tell the initiation interval; co-simulate two events at least"
    )
    failed = parse_cosim(read("vitis_hls_2023.2_fail.rpt")).latency(5.0, "vitis_hls 2023.2")
    assert (
        failed.ns
        == failed.cycles
        == Missing("vitis_hls 2023.2 does not tell the latency; co-simulate two events at least")
    )


@pytest.mark.parametrize(
    ("pattern", "replacement", "message"),
    [
        (r"^\|   Verilog.*\n", "", "c.rpt has no row 'Verilog'; it is cut off or no cosim report"),
        (r"(^\|   Verilog.*\n)", r"\1\1", "c.rpt has 3 rows of results; it mixes several reports"),
        ("      Pass", "        NA", "c.rpt should tell of one simulation, found nothing; run cosim again"),
        (
            r"VHDL\|        NA",
            "VHDL|      Pass",
            "c.rpt should tell of one simulation, found VHDL and Verilog; run cosim again",
        ),
        ("      Pass", "   Skipped", "c.rpt: the status is 'Skipped'; Pass or Fail is expected"),
        (
            r"Pass\|             19",
            "Pass|              ?",
            "c.rpt: row 'Verilog' holds '?'; a number of cycles is expected",
        ),
        (r"Pass\|             19\|", "Pass|", "c.rpt: row 'Verilog' has 7 results; 8 are expected"),
    ],
)
def test_a_wrong_report(pattern: str, replacement: str, message: str) -> None:
    before = read("vitis_hls_2023.2_pass.rpt")
    after = re.sub(pattern, replacement, before, count=1, flags=re.MULTILINE)
    assert after != before
    with pytest.raises(ReportFormatError) as error:
        parse_cosim(after, "c.rpt")
    assert str(error.value) == message
