"""Verilog at several initiation intervals: look-up tables, registers, latency, and agreement with the emulator.

``map [NETWORK...]`` maps each network at each interval with Yosys; ``agree [NETWORK...]`` simulates 2,000 events at
each, with gaps, resets and back-pressure; ``write`` fills the tables of ``docs/folding.md`` and draws its picture, with
what ``hls4ml_dense.toml`` says of the dense network. Networks are those of ``NETWORKS``, by default all. Usage:
``python benchmarks/folding.py map jet_tagger``.
"""

from __future__ import annotations

import os
import sys
import tempfile
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # benchmarks is a package of the workspace

import trigforge
from benchmarks.harness import BENCHMARKS, Measurement, fill, newest, record
from trigforge import pictures
from trigforge.building import Builder, Quantization, dense, quantize, relu
from trigforge.design import Arrival, DesignPoint, InputDesign, RtlDesign
from trigforge.emulator import random_stimuli, run
from trigforge.fixed import FixedArray
from trigforge.flow.mapping import map_and_time
from trigforge.flow.observer import Silent
from trigforge.flow.preparing import read_source
from trigforge.flow.workspace import resolve
from trigforge.graph import FixedPointGraph, Mantissas
from trigforge.passes import optimize
from trigforge.project import Shell, write
from trigforge.rtl import to_project
from trigforge.toolchain import verilator, yosys
from trigforge.toolchain.verilator_run import RtlSimulation

INTERVALS = (1, 2, 3, 4, 8, 16, 64)
ROWS_A_CYCLE = (8, 4, 2, 1)
TRANSFORMER = "mha16part (published)"
SERIAL = "jet_tagger (particles as they arrive)"
EVENTS = 2000
COUNTS = (5_000, 10_000, 20_000, 50_000, 100_000)
"""ticks of the picture"""
RESULTS = BENCHMARKS / "results" / "folding.jsonl"
KINDS = BENCHMARKS / "results" / "folding_kinds.jsonl"
PUBLISHED = BENCHMARKS / "hls4ml_dense.toml"
PAGE = BENCHMARKS.parent / "docs" / "folding.md"
PICTURE = PAGE.with_suffix(".svg")


def shipped(name: str) -> FixedPointGraph:
    """A model of this workspace."""
    return read_source(resolve(name))


def transformer() -> FixedPointGraph:
    """A published jet tagger with attention among 16 particles (calad0i/alkaid-ae), from ``../shared/models``."""
    shared = Path(os.environ.get("TRIGFORGE_SHARED", BENCHMARKS.parents[1] / "shared"))
    return trigforge.read(str(shared / "models" / "mha16part.keras"))


def dense_network() -> FixedPointGraph:
    """16-64-32-32-5 with weights of 6 bits, none of them 0, as no training would leave it."""
    rng = np.random.default_rng(1)
    build = Builder("dense")
    x = build.input("x", (16,), "ap_fixed<6,3>")
    for number, width in enumerate((64, 32, 32, 5), 1):
        weights = rng.integers(1, 32, (x.shape[0], width)) * rng.choice([-1, 1], (x.shape[0], width))
        with build.layer(f"dense_{number}", kind="Dense"):
            x = dense(x, FixedArray.of(weights, -4), FixedArray.of(rng.integers(-8, 8, width), -4))
            x = x if width == 5 else quantize(relu(x), Quantization.of("ap_ufixed<6,3>", "RND"))
    return optimize(build.graph([x]))


@dataclass(frozen=True)
class Network:
    """A graph, and how it is built: at which intervals, with neurons that share instances, or with an input that
    arrives row by row."""

    make: Callable[[], FixedPointGraph]
    intervals: Sequence[int] = INTERVALS
    share_neurons: bool = False
    arriving: str | None = None


NETWORKS: Mapping[str, Network] = {
    **{name: Network(partial(shipped, name)) for name in ("jet_tagger", "jet_tagger_deepsets_8")},
    SERIAL: Network(partial(shipped, "jet_tagger"), arriving="constituents"),
    **{
        name: Network(partial(shipped, name)) for name in ("jet_tagger_linear_8", "jet_tagger_in_8", "muon_tracker_cnn")
    },
    "dense 16-64-32-32-5": Network(dense_network, share_neurons=True),
    TRANSFORMER: Network(transformer, intervals=(1, 2, 4, 8, 16)),
}


