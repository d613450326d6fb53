"""Calibration points, from machines with Vivado: the figures of one design, and nothing of who ran it or where."""

import re
from collections.abc import Sequence
from typing import Any

from trigforge.errors import ReportFormatError
from trigforge.reports.tables import check_device
from trigforge.reports.vivado import TimingReport, UtilizationReport
from trigforge.resources import parts

FORMAT = "trigforge calibration"
FORMAT_VERSION = 1
_DIGEST = re.compile(r"^[0-9a-f]{64}$")


def calibration_record(
    *,
    graph_digest: str,
    part: str,
    adder_bits: float,
    pipeline_stages: int,
    results: Sequence[tuple[UtilizationReport, TimingReport]],
) -> dict[str, Any]:
    """Plain JSON of one design: what was built (digest of its graph, ``adder_bits`` and stages of the ``RtlProject``)
    and what Vivado says after each step, one pair of reports a step.

    Only numbers, the part, the digest, the state of the design and the version of the tool are taken: no names of
    models, modules, users, hosts or folders, no dates. Raises ``ReportFormatError`` where the reports are of another
    part or contradict each other, or where ``graph_digest`` is no SHA-256 in hex; ``DesignError`` for an unknown part.
    """
    known = parts.find(part)
    if not _DIGEST.match(graph_digest):
        raise ReportFormatError(f"graph digest {graph_digest!r} is no SHA-256 in hex; give graph.digest")
    if not results:
        raise ReportFormatError("there are no reports to calibrate with; run Vivado first")
    for utilization, timing in results:
        for header in (utilization.header, timing.header):
            check_device(header, known.name, "the report")
        if utilization.header.version != timing.header.version:
            raise ReportFormatError(
                f"utilization is by Vivado {utilization.header.version}, timing by {timing.header.version}; "
                "take both from one run"
            )
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "graph_digest": graph_digest,
        "part": known.name,
        "adder_bits": adder_bits,
        "pipeline_stages": pipeline_stages,
        "tool": "Vivado",
        "results": [_result(utilization, timing) for utilization, timing in results],
    }


def _result(utilization: UtilizationReport, timing: TimingReport) -> dict[str, Any]:
    return {
        "tool_version": utilization.header.version,
        "state": utilization.header.state,
        "lut_as_memory": utilization.lut_as_memory,
        **{resource.value: count for resource, count in utilization.counts.items()},
        "target_clock_period_ns": timing.target_clock_period_ns,
        "clock_period_ns": timing.clock_period_ns,
        "wns_ns": timing.wns_ns,
        "whs_ns": timing.whs_ns,
    }
