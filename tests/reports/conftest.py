"""Three reports: one without any vendor tool, one with csynth, and a full one with Verilog."""

from __future__ import annotations

import pytest

from tests.reports import sample
from trigforge.reports import (
    BuildReport,
    BuildRoute,
    Figure,
    Implementation,
    Latency,
    Missing,
    Provenance,
    Resources,
    Verification,
)
from trigforge.resources.parts import FpgaResource

ENVIRONMENT = {"trigforge": "0.1.0", "numpy": "2.4.6", "python": "3.11.7", "g++": "12.2.0"}
SOURCE = "vitis_hls 2023.2, jet_tagger_csynth.xml"


@pytest.fixture
def without_vendor() -> BuildReport:
    return BuildReport(
        model="jet_tagger",
        graph_digest="3f9a" * 16,
        design=sample.DESIGN,
        verification=(Verification("hls4ml C simulation", 10_000, 5, 0),),
        implementations=(sample.hls(),),
        environment=ENVIRONMENT,
    )


@pytest.fixture
def with_vendor() -> BuildReport:
    def vendor(value: float, unit: str) -> Figure:
        return Figure(value, unit, Provenance.VENDOR, SOURCE)

    uncounted = Missing("the report does not count URAM")
    return BuildReport(
        model="jet_tagger",
        graph_digest="3f9a" * 16,
        design=sample.DESIGN,
        verification=(
            Verification("hls4ml C simulation", 10_000, 5, 0),
            Verification("native emulator", 10_000, 5, 0),
        ),
        implementations=(
            Implementation(
                BuildRoute.HLS,
                Latency(vendor(19, "cycles"), vendor(1, "cycles"), vendor(5.0, "ns"), vendor(95.0, "ns")),
                sample.resources(
                    vendor(156_340, "LUT"),
                    vendor(41_877, "FF"),
                    Missing("csynth counts no carry chains"),
                    vendor(212, "DSP"),
                    vendor(0, "BRAM_18K"),
                    uncounted,
                ),
                Resources.missing(FpgaResource, "Vivado was not found; set XILINX_VIVADO to its installation folder"),
            ),
        ),
        environment={**ENVIRONMENT, "vitis_hls": "2023.2"},
    )


@pytest.fixture
def full() -> BuildReport:
    return sample.jet_tagger()


@pytest.fixture
def sharing_slices() -> BuildReport:
    return sample.shared()
