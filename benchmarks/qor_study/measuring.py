"""All figures of one network: our Verilog and each form of the peer's, mapped, compared with the emulator, timed."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import Measurement, cache_at
from benchmarks.qor_study import peer
from benchmarks.qor_study.networks import Network
from benchmarks.qor_study.results import OPTIMIZED, OURS, PEER
from trigforge.adders import watched
from trigforge.emulator import random_stimuli, run
from trigforge.errors import ToolFailedError
from trigforge.flow.observer import Silent
from trigforge.flow.optimizing import optimize
from trigforge.flow.preparing import read_source
from trigforge.flow.workspace import resolve
from trigforge.graph import FixedPointGraph
from trigforge.project import RtlProject, write
from trigforge.reports import Figure
from trigforge.rtl import to_project
from trigforge.timing import analyse, estimate_clock_period, read_netlist
from trigforge.toolchain import verilator, yosys
from trigforge.toolchain.yosys_worker import CELLS

EVENTS = 2000
TIMEOUT_S = 1200.0
"""for the mapping of one stage"""
MOST_BITS = 300_000
"""adder bits, each module counted once, above which a design is neither mapped nor simulated"""
CELLS_COUNTED = ("INV", "CARRY4", "LUT6_2")

Tell = Callable[[str], None]


def measure(
    network: Network, folder: Path, tell: Tell, most_bits: float, minutes: float, forms: Collection[str]
) -> list[Measurement]:
    """Every figure, each named "network: form: figure"; a refusal is a figure of 1 whose unit holds the words.

    Designs of more than ``most_bits`` adder bits are neither mapped nor simulated, nor are other ``forms`` of the peer.
    Our own is measured again after so many ``minutes`` of ``trigforge optimize``, or not where they are 0.
    """
    graph = read_source(resolve(str(network.path)))
    with watched() as watch:
        project = to_project(graph, network.design)
    if watch.optimized:
        sys.exit("error: the cache holds graphs of `trigforge optimize`; set TRIGFORGE_CACHE to a folder without them")
    tell("ours: mapping")
    found = [(OURS, entry) for entry in _ours(project, network, folder / OURS, most_bits)]
    found.append((OURS, Measurement("CPU time", cpu_s(network), "s")))
    if minutes:
        tell(f"ours: {minutes:g} minutes of trigforge optimize")
        better = _optimized(network, graph, minutes)
        tell("ours, optimized: mapping")
        found += [(OPTIMIZED, entry) for entry in _ours(better, network, folder / OPTIMIZED, most_bits)]
        found.append((OPTIMIZED, Measurement("searched", minutes, "min")))
    found += _peer(network, graph, project.latency_cycles, folder, tell, most_bits, forms)
    return [Measurement(f"{network.key}: {form}: {m.name}", m.value, m.unit) for form, m in found]


def _ours(project: RtlProject, network: Network, folder: Path, most_bits: float) -> Iterator[Measurement]:
    yield from figures(project, network, folder, most_bits)
    yield Measurement("stages", project.latency_cycles, "stages")
    yield Measurement("adder bits", project.adder_bits, "bits")


def _optimized(network: Network, graph: FixedPointGraph, minutes: float) -> RtlProject:
    """Our Verilog after a search from an empty cache."""
    with tempfile.TemporaryDirectory(prefix="trigforge_bench_") as name, cache_at(Path(name)):
        design = Path(name) / "design.toml"
        delay = network.stage_delay_ns
        design.write_text("" if delay is None else f"[rtl]\nstage_delay_ns = {delay}\n", encoding="utf-8")
        optimize(str(network.path), minutes, Silent(), design=design, show=lambda _: None)
        return to_project(graph, network.design)


def figures(project: RtlProject, network: Network, folder: Path, most_bits: float) -> Iterator[Measurement]:
    """A design mapped stage by stage: its cells, and the period by our estimate, for a design of so many LUTs."""
    if sum(bits for stage in project.stages for _, bits in stage.cost) > most_bits:
        yield Measurement("not mapped", 1, f"more than {most_bits:,.0f} adder bits")
        return
    try:
        stages = yosys.map_stages(write(project, folder / "stages"), dsp=False, timeout_s=TIMEOUT_S)
    except ToolFailedError as error:
        yield Measurement("not mapped", 1, str(error).splitlines()[0])
        return
    lut = sum(entry.stage.copies * entry.lut for entry in stages)
    yield Measurement("LUT", lut, "LUT")
    yield Measurement("FF", project.delay_bits + sum(entry.stage.copies * entry.ff for entry in stages), "FF")
    cells = [json.loads((entry.netlist.parent / CELLS).read_text(encoding="utf-8")) for entry in stages]
    for cell in CELLS_COUNTED:
        count = sum(e.stage.copies * own.get(cell, 0) for e, own in zip(stages, cells, strict=True))
        yield Measurement(cell, count, "cells")
    timings = [analyse(read_netlist(entry.netlist)) for entry in stages]
    period = estimate_clock_period(timings, lut, network.design.target)
    if isinstance(period, Figure):
        yield Measurement("clock period (estimated)", period.value, "ns")


def cpu_s(network: Network) -> float:
    """CPU seconds from the file to our Verilog, with an empty cache."""
    with tempfile.TemporaryDirectory(prefix="trigforge_bench_") as name:
        return float(built(network, Path(name), mapped=False)["cpu_s"])


def built(network: Network, folder: Path, *, mapped: bool, **environment: str) -> dict[str, Any]:
    """The answer of ``our_process``, which works in an empty ``folder``, its cache included, with more environment."""
    job, answer = folder / "job.json", folder / "answer.json"
    task = {"model": str(network.path.resolve()), "stage_delay_ns": network.stage_delay_ns, "mapped": mapped}
    task |= {"folder": str(folder / "rtl"), "answer": str(answer)}
    job.write_text(json.dumps(task), encoding="utf-8")
    peer.python(f"{__package__}.our_process", job, TRIGFORGE_CACHE=str(folder / "cache"), **environment)
    return json.loads(answer.read_text(encoding="utf-8"))


def _peer(
    network: Network,
    graph: FixedPointGraph,
    stages: int,
    folder: Path,
    tell: Tell,
    most_bits: float,
    forms: Collection[str],
) -> Iterator[tuple[str, Measurement]]:
    stimuli = random_stimuli(graph, EVENTS)
    events = {
        tensor.name: np.ldexp(stimuli[tensor.name].astype(np.float64), tensor.interval.hull_lsb)
        for tensor in graph.inputs
    }
    answers = run(graph, stimuli).outputs
    scaled = [np.ldexp(answers[name].astype(np.float64), graph.tensors[name].hull.lsb) for name in graph.outputs]
    expected = np.concatenate([values.reshape(EVENTS, -1) for values in scaled], axis=1)
    tell("peer: Verilog")
    made = peer.made(network, events, stages, folder / "peer")
    if isinstance(made, str):
        yield PEER, Measurement("refused", 1, made)
        return
    wrong = int(np.count_nonzero(made.outputs.reshape(expected.shape) != expected))
    yield PEER, Measurement("events", EVENTS, "events")
    yield PEER, Measurement("helped", made.helped, "")
    yield PEER, Measurement("interpreter: mismatches", wrong, "values")
    for form in made.forms:
        yield form.name, Measurement("stages", form.stages, "stages")
        yield form.name, Measurement("adder bits", form.facts["adder_bits"], "bits")
        yield form.name, Measurement("CPU time", form.facts["cpu_s"], "s")
        yield form.name, Measurement("FF of the input register", form.input_register_bits, "FF")
        if form.name not in forms:
            yield form.name, Measurement("not mapped", 1, "not asked for")
            continue
        if form.facts["adder_bits"] <= most_bits:
            tell(f"peer, {form.name}: simulation")
            wrong = _differing(form, made.inputs, expected, folder)
            yield form.name, Measurement("Verilog: mismatches", wrong, "values")
            tell(f"peer, {form.name}: mapping")
        for entry in figures(form.by_stage, network, folder / form.name, most_bits):
            yield form.name, entry


def _differing(form: peer.Form, events: np.ndarray, expected: np.ndarray, folder: Path) -> int:
    """Values in which the peer's Verilog differs from our emulator."""
    simulation = verilator.compile_rtl(write(form.whole, folder / form.name / "whole"), shell=None)
    found = simulation.run({"model_inp": form.entering(events)}).outputs["model_out"]
    return int(np.count_nonzero(form.leaving(found) != expected))
