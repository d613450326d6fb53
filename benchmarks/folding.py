"""Verilog at several initiation intervals: look-up tables, registers, latency, and agreement with the emulator.

``map [NETWORK...]`` maps each network at each interval with Yosys; ``agree [NETWORK...]`` simulates 2,000 events at
each, with gaps, resets and back-pressure; ``write`` fills the tables of ``docs/folding.md`` and draws its picture.
Networks are those of ``NETWORKS``, by default all. Usage: ``python benchmarks/folding.py map jet_tagger``.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # benchmarks is a package of the workspace

from benchmarks.harness import BENCHMARKS, Measurement, fill, newest, record
from trigforge import pictures
from trigforge.building import Builder, Quantization, dense, quantize, relu
from trigforge.design import DesignPoint, RtlDesign
from trigforge.emulator import random_stimuli, run
from trigforge.fixed import FixedArray
from trigforge.flow.mapping import map_and_time
from trigforge.flow.observer import Silent
from trigforge.flow.preparing import read_source
from trigforge.flow.workspace import resolve
from trigforge.graph import FixedPointGraph
from trigforge.passes import optimize
from trigforge.project import Shell, write
from trigforge.rtl import to_project
from trigforge.toolchain import verilator, yosys

INTERVALS = (1, 2, 3, 4, 8, 16, 64)
EVENTS = 2000
COUNTS = (5_000, 10_000, 20_000, 50_000, 100_000)
"""ticks of the picture"""
RESULTS = BENCHMARKS / "results" / "folding.jsonl"
PAGE = BENCHMARKS.parent / "docs" / "folding.md"
PICTURE = PAGE.with_suffix(".svg")


def shipped(name: str) -> FixedPointGraph:
    """A model of this workspace."""
    return read_source(resolve(name))


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


NETWORKS: Mapping[str, tuple[Callable[[], FixedPointGraph], bool]] = {
    "jet_tagger": (lambda: shipped("jet_tagger"), False),
    "jet_tagger_deepsets_8": (lambda: shipped("jet_tagger_deepsets_8"), False),
    "jet_tagger_linear_8": (lambda: shipped("jet_tagger_linear_8"), False),
    "jet_tagger_in_8": (lambda: shipped("jet_tagger_in_8"), False),
    "muon_tracker_cnn": (lambda: shipped("muon_tracker_cnn"), False),
    "dense 16-64-32-32-5": (dense_network, True),
}
"""The networks, and whether neurons share instances too."""


def designs(name: str) -> list[DesignPoint]:
    """One for each interval."""
    return [
        DesignPoint(rtl=RtlDesign(initiation_interval=interval, share_neurons=NETWORKS[name][1]))
        for interval in INTERVALS
    ]


def mapped(name: str) -> list[Measurement]:
    """The network at every interval that differs from the one before."""
    graph, out, known = NETWORKS[name][0](), list[Measurement](), set[int]()
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
        ]
    return out


def agreed(name: str) -> list[Measurement]:
    """Outputs that differ at every interval, over full speed, gaps, resets and back-pressure."""
    graph, out = NETWORKS[name][0](), list[Measurement]()
    stimuli = random_stimuli(graph, EVENTS, seed=1)
    expected = run(graph, stimuli).outputs
    for design in designs(name):
        project = to_project(graph, design)
        with tempfile.TemporaryDirectory() as folder:
            written = write(project, Path(folder) / "rtl")
            shells = verilator.compile_rtl_shells(written, (Shell.VALID, Shell.AXIS))
        wrong = 0
        for simulation in shells:
            found = simulation.run(stimuli)
            wrong += len(found.faults) + sum(int((found.outputs[n] != expected[n]).sum()) for n in expected)
            for scenario in simulation.exercise(stimuli):
                due = {name: values[scenario.events] for name, values in expected.items()}
                wrong += len(scenario.faults) + sum(int((scenario.outputs[n] != due[n]).sum()) for n in due)
        timing = shells[0].measure()
        assert (timing.latency_cycles, timing.initiation_interval) == (
            project.latency_cycles,
            project.initiation_interval,
        ), f"{name}: {timing} was measured"
        subject = f"{name} asked {design.rtl.initiation_interval}"
        out.append(Measurement(f"{subject}, mismatches", wrong, "values and faults"))
        out.append(Measurement(f"{subject}, events", EVENTS, "events"))
    return out


def points() -> dict[str, list[dict[str, float]]]:
    """What was mapped last, by network and then by interval."""
    found: dict[str, dict[float, dict[str, float]]] = {}
    for subject, (_, values) in newest(RESULTS).items():
        name, _, interval = subject.rpartition(" II ")
        if name in NETWORKS and "LUT" in values:
            found.setdefault(name, {})[float(interval)] = values
    return {name: [entry for _, entry in sorted(by.items())] for name, by in found.items()}


def table() -> str:
    """A row a network and interval, with look-up tables relative to interval 1."""
    rows = ["| network | II | LUT | of II 1 | FF | DSP | latency [cycles] |", "|---|---|---|---|---|---|---|"]
    for name, entries in points().items():
        for entry in entries:
            share = f"{entry['LUT'] / entries[0]['LUT']:.2f}"
            cells = (f"{entry['LUT']:,.0f}", share, f"{entry['FF']:,.0f}", f"{entry['DSP']:.0f}")
            title = name if entry is entries[0] else ""
            rows.append(f"| {title} | {entry['interval']:.0f} | {' | '.join(cells)} | {entry['latency']:.0f} |")
    return "\n".join(rows)


def agreement_line() -> str:
    """A sentence on what was simulated."""
    checks = [values for subject, (_, values) in newest(RESULTS).items() if " asked " in subject]
    wrong = sum(int(values["mismatches"]) for values in checks)
    return (
        f"{len(checks)} designs of these networks were simulated with {EVENTS:,} random events each, at full speed, "
        f"with gaps, resets and back-pressure: {wrong} values differ from the emulator, and latency and interval are "
        "those of the schedule."
    )


def draw() -> None:
    """Look-up tables and registers against the interval."""
    figure = pictures.blank(8.0, 3.2, "nothing is drawn")
    panels = figure.subplots(1, 2)
    for panel, what in zip(panels, ("LUT", "FF"), strict=True):
        for name, entries in points().items():
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
        fill(PAGE, {"table": table(), "agreement": agreement_line()})
        draw()
    else:
        sys.exit(f"{verb!r} is unknown; known are map, agree, write")


if __name__ == "__main__":
    main(sys.argv[1:])
