"""The table on the terminal: complete at 80 columns, never wider than the terminal, without colour where none is."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from trigforge.reports import BuildReport, Verification, print_report


def printed(report: BuildReport, width: int = 80, colour: bool = False) -> str:
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=colour, color_system="standard" if colour else None)
    print_report(report, console)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def test_without_vendor_tool(without_vendor: BuildReport) -> None:
    assert printed(without_vendor) == (
        "jet_tagger  graph 3f9a3f9a3f9a, xcvu13p-flga2577-2-e, 5 ns clock\n"
        "\n"
        "VERIFIED to the bit: 10,000 events × 5 outputs, 0 mismatches in every simulator\n"
        "simulator            events  outputs  mismatches\n"
        "hls4ml C simulation  10,000        5           0\n"
        "\n"
        "missing latency in cycles, initiation interval, clock period, latency in ns,\n"
        "        LUT, flip-flops, DSP slices, BRAM 18 kbit, UltraRAM\n"
        "        Vitis HLS was not found; set XILINX_HLS to its installation folder\n"
        "\n"
        "made with trigforge 0.1.0, g++ 12.2.0, numpy 2.4.6, python 3.11.7"
    )


def test_with_vendor_tool(with_vendor: BuildReport) -> None:
    assert printed(with_vendor) == (
        "jet_tagger  graph 3f9a3f9a3f9a, xcvu13p-flga2577-2-e, 5 ns clock\n"
        "\n"
        "VERIFIED to the bit: 10,000 events × 5 outputs, 0 mismatches in every simulator\n"
        "simulator            events  outputs  mismatches\n"
        "hls4ml C simulation  10,000        5           0\n"
        "native emulator      10,000        5           0\n"
        "\n"
        "figure                 value  unit      of part  obtained\n"
        "latency in cycles         19  cycles             vendor [1]\n"
        "initiation interval        1  cycles             vendor [1]\n"
        "clock period               5  ns                 vendor [1]\n"
        "latency in ns             95  ns                 vendor [1]\n"
        "LUT                  156,340  LUT        9.05 %  estimated [2]\n"
        "flip-flops            41,877  FF         1.21 %  vendor [1]\n"
        "DSP slices               212  DSP        1.73 %  vendor [1]\n"
        "BRAM 18 kbit               0  BRAM_18K   0.00 %  vendor [1]\n"
        "[1]     vitis_hls 2023.2, jet_tagger_csynth.xml\n"
        "[2]     trigforge resource model, ±20 %\n"
        "missing UltraRAM\n"
        "        the report does not count URAM\n"
        "\n"
        "made with trigforge 0.1.0, g++ 12.2.0, vitis_hls 2023.2, numpy 2.4.6, python\n"
        "3.11.7"
    )


@pytest.mark.parametrize("width", [50, 60, 80, 200])
def test_fits_the_terminal(width: int, without_vendor: BuildReport, with_vendor: BuildReport) -> None:
    for report in (without_vendor, with_vendor):
        lines = printed(report, width).splitlines()
        assert max(map(len, lines)) <= width
        assert "…" not in "".join(lines)


def test_colour_only_on_a_terminal(with_vendor: BuildReport) -> None:
    assert "\x1b[" not in printed(with_vendor)
    assert "\x1b[1;32mVERIFIED" in printed(with_vendor, colour=True)


@pytest.mark.parametrize(
    ("verification", "headline"),
    [
        ((), "NOT VERIFIED: no simulator ran"),
        (
            (Verification("csim", 10, 5, 0), Verification("RTL", 10, 5, 3)),
            "NOT VERIFIED: RTL and the emulator disagree",
        ),
        ((Verification("csim", 0, 5, 0),), "NOT VERIFIED: csim compared no output"),
        (
            (Verification("csim", 10, 5, 0), Verification("RTL", 4, 5, 0)),
            "VERIFIED to the bit: 0 mismatches in every simulator",
        ),
    ],
)
def test_verdicts(verification: tuple[Verification, ...], headline: str, without_vendor: BuildReport) -> None:
    assert printed(replace(without_vendor, verification=verification)).splitlines()[2] == headline


def test_an_unknown_part_has_no_share(with_vendor: BuildReport) -> None:
    text = printed(replace(with_vendor, design={"part": "another"}))
    assert "%" not in text.split("[1]     ")[0]