def designs(name: str) -> list[DesignPoint]:
    """One for each interval, or for each number of rows that arrive in a clock cycle."""
    network = NETWORKS[name]
    if network.arriving is not None:
        entries = [InputDesign(Arrival.SERIAL, rows) for rows in ROWS_A_CYCLE]
        return [DesignPoint(inputs={network.arriving: entry}) for entry in entries]
    rtl = [RtlDesign(initiation_interval=n, share_neurons=network.share_neurons) for n in network.intervals]
    return [DesignPoint(rtl=entry) for entry in rtl]


def mapped(name: str) -> list[Measurement]:
    """The network at every interval that differs from the one before."""
    graph, out, known = NETWORKS[name].make(), list[Measurement](), set[int]()
    for design in designs(name):
        project = to_project(graph, design)
        if project.initiation_interval in known:
            continue
        known.add(project.initiation_interval)
        with tempfile.TemporaryDirectory() as folder:
            stages = map_and_time(write(project, Path(folder) / "rtl"), design, Silent())
        counted = [(entry.mapped, entry.mapped.stage.copies) for entry in stages]
        subject = f"{name} II {project.initiation_interval}"
        out += [
            Measurement(f"{subject}, LUT", sum(copies * entry.lut for entry, copies in counted), "LUT"),
            Measurement(f"{subject}, FF", sum(n * entry.ff for entry, n in counted) + project.delay_bits, "FF"),
            Measurement(f"{subject}, DSP", sum(copies * entry.dsp for entry, copies in counted), "DSP"),
            Measurement(f"{subject}, latency", project.latency_cycles, "cycles"),
            Measurement(f"{subject}, interval", project.initiation_interval, "cycles"),
            Measurement(f"{subject}, arrival", max(port.beats for port in project.inputs) - 1, "cycles"),
        ]
    return out


def agreed(name: str) -> list[Measurement]:
    """Outputs that differ at every interval, over full speed, gaps, resets and back-pressure."""
    graph, out = NETWORKS[name].make(), list[Measurement]()
    stimuli = random_stimuli(graph, EVENTS, seed=1)
    expected = run(graph, stimuli).outputs
    for design in designs(name):
        project = to_project(graph, design)
        with tempfile.TemporaryDirectory() as folder:
            written = write(project, Path(folder) / "rtl")
            shells = verilator.compile_rtl_shells(written, (Shell.VALID, Shell.AXIS))
        wrong = sum(differing(simulation, stimuli, expected) for simulation in shells)
        timing = shells[0].measure()
        assert (timing.latency_cycles, timing.initiation_interval) == (
            project.latency_cycles,
            project.initiation_interval,
        ), f"{name}: {timing} was measured"
        subject = f"{name} asked {_asked(design)}"
        out.append(Measurement(f"{subject}, mismatches", wrong, "values and faults"))
        out.append(Measurement(f"{subject}, events", EVENTS, "events"))
    return out


def differing(simulation: RtlSimulation, stimuli: Mapping[str, Mantissas], expected: Mapping[str, Mantissas]) -> int:
    """Values that differ at full speed and in all scenarios, and broken rules of the handshake."""
    found = simulation.run(stimuli)
    wrong = len(found.faults) + sum(int((found.outputs[n] != expected[n]).sum()) for n in expected)
    for scenario in simulation.exercise(stimuli):
        due = {name: values[scenario.events] for name, values in expected.items()}
        wrong += len(scenario.faults) + sum(int((scenario.outputs[n] != due[n]).sum()) for n in due)
    return wrong


def _asked(design: DesignPoint) -> str:
    rows = [f"{entry.per_cycle} rows a cycle" for entry in design.inputs.values()]
    return rows[0] if rows else str(design.rtl.initiation_interval)


def points() -> dict[str, list[dict[str, float]]]:
    """What was mapped last, by network and then by interval."""
    found: dict[str, dict[float, dict[str, float]]] = {}
    for subject, (_, values) in newest(RESULTS).items():
        name, _, interval = subject.rpartition(" II ")
        if name in NETWORKS and "LUT" in values:
            found.setdefault(name, {})[float(interval)] = values
    return {name: [entry for _, entry in sorted(by.items())] for name, by in found.items()}


def days() -> dict[str, str]:
    """The day on which each network was mapped last."""
    subjects = {subject: run for subject, (run, values) in newest(RESULTS).items() if "LUT" in values}
    return {subject.rpartition(" II ")[0]: run["time"][:10] for subject, run in subjects.items()}


