"""Random networks of each kind at several initiation intervals, in every simulator: how many values differ.

Five sets, convolutions, plain dense networks and blocks of attention (``tests/agreement/kinds.py``), each at 1,
2, 3, 4, 8, 16 and its number of slices: C simulation, and Verilog in two shells, at full speed, with gaps, resets and
back-pressure. Usage: ``python benchmarks/folding_kinds.py [KIND...]``.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # benchmarks is a package of the workspace

from benchmarks.folding import EVENTS, differing
from benchmarks.harness import Measurement, record
from tests.agreement.folds import all_folded
from tests.agreement.kinds import KINDS, most_slices
from trigforge.design import DesignPoint, RtlDesign
from trigforge.emulator import random_stimuli, run
from trigforge.flow.preparing import to_hls
from trigforge.graph import FixedPointGraph
from trigforge.project import RtlProject, Shell
from trigforge.rtl import to_project
from trigforge.toolchain import gxx, verilator
from trigforge.toolchain.verilator_run import RtlSimulation

INTERVALS = (1, 2, 3, 4, 8, 16)
NETWORKS = 5


def differing_in(found: FixedPointGraph, simulation: RtlSimulation) -> int:
    """Values that differ, and broken rules of the handshake; a wrong latency or interval counts as one too."""
    stimuli = random_stimuli(found, EVENTS, seed=3)
    wrong = differing(simulation, stimuli, run(found, stimuli).outputs)
    timing, project = simulation.measure(), simulation.dut.project
    latency = project.latency_cycles + (simulation.dut.shell is Shell.AXIS)
    return wrong + ((timing.latency_cycles, timing.initiation_interval) != (latency, project.initiation_interval))


def c_simulation(networks: Sequence[FixedPointGraph]) -> int:
    """Values of the C simulation that differ."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        simulations = gxx.compile_batch([to_hls(found, DesignPoint()) for found in networks], Path(folder))
        for found, simulation in zip(networks, simulations, strict=True):
            stimuli = random_stimuli(found, EVENTS, seed=3)
            expected, result = run(found, stimuli).outputs, simulation.run(stimuli)
            wrong += sum(int(np.sum(result.outputs[name] != expected[name])) for name in expected)
    return wrong


def measured(kind: str) -> list[Measurement]:
    """The counts of one kind, interval by interval; ``n`` is that of all slices on one instance."""
    networks = [KINDS[kind](seed) for seed in range(NETWORKS)]
    out = [Measurement(f"{kind} in C simulation, mismatches", c_simulation(networks), "values")]
    for asked in (*INTERVALS, None):
        projects: list[RtlProject] = []
        for found in networks:
            interval = asked or most_slices(found)
            point = DesignPoint(rtl=RtlDesign(initiation_interval=interval, share_neurons=True))
            # pays or not: every other one shares whatever it can
            folds = interval > 1 and len(projects) % 2
            projects.append(to_project(*all_folded(found, point)) if folds else to_project(found, point))
        wrong = 0
        for shell in (Shell.VALID, Shell.AXIS):
            with tempfile.TemporaryDirectory() as folder:
                simulations = verilator.compile_rtl_batch(projects, Path(folder), shell)
                wrong += sum(differing_in(*pair) for pair in zip(networks, simulations, strict=True))
        subject = f"{kind} asked {asked or 'n'}"
        folded = sum(project.initiation_interval > 1 for project in projects)
        out += [
            Measurement(f"{subject}, mismatches", wrong, "values and faults"),
            Measurement(f"{subject}, networks", len(networks), "networks"),
            Measurement(f"{subject}, folded", folded, "networks"),
        ]
    return out


if __name__ == "__main__":
    for name in sys.argv[1:] or KINDS:
        record("folding_kinds", measured(name), {"verilator": verilator.version()})
