"""The RTL of every corner and of every design point against the reference emulator, lint-free, in all its shells."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.rtl.graphs import CORNERS, PAIR, RELOADED, ROWS, STORED, graph
from trigforge.design import DesignPoint, Fpga, Multipliers, RtlDesign
from trigforge.emulator import random_stimuli, run
from trigforge.errors import WidthError
from trigforge.fixed import FixedArray, FixedTypes
from trigforge.graph import (
    Dense,
    Einsum,
    FixedPointGraph,
    GraphInput,
    Mantissas,
    Mul,
    Node,
    Reshape,
    Route,
    Sum,
    verify,
)
from trigforge.graph.equation import Equation
from trigforge.project import Shell, write
from trigforge.rtl import to_project
from trigforge.toolchain import verilator
from trigforge.toolchain.verilator_run import RtlSimulation

STIMULI = 300


def compiled(
    pairs: Sequence[tuple[FixedPointGraph, DesignPoint]], folder: Path, shell: Shell = Shell.VALID
) -> list[RtlSimulation]:
    for found, _ in pairs:
        verify(found, Route.RTL)
    return verilator.compile_rtl_batch([to_project(*pair) for pair in pairs], folder, shell, quick=True)


def differences(found: FixedPointGraph, simulation: RtlSimulation, inputs: Mapping[str, Mantissas]) -> dict[str, int]:
    """Outputs that differ, and faults of ``valid``."""
    expected, result = run(found, inputs).outputs, simulation.run(inputs)
    wrong = {name: int(np.count_nonzero(result.outputs[name] != values)) for name, values in expected.items()}
    return {name: count for name, count in wrong.items() if count} | {fault.what: 1 for fault in result.faults}


@pytest.fixture(scope="module")
def corners(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RtlSimulation]:
    clocks = (1.2, 2.0, 5.0)
    pairs = [
        (found, DesignPoint(target=Fpga(clock_period_ns=clocks[n % 3]))) for n, found in enumerate(CORNERS.values())
    ]
    return dict(zip(CORNERS, compiled(pairs, tmp_path_factory.mktemp("corners")), strict=True))


@pytest.mark.parametrize("name", CORNERS)
def test_corners_agree(corners: dict[str, RtlSimulation], name: str) -> None:
    found = CORNERS[name]
    assert differences(found, corners[name], random_stimuli(found, STIMULI, seed=7)) == {}


@pytest.mark.parametrize("name", CORNERS)
def test_corners_have_no_warning(name: str, tmp_path: Path) -> None:
    written = write(to_project(CORNERS[name], DesignPoint(rtl=RtlDesign(stage_delay_ns=0.5))), tmp_path)
    verilator.lint_rtl(written, None)
    verilator.lint_rtl(written, probes=True)


def test_every_shell_of_a_core_without_registers(tmp_path: Path) -> None:
    """Latency 0: what the shells add is all there is."""
    names = ("wires", "constants")
    pairs = [(CORNERS[name], DesignPoint()) for name in names]
    for shell in (Shell.VALID, Shell.AXIS):
        for (found, _), simulation in zip(pairs, compiled(pairs, tmp_path / shell, shell), strict=True):
            assert simulation.dut.project.latency_cycles == 0
            inputs = random_stimuli(found, 60)
            assert differences(found, simulation, inputs) == {}
            expected = run(found, inputs).outputs
            for scenario in simulation.exercise(inputs):
                assert scenario.faults == ()
                for name, values in expected.items():
                    assert np.array_equal(scenario.outputs[name], values[scenario.events])
            assert simulation.measure().initiation_interval == 1
    written = write(to_project(CORNERS["wires"], DesignPoint()), tmp_path / "wires")
    for shell in (Shell.VALID, Shell.AXIS):
        verilator.lint_rtl(written, shell)


def test_registers_are_reloaded_between_events(tmp_path: Path) -> None:
    pairs = [(found, DesignPoint(rtl=RtlDesign(stage_delay_ns=0.5))) for found in RELOADED.values()]
    for (found, _), simulation in zip(pairs, compiled(pairs, tmp_path), strict=True):
        inputs = random_stimuli(found, STIMULI, seed=2)
        assert simulation.dut.project.latency_cycles >= 2
        steady = {**inputs, "w": inputs["w"][:1]}
        repeated = {**inputs, "w": np.repeat(inputs["w"][:1], STIMULI, axis=0)}
        assert differences(found, simulation, repeated) == {}
        few = {name: values[:40] for name, values in inputs.items()}
        assert differences(found, simulation, few) == {}
        expected = run(found, repeated).outputs
        for scenario in simulation.exercise(steady):
            assert scenario.faults == ()
            for name, values in expected.items():
                assert np.array_equal(scenario.outputs[name], values[scenario.events])


PRODUCTS = graph(
    "products",
    [GraphInput("x", (2, 3), FixedTypes.of([1, 0, 1], [11, 10, 3], [4, 3, 2])), ROWS],
    [("e", Einsum(Equation.parse("ab,bc->ac")), ("y", "x")), ("f", Mul(), ("e", "e")), ("g", Sum((0, 1)), ("f",))],
    *("e", "g"),
)
PRODUCTS = replace(PRODUCTS, inputs=(replace(PRODUCTS.inputs[0], name="y"), PRODUCTS.inputs[1]))
POINTS = [
    DesignPoint(),
    DesignPoint(target=Fpga(clock_period_ns=25.0)),
    DesignPoint(rtl=RtlDesign(stage_delay_ns=0.1)),
    DesignPoint(rtl=RtlDesign(stage_delay_ns=1.7, multipliers=Multipliers.DSP)),
    DesignPoint(rtl=RtlDesign(stage_delay_ns=1000.0, multipliers=Multipliers.DSP)),
]


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[FixedPointGraph, list[RtlSimulation]]]:
    """Some graphs at every design point; versions keep them apart in one batch."""
    graphs = [PRODUCTS, STORED, CORNERS["map_in_map"]]
    pairs = [(replace(found, version=n), point) for found in graphs for n, point in enumerate(POINTS)]
    made = compiled(pairs, tmp_path_factory.mktemp("points"))
    return [(found, made[n * len(POINTS) : (n + 1) * len(POINTS)]) for n, found in enumerate(graphs)]


def test_no_design_point_changes_a_bit(points: list[tuple[FixedPointGraph, list[RtlSimulation]]]) -> None:
    for found, simulations in points:
        inputs = random_stimuli(found, STIMULI, seed=11)
        assert [differences(found, simulation, inputs) for simulation in simulations] == [{}] * len(POINTS)
        depths = [simulation.dut.project.latency_cycles for simulation in simulations]
        assert len(set(depths)) >= 3 and min(depths) == depths[-1] and max(depths) == depths[2]


def test_multipliers_are_what_is_asked_for(points: list[tuple[FixedPointGraph, list[RtlSimulation]]]) -> None:
    for point, simulation in zip(POINTS, points[0][1], strict=True):
        project = simulation.dut.project
        text = "\n".join(text for path, text in project.files.items() if path.startswith("core/"))
        asked = int(point.rtl.multipliers is Multipliers.DSP)
        assert text.count(f".USE_DSP({asked})") > 10 and f".USE_DSP({1 - asked})" not in text


@pytest.mark.parametrize("name", ("products", "stored", "map_in_map"))
def test_latency_and_initiation_interval_are_the_declared_ones(
    points: list[tuple[FixedPointGraph, list[RtlSimulation]]], name: str
) -> None:
    (simulations,) = [made for found, made in points if found.name == name]
    for simulation in simulations[::2]:
        measured = simulation.measure()
        assert measured.latency_cycles == simulation.dut.project.latency_cycles
        assert measured.initiation_interval == 1


def test_tensors_over_63_bits_are_refused_by_name() -> None:
    wide = GraphInput("x", (2,), FixedTypes.of(1, 58, 20))
    nodes = (
        Node("a", Dense(FixedArray.of([[2**30, 1], [1, 3]])), ("x",)),
        Node("b", Reshape((2, 1)), ("a",)),
    )
    found = FixedPointGraph("too_wide", 1, (wide, PAIR), nodes, ("b",))
    found = replace(found, inputs=(wide,))
    with pytest.raises(WidthError) as error:
        verify(found, Route.RTL)
    assert str(error.value) == (
        "tensor 'a' needs 89 bits (ap_fixed<89,51>), the RTL route carries 63; put a Requantize before it\n"
        "tensor 'b' needs 89 bits (ap_fixed<89,51>), the RTL route carries 63; put a Requantize before it"
    )
