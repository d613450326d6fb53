"""The table on the terminal: complete at 80 columns, never wider than the terminal, without colour where none is."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from trigforge.reports import (
    BudgetLine,
    BuildReport,
    Figure,
    Missing,
    Provenance,
    Verdict,
    Verification,
    print_report,
    wording,
)


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
        "HLS, C++ through hls4ml\n"
        "missing latency, mapped resources, placed resources\n"
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
        "HLS, C++ through hls4ml\n"
        "latency        19 cycles [1] × 5 ns = 95 ns\n"
        "clock          meets 5 ns; the fastest clock has 5 ns [1], and a latency of 95\n"
        "               ns [1]\n"
        "an event every 1 cycle [1]\n"
        "resource            count        of part  of one SLR\n"
        "LUT         mapped  156,340 [1]   9.05 %     36.19 %\n"
        "flip-flops  mapped  41,877 [1]    1.21 %      4.85 %\n"
        "DSP slices  mapped  212 [1]       1.73 %      6.90 %\n"
        "uses no BRAM 18 kbit\n"
        "missing mapped carry bits\n"
        "        csynth counts no carry chains\n"
        "missing mapped UltraRAM\n"
        "        the report does not count URAM\n"
        "missing placed resources\n"
        "        Vivado was not found; set XILINX_VIVADO to its installation folder\n"
        "\n"
        "[1] vendor: vitis_hls 2023.2, jet_tagger_csynth.xml\n"
        "made with trigforge 0.1.0, g++ 12.2.0, vitis_hls 2023.2, numpy 2.4.6, python\n"
        "3.11.7"
    )


def test_with_verilog_and_a_budget(full: BuildReport) -> None:
    assert printed(full) == (
        "jet_tagger  graph f21609edbda3, xcvu13p-flga2577-2-e, 5 ns clock\n"
        "\n"
        "VERIFIED to the bit: 10,000 events × 5 outputs, 0 mismatches in every simulator\n"
        "BUDGET VIOLATED: lut_percent_of_slr; cannot tell latency_ns, uram\n"
        "simulator            events  outputs  mismatches\n"
        "hls4ml C simulation  10,000        5           0\n"
        "native emulator      10,000        5           0\n"
        "RTL simulation       10,000        5           0\n"
        "mapped netlist       10,000        5           0\n"
        "coverage: the first 1,000 of 10,000 events, 1 tensor wraps around, 1 tensor\n"
        "saturates, 55.2 % of the bits never used\n"
        "\n"
        "budget               limit             found                         verdict\n"
        "clock_mhz            ≥ 200 MHz         227 MHz (210.5 to 246.9) [1]  met\n"
        "initiation_interval  ≤ 6 cycles        1 cycle [2]                   met\n"
        "latency_ns           ≤ 50 ns           52.8 ns (48.6 to 57) [3]      cannot tell\n"
        "lut_percent_of_slr   ≤ 10 % of an SLR  13.3 % of an SLR (12.8 to     violated\n"
        "                                       13.9, out of range) [4]\n"
        "uram                 ≤ 0 URAM          missing                       cannot tell\n"
        "latency_ns: 52.8 ns, 48.6 to 57 (measured 12 cycles x estimated 4.4 ns, 4.05 to\n"
        "4.75) can be above or below the budget of 50 ns; place and route it to know, or\n"
        "raise stage_delay_ns for fewer stages\n"
        "lut_percent_of_slr: 13.3 % of an SLR, 12.8 to 13.9 (estimated 57,600 LUT, of\n"
        "432,000, after place and route) is 3.3 % of an SLR over the budget of 10 % of an\n"
        "SLR; train with fewer bits, or set multipliers = 'DSP'\n"
        "uram: cannot tell: no tool here counts UltraRAM\n"
        "\n"
        "RTL, pipelined Verilog\n"
        "latency        12 cycles [2] × 5 ns = 60 ns\n"
        "clock          meets 5 ns; the fastest clock has 4.4 ns (4.05 to 4.75) [1], and\n"
        "               a latency of 52.8 ns (48.6 to 57) [1]\n"
        "an event every 1 cycle [2]\n"
        "resource            count                                    of part  of one SLR\n"
        "LUT         mapped  59,316 [5]                                3.43 %     13.73 %\n"
        "            placed  57,600 (55,100 to 60,200, out of range)   3.33 %     13.33 %\n"
        "                    [4]\n"
        "flip-flops  mapped  30,441 [5]                                0.88 %      3.52 %\n"
        "            placed  29,300 (28,800 to 29,900) [4]             0.85 %      3.39 %\n"
        "carry bits  mapped  40,930 [5]\n"
        "uses no DSP slices, no BRAM 18 kbit, no UltraRAM\n"
        "missing placed carry bits\n"
        "        Vivado was not found; set XILINX_VIVADO to its installation folder\n"
        "\n"
        "HLS, C++ through hls4ml\n"
        "missing latency, mapped resources, placed resources\n"
        "        Vitis HLS was not found; set XILINX_HLS to its installation folder\n"
        "\n"
        "[1]  estimated: timing model of the mapped netlist, 20 placed designs, 8.1 % rms\n"
        "     leave-one-out; 68 % of designs lie within\n"
        "[2]  measured: verilator 5.48, jet_tagger_valid\n"
        "[3]  estimated: verilator 5.48, jet_tagger_valid; timing model of the mapped\n"
        "     netlist, 20 placed designs, 8.1 % rms leave-one-out; 68 % of designs lie\n"
        "     within\n"
        "[4]  estimated: LUT model, 20 placed designs of one family, 4.3 % rms\n"
        "     leave-one-out; 68 % of designs lie within\n"
        "[5]  measured: yosys 0.70, synth_xilinx -family xcup, out of context\n"
        "note Yosys has no CARRY8 for this family and maps carry chains to CARRY4; bits\n"
        "     of carry count the same.\n"
        "made with trigforge 0.1.0, alkaid 0.8.2, verilator 5.48, yosys 0.70, hls4ml\n"
        "1.3.0, g++ 12.2.0, numpy 2.4.6, python 3.11.7, platform Linux x86_64"
    )


@pytest.mark.parametrize("width", [50, 60, 80, 200])
def test_fits_the_terminal(
    width: int, without_vendor: BuildReport, with_vendor: BuildReport, full: BuildReport
) -> None:
    for report in (without_vendor, with_vendor, full):
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
            "VERIFIED to the bit: up to 10 events × 5 outputs, 0 mismatches in every",
        ),
    ],
)
def test_verdicts(verification: tuple[Verification, ...], headline: str, without_vendor: BuildReport) -> None:
    assert printed(replace(without_vendor, verification=verification)).splitlines()[2] == headline


VERDICTS = {
    "BUDGET MET: its one line": [Verdict.MET],
    "BUDGET MET: all 2 lines": [Verdict.MET, Verdict.MET],
    "BUDGET: CANNOT TELL key1; the other lines are met": [Verdict.MET, Verdict.CANNOT_TELL],
    "BUDGET: CANNOT TELL key0": [Verdict.CANNOT_TELL],
    "BUDGET VIOLATED: key0": [Verdict.VIOLATED, Verdict.MET],
    "BUDGET VIOLATED: key1; cannot tell key0": [Verdict.CANNOT_TELL, Verdict.VIOLATED],
}


@pytest.mark.parametrize("headline", VERDICTS)
def test_budgets(headline: str, without_vendor: BuildReport) -> None:
    budget = tuple(
        BudgetLine(f"key{number}", 1, "ns", Missing("not built"), verdict, "build it")
        for number, verdict in enumerate(VERDICTS[headline])
    )
    assert printed(replace(without_vendor, budget=budget)).splitlines()[3] == headline


def test_an_estimate_is_never_bare() -> None:
    estimate = Figure(5.3, "ns", Provenance.ESTIMATED, "a model", 4.9, 5.7)
    assert wording.quantity(estimate) == "5.3 ns (4.9 to 5.7)"
    assert wording.quantity(replace(estimate, outside_range=True)) == "5.3 ns (4.9 to 5.7, out of range)"
    assert wording.quantity(estimate, unit=False) == "5.3 (4.9 to 5.7)"
    assert wording.quantity(Figure(1, "cycles", Provenance.MEASURED, "a simulation")) == "1 cycle"
