"""Two reports: one without any vendor tool, one with csynth."""

from __future__ import annotations

import pytest

from trigforge.reports import BuildReport, Figure, Latency, Missing, Provenance, Resources, Verification

DESIGN = {
    "part": "xcvu13p-flga2577-2-e",
    "clock_period_ns": 5.0,
    "backend": "VITIS",
    "strategy": "LATENCY",
    "reuse_factor": 1,
    "layers": {"dense_1": {"strategy": "RESOURCE", "reuse_factor": None}},
}
ENVIRONMENT = {"trigforge": "0.1.0", "numpy": "2.4.6", "python": "3.11.7", "g++": "12.2.0"}
REASON = "Vitis HLS was not found; set XILINX_HLS to its installation folder"
SOURCE = "vitis_hls 2023.2, jet_tagger_csynth.xml"


@pytest.fixture
def without_vendor() -> BuildReport:
    return BuildReport(
        model="jet_tagger",
        graph_digest="3f9a" * 16,
        design=DESIGN,
        verification=(Verification("hls4ml C simulation", 10_000, 5, 0),),
        latency=Latency.missing(REASON),
        resources=Resources.missing(REASON),
        environment=ENVIRONMENT,
    )


@pytest.fixture
def with_vendor() -> BuildReport:
    def vendor(value: float, unit: str) -> Figure:
        return Figure(value, unit, Provenance.VENDOR, SOURCE)

    return BuildReport(
        model="jet_tagger",
        graph_digest="3f9a" * 16,
        design=DESIGN,
        verification=(
            Verification("hls4ml C simulation", 10_000, 5, 0),
            Verification("native emulator", 10_000, 5, 0),
        ),
        latency=Latency(vendor(19, "cycles"), vendor(1, "cycles"), vendor(5.0, "ns"), vendor(95.0, "ns")),
        resources=Resources(
            Figure(156_340, "LUT", Provenance.ESTIMATED, "trigforge resource model, ±20 %"),
            vendor(41_877, "FF"),
            vendor(212, "DSP"),
            vendor(0, "BRAM_18K"),
            Missing("the report does not count URAM"),
        ),
        environment={**ENVIRONMENT, "vitis_hls": "2023.2"},
    )
