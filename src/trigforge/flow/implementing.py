"""Vivado's figures, which replace mapped counts and estimates, and the calibration record of one run."""

from dataclasses import dataclass, replace
from typing import Any

from trigforge.design import DesignPoint
from trigforge.flow.observer import Observer
from trigforge.graph import FixedPointGraph
from trigforge.project import RtlProject, WrittenProject
from trigforge.reports import Implementation
from trigforge.timing.calibration import calibration_record
from trigforge.toolchain import vivado


@dataclass(frozen=True)
class Placed:
    """The implementation with Vivado's figures, the tool's version, and the record for ``--calibration``."""

    implementation: Implementation
    tools: dict[str, str]
    record: dict[str, Any]


def place(
    graph: FixedPointGraph,
    design: DesignPoint,
    written: WrittenProject[RtlProject],
    built: Implementation,
    observer: Observer,
) -> Placed:
    """Synthesize, place and route the core out of context; raises as ``vivado.find`` and ``vivado.implement``."""
    tool = vivado.find()
    with observer.step("Place and route (vivado)") as step:
        done = vivado.implement(tool, written, design, progress=step.say)
    record = calibration_record(
        graph_digest=graph.digest,
        part=design.target.part,
        adder_bits=written.project.adder_bits,
        pipeline_stages=written.project.latency_cycles,
        results=[(one.utilization, one.timing) for one in (done.synthesized, done.routed)],
    )
    latency = done.routed.latency(built.latency.cycles, built.latency.initiation_interval)
    placed = replace(built, latency=latency, mapped=done.synthesized.resources, placed=done.routed.resources)
    return Placed(placed, done.tools, record)