def table() -> str:
    """A row a network and interval, with look-up tables relative to interval 1 of the same network; the latency of what
    arrives row by row is that from the last row on."""
    rows = [
        "| network | mapped | II | LUT | of II 1 | FF | DSP | latency [cycles] |",
        "|---|---|---|---|---|---|---|---|",
    ]
    found, mapped_on = points(), days()
    for name, entries in found.items():
        alone = found["jet_tagger"][0] if name == SERIAL else entries[0]
        for entry in entries:
            share = f"{entry['LUT'] / alone['LUT']:.2f}" if alone["interval"] == 1 else "-"
            cells = (f"{entry['LUT']:,.0f}", share, f"{entry['FF']:,.0f}", f"{entry['DSP']:.0f}")
            title = f"{name} | {mapped_on[name]}" if entry is entries[0] else " | "
            latency = entry["latency"] - entry.get("arrival", 0)
            rows.append(f"| {title} | {entry['interval']:.0f} | {' | '.join(cells)} | {latency:.0f} |")
    return "\n".join(rows)


def published() -> str:
    """The dense network here, and what reports of others say of it in hls4ml."""
    rows = ["| built by | weights | II | LUT | FF | DSP | latency [cycles] |", "|---|---|---|---|---|---|---|"]
    ours = [("here", "6 bits, none 0", entry) for entry in points()["dense 16-64-32-32-5"]]
    theirs = tomllib.loads(PUBLISHED.read_text())["design"]
    for builder, weights, entry in ours:
        cells = [f"{entry[name]:,.0f}" for name in ("interval", "LUT", "FF", "DSP", "latency")]
        rows.append(f"| {builder} | {weights} | {' | '.join(cells)} |")
    for entry in theirs:
        names = ("initiation_interval", "lut", "ff", "dsp", "latency_cycles")
        builder = f"hls4ml, reuse factor {entry['reuse_factor']} ({entry['source'].split()[0]})"
        rows.append(f"| {builder} | {entry['weights']} | {' | '.join(f'{entry[name]:,}' for name in names)} |")
    return "\n".join(rows)


def agreement_line() -> str:
    """A sentence on what was simulated."""
    checks = [values for subject, (_, values) in newest(RESULTS).items() if " asked " in subject]
    wrong = sum(int(values["mismatches"]) for values in checks)
    return (
        f"{len(checks)} designs of these networks were simulated with {EVENTS:,} random events each, at full speed, "
        f"with gaps, resets and back-pressure: {wrong} values differ from the emulator, and latency and interval are "
        f"those of the schedule. {_kinds_line()}"
    )


def _kinds_line() -> str:
    """A sentence on the random networks of ``folding_kinds.py``."""
    found = {subject: values for subject, (_, values) in newest(KINDS).items()}
    asked = [tuple(subject.split(" asked ")) for subject in found if " asked " in subject]
    kinds, intervals = list(dict.fromkeys(kind for kind, _ in asked)), list(dict.fromkeys(n for _, n in asked))
    networks = sum(int(found[f"{kind} asked n"]["networks"]) for kind in kinds)
    wrong = sum(int(values["mismatches"]) for values in found.values())
    return (
        f"So were {networks} small random networks ({', '.join(kinds)}) at {len(intervals)} intervals each, half of "
        f"them made to share whether that pays or not, and their C simulation: {wrong} values differ."
    )


def draw() -> None:
    """Look-up tables and registers against the interval."""
    figure = pictures.blank(8.0, 3.2, "nothing is drawn")
    panels = figure.subplots(1, 2)
    for panel, what in zip(panels, ("LUT", "FF"), strict=True):
        for name, entries in points().items():
            if name == SERIAL:
                continue
            intervals = [entry["interval"] for entry in entries]
            panel.plot(intervals, [entry[what] for entry in entries], marker="o", markersize=3.5, label=name)
        panel.set(xscale="log", yscale="log", xlabel="initiation interval [clock cycles]", ylabel=f"{what}, mapped")
        panel.set_xticks(INTERVALS, [str(n) for n in INTERVALS])
        panel.set_yticks(COUNTS, [f"{count // 1000}k" for count in COUNTS])
        panel.minorticks_off()
        panel.grid(alpha=0.3)
    panels[0].legend(frameon=False, fontsize=7)
    pictures.save(figure, PICTURE)


def main(arguments: Sequence[str]) -> None:
    verb, names = (arguments or ["map"])[0], list(arguments[1:]) or list(NETWORKS)
    if verb == "map":
        for name in names:
            record("folding", mapped(name), {"yosys": yosys.version()})
    elif verb == "agree":
        for name in names:
            record("folding", agreed(name), {"verilator": verilator.version()})
    elif verb == "write":
        fill(PAGE, {"table": table(), "published": published(), "agreement": agreement_line()})
        draw()
    else:
        sys.exit(f"{verb!r} is unknown; known are map, agree, write")


if __name__ == "__main__":
    main(sys.argv[1:])
