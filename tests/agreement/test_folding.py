"""Verilog in which slices share instances, against the reference emulator: intervals, shells and disturbances."""

from pathlib import Path

import numpy as np
import pytest

from tests.agreement.convolutions import random_network
from tests.agreement.folds import all_folded
from tests.agreement.generator import optimized_graph
from tests.agreement.kinds import attention_on
from tests.agreement.test_words import built, reloaded_weights
from tests.rtl.graphs import CORNERS, RELOADED
from trigforge.building import Builder
from trigforge.design import DesignPoint, RtlDesign
from trigforge.emulator import random_stimuli, run
from trigforge.fixed import FixedArray
from trigforge.flow.preparing import read_source
from trigforge.flow.workspace import resolve
from trigforge.graph import FixedPointGraph, InputKind, Map
from trigforge.passes import optimize
from trigforge.project import Shell, write
from trigforge.rtl import to_project
from trigforge.toolchain import verilator
from trigforge.toolchain.verilator_run import RtlSimulation

EVENTS = 2000
SMALL = [
    found
    for found in [*CORNERS.values(), *RELOADED.values(), *(optimized_graph(n) for n in range(16))]
    if any(isinstance(node.op, Map) for node in found.nodes)
]


def check(found: FixedPointGraph, simulation: RtlSimulation, events: int) -> None:
    """Equal integers at full speed and with disturbances, and the timing that the project states; registers steady."""
    kinds = {tensor.name: tensor.kind for tensor in found.inputs}
    drawn = random_stimuli(found, events, seed=4)
    stimuli = {name: x[: 1 if kinds[name] is InputKind.REGISTER else events] for name, x in drawn.items()}
    expected, result = run(found, stimuli).outputs, simulation.run(stimuli)
    runs = [(result.outputs, np.arange(events), result.faults)]
    runs += [(entry.outputs, entry.events, entry.faults) for entry in simulation.exercise(stimuli)]
    for outputs, due, faults in runs:
        assert not faults, found.name
        for name, values in expected.items():
            assert np.array_equal(outputs[name], values[due]), f"{found.name}: {name}"
    project, timing = simulation.dut.project, simulation.measure()
    assert timing.latency_cycles == project.latency_cycles + (simulation.dut.shell is Shell.AXIS)
    assert timing.initiation_interval == project.initiation_interval


@pytest.mark.parametrize(("interval", "shell"), [(2, Shell.VALID), (3, Shell.AXIS), (16, Shell.VALID)])
def test_small_graphs_at_every_interval(interval: int, shell: Shell, tmp_path: Path) -> None:
    design = DesignPoint(rtl=RtlDesign(initiation_interval=interval, share_neurons=True))
    projects = [to_project(*all_folded(found, design)) for found in SMALL]
    for found, simulation in zip(
        SMALL, verilator.compile_rtl_batch(projects, tmp_path, shell, quick=True), strict=True
    ):
        check(found, simulation, 300)


def attention_block(tokens: int = 5) -> FixedPointGraph:
    """One block of attention of one head of 4 on tokens of 4, with a residual and a sum over the tokens."""
    random = np.random.default_rng(tokens)
    build = Builder("attention")
    x = build.input("x", (tokens, 4), "ap_fixed<6,3>")
    outputs = attention_on(x, lambda *shape: FixedArray.of(random.integers(-31, 32, shape), -4))
    return optimize(build.graph(outputs))


def test_rows_of_attention_share_instances(tmp_path: Path) -> None:
    found = attention_block()
    designs = [DesignPoint(rtl=RtlDesign(initiation_interval=interval)) for interval in (2, 3, 5)]
    projects = [to_project(found, design) for design in designs]
    assert [project.initiation_interval for project in projects] == [2, 3, 5]
    assert projects[-1].adder_bits < 0.5 * to_project(found, DesignPoint()).adder_bits
    for project, folder in zip(projects, "abc", strict=True):
        (simulation,) = verilator.compile_rtl_batch([project], tmp_path / folder, quick=True)
        check(found, simulation, EVENTS)


def test_weights_that_are_reloaded_stay_where_slices_share(tmp_path: Path) -> None:
    """Rows and windows take turns before one register of weights, which no slice has to itself."""
    found = optimize(built(reloaded_weights))
    alone = to_project(found, DesignPoint()).adder_bits
    for interval in (2, 3, 6):
        project = to_project(found, DesignPoint(rtl=RtlDesign(initiation_interval=interval)))
        assert (project.initiation_interval, project.adder_bits < 0.8 * alone) == (interval, True)
        (simulation,) = verilator.compile_rtl_batch([project], tmp_path / str(interval), quick=True)
        check(found, simulation, EVENTS)


def test_linters_find_nothing(tmp_path: Path) -> None:
    """In bodies inside of bodies too, whose counters only give a pulse."""
    for number, found in enumerate((attention_block(), CORNERS["map_in_map"])):
        design = DesignPoint(rtl=RtlDesign(initiation_interval=16, share_neurons=True))
        verilator.lint_rtl(write(to_project(found, design), tmp_path / str(number)))


def test_the_jet_tagger_with_four_instances(tmp_path: Path) -> None:
    """Sixteen particles; the latency grows by no more than the interval and three cycles."""
    found = read_source(resolve("jet_tagger"))
    project = to_project(found, DesignPoint(rtl=RtlDesign(initiation_interval=4)))
    alone = to_project(found, DesignPoint())
    assert project.initiation_interval == 4
    assert project.latency_cycles <= alone.latency_cycles + 4 + 3
    assert project.adder_bits <= 0.45 * alone.adder_bits
    for simulation in verilator.compile_rtl_shells(write(project, tmp_path), (Shell.VALID, Shell.AXIS)):
        check(found, simulation, EVENTS)


NETWORKS = {Shell.VALID: {2: 33, 4: 7, 9: 35}, Shell.AXIS: {3: 9, 8: 12, 16: 27}}
"""networks of convolutions by shell and interval; ``make fuzz`` draws others"""


@pytest.mark.parametrize("shell", NETWORKS)
def test_windows_share_instances(shell: Shell, tmp_path: Path) -> None:
    """Whether that pays or not, with padding, strides, dilation and pooling."""
    built = [
        all_folded(random_network(number), DesignPoint(rtl=RtlDesign(initiation_interval=interval)))
        for interval, number in NETWORKS[shell].items()
    ]
    projects = [to_project(found, design) for found, design in built]
    assert all(project.initiation_interval > 1 for project in projects)
    for (found, _), simulation in zip(
        built, verilator.compile_rtl_batch(projects, tmp_path, shell, quick=True), strict=True
    ):
        check(found, simulation, EVENTS)
