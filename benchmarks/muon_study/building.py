"""Networks as firmware: what they are mapped to, and whether all simulators give the emulator's bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.harness import Measurement, with_interval
from benchmarks.muon_study.networks import MODELS, STAGED, Network, graph_of, inputs_of
from benchmarks.muon_study.quality import SEED
from datasets.muon import DEFAULT, simulate
from trigforge.emulator import run
from trigforge.flow.builder import verify
from trigforge.flow.engines import EngineChoice, choose
from trigforge.flow.figures import implementation
from trigforge.graph import DesignPoint
from trigforge.graph.design import load_design
from trigforge.project import write
from trigforge.reports import Figure, Leaf
from trigforge.rtl import to_project
from trigforge.toolchain import gxx, verilator, yosys

AGREE_SEED = 99
"""in place of the number of the conditions: these muons are measured nowhere else"""


def design_of(network: Network) -> DesignPoint:
    """How it is built: as its model folder says, all others as the staged network."""
    own = MODELS / network.name / "design.toml"
    return load_design(own if own.is_file() else MODELS / STAGED / "design.toml")


def mapped(network: Network, folder: Path) -> list[Measurement]:
    """Its Verilog, mapped stage by stage with Yosys, and the estimates of what place and route would give."""
    design = design_of(network)
    project = to_project(graph_of(network), design)
    written = write(project, folder / network.name / "rtl")
    stages = yosys.map_stages(written, dsp=False, cache=folder / network.name / "mapped")
    built = implementation(design, project, "it was only mapped here", stages)
    leaves: dict[str, Leaf] = {
        "LUT, mapped": built.mapped.lut,
        "FF, mapped": built.mapped.ff,
        "DSP": built.mapped.dsp,
        "LUT, placed (estimated)": built.placed.lut,
        "clock period (estimated)": built.latency.clock_period_ns,
    }
    out = [
        Measurement(f"{network.key}: cycles", project.latency_cycles, "cycles"),
        Measurement(f"{network.key}: initiation interval", project.initiation_interval, "cycles"),
        Measurement(f"{network.key}: clock period", design.clock_period_ns, "ns"),
        Measurement(f"{network.key}: adder bits", project.adder_bits, "bits"),
    ]
    for title, leaf in leaves.items():
        if isinstance(leaf, Figure):
            out += with_interval(f"{network.key}: {title}", leaf)
    return out


def agreements(network: Network, muons: int, folder: Path) -> list[Measurement]:
    """Outputs and mismatches of the native emulator, the C simulation and the RTL on default muons.

    Raises ``BitMismatch`` where C simulation or RTL differ from the reference emulator; nothing is recorded then.
    """
    graph = graph_of(network)
    hits = simulate(muons, (SEED, AGREE_SEED), conditions=DEFAULT).hits
    inputs = inputs_of(graph, hits)
    native = choose(graph, EngineChoice.NATIVE).run(inputs, 1, lambda _: None)
    wrong = sum(int(np.count_nonzero(values != native[name])) for name, values in run(graph, inputs).outputs.items())
    counted = {"native emulator": (muons, wrong)}
    host = {name: values.astype(np.uint8) for name, values in inputs.items()}
    for entry in verify(graph, design_of(network), events=host, out=folder / network.name):
        counted[entry.simulator] = (entry.events, entry.mismatches)
    out: list[Measurement] = []
    for simulator, (events, mismatches) in counted.items():
        out.append(Measurement(f"{network.key}: {simulator}: muons", events, "muons"))
        out.append(Measurement(f"{network.key}: {simulator}: mismatches", mismatches, "muons"))
    return out


def tools(*, simulated: bool) -> dict[str, str]:
    """Versions of what ran."""
    if simulated:
        return {"g++": gxx.version(), "verilator": verilator.version()}
    return {"yosys": yosys.version()}
