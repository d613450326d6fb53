"""Cores that take an event every few clocks: their projects agree whatever happens, and a wrong interval is caught."""

from pathlib import Path

import numpy as np
import pytest

from tests.firmware.bench import Core
from tests.toolchain.toy_rtl.slow import slow_answer, slow_events, slow_project
from trigforge.errors import ToolMissingError
from trigforge.project import Shell, write
from trigforge.toolchain import verilator
from trigforge.toolchain.verilator_run import MeasuredTiming, RtlSimulation

try:
    verilator.find()
except ToolMissingError as error:
    pytest.skip(str(error), allow_module_level=True)

CORES = (Core(1, 3), Core(2, 3), Core(3, 12), Core(5, 6), Core(16, 17), Core(16, 40))
TOLD = {
    "3 of 5": (Core(5, 9), Core(3, 9)),
    "15 of 16": (Core(16, 20), Core(15, 20)),
    "4 of 2": (Core(2, 9), Core(4, 9)),
}
"""Cores, and others whose latency and interval their projects tell."""

each_shell = pytest.mark.parametrize("shell", [Shell.VALID, Shell.AXIS])


@pytest.fixture(scope="module")
def simulations(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, Shell], RtlSimulation]:
    projects = {core.name: slow_project(core) for core in CORES}
    projects |= {name: slow_project(core, told) for name, (core, told) in TOLD.items()}
    made: dict[tuple[str, Shell], RtlSimulation] = {}
    for shell in (Shell.VALID, Shell.AXIS):
        folder = tmp_path_factory.mktemp(shell.value)
        compiled = verilator.compile_rtl_batch(list(projects.values()), folder, shell)
        made |= {(name, shell): one for name, one in zip(projects, compiled, strict=True)}
    return made


@each_shell
@pytest.mark.parametrize("core", CORES, ids=lambda core: core.name)
def test_every_event_comes_out_whatever_happens(
    core: Core, shell: Shell, simulations: dict[tuple[str, Shell], RtlSimulation]
) -> None:
    simulation = simulations[core.name, shell]
    inputs, steps = slow_events(500), list[int]()
    answer = slow_answer(inputs)
    result = simulation.run(inputs, progress=steps.append)
    assert result.faults == () and sum(steps) == 500
    assert all(np.array_equal(result.outputs[name], answer[name]) for name in answer)
    for seed in range(3):
        scenarios = simulation.exercise(inputs, seed)
        assert len(scenarios) == (2 if shell is Shell.VALID else 3)
        for scenario in scenarios:
            assert scenario.faults == ()
            assert all(np.array_equal(scenario.outputs[name], answer[name][scenario.events]) for name in answer)
        assert 400 < len(scenarios[-1].events) < 500
        assert all(np.array_equal(one.events, np.arange(500)) for one in scenarios[:-1])


@pytest.mark.parametrize("core", CORES, ids=lambda core: core.name)
def test_latency_and_interval_are_measured(core: Core, simulations: dict[tuple[str, Shell], RtlSimulation]) -> None:
    assert simulations[core.name, Shell.VALID].measure() == MeasuredTiming(core.latency, core.interval)
    assert simulations[core.name, Shell.AXIS].measure() == MeasuredTiming(core.latency + 1, core.interval)


@each_shell
@pytest.mark.parametrize("name", TOLD)
def test_a_project_that_tells_too_short_an_interval_is_caught(
    name: str, shell: Shell, simulations: dict[tuple[str, Shell], RtlSimulation]
) -> None:
    simulation, inputs = simulations[name, shell], slow_events(100)
    core, told = TOLD[name]
    answer, outputs = slow_answer(inputs), simulation.run(inputs).outputs
    agrees = all(np.array_equal(outputs[name], answer[name]) for name in answer)
    assert agrees == (told.interval >= core.interval)
    if shell is Shell.VALID:
        assert simulation.measure() == MeasuredTiming(core.latency, max(core.interval, told.interval))


def test_a_register_that_changes_waits_for_the_core(simulations: dict[tuple[str, Shell], RtlSimulation]) -> None:
    inputs = slow_events(60)
    inputs["w"] = np.repeat(np.arange(-3, 3), 10)
    answer, outputs = slow_answer(inputs), simulations["core_5_6", Shell.VALID].run(inputs).outputs
    assert all(np.array_equal(outputs[name], answer[name]) for name in answer)


@pytest.mark.parametrize("core", (Core(3, 12), Core(16, 17)), ids=lambda core: core.name)
def test_probes_and_the_bare_core_are_told_when_an_event_comes(core: Core, tmp_path: Path) -> None:
    written, inputs = write(slow_project(core), tmp_path), slow_events(50)
    answer = slow_answer(inputs)
    for simulation in (verilator.compile_rtl(written, probes=True), verilator.compile_rtl(written, None)):
        outputs = simulation.run(inputs).outputs
        assert all(np.array_equal(outputs[name], answer[name]) for name in answer)
    first, last = (values for _, values in verilator.compile_rtl(written, probes=True).probe_values(inputs))
    assert np.array_equal(first, answer["y"][:, 0]) and np.array_equal(last, answer["y"][:, 4])


@pytest.mark.parametrize("core", (Core(2, 3), Core(16, 40)), ids=lambda core: core.name)
def test_a_project_with_an_interval_is_free_of_warnings(core: Core, tmp_path: Path) -> None:
    written = write(slow_project(core), tmp_path)
    for shell in (Shell.VALID, Shell.AXIS, None):
        verilator.lint_rtl(written, shell)
