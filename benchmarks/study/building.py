"""Networks as firmware: mapped to look-up tables, and compared with the emulator to the bit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from benchmarks.harness import Measurement, with_interval
from benchmarks.study.networks import Network, design_of, graph_of
from trigforge.design import DesignPoint
from trigforge.emulator import run
from trigforge.flow.builder import verify
from trigforge.flow.engines import EngineChoice, choose
from trigforge.flow.figures import implementation
from trigforge.flow.mapping import map_and_time
from trigforge.flow.observer import Silent
from trigforge.graph import FixedPointGraph, Mantissas
from trigforge.project import write
from trigforge.reports import Figure, Leaf
from trigforge.resources.parts import FpgaResource
from trigforge.rtl import to_project
from trigforge.toolchain import gxx, verilator, yosys


def mapped(network: Network, folder: Path) -> list[Measurement]:
    """Its Verilog, mapped stage by stage with Yosys, and the estimates of what place and route would give."""
    return mapped_graph(network.key, graph_of(network), design_of(network), folder / network.name / "rtl")


def mapped_graph(key: str, graph: FixedPointGraph, design: DesignPoint, folder: Path) -> list[Measurement]:
    """The same of any graph, written to ``folder``; ``key`` begins the names of the figures."""
    project = to_project(graph, design)
    stages = map_and_time(write(project, folder), design, Silent())
    built = implementation(graph, design, project, "it was only mapped here", stages)
    leaves: dict[str, Leaf] = {
        "LUT, mapped": built.mapped[FpgaResource.LUT],
        "FF, mapped": built.mapped[FpgaResource.FF],
        "DSP": built.mapped[FpgaResource.DSP],
        "LUT, placed (estimated)": built.placed[FpgaResource.LUT],
        "clock period (estimated)": built.latency.clock_period_ns,
    }
    out = [
        Measurement(f"{key}: cycles", project.latency_cycles, "cycles"),
        Measurement(f"{key}: initiation interval", project.initiation_interval, "cycles"),
        Measurement(f"{key}: clock period", design.target.clock_period_ns, "ns"),
        Measurement(f"{key}: adder bits", project.adder_bits, "bits"),
    ]
    for title, leaf in leaves.items():
        if isinstance(leaf, Figure):
            out += with_interval(f"{key}: {title}", leaf)
    return out


def agreements(network: Network, inputs: Mapping[str, Mantissas], events: str, folder: Path) -> list[Measurement]:
    """Outputs and mismatches of the native emulator, the C simulation and the RTL; ``events`` is the unit of counts.

    Raises ``BitMismatch`` where C simulation or RTL differ from the reference emulator; nothing is recorded then.
    """
    graph = graph_of(network)
    native = choose(graph, EngineChoice.NATIVE).run(inputs, 1, lambda _: None)
    wrong = sum(int(np.count_nonzero(values != native[name])) for name, values in run(graph, inputs).outputs.items())
    counted = {"native emulator": (len(next(iter(inputs.values()))), wrong)}
    host = {name: values.astype(np.uint8) for name, values in inputs.items()}
    for entry in verify(graph, design_of(network), events=host, out=folder / network.name):
        counted[entry.simulator] = (entry.events, entry.mismatches)
    out: list[Measurement] = []
    for simulator, (compared, mismatches) in counted.items():
        out.append(Measurement(f"{network.key}: {simulator}: {events}", compared, events))
        out.append(Measurement(f"{network.key}: {simulator}: mismatches", mismatches, events))
    return out


def tools(*, simulated: bool) -> dict[str, str]:
    """Versions of what ran."""
    if simulated:
        return {"g++": gxx.version(), "verilator": verilator.version()}
    return {"yosys": yosys.version()}
