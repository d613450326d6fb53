"""The calibration record: figures of one design, and nothing of who ran it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from trigforge.errors import DesignError, ReportFormatError
from trigforge.reports.vivado import TimingReport, UtilizationReport, parse_timing_summary, parse_utilization
from trigforge.timing.calibration import calibration_record

REPORTS = Path(__file__).parents[1] / "reports" / "vivado"
DIGEST = "3f9a" * 16
PART = "xcvu13p-flga2577-2-e"


def reports(version: str, step: str) -> tuple[UtilizationReport, TimingReport]:
    return (
        parse_utilization((REPORTS / f"{version}_{step}_utilization.rpt").read_text()),
        parse_timing_summary((REPORTS / f"{version}_{step}_timing.rpt").read_text()),
    )


def test_the_record() -> None:
    record = calibration_record(
        graph_digest=DIGEST,
        part=PART,
        adder_bits=33_120.0,
        pipeline_stages=6,
        results=[reports("2023.2", "vsynth"), reports("2023.2", "implement")],
    )
    assert record == {
        "format": "trigforge calibration",
        "format_version": 1,
        "graph_digest": DIGEST,
        "part": PART,
        "adder_bits": 33_120.0,
        "pipeline_stages": 6,
        "tool": "Vivado",
        "results": [
            {
                "tool_version": "2023.2",
                "state": "Synthesized",
                "lut": 35_977,
                "lut_as_memory": 12,
                "ff": 14_102,
                "carry_bits": 24_008,
                "dsp": 4,
                "bram_18k": 5,
                "uram": 0,
                "target_clock_period_ns": 5.0,
                "clock_period_ns": 3.812,
                "wns_ns": 1.188,
                "whs_ns": 0.041,
            },
            {
                "tool_version": "2023.2",
                "state": "Routed",
                "lut": 34_702,
                "lut_as_memory": 12,
                "ff": 14_090,
                "carry_bits": 23_984,
                "dsp": 4,
                "bram_18k": 5,
                "uram": 0,
                "target_clock_period_ns": 5.0,
                "clock_period_ns": 5.126,
                "wns_ns": -0.126,
                "whs_ns": 0.01,
            },
        ],
    }
    text = json.dumps(record)
    for private in ("jet_tagger", "build running", "2023 ", "/", "Host"):
        assert private not in text


def refused(**changed: object) -> str:
    arguments: dict[str, object] = {
        "graph_digest": DIGEST,
        "part": PART,
        "adder_bits": 0.0,
        "pipeline_stages": 1,
        "results": [reports("2023.2", "vsynth")],
    }
    with pytest.raises((ReportFormatError, DesignError)) as error:
        calibration_record(**{**arguments, **changed})  # pyright: ignore[reportArgumentType]
    return str(error.value)


def test_what_is_refused() -> None:
    assert refused(graph_digest="models/jet_tagger") == (
        "graph digest 'models/jet_tagger' is no SHA-256 in hex; give graph.digest"
    )
    assert refused(results=[]) == "there are no reports to calibrate with; run Vivado first"
    assert refused(part="xczu9eg-ffvb1156-2-e") == (
        "the report is about the device xcvu13p-flga2577-2-e; the design is for xczu9eg-ffvb1156-2-e"
    )
    assert refused(part="mine").startswith("part 'mine' is unknown; known are ")
    mixed = (reports("2023.2", "vsynth")[0], reports("2020.1", "vsynth")[1])
    assert refused(results=[mixed]) == ("utilization is by Vivado 2023.2, timing by 2020.1; take both from one run")
